/// An ISO 4217 currency: alphabetic code, numeric code and the number of decimal places of its minor unit.
public struct Currency: Sendable, Hashable {
    /// Three upper-case letters, such as `SEK`.
    public let code: String
    /// ISO 4217 numeric code, such as 752; EMV tag 5F2A carries it as n 3.
    public let numeric: UInt16
    /// Decimal places of the minor unit: 2 for SEK, 0 for JPY, 3 for KWD.
    public let exponent: Int

    private init(_ code: String, _ numeric: UInt16, _ exponent: Int) {
        self.code = code
        self.numeric = numeric
        self.exponent = exponent
    }

    public static let eur = Currency("EUR", 978, 2)
    public static let sek = Currency("SEK", 752, 2)
    public static let nok = Currency("NOK", 578, 2)
    public static let dkk = Currency("DKK", 208, 2)
    public static let isk = Currency("ISK", 352, 0)
    public static let gbp = Currency("GBP", 826, 2)
    public static let usd = Currency("USD", 840, 2)
    public static let chf = Currency("CHF", 756, 2)
    public static let pln = Currency("PLN", 985, 2)
    public static let czk = Currency("CZK", 203, 2)
    public static let jpy = Currency("JPY", 392, 0)
    public static let kwd = Currency("KWD", 414, 3)

    /// The currencies this terminal knows.
    public static let known: [Currency] = [eur, sek, nok, dkk, isk, gbp, usd, chf, pln, czk, jpy, kwd]

    /// The currency of an alphabetic code in either case, or nil when it is not known.
    public init?(code: String) {
        let wanted = code.uppercased()
        guard let found = Self.known.first(where: { $0.code == wanted }) else { return nil }
        self = found
    }

    /// The currency of an ISO 4217 numeric code, or nil when it is not known.
    public init?(numeric: UInt16) {
        guard let found = Self.known.first(where: { $0.numeric == numeric }) else { return nil }
        self = found
    }
}

extension Currency: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let code = try container.decode(String.self)
        guard let currency = Currency(code: code) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "unknown currency code")
        }
        self = currency
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

extension Currency: CustomStringConvertible {
    public var description: String { code }
}
