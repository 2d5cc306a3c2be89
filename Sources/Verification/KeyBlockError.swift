import Secrets

/// Why a key block was refused. Names the field, repeats nothing of it.
public enum KeyBlockError: Error, Sendable, Hashable {
    /// The field is not what the standard allows, or not as long.
    case malformed(Field)
    /// A version that is not taken: A and C bind the header to the key by variants, which X9.143 has withdrawn, or unknown.
    case versionRefused
    /// The length in the header is not the length of the block.
    case lengthMismatch
    /// The key that protects the block is of the other cipher than the version's.
    case wrongProtectionKey
    /// The block is not under this key, or was changed: the two can't be told apart.
    case notAuthentic
    /// The key in it is not as long as its algorithm's keys are.
    case keyLength(Int)
    /// More than a block may hold.
    case tooLong
    case key(CipherKeyError)

    public enum Field: Sendable, Hashable {
        case header, length, keyUsage, algorithm, modeOfUse, keyVersion, exportability, optionalBlockCount, reserved
        /// The optional block of this place, from 0.
        case optionalBlock(Int)
        case encryptedKey, authenticator
    }
}
