import Core
import HostProtocol
import Programmes

/// What one terminal must know of one account, by definition: the last statement it applied, less each of its own
/// records
/// that this statement does not count. A list that is summed anew for each question.
public struct ModelTerminal: Sendable {
    struct OwnRecord: Sendable {
        var sequence: Int64
        /// By itself, whatever it ends.
        var take = Take()
        /// The hold that it ends.
        var ends: Ended?
        var isOffline = true
        var approvals = 0
        var purchases = 0
        var day: CivilDate?
        /// Of an online approval: the version of the books that has it already.
        var bookedAt: Int64?
    }

    /// An earlier payment whose take stands no more, with this record.
    struct Ended: Sendable {
        var payment: UUIDv7
        var sequence: Int64?
        var take: Take
        /// As ``OwnRecord/bookedAt``.
        var bookedAt: Int64?
    }

    /// The statement that the terminal goes by; nil when it has none.
    var statement: AccountLimit?
    var records: [OwnRecord] = []
    private(set) var highest: Int64 = 0

    mutating func append(_ record: OwnRecord) {
        records.append(record)
        highest = max(highest, record.sequence)
    }

    /// The number of its next record: never one that was used.
    var next: Int64 { max(highest, statement?.countedThrough ?? 0) + 1 }

    /// What its records take that `statement` does not count.
    func uncounted(_ statement: AccountLimit) -> [(record: OwnRecord, take: Take)] {
        records.compactMap { record in
            if record.sequence <= statement.countedThrough { return nil }
            if let booked = record.bookedAt, booked <= statement.version { return nil }
            guard let ends = record.ends else { return (record, record.take) }
            return (record, isTaken(ends, statement) ? record.take - ends.take : record.take)
        }
    }

    /// Whether an earlier payment is still taken off: here, because the statement does not count it, or on the
    /// statement, as
    /// a hold.
    func isTaken(_ earlier: Ended, _ statement: AccountLimit) -> Bool {
        let isCounted =
            earlier.bookedAt.map { $0 <= statement.version } ?? earlier.sequence.map { $0 <= statement.countedThrough }
            ?? false
        return !isCounted || statement.openHolds.contains(earlier.payment)
    }

    /// Whether a record is this terminal's own doing: approved offline, or the end of a hold that the host holds no more.
    func isOwn(_ record: OwnRecord, _ statement: AccountLimit) -> Bool {
        record.isOffline || (record.ends.map { !isTaken($0, statement) } ?? false)
    }

    /// By purse; nil without a statement.
    func available(_ layout: PurseLayout) -> Units? {
        guard let statement else { return nil }
        var units = Units.zero
        for (place, purse) in statement.purses.enumerated() { units[place] = purse.balance }
        return uncounted(statement).reduce(units) { $0 &- $1.take.units }
    }

    /// The first difference between what the store says and what must be; nil when there is none.
    func difference(from state: AccountState?, layout: PurseLayout, today: CivilDate) -> String? {
        guard let statement, let state else {
            return (statement == nil) == (state == nil) ? nil : "account \(state == nil ? "missing" : "not gone")"
        }
        guard state.limit.version == statement.version else {
            return "version \(state.limit.version), must be \(statement.version)"
        }
        guard state.limit.countedThrough == statement.countedThrough, state.limit.openHolds == statement.openHolds,
            state.limit.purses == statement.purses, state.limit.offlineAllowance == statement.offlineAllowance,
            state.limit.purchasesOnCountedDay == statement.purchasesOnCountedDay
        else { return "the statement at version \(statement.version) differs" }
        let own = uncounted(statement)
        let available = self.available(layout) ?? .zero
        for (place, line) in layout.lines.enumerated() {
            let units = state.units(line.purse, denomination: line.denomination)
            guard units == available[place] else {
                return
                    "available in \(line.purse) \(line.denomination ?? 0): \(units ?? -1), must be \(available[place])"
            }
            guard available[place] >= 0 else {
                return "\(line.purse) \(line.denomination ?? 0) is \(available[place])"
            }
        }
        let offline = own.filter { isOwn($0.record, statement) }.reduce(Int64(0)) { $0 + $1.take.total }
        guard state.uncounted.offlineAmount == offline else {
            return "offline amount \(state.uncounted.offlineAmount), must be \(offline)"
        }
        let approvals = own.reduce(0) { $0 + $1.record.approvals }
        guard state.uncounted.offlineCount == approvals else {
            return "offline count \(state.uncounted.offlineCount), must be \(approvals)"
        }
        let onDay = own.filter { $0.record.day == today }
        let purchases = onDay.reduce(0) { $0 + $1.record.purchases }
        guard state.uncounted.purchasesToday == purchases else {
            return "purchases today \(state.uncounted.purchasesToday), must be \(purchases)"
        }
        let amount = onDay.reduce(Int64(0)) { $0 + $1.take.total }
        guard state.uncounted.amountToday == amount else {
            return "amount today \(state.uncounted.amountToday), must be \(amount)"
        }
        return nil
    }
}
