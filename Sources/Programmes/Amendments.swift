import Core
import HostProtocol

/// What later happens to a payment of this terminal: a hold's end (CARD-12), a refund (CARD-13), a void (CARD-14). None of
/// them needs the instrument again: what is given back goes where it came from (CARD-20).
extension Programme {
    /// Ends a hold with a purchase of at most its amount; the rest is released in the same step.
    ///
    /// A hold that has ended by time may still be completed, with what the account has then.
    public func complete(
        _ original: EarlierPayment?, amount: Money, account: AccountState?, terminal: TerminalState, now: TrustedTime
    ) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        guard let original = known(original, amount, terminal, &rules),
            rules.check("CARD-12", .holdClosed, original.state == .held, RuleInput(.status, original.state.rawValue)),
            rules.check(
                "CARD-12", .holdExceeded, amount.minorUnits <= original.amount.minorUnits, RuleInput(.hold, original.amount),
                RuleInput(.final, amount))
        else { return refused(amount, rules) }
        let shares = portion(original.split, of: original.amount, taken: amount)
        guard rules.check("CARD-12", .amountNotPositive, amount.isPositive, RuleInput(.final, amount)),
            rules.check("SMA-4", .refundNeedsWholeVouchers, shares != nil, RuleInput(.final, amount)), let shares
        else { return refused(amount, rules) }
        if !original.isReserved {
            // The host has let the hold go: this is a new spend, by an account that may have changed.
            if let account, !accountStatus(account, now.instant, &rules) { return refused(amount, rules) }
            let enough = account.map { account in
                shares.allSatisfy { account.units($0.purse, denomination: $0.denomination).map { [units = $0.units] in $0 >= units } ?? false }
            }
            guard
                rules.check(
                    "CARD-12", .holdClosed, enough ?? false, RuleInput(.expiry, original.expiresAt?.milliseconds ?? 0),
                    RuleInput(.final, amount))
            else { return refused(amount, rules) }
            let own = Money(minorUnits: shares.reduce(0) { $0 + $1.money }, currency: currency)
            guard let account, allowance(own, account, terminal, &rules),
                terminalRisk(own, request: amount, terminal, now, &rules)
            else { return refused(amount, rules) }
        }
        return agreed("CARD-12", .approvedOffline, amount, shares, .purchase, now.instant, rules)
    }

    /// Ends a hold without a purchase: by the merchant, or because its time is over.
    public func release(_ original: EarlierPayment?, terminal: TerminalState, now: TrustedTime) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        let amount = original?.amount ?? .zero(currency)
        guard let original = known(original, amount, terminal, &rules),
            rules.check("CARD-12", .holdClosed, original.state == .held, RuleInput(.status, original.state.rawValue))
        else { return refused(amount, rules) }
        return agreed("CARD-12", .released, amount, original.split, .hold, now.instant, rules)
    }

    /// CARD-13: against a purchase of this merchant, together never above it; points come back as points, vouchers whole.
    public func refund(
        _ original: EarlierPayment?, amount: Money, account: AccountState?, terminal: TerminalState, now: TrustedTime
    ) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        guard rules.check("CARD-13", .refundNotAllowed, refund != nil, RuleInput(.programme, id)),
            let original = known(original, amount, terminal, &rules),
            rules.check("CARD-13", .purchaseChanged, original.state == .paid, RuleInput(.status, original.state.rawValue)),
            rules.check("CARD-13", .amountNotPositive, amount.isPositive, RuleInput(.asked, amount))
        else { return refused(amount, rules) }
        let after = try? original.refunded.adding(amount)
        guard
            rules.check(
                "CARD-13", .refundExceedsPurchase, after.map { $0.minorUnits <= original.amount.minorUnits } ?? false,
                RuleInput(.purchase, original.amount), RuleInput(.refunded, original.refunded), RuleInput(.asked, amount)),
            let after
        else { return refused(amount, rules) }
        let shares = Programme.returned(original.split, of: original.amount, from: original.refunded, to: after)
        guard rules.check("SMA-4", .refundNeedsWholeVouchers, shares != nil, RuleInput(.asked, amount)), let shares else {
            return refused(amount, rules)
        }
        if let cap = balanceCap, let account {
            let back = Money(minorUnits: shares.reduce(0) { $0 + $1.money }, currency: currency)
            let balance = try? available(account, today: day(of: now.instant)).adding(back)
            guard
                rules.check(
                    "CARD-2", .balanceCapExceeded, balance.map { $0.minorUnits <= cap.minorUnits } ?? false,
                    RuleInput(.total, balance?.description ?? "?"), RuleInput(.cap, cap))
            else { return refused(amount, rules) }
        }
        rules.note("CARD-13", RuleInput(.until, creditDay(receivedAt: now.instant)))
        return agreed("CARD-13", .refunded, amount, shares, .refund, now.instant, rules)
    }

    /// CARD-14: the merchant's technical reversal of the whole purchase. The payer can't revoke.
    public func void(_ original: EarlierPayment?, terminal: TerminalState, now: TrustedTime) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        let amount = original?.amount ?? .zero(currency)
        guard let original = known(original, amount, terminal, &rules),
            rules.check("CARD-14", .purchaseChanged, original.state == .paid, RuleInput(.status, original.state.rawValue)),
            rules.check("CARD-14", .purchaseChanged, original.refunded.minorUnits == 0, RuleInput(.refunded, original.refunded))
        else { return refused(amount, rules) }
        return agreed("CARD-14", .voided, amount, original.split, .refund, now.instant, rules)
    }

    // MARK: Steps

    private func known(
        _ original: EarlierPayment?, _ amount: Money, _ terminal: TerminalState, _ rules: inout RuleTrail
    ) -> EarlierPayment? {
        guard rules.check("CARD-13", .unknownPurchase, original?.programme == id, RuleInput(.programme, id)), let original,
            rules.check(
                "CARD-13", .refundOtherMerchant, original.merchant == terminal.merchant, RuleInput(.merchant, original.merchant)),
            rules.check(
                "CARD-13", .currencyNotAccepted, amount.currency == original.amount.currency, RuleInput(.currency, amount.currency)),
            rules.check("CARD-12", .amountNotPositive, !amount.isNegative, RuleInput(.asked, amount))
        else { return nil }
        return original
    }

    private func refused(_ amount: Money, _ rules: RuleTrail) -> Decision {
        Programme.declined(PurchaseRequest(amount: amount), rules)
    }

    private func agreed(
        _ rule: RuleID, _ reason: Reason, _ amount: Money, _ shares: [PurseShare], _ kind: ChargeLine.Kind, _ now: UTCInstant,
        _ rules: RuleTrail
    ) -> Decision {
        let own = Money(minorUnits: shares.reduce(0) { $0 + $1.money }, currency: currency)
        return Decision(
            outcome: .approved, approvedAmount: amount, rule: ruleNames[rule] ?? rule, reason: reason, split: shares,
            lines: [ChargeLine(kind: kind, amount: own)], valueDate: valueDate(receivedAt: now), trace: rules.trace)
    }

    /// The part of a split that pays `taken` of `whole`, purses in their order of use. Nil when that would take a voucher of
    /// which a part is not used: the payer has not consented to lose it.
    func portion(_ split: [PurseShare], of whole: Money, taken: Money) -> [PurseShare]? {
        let all = split.reduce(Int64(0)) { $0 + $1.money }
        guard taken != whole else { return split }
        var left = Programme.scaled(all, taken.minorUnits, whole.minorUnits)
        var shares: [PurseShare] = []
        for share in split {
            var money = min(left, share.money)
            var units = money == share.money ? share.units : Programme.scaledUp(share.units, money, share.money)
            if let face = share.denomination, money < share.money {
                units = face > 0 ? money / face : 0
                money = units * face
            }
            left -= money
            guard money > 0 else { continue }
            shares.append(PurseShare(purse: share.purse, denomination: share.denomination, units: units, money: money))
        }
        return left == 0 ? shares : nil
    }

    /// What comes back when refunds of a purchase grow from one sum to another: the purse that was used last first. Each
    /// purse gets, over all refunds, exactly what it gave; points in proportion (WAL-3). Nil when a voucher would have to be
    /// given back in part; one that was used with a loss comes back last.
    static func returned(_ split: [PurseShare], of whole: Money, from: Money, to: Money) -> [PurseShare]? {
        let all = split.reduce(Int64(0)) { $0 + $1.money }
        var (before, after) = (scaled(all, from.minorUnits, whole.minorUnits), scaled(all, to.minorUnits, whole.minorUnits))
        var shares: [PurseShare] = []
        for share in split.reversed() {
            let (had, has) = (min(before, share.money), min(after, share.money))
            (before, after) = (before - had, after - has)
            guard has > had else { continue }
            func units(_ money: Int64) -> Int64? {
                guard money < share.money else { return share.units }
                guard let face = share.denomination else { return scaled(share.units, money, share.money) }
                return face > 0 && money % face == 0 ? money / face : nil
            }
            guard let first = units(had), let last = units(has) else { return nil }
            shares.append(
                PurseShare(purse: share.purse, denomination: share.denomination, units: last - first, money: has - had))
        }
        return shares
    }

    /// `value × part ÷ whole`, half up; the whole for the whole.
    private static func scaled(_ value: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        guard whole > 0, part < whole else { return value }
        let (high, low) = value.multipliedFullWidth(by: part)
        guard value >= 0, part >= 0, high < whole else { return value }
        let (quotient, remainder) = whole.dividingFullWidth((high, low))
        return quotient + (remainder >= whole - remainder ? 1 : 0)
    }

    /// The same rounded up: what a part uses up of points or vouchers.
    private static func scaledUp(_ value: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        guard whole > 0, part < whole, value >= 0, part >= 0 else { return value }
        let (high, low) = value.multipliedFullWidth(by: part)
        guard high < whole else { return value }
        let (quotient, remainder) = whole.dividingFullWidth((high, low))
        return quotient + (remainder > 0 ? 1 : 0)
    }
}
