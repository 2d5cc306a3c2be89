import Core
import HostProtocol

/// How an account's purses share an amount (WAL-2, WAL-9, SMA-4), in minor units of the account's currency.
struct Split: Sendable, Equatable {
    var shares: [PurseShare] = []
    /// What the shares pay, fees included.
    var covered: Int64 = 0
    /// Of it, what pays fees.
    var fees: Int64 = 0
    /// What each need got, in the order of the needs.
    var met: [Int64] = []
    /// Face value of vouchers above what they pay.
    var lost: Int64 = 0

    var goods: Int64 { covered - fees }
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

    /// Takes from the purses in their order until the needs are met or the purses are empty; fees first, so that what is
    /// left of a short balance is what can be approved. See ``PurseFlow`` for who pays what. A purse that is past its last
    /// day gives nothing.
    func split(_ needs: [Need], account: AccountState, today: CivilDate, acceptsVoucherLoss: Bool) -> Split {
        // One need for each kind of goods: what the same purses pay for is one sum.
        let sorted = needs.enumerated().sorted { ($0.element.isFee ? 0 : 1, $0.offset) < ($1.element.isFee ? 0 : 1, $1.offset) }
        let fees = sorted.count { $0.element.isFee }
        var flow = PurseFlow(
            needs: sorted.map { max(0, $0.element.amount) },
            pays: purses.map { purse in
                sorted.map { need in
                    need.element.isFee ? purse.kind != .vouchers : purse.pays(for: need.element.category)
                }
            })
        var payments = purses.map { _ in PursePayment() }
        for round in [0..<fees, fees..<sorted.count] where !round.isEmpty {
            for (place, purse) in purses.enumerated() {
                switch purse.kind {
                case .vouchers:
                    guard round.lowerBound >= fees else { continue }
                    payVouchers(purse, place, round, &flow, &payments[place], account, today, acceptsVoucherLoss)
                case .points:
                    let worth = worth(of: purse, account, today) - payments[place].money
                    payments[place].money += flow.pay(from: place, atMost: max(0, worth), only: round)
                case .benefit, .ownMoney, .prepaid:
                    let left = max(0, balance(purse.id, account, today)) - payments[place].money
                    payments[place].money += flow.pay(from: place, atMost: max(0, left), only: round)
                }
            }
        }
        var split = Split()
        split.met = needs.map { _ in 0 }
        for (place, need) in sorted.enumerated() {
            let got = max(0, need.element.amount) - flow.open[place]
            split.met[need.offset] = got
            split.covered += got
            if need.element.isFee { split.fees += got }
        }
        for (purse, payment) in zip(purses, payments) {
            split.lost += payment.lost
            split.shares += shares(of: purse, payment)
        }
        return split
    }

    private struct PursePayment {
        var money: Int64 = 0
        var vouchers: [(value: Int64, count: Int64)] = []
        var lost: Int64 = 0
    }

    private func shares(of purse: Purse, _ payment: PursePayment) -> [PurseShare] {
        guard payment.money > 0 else { return [] }
        switch purse.kind {
        case .vouchers:
            var left = payment.money
            return payment.vouchers.map { value, count in
                let money = min(left, value * count)
                left -= money
                return PurseShare(purse: purse.id, denomination: value, units: count, money: money)
            }
        case .points:
            return [PurseShare(purse: purse.id, units: points(for: payment.money, purse), money: payment.money)]
        case .benefit, .ownMoney, .prepaid:
            return [PurseShare(purse: purse.id, units: payment.money, money: payment.money)]
        }
    }

    /// Units of a purse that may be spent today.
    private func balance(_ purse: String, denomination: Int64? = nil, _ account: AccountState, _ today: CivilDate) -> Int64 {
        let line = account.limit.purses.first { $0.purse == purse && $0.denomination == denomination }
        guard let line, line.validThrough.map({ today <= $0 }) ?? true else { return 0 }
        return account.units(purse, denomination: denomination) ?? 0
    }

    /// WAL-3: what the points there are pay, at the programme's ratio, rounded down.
    private func worth(of purse: Purse, _ account: AccountState, _ today: CivilDate) -> Int64 {
        let points = max(0, balance(purse.id, account, today))
        return Programme.divided(points, currency.minorUnitsPerUnit, by: purse.pointsPerUnit ?? 0).map(\.quotient) ?? .max
    }

    /// WAL-3: the points that pay an amount, rounded up: points never pay more than they are worth.
    private func points(for money: Int64, _ purse: Purse) -> Int64 {
        guard let (points, rest) = Programme.divided(money, purse.pointsPerUnit ?? 0, by: currency.minorUnitsPerUnit) else {
            return .max
        }
        return rest > 0 ? points + 1 : points
    }

    /// `value × factor ÷ divisor` of values that are not negative; nil when it does not fit.
    private static func divided(_ value: Int64, _ factor: Int64, by divisor: Int64) -> (quotient: Int64, remainder: UInt64)? {
        guard divisor > 0, value >= 0, factor >= 0 else { return nil }
        let (high, low) = value.magnitude.multipliedFullWidth(by: factor.magnitude)
        guard high < divisor.magnitude else { return nil }
        let (quotient, remainder) = divisor.magnitude.dividingFullWidth((high, low))
        return Int64(exactly: quotient).map { ($0, remainder) }
    }

    private func payVouchers(
        _ purse: Purse, _ place: Int, _ round: Range<Int>, _ flow: inout PurseFlow, _ payment: inout PursePayment,
        _ account: AccountState, _ today: CivilDate, _ acceptsLoss: Bool
    ) {
        let values = account.limit.purses.filter { $0.purse == purse.id }.compactMap(\.denomination).filter { $0 > 0 }
        let stock = Set(values).sorted(by: >).map { (value: $0, count: balance(purse.id, denomination: $0, account, today)) }
        // What vouchers of any value could pay here.
        var trial = flow
        let room = trial.pay(from: place, atMost: flow.open.reduce(0) { $0.addingSaturating($1) }, only: round)
        guard room > 0, !stock.isEmpty else { return }
        let exact = VoucherChoice.within(room, stock: stock)
        let chosen = acceptsLoss && exact.total < room ? VoucherChoice.covering(room, stock: stock) ?? exact : exact
        payment.money = flow.pay(from: place, atMost: min(chosen.total, room), only: round)
        payment.vouchers = chosen.counts
        payment.lost = max(0, chosen.total - room)
    }

    /// What all purses could pay together today, each on goods of its own (CARD-1, WAL-4). Saturates.
    public func available(_ account: AccountState, today: CivilDate) -> Money {
        var total: Int64 = 0
        for purse in purses {
            switch purse.kind {
            case .vouchers:
                for line in account.limit.purses where line.purse == purse.id {
                    guard let value = line.denomination, value > 0 else { continue }
                    let count = max(0, balance(purse.id, denomination: value, account, today))
                    total = total.addingSaturating(count.multipliedSaturating(by: value))
                }
            case .points: total = total.addingSaturating(worth(of: purse, account, today))
            case .benefit, .ownMoney, .prepaid: total = total.addingSaturating(max(0, balance(purse.id, account, today)))
            }
        }
        return Money(minorUnits: total, currency: account.limit.currency)
    }
}

extension Int64 {
    func addingSaturating(_ other: Int64) -> Int64 {
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
