/// An exact decimal that is no amount: an exchange rate such as `11.20`, a percentage such as `2.95` (CARD-16). It is
/// never negative and never floating point. Two numbers of one value are equal, however many zeros they were written
/// with; the description keeps those zeros.
public struct DecimalNumber: Sendable {
    /// The digits without the point: 1120 for `11.20`. 0…999,999,999,999,999,999
    public let mantissa: Int64
    /// Decimal places: 2 for `11.20`. 0…9
    public let scale: Int

    /// Reads 1 to 18 digits with at most one point between them and at most 9 digits after it: `11`, `11.20`, `0.5`.
    /// No sign, no exponent, no grouping.
    /// - Throws: `MoneyError.malformedField` for any other text.
    public init(_ text: String) throws(MoneyError) {
        // Bounded before it is split: a text of any length comes from a file or from the host.
        guard text.utf8.count <= 19 else { throw .malformedField }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, !whole.isEmpty else { throw .malformedField }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        guard parts.count == 1 || (1...9).contains(fraction.count),
            let mantissa = DecimalDigits.value(Array(whole) + fraction)
        else { throw .malformedField }
        self.mantissa = mantissa
        scale = fraction.count
    }

    /// Mantissa and scale without trailing zeros: equal for equal values.
    private var normal: (mantissa: Int64, scale: Int) {
        var (mantissa, scale) = (mantissa, scale)
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return (mantissa, scale)
    }
}

extension DecimalNumber: Hashable {
    public static func == (left: DecimalNumber, right: DecimalNumber) -> Bool { left.normal == right.normal }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(normal.mantissa)
        hasher.combine(normal.scale)
    }
}

extension DecimalNumber: CustomStringConvertible {
    /// As it was written, without leading zeros: `11.20`.
    public var description: String {
        guard scale > 0 else { return String(mantissa) }
        let digits = DecimalDigits.padded(mantissa, scale + 1)
        return "\(digits.dropLast(scale)).\(digits.suffix(scale))"
    }
}

extension DecimalNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(try container.decode(String.self))
        } catch is MoneyError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a decimal number")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
