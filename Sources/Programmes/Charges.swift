import Core
import HostProtocol

/// What a purchase costs in the account's currency, before fees.
struct Charge: Sendable, Equatable {
    /// The purchase at the scheme's rate (CARD-16); as asked in the programme's own currency.
    var converted: Money
    /// The mark-up on it; zero in the programme's own currency.
    var exchangeFee: Money
    /// Their sum: what limits look at.
    var withMarkup: Money
    var isForeign: Bool
}

/// A purchase that the purses can pay.
struct Payable: Sendable, Equatable {
    /// In the currency of the request.
    var approved: Money
    /// All that is taken, in the account's currency.
    var money: Money
    var split: Split
    var lines: [ChargeLine]
    var isProvisional: Bool
}

extension Programme {
    /// CARD-16: scheme rate plus mark-up; the fee is computed once, on the converted amount, each rounded half up.
    func charge(_ amount: Money, _ rates: [ExchangeRate], _ rules: inout RuleTrail) -> Charge? {
        guard amount.currency != currency else {
            return Charge(converted: amount, exchangeFee: .zero(currency), withMarkup: amount, isForeign: false)
        }
        let taken = exchange.map { $0.currencies.isEmpty || $0.currencies.contains(amount.currency) } ?? false
        guard rules.check("CARD-16", .currencyNotAccepted, taken, RuleInput(.currency, amount.currency)), let exchange else {
            return nil
        }
        let rate = rates.first { $0.from == amount.currency && $0.to == currency }.flatMap { try? DecimalNumber($0.rate) }
        guard let rate, rate.mantissa > 0, let converted = try? amount.converted(at: rate, to: currency),
            let fee = try? converted.percent(exchange.markup), let total = try? converted.adding(fee)
        else {
            _ = rules.check("CARD-16", .exchangeRateUnknown, false, RuleInput(.currency, amount.currency))
            return nil
        }
        guard
            rules.check(
                "CARD-16", .amountNotPositive, converted.isPositive, RuleInput(.asked, amount), RuleInput(.rate, rate),
                RuleInput(.converted, converted), RuleInput(.fee, fee), RuleInput(.total, total))
        else { return nil }
        return Charge(converted: converted, exchangeFee: fee, withMarkup: total, isForeign: true)
    }

    /// CARD-19: the programme's own fee of a purchase, never above it.
    private func fee(on amount: Money) -> Money? {
        guard fees.purchase.isPositive || fees.percent != nil else { return .zero(currency) }
        guard let share = fees.percent.map({ try? amount.percent($0) }) ?? .zero(currency),
            let sum = try? fees.purchase.adding(share)
        else { return nil }
        return try? Money.min(sum, amount)
    }

    /// CARD-1, CARD-11, CARD-19, WAL-2, WAL-4, SMA-4: what the purses pay of the goods, with all fees.
    /// - Returns: nil when that is not enough.
    func pay(
        _ request: PurchaseRequest, _ goods: Goods, _ charge: Charge, _ account: AccountState, _ now: UTCInstant,
        _ rules: inout RuleTrail
    ) -> Payable? {
        let today = day(of: now)
        let available = available(account, today: today)
        func refused() -> Payable? {
            _ = rules.check(
                "CARD-1", .insufficientFunds, false, RuleInput(.available, available), RuleInput(.asked, charge.withMarkup))
            return nil
        }
        guard available.isPositive, let fee = fee(on: charge.converted),
            let total = try? charge.withMarkup.adding(fee)
        else { return refused() }
        // A foreign basket is one sum: its lines have no amounts in the account's currency.
        let needs =
            charge.isForeign
            ? [Need(category: nil, amount: charge.converted.minorUnits)]
            : goods.amounts.map { Need(category: $0.category, amount: $0.amount.minorUnits) }
        func laid(_ needs: [Need], fees: Int64) -> Split {
            self.split(
                (fees > 0 ? [Need(category: nil, amount: fees, isFee: true)] : []) + needs, account: account, today: today,
                acceptsVoucherLoss: request.acceptsVoucherLoss)
        }
        var split = laid(needs, fees: total.minorUnits - charge.converted.minorUnits)
        var feeDue = fee
        var approved = goods.eligible
        if split.covered < total.minorUnits {
            // Less than all: only in part, where both sides take that (CARD-11).
            let partial = request.allowsPartial && allowsPartial && !charge.isForeign && request.kind == .purchase
            guard partial, let (part, due) = part(of: needs, laid: laid) else { return refused() }
            (split, feeDue) = (part, due)
            approved = Money(minorUnits: part.goods, currency: currency)
            rules.note(
                "CARD-11", RuleInput(.available, available), RuleInput(.asked, goods.eligible), RuleInput(.takes, approved),
                RuleInput(.due, (try? request.amount.subtracting(approved)) ?? approved))
        }
        let money = Money(minorUnits: split.covered, currency: currency)
        _ = rules.check(
            "CARD-1", .insufficientFunds, true, RuleInput(.available, available), RuleInput(.asked, charge.withMarkup))
        trace(split, feeDue, &rules)
        return Payable(
            approved: approved, money: money, split: split, lines: lines(request, charge, approved, feeDue),
            isProvisional: charge.isForeign)
    }

    /// The largest part of the goods that the purses pay together with the fee on that part.
    private func part(of needs: [Need], laid: ([Need], Int64) -> Split) -> (Split, Money)? {
        func fits(_ part: Int64) -> (Split, Money)? {
            guard let fee = fee(on: Money(minorUnits: part, currency: currency)) else { return nil }
            let split = laid(needs, fee.minorUnits)
            return split.fees == fee.minorUnits && split.goods >= part ? (split, fee) : nil
        }
        // The fee grows with the part, so what fits is all up to some part.
        var (most, above) = (Int64(0), laid(needs, 0).goods.addingSaturating(1))
        while above - most > 1 {
            let middle = most + (above - most) / 2
            if fits(middle) != nil { most = middle } else { above = middle }
        }
        guard most > 0, let (whole, fee) = fits(most) else { return nil }
        guard whole.goods > most else { return (whole, fee) }
        // The fee of a little more would not fit any more: exactly this part, of the goods that are paid.
        var left = most
        let met = zip(needs, whole.met.suffix(needs.count)).map { need, met in
            let amount = min(left, met)
            left -= amount
            return Need(category: need.category, amount: amount)
        }
        let exact = laid(met, fee.minorUnits)
        return exact.goods == most && exact.fees == fee.minorUnits ? (exact, fee) : nil
    }

    private func trace(_ split: Split, _ fee: Money, _ rules: inout RuleTrail) {
        if purses.count > 1 {
            for share in split.shares {
                let takes = Money(minorUnits: share.money, currency: currency)
                if let value = share.denomination {
                    rules.note(
                        "SMA-4", RuleInput(.purse, share.purse),
                        RuleInput(.units, "\(share.units) × \(Money(minorUnits: value, currency: currency))"),
                        RuleInput(.takes, takes))
                } else if purses.contains(where: { $0.id == share.purse && $0.kind == .points }) {
                    rules.note(
                        "WAL-3", RuleInput(.purse, share.purse), RuleInput(.units, share.units), RuleInput(.takes, takes))
                } else {
                    rules.note("WAL-2", RuleInput(.purse, share.purse), RuleInput(.takes, takes))
                }
            }
        }
        if split.lost > 0 { rules.note("SMA-4", RuleInput(.loss, Money(minorUnits: split.lost, currency: currency))) }
        if fee.isPositive { rules.note("CARD-19", RuleInput(.fee, fee)) }
    }

    /// CARD-20: purchase, hold and each fee by itself.
    private func lines(_ request: PurchaseRequest, _ charge: Charge, _ approved: Money, _ fee: Money) -> [ChargeLine] {
        guard charge.isForeign || fee.isPositive || request.kind == .hold else { return [] }
        let own = charge.isForeign ? charge.converted : approved
        var lines = [ChargeLine(kind: request.kind == .hold ? .hold : .purchase, amount: own)]
        if charge.exchangeFee.isPositive { lines.append(ChargeLine(kind: .exchangeFee, amount: charge.exchangeFee)) }
        if fee.isPositive { lines.append(ChargeLine(kind: .fee, amount: fee)) }
        return lines
    }
}
