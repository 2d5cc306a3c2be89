extension Money {
    /// This amount at an exchange rate, rounded to minor units once, by ``Rounding/halfUp(numerator:denominator:)``.
    /// - Parameters:
    ///   - rate: major units of `target` for one major unit of this currency: 10.00 EUR at 11.20 are 112.00 SEK
    ///     (CARD-16).
    ///   - target: the currency of the result; the decimal places of both currencies count.
    /// - Throws: `MoneyError.overflow`.
    public func converted(at rate: DecimalNumber, to target: Currency) throws(MoneyError) -> Money {
        let places = target.exponent - currency.exponent - rate.scale
        return try scaled(by: rate.mantissa, places: places, to: target)
    }

    /// `rate` per cent of this amount, rounded to minor units once, by ``Rounding/halfUp(numerator:denominator:)``:
    /// 2.95 % of 112.00 SEK are 3.30 SEK (CARD-16).
    /// - Throws: `MoneyError.overflow`.
    public func percent(_ rate: DecimalNumber) throws(MoneyError) -> Money {
        try scaled(by: rate.mantissa, places: -2 - rate.scale, to: currency)
    }

    /// The sum of `amounts`, zero for none.
    /// - Throws: `MoneyError.currencyMismatch` when one of them is of another currency, `MoneyError.overflow`.
    public static func sum(_ amounts: some Sequence<Money>, currency: Currency) throws(MoneyError) -> Money {
        var total = Money.zero(currency)
        for amount in amounts { total = try total.adding(amount) }
        return total
    }

    /// The smaller of two amounts of one currency.
    /// - Throws: `MoneyError.currencyMismatch`.
    public static func min(_ left: Money, _ right: Money) throws(MoneyError) -> Money {
        try left.isAtMost(right) ? left : right
    }

    /// True when this amount is no larger; limits are inclusive. Amounts of two currencies do not compare.
    /// - Throws: `MoneyError.currencyMismatch`.
    public func isAtMost(_ limit: Money) throws(MoneyError) -> Bool {
        try matching(limit)
        return minorUnits <= limit.minorUnits
    }

    /// `minorUnits × factor × 10^places` in `target`; `places` is at least −13, and above 0 by 3 at most.
    private func scaled(by factor: Int64, places: Int, to target: Currency) throws(MoneyError) -> Money {
        // Zero first: what follows may overflow in a step although the product is 0.
        guard minorUnits != 0, factor != 0 else { return .zero(target) }
        let raised = factor.multipliedReportingOverflow(by: Int64(DecimalDigits.powerOfTen(places)))
        guard !raised.overflow else { throw .overflow }
        let units = try Rounding.halfUp(
            numerator: minorUnits.multipliedFullWidth(by: raised.partialValue),
            denominator: DecimalDigits.powerOfTen(-places))
        return Money(minorUnits: units, currency: target)
    }
}
