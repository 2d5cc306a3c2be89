import Core

/// WAL-7: paying own money out. For the host.
///
/// The amount is what leaves the purse, the fee is part of it: 12.00 redeemed with a fee of 5.00 pays 7.00 out.
/// "Below 5.00 not executed" leaves exactly 5.00 executed: it pays 0.00 out, and the purse can be closed.
public struct RedemptionRules: Sendable, Hashable {
    /// Inclusive, before the fee; never below it.
    public let minimum: Money
    public let fee: Money

    /// Reads `[redemption]`: `minimum`, `fee`.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        minimum = try table.money("minimum", currency)
        fee = try table.money("fee", currency)
        guard minimum.isPositive else { throw table.wrong("minimum", "must be above zero") }
        guard fee.minorUnits <= minimum.minorUnits else { throw table.wrong("fee", "must not be above minimum") }
        try table.allKnown()
    }

    /// - Parameters:
    ///   - amount: that leaves the purse.
    ///   - ownMoney: in the purse now.
    public func redeem(_ amount: Money, ownMoney: Money) -> RedemptionVerdict {
        var trail = RuleTrail()
        let currency = minimum.currency
        guard
            trail.check(
                "WAL-7", .currencyNotAccepted, amount.currency == currency && ownMoney.currency == currency,
                RuleInput(.currency, amount.currency), RuleInput(.programme, currency)),
            trail.check(
                "WAL-7", .redemptionBelowMinimum, amount.minorUnits >= minimum.minorUnits, RuleInput(.asked, amount),
                RuleInput(.minimum, minimum)),
            trail.check(
                "WAL-4", .insufficientFunds, amount.minorUnits <= ownMoney.minorUnits, RuleInput(.asked, amount),
                RuleInput(.available, ownMoney)),
            let paidOut = try? amount.subtracting(fee)
        else {
            return RedemptionVerdict(
                ruling: Ruling(trail), taken: .zero(currency), fee: .zero(currency), paidOut: .zero(currency))
        }
        trail.note("WAL-7", RuleInput(.fee, fee), RuleInput(.remaining, paidOut))
        return RedemptionVerdict(ruling: Ruling(trail), taken: amount, fee: fee, paidOut: paidOut)
    }
}

/// ``taken`` is ``fee`` and ``paidOut`` together; all zero when refused.
public struct RedemptionVerdict: Sendable, Hashable {
    public let ruling: Ruling
    public let taken: Money
    public let fee: Money
    public let paidOut: Money
}
