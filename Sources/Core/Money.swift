/// An amount in minor units of one currency. Arithmetic is checked: it throws, it never wraps or traps.
public struct Money: Sendable, Hashable, Codable {
    /// Signed count of minor units: 9500 with SEK is 95.00 SEK.
    public let minorUnits: Int64
    public let currency: Currency

    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    public static func zero(_ currency: Currency) -> Money { Money(minorUnits: 0, currency: currency) }

    public var isPositive: Bool { minorUnits > 0 }
    public var isNegative: Bool { minorUnits < 0 }

    public func adding(_ other: Money) throws(MoneyError) -> Money {
        try matching(other)
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        guard !overflow else { throw .overflow }
        return Money(minorUnits: sum, currency: currency)
    }

    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        try matching(other)
        let (difference, overflow) = minorUnits.subtractingReportingOverflow(other.minorUnits)
        guard !overflow else { throw .overflow }
        return Money(minorUnits: difference, currency: currency)
    }

    func matching(_ other: Money) throws(MoneyError) {
        guard currency == other.currency else { throw .currencyMismatch }
    }
}

/// Why an amount could not be computed or read.
public enum MoneyError: Error, Hashable, Sendable {
    case overflow
    case currencyMismatch
    /// Not digits with at most one point, and after it at most the currency's decimal places, or a rate's nine.
    case malformedField
}

extension Money {
    /// Reads a decimal such as `95`, `95.5` or `95.00`, with a point and at most the currency's decimal places; no
    /// sign, no exponent, no grouping. Values from 0 to 99,999,999,999 major units.
    public init(decimal text: String, currency: Currency) throws(MoneyError) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 11 else { throw .malformedField }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts.count == 1 || (!fraction.isEmpty && fraction.utf8.count <= currency.exponent) else {
            throw .malformedField
        }
        var units: Int64 = 0
        for digit in whole.utf8 + Array(fraction.utf8) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .malformedField }
            units = units * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        for _ in fraction.utf8.count..<currency.exponent { units *= 10 }
        self.init(minorUnits: units, currency: currency)
    }

    /// `95.00`, without the currency.
    public var decimal: String {
        let sign = isNegative ? "-" : ""
        var digits = String(minorUnits.magnitude)
        guard currency.exponent > 0 else { return sign + digits }
        while digits.utf8.count <= currency.exponent { digits = "0" + digits }
        let point = digits.index(digits.endIndex, offsetBy: -currency.exponent)
        return sign + digits[..<point] + "." + digits[point...]
    }
}

extension Money: CustomStringConvertible {
    public var description: String { "\(decimal) \(currency.code)" }
}
