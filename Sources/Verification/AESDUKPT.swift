import Secrets

/// Derivation of DUKPT with AES (ANSI X9.24-3:2017 §6.3).
public enum AESDUKPT {
    /// What a derived key is for (table 2).
    public enum Usage: UInt16, Sendable, Hashable {
        case keyEncryption = 0x0002
        case pinEncryption = 0x1000
        case macGeneration = 0x2000
        case macVerification = 0x2001
        case macBothWays = 0x2002
        case dataEncryption = 0x3000
        case dataDecryption = 0x3001
        case dataBothWays = 0x3002
        case keyDerivation = 0x8000
        case initialKey = 0x8001
    }

    /// What kind of key it is (table 3).
    public enum KeyType: UInt16, Sendable, Hashable, Comparable {
        case aes128 = 2
        case aes192 = 3
        case aes256 = 4

        /// Bytes.
        public var length: Int { 8 * Int(rawValue) }

        public static func < (left: KeyType, right: KeyType) -> Bool { left.rawValue < right.rawValue }
    }

    /// The last eight bytes of derivation data for a key below the initial one: half of the initial key's name, and the
    /// counter.
    static func place(_ serial: KeySerialNumber) -> [UInt8] { Array(serial.bytes.suffix(8)) }

    /// Blocks of `01 ‖ n ‖ usage ‖ type ‖ bits ‖ place`, enciphered under the parent; n counts them from one.
    static func derived(
        _ parent: borrowing SecretBytes, _ usage: Usage, _ type: KeyType, _ place: [UInt8]
    ) throws(CipherKeyError) -> SecretBytes {
        let key = try CipherKey(.aes, try parent.duplicate())
        let bits = UInt16(8 * type.length)
        var blocks = try SecretBytes.room(type.length <= 16 ? 16 : 32)
        blocks.withMutableBytes { blocks in
            for start in stride(from: 0, to: blocks.count, by: 16) {
                let block =
                    [0x01, UInt8(start / 16 + 1)] + [usage.rawValue, type.rawValue, bits].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
                    + place
                for (offset, byte) in block.enumerated() { blocks[start + offset] = byte }
            }
        }
        try key.encipher(inPlace: &blocks)
        return type.length == blocks.count ? blocks : try blocks.duplicate(0..<type.length)
    }
}
