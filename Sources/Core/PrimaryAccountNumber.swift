import Crypto

/// A card number in memory. It prints masked, cannot be encoded, and leaves the process only as a keyed pseudonym or
/// sealed to the host (ALL-5).
public struct PrimaryAccountNumber: Sendable, Equatable {
    /// The digits in the clear: for the kernel's comparisons, the pseudonym and the sealed evidence, nothing else.
    public let digits: String

    /// 8 to 19 digits (ISO/IEC 7812-1); nil otherwise. The check digit is not enforced: the card is the authority.
    public init?(digits: String) {
        guard (8...19).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.digits = digits
    }

    /// First six and last four at most; shorter numbers show the last four only.
    public var masked: String {
        let count = digits.utf8.count
        let shownFirst = count >= 13 ? 6 : 0
        return digits.prefix(shownFirst) + String(repeating: "*", count: count - shownFirst - 4) + digits.suffix(4)
    }

    /// The look-up name of this card at this site.
    public func pseudonym(key: SymmetricKey) -> Pseudonym { Pseudonym(domain: "pan1", identifier: digits, key: key) }
}

extension PrimaryAccountNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { masked }
    public var debugDescription: String { masked }
    public var customMirror: Mirror { Mirror(self, children: ["masked": masked]) }
}

/// A keyed pseudonym: the first 16 bytes of HMAC-SHA-256 over `domain ‖ 0 ‖ identifier` (ALL-5). Without the key it
/// says nothing about the identifier; with it, host and terminal name the same instrument alike.
public struct Pseudonym: Sendable, Hashable {
    /// Sixteen bytes.
    public let bytes: [UInt8]

    /// - Parameters:
    ///   - domain: what kind of identifier this is, so that two kinds never collide (`pan1`, `tag1`).
    ///   - identifier: in its one normal form.
    ///   - key: the site's pseudonym key, 32 bytes.
    public init(domain: String, identifier: String, key: SymmetricKey) {
        var hash = HMAC<SHA256>(key: key)
        hash.update(data: Array(domain.utf8) + [0] + Array(identifier.utf8))
        bytes = Array(hash.finalize().prefix(16))
    }

    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// 32 hexadecimal digits.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    public var hex: String { Hex.encode(bytes) }
}

extension Pseudonym: CustomStringConvertible {
    public var description: String { hex }
}

extension Pseudonym: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Pseudonym(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 32 hexadecimal digits")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
