import Core
import HostProtocol

/// How an account's purses share an amount (WAL-2, WAL-9, SMA-4), in minor units of the account's currency.
struct Split: Sendable, Equatable {
    var shares: [PurseShare] = []
    /// What the shares pay.
    var covered: Int64 = 0
    /// Face value of vouchers above what they pay.
    var lost: Int64 = 0
}

extension Programme {
    /// One sum to be paid, and what may pay it.
    struct Need: Sendable, Equatable {
        /// Of basket lines; nil: any purse pays it.
        var category: String?
        var amount: Int64
        /// Fees are not paid with vouchers.
        var isFee = false
    }

    /// Takes from the purses in their order until the needs are met or the purses are empty.
    ///
    /// Within a purse, first goes what fewer of the later purses could pay, so that the order of use never leaves due what
    /// another choice would have paid. A purse that is past its last day gives nothing.
    func split(_ needs: [Need], account: AccountState, today: CivilDate, acceptsVoucherLoss: Bool) -> Split {
        var open = needs
        var split = Split()
        for (place, purse) in purses.enumerated() {
            let later = purses[(place + 1)...]
            let order = open.indices.filter { open[$0].amount > 0 && purse.pays(for: open[$0].category) }.sorted { left, right in
                let (one, other) = (open[left].category, open[right].category)
                let (ones, others) = (later.count { $0.pays(for: one) }, later.count { $0.pays(for: other) })
                return ones != others ? ones < others : left < right
            }
            switch purse.kind {
            case .vouchers:
                takeVouchers(purse, order.filter { !open[$0].isFee }, &open, &split, account, today, acceptsVoucherLoss)
            case .points: takePoints(purse, order, &open, &split, account, today)
            case .benefit, .ownMoney, .prepaid:
                let have = max(0, balance(purse.id, account, today))
                let taken = take(have, order, &open)
                guard taken > 0 else { continue }
                split.shares.append(PurseShare(purse: purse.id, units: taken, money: taken))
                split.covered += taken
            }
        }
        return split
    }

    /// Units of a purse that may be spent today.
    private func balance(_ purse: String, denomination: Int64? = nil, _ account: AccountState, _ today: CivilDate) -> Int64 {
        let line = account.limit.purses.first { $0.purse == purse && $0.denomination == denomination }
        guard let line, line.validThrough.map({ today <= $0 }) ?? true else { return 0 }
        return account.units(purse, denomination: denomination) ?? 0
    }

    /// Pays needs in the order given with at most `have`; returns what was paid.
    private func take(_ have: Int64, _ order: [Int], _ open: inout [Need]) -> Int64 {
        var left = have
        for need in order where left > 0 {
            let part = min(left, open[need].amount)
            open[need].amount -= part
            left -= part
        }
        return have - left
    }

    /// WAL-3: points pay at the programme's ratio. Whole points only: the value of what there is rounds down, the points
    /// for a value round up, so that points never pay more than they are worth.
    private func takePoints(
        _ purse: Purse, _ order: [Int], _ open: inout [Need], _ split: inout Split, _ account: AccountState, _ today: CivilDate
    ) {
        let points = balance(purse.id, account, today)
        guard let perUnit = purse.pointsPerUnit, perUnit > 0, points > 0 else { return }
        let unit = currency.minorUnitsPerUnit
        let (high, low) = points.multipliedFullWidth(by: unit)
        guard let worth = Programme.quotient(high, low, perUnit) else { return }
        let money = take(worth, order, &open)
        guard money > 0 else { return }
        let (productHigh, productLow) = money.multipliedFullWidth(by: perUnit)
        guard let whole = Programme.quotient(productHigh, productLow, unit) else { return }
        let used = Int64(whole) &* unit == money &* perUnit ? whole : whole + 1
        split.shares.append(PurseShare(purse: purse.id, units: used, money: money))
        split.covered += money
    }

    /// Rounded down; nil when it does not fit.
    private static func quotient(_ high: Int64, _ low: UInt64, _ divisor: Int64) -> Int64? {
        guard divisor > 0, high >= 0, high < divisor else { return nil }
        return divisor.dividingFullWidth((high, low)).quotient
    }

    private func takeVouchers(
        _ purse: Purse, _ order: [Int], _ open: inout [Need], _ split: inout Split, _ account: AccountState,
        _ today: CivilDate, _ acceptsLoss: Bool
    ) {
        let due = order.reduce(Int64(0)) { $0 + open[$1].amount }
        let values = account.limit.purses.filter { $0.purse == purse.id }.compactMap(\.denomination)
        let stock = Set(values).sorted(by: >).map { (value: $0, count: balance(purse.id, denomination: $0, account, today)) }
        guard due > 0, !stock.isEmpty else { return }
        let exact = VoucherChoice.within(due, stock: stock)
        let chosen = acceptsLoss && exact.total < due ? VoucherChoice.covering(due, stock: stock) ?? exact : exact
        var pays = take(min(chosen.total, due), order, &open)
        split.covered += pays
        split.lost += max(0, chosen.total - due)
        for (value, count) in chosen.counts {
            let money = min(pays, value * count)
            pays -= money
            split.shares.append(PurseShare(purse: purse.id, denomination: value, units: count, money: money))
        }
    }

    /// What all purses could pay together today, each on goods of its own (CARD-1, WAL-4). Saturates.
    public func available(_ account: AccountState, today: CivilDate) -> Money {
        var total: Int64 = 0
        for purse in purses {
            switch purse.kind {
            case .vouchers:
                for line in account.limit.purses where line.purse == purse.id {
                    guard let value = line.denomination else { continue }
                    let count = max(0, balance(purse.id, denomination: value, account, today))
                    total = total.addingSaturating(count.multipliedSaturating(by: value))
                }
            case .points:
                guard let perUnit = purse.pointsPerUnit else { continue }
                let (high, low) = max(0, balance(purse.id, account, today)).multipliedFullWidth(by: currency.minorUnitsPerUnit)
                total = total.addingSaturating(Programme.quotient(high, low, perUnit) ?? .max)
            case .benefit, .ownMoney, .prepaid: total = total.addingSaturating(balance(purse.id, account, today))
            }
        }
        return Money(minorUnits: total, currency: account.limit.currency)
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    fileprivate func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

extension Currency {
    /// 100 for a currency with two decimal places.
    var minorUnitsPerUnit: Int64 { (0..<exponent).reduce(1) { product, _ in product * 10 } }
}
