import Secrets

/// The kinds of DUKPT, and how one key comes from another.
public enum DUKPTScheme: UInt8, Sendable, Hashable {
    /// ANSI X9.24-1:2009 annex A: keys of 16 bytes, 21 bits of counter, of which ten may be one.
    case tdes = 1
    /// ANSI X9.24-3:2017 §6: 32 bits of counter, of which sixteen may be one.
    case aes128 = 2
    case aes256 = 3

    /// Bits, and registers of a terminal: one for each.
    var counterWidth: Int { self == .tdes ? 21 : 32 }
    var greatestOnes: Int { self == .tdes ? 10 : 16 }
    var greatestCounter: UInt64 { (1 << UInt64(counterWidth)) - 1 }
    /// Bytes.
    var keyLength: Int { self == .aes256 ? 32 : 16 }
    /// Bytes of a key serial number.
    var serialLength: Int { self == .tdes ? 10 : 12 }
    public var cipher: BlockCipher { self == .tdes ? .tdes : .aes }

    /// The key that the last one-bit of `counter` leads to.
    /// - Parameter parent: the key at `counter` without that bit.
    func derived(
        _ parent: borrowing SecretBytes, _ base: [UInt8], counter: UInt32
    ) throws(CipherKeyError) -> SecretBytes {
        let serial = KeySerialNumber(base: base, counter: counter)
        switch self {
        case .tdes: return try TDESDUKPT.nextKey(parent, serial)
        case .aes128: return try AESDUKPT.derived(parent, .keyDerivation, .aes128, AESDUKPT.place(serial))
        case .aes256: return try AESDUKPT.derived(parent, .keyDerivation, .aes256, AESDUKPT.place(serial))
        }
    }
}

/// Why DUKPT gives no key.
public enum DUKPTError: Error, Sendable, Hashable {
    /// All keys were used: the terminal needs a new initial key.
    case exhausted
    /// What was read back is not the state that this key goes with: the key is gone, unused.
    case notStored
    /// Not a state of this kind: the field that does not fit.
    case badState(Field)
    /// Serial number and key do not fit together.
    case badSerialNumber
    case key(CipherKeyError)

    public enum Field: Sendable, Hashable { case version, scheme, length, counter, registers }
}
