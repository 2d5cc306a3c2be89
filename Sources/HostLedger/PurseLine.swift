import HostProtocol

/// One purse of an account, or one denomination of its vouchers.
struct PurseLine: Hashable {
    var purse: String
    var denomination: Int64?

    init(_ purse: String, _ denomination: Int64?) {
        self.purse = purse
        self.denomination = denomination
    }

    init(_ share: PurseShare) { self.init(share.purse, share.denomination) }

    /// The table's form: 0 is none.
    var stored: Int64 { denomination ?? 0 }
}

extension PurseShare {
    /// Given back instead of taken, and the other way round.
    func negated() throws(RecordRefusal) -> PurseShare {
        guard units != .min, money != .min else { throw RecordRefusal(reason: "amountOverflow") }
        return PurseShare(purse: purse, denomination: denomination, units: -units, money: -money)
    }
}

extension [PurseShare] {
    func negated() throws(RecordRefusal) -> [PurseShare] {
        try map { share throws(RecordRefusal) in try share.negated() }
    }

    /// One share a line, in the order of their first mention, without those that move nothing.
    func summed() throws(RecordRefusal) -> [PurseShare] {
        var sums: [PurseShare] = []
        var places: [PurseLine: Int] = [:]
        for share in self {
            guard let place = places[PurseLine(share)] else {
                places[PurseLine(share)] = sums.count
                sums.append(share)
                continue
            }
            let (units, tooMany) = sums[place].units.addingReportingOverflow(share.units)
            let (money, tooMuch) = sums[place].money.addingReportingOverflow(share.money)
            guard !tooMany, !tooMuch else { throw RecordRefusal(reason: "amountOverflow") }
            (sums[place].units, sums[place].money) = (units, money)
        }
        return sums.filter { $0.units != 0 || $0.money != 0 }
    }

    func money() throws(RecordRefusal) -> Int64 {
        var sum: Int64 = 0
        for share in self {
            let (next, overflow) = sum.addingReportingOverflow(share.money)
            guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
            sum = next
        }
        return sum
    }
}
