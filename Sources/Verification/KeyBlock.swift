import Core
import Secrets

/// A key under another key, with what it may be used for: TR-31:2018 and ANSI X9.143-2021, versions B (triple DES) and D (AES).
/// Versions A and C are refused, to read as well as to write.
///
///     D 0144 P0 A E 00 N 00 00 │ optional blocks │ encrypted key │ authenticator
///     version, length, usage, algorithm, mode, version, exportability, count, reserved
public struct KeyBlock: Sendable, Hashable {
    public let header: KeyBlockHeader
    /// Header and optional blocks as they stand in the block: the authenticator covers these very bytes.
    let headerBytes: [UInt8]
    let encryptedKey: [UInt8]
    let authenticator: [UInt8]

    /// Four digits are the length's.
    public static let greatestLength = 9_999
    /// Two bytes of length, the longest AES key, padding: generous.
    static let greatestEncrypted = 256

    /// Reads a block; whether it is authentic shows when it is unwrapped.
    /// - Parameter text: ASCII.
    public init(_ text: [UInt8]) throws(KeyBlockError) {
        guard text.count <= Self.greatestLength else { throw .tooLong }
        guard text.count >= KeyBlockHeader.length else { throw .malformed(.header) }
        guard let version = KeyBlockHeader.Version(rawValue: text[0]) else { throw .versionRefused }
        guard let length = Self.decimal(text[1..<5]) else { throw .malformed(.length) }
        guard length == text.count else { throw .lengthMismatch }
        guard let count = Self.decimal(text[12..<14]), count <= KeyBlockHeader.greatestBlockCount else {
            throw .malformed(.optionalBlockCount)
        }
        guard text[14] == UInt8(ascii: "0"), text[15] == UInt8(ascii: "0") else { throw .malformed(.reserved) }
        var blocks: [KeyBlockHeader.OptionalBlock] = []
        var place = KeyBlockHeader.length
        for number in 0..<count {
            // The padding block comes last: what follows it would be hidden behind it.
            guard let (block, next) = Self.optionalBlock(text, at: place),
                !blocks.contains(where: { $0.name == block.name || $0.name == "PB" })
            else { throw .malformed(.optionalBlock(number)) }
            blocks.append(block)
            place = next
        }
        guard place % version.cipher.blockLength == 0 else { throw .malformed(.optionalBlockCount) }
        header = try KeyBlockHeader(
            version: version, keyUsage: Self.string(text[5..<7]), algorithm: Self.character(text[7]),
            modeOfUse: Self.character(text[8]), keyVersion: Self.string(text[9..<11]), exportability: Self.character(text[11]),
            optionalBlocks: blocks.filter { $0.name != "PB" })
        headerBytes = Array(text[..<place])
        let tail = text.count - 2 * version.authenticatorLength
        guard tail > place else { throw .malformed(.encryptedKey) }
        guard let encrypted = Self.bytes(text[place..<tail]), !encrypted.isEmpty, encrypted.count <= Self.greatestEncrypted,
            encrypted.count % version.cipher.blockLength == 0
        else { throw .malformed(.encryptedKey) }
        guard let authenticator = Self.bytes(text[tail...]) else { throw .malformed(.authenticator) }
        encryptedKey = encrypted
        self.authenticator = authenticator
    }

    init(header: KeyBlockHeader, headerBytes: [UInt8], encryptedKey: [UInt8], authenticator: [UInt8]) {
        (self.header, self.headerBytes) = (header, headerBytes)
        (self.encryptedKey, self.authenticator) = (encryptedKey, authenticator)
    }

    /// The block in ASCII.
    public var text: String {
        String(decoding: headerBytes, as: UTF8.self) + Hex.encode(encryptedKey) + Hex.encode(authenticator)
    }

    // MARK: Pieces

    /// The optional block at a place, and the place after it.
    private static func optionalBlock(_ text: [UInt8], at place: Int) -> (KeyBlockHeader.OptionalBlock, Int)? {
        guard place + 4 <= text.count, var length = hexadecimal(text[(place + 2)..<(place + 4)]) else { return nil }
        var start = place + 4
        if length == 0 {
            guard place + 6 <= text.count, let bytes = hexadecimal(text[(place + 4)..<(place + 6)]), (1...2).contains(bytes),
                place + 6 + 2 * bytes <= text.count, let long = hexadecimal(text[(place + 6)..<(place + 6 + 2 * bytes)])
            else { return nil }
            length = long
            start = place + 6 + 2 * bytes
        }
        let end = place + length
        guard end >= start, end <= text.count,
            let block = KeyBlockHeader.OptionalBlock(string(text[place..<(place + 2)]), string(text[start..<end]))
        else { return nil }
        return (block, end)
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    private static func character(_ byte: UInt8) -> Character { Character(Unicode.Scalar(byte)) }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return digits.reduce(0) { 10 * $0 + Int($1 & 0x0F) }
    }

    /// At most four digits.
    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue, digit < 0x80 else { return nil }
            value = value << 4 | nibble
        }
        return value
    }

    private static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard !digits.contains(UInt8(ascii: " ")) else { return nil }
        return Hex.decode(string(digits))
    }
}

/// Where it goes is shown, not what is in it.
extension KeyBlock: CustomStringConvertible, CustomReflectable {
    public var description: String { "KeyBlock(\(header.keyUsage)\(header.algorithm)\(header.modeOfUse))" }
    public var customMirror: Mirror { Mirror(self, children: ["header": header]) }
}
