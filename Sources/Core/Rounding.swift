/// The one way in which amounts are rounded (CARD-16): half up on the magnitude, so that a debit and its refund round
/// alike.
public enum Rounding {
    /// The nearest whole number to `numerator / denominator`; a tie goes away from zero: 5/2 is 3, −5/2 is −3.
    /// - Parameters:
    ///   - numerator: a product of two `Int64`, as `multipliedFullWidth(by:)` gives it.
    ///   - denominator: above 0.
    /// - Throws: `MoneyError.overflow` when the result does not fit, as it does for no denominator of 0.
    public static func halfUp(
        numerator: (high: Int64, low: UInt64), denominator: UInt64
    ) throws(MoneyError) -> Int64 {
        let isNegative = numerator.high < 0
        var high = UInt64(bitPattern: numerator.high)
        var low = numerator.low
        if isNegative {
            // Two's complement over 128 bits; the carry is meant to fall off the top.
            let carry: Bool
            (low, carry) = (~low).addingReportingOverflow(1)
            high = ~high &+ (carry ? 1 : 0)
        }
        // The quotient fits 64 bits exactly when this holds; the processor traps on any other division.
        guard high < denominator else { throw .overflow }
        var (quotient, remainder) = denominator.dividingFullWidth((high, low))
        if remainder >= denominator - remainder {
            let overflow: Bool
            (quotient, overflow) = quotient.addingReportingOverflow(1)
            guard !overflow else { throw .overflow }
        }
        if isNegative, quotient == Int64.min.magnitude { return .min }
        guard let magnitude = Int64(exactly: quotient) else { throw .overflow }
        return isNegative ? -magnitude : magnitude
    }
}
