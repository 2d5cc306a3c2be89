/// What a key may be used for, bound to it (ANSI X9.143-2021 §6, TR-31:2018 table 4). Names are the standard's characters: a
/// terminal that loads a key compares them with what it needs.
public struct KeyBlockHeader: Sendable, Hashable {
    /// How the block is protected.
    public enum Version: UInt8, Sendable, Hashable {
        /// Keys derived by CMAC of triple DES.
        case tdes = 0x42
        /// Keys derived by CMAC of AES.
        case aes = 0x44

        var cipher: BlockCipher { self == .aes ? .aes : .tdes }
        /// Bytes of the authenticator: a whole block.
        var authenticatorLength: Int { cipher.blockLength }
    }

    /// An optional block: two letters or digits, and what they mean.
    public struct OptionalBlock: Sendable, Hashable {
        public let name: String
        /// Printable ASCII.
        public let value: String

        /// Nil for a name that is not two letters or digits, and for a value that is not printable ASCII or has more than
        /// ``greatestValue`` characters.
        public init?(_ name: String, _ value: String) {
            guard name.utf8.count == 2, name.utf8.allSatisfy(KeyBlockHeader.isAlphanumeric), value.utf8.count <= Self.greatestValue,
                value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else { return nil }
            (self.name, self.value) = (name, value)
        }

        public static let greatestValue = 1_024

        /// Name, length of the whole in two hexadecimal digits, value; longer ones say `00`, how many bytes the
        /// length has, and the length, two digits a byte.
        var text: String {
            let short = 4 + value.utf8.count
            if short <= 0xFF { return name + KeyBlockHeader.hex(short, 2) + value }
            return name + "0002" + KeyBlockHeader.hex(10 + value.utf8.count, 4) + value
        }
    }

    public let version: Version
    /// `P0` PIN encryption, `B1` initial DUKPT key, `K1` key block protection …
    public let keyUsage: String
    /// `A` AES, `T` triple DES …
    public let algorithm: Character
    /// `E` encrypt only, `X` derive only, `N` no restriction …
    public let modeOfUse: Character
    /// `00` when versions are not used.
    public let keyVersion: String
    /// `N` not exportable, `E`, `S`.
    public let exportability: Character
    /// Without the padding block `PB`.
    public let optionalBlocks: [OptionalBlock]

    /// At most so many, as a bound.
    public static let greatestBlockCount = 16
    static let length = 16

    /// - Throws: ``KeyBlockError/malformed(_:)``.
    public init(
        version: Version, keyUsage: String, algorithm: Character, modeOfUse: Character, keyVersion: String = "00",
        exportability: Character = "N", optionalBlocks: [OptionalBlock] = []
    ) throws(KeyBlockError) {
        guard keyUsage.utf8.count == 2, keyUsage.utf8.allSatisfy(Self.isAlphanumeric) else { throw .malformed(.keyUsage) }
        guard Self.isAlphanumeric(algorithm) else { throw .malformed(.algorithm) }
        guard Self.isAlphanumeric(modeOfUse) else { throw .malformed(.modeOfUse) }
        guard keyVersion.utf8.count == 2, keyVersion.utf8.allSatisfy(Self.isAlphanumeric) else { throw .malformed(.keyVersion) }
        guard Self.isAlphanumeric(exportability) else { throw .malformed(.exportability) }
        guard optionalBlocks.count <= Self.greatestBlockCount else { throw .malformed(.optionalBlockCount) }
        self.version = version
        self.keyUsage = keyUsage
        self.algorithm = algorithm
        self.modeOfUse = modeOfUse
        self.keyVersion = keyVersion
        self.exportability = exportability
        self.optionalBlocks = optionalBlocks
    }

    /// The cipher that the key in the block is for, when it is one of ours.
    public var cipher: BlockCipher? {
        switch algorithm {
        case "A": .aes
        case "T": .tdes
        default: nil
        }
    }

    // MARK: Characters

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    private static func isAlphanumeric(_ character: Character) -> Bool {
        character.asciiValue.map { isAlphanumeric($0) && character.utf8.count == 1 } ?? false
    }

    /// Upper-case hexadecimal digits with zeros in front.
    static func hex(_ value: Int, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
