import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What one record takes from one purse.
struct SpendLine: Sendable, Equatable {
    /// On top of the account's earlier records: of a completion, what it takes more than its hold did (as a rule less).
    var net: PurseShare
    /// By itself: what counts once the host has let the hold expire, and with it given back what was held.
    var fullUnits: Int64
    var fullMoney: Int64

    init(net: PurseShare, fullUnits: Int64, fullMoney: Int64) {
        self.net = net
        self.fullUnits = fullUnits
        self.fullMoney = fullMoney
    }

    /// Of a record that ends no hold.
    init(_ share: PurseShare) { self.init(net: share, fullUnits: share.units, fullMoney: share.money) }
}

/// What one record of an account takes, until the host's balance includes it (ALL-3).
struct Spend: Sendable, Equatable {
    /// Whose purchases it counts with (CARD-3).
    var day: CivilDate?
    var purchases = 0
    var offline: Bool
    var approvals = 0
    /// The hold that the record ends (CARD-12), with the number of its record; 0 for one that the host's balance included at
    /// once.
    var hold: (payment: UUIDv7, sequence: Int64)?
    var lines: [SpendLine]

    static func == (left: Spend, right: Spend) -> Bool {
        left.day == right.day && left.purchases == right.purchases && left.offline == right.offline
            && left.approvals == right.approvals && left.hold?.payment == right.hold?.payment
            && left.hold?.sequence == right.hold?.sequence && left.lines == right.lines
    }

    /// Whether the hold that it ends is held no more: then it spends anew, whoever had approved the hold.
    func isNewSpend(under limit: AccountLimit) -> Bool {
        hold.map { $0.sequence <= limit.countedThrough && !limit.openHolds.contains($0.payment) } ?? false
    }

    /// What its lines take while `limit` is what the host says: the whole, once the host has counted the hold and holds it
    /// no more.
    func shares(under limit: AccountLimit) -> [PurseShare] {
        let expired = isNewSpend(under: limit)
        return lines.map { line in
            var share = line.net
            if expired { (share.units, share.money) = (line.fullUnits, line.fullMoney) }
            return share
        }
    }

    /// What a record that ends a hold takes: `final` instead of `held`.
    /// - Throws: ``StoreError/wrongState`` when the difference can't be computed.
    static func lines(final: [PurseShare], insteadOf held: [PurseShare]) throws(StoreError) -> [SpendLine] {
        var lines = final.map { SpendLine($0) }
        for share in held {
            if let place = lines.firstIndex(where: { $0.net.isOfSamePurse(as: share) }) {
                lines[place].net.units = try difference(lines[place].net.units, share.units)
                lines[place].net.money = try difference(lines[place].net.money, share.money)
            } else {
                lines.append(SpendLine(net: try share.negated(), fullUnits: 0, fullMoney: 0))
            }
        }
        return lines
    }

    private static func difference(_ left: Int64, _ right: Int64) throws(StoreError) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        guard !overflow else { throw .wrongState }
        return difference
    }
}

extension PurseShare {
    func isOfSamePurse(as other: PurseShare) -> Bool { purse == other.purse && denomination == other.denomination }

    /// - Throws: ``StoreError/wrongState`` for the one number that has no opposite.
    func negated() throws(StoreError) -> PurseShare {
        guard units > .min, money > .min else { throw .wrongState }
        return PurseShare(purse: purse, denomination: denomination, units: -units, money: -money)
    }
}

/// Sums over spends, checked.
struct SpendSums {
    private(set) var shares: [PurseShare] = []
    private(set) var offlineShares: [PurseShare] = []
    private(set) var offlineAmount: Int64 = 0
    private(set) var offlineCount = 0
    private(set) var purchasesToday = 0
    private(set) var amountToday: Int64 = 0

    mutating func add(_ spend: Spend, under limit: AccountLimit, today: CivilDate?) throws(StoreError) {
        for share in spend.shares(under: limit) {
            try SpendSums.add(share, to: &shares)
            if spend.offline || spend.isNewSpend(under: limit) {
                try SpendSums.add(share, to: &offlineShares)
                offlineAmount = try SpendSums.sum(offlineAmount, share.money)
            }
            if let day = spend.day, day == today { amountToday = try SpendSums.sum(amountToday, share.money) }
        }
        offlineCount = try SpendSums.sum(offlineCount, spend.approvals)
        if let day = spend.day, day == today { purchasesToday = try SpendSums.sum(purchasesToday, spend.purchases) }
    }

    var uncounted: UncountedSpends {
        UncountedSpends(
            shares: shares, offlineAmount: offlineAmount, offlineCount: offlineCount, purchasesToday: purchasesToday,
            amountToday: amountToday)
    }

    private static func add(_ share: PurseShare, to shares: inout [PurseShare]) throws(StoreError) {
        guard let place = shares.firstIndex(where: { $0.isOfSamePurse(as: share) }) else {
            shares.append(share)
            return
        }
        shares[place].units = try sum(shares[place].units, share.units)
        shares[place].money = try sum(shares[place].money, share.money)
    }

    private static func sum<Number: FixedWidthInteger>(_ left: Number, _ right: Number) throws(StoreError) -> Number {
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard !overflow else { throw .damaged }
        return sum
    }
}

extension PaymentStore {
    static func insert(_ database: Database, _ spend: Spend, account: String, sequence: Int64) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO spend (account, account_sequence, day, purchases, offline, approvals, hold, hold_sequence, lines)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            account, sequence, spend.day?.description, spend.purchases, spend.offline, spend.approvals,
            spend.hold.map { Data($0.payment.bytes) }, spend.hold?.sequence, StoredText.spendLines(spend.lines),
        ])
    }

    /// The sums over an account's records that `limit` does not count.
    static func spends(_ database: Database, beyond limit: AccountLimit, today: CivilDate?) throws -> SpendSums {
        let statement = try database.cachedStatement(
            sql: """
                SELECT day, purchases, offline, approvals, hold, hold_sequence, lines
                FROM spend WHERE account = ? AND account_sequence > ?
                """)
        var sums = SpendSums()
        let rows = try Row.fetchCursor(statement, arguments: [limit.account, limit.countedThrough])
        while let row = try rows.next() {
            var columns = Columns(row)
            try sums.add(spend(&columns), under: limit, today: today)
        }
        return sums
    }

    private static func spend(_ columns: inout Columns) throws -> Spend {
        let day = try columns.optional(String.self).flatMap { CivilDate($0) }
        let purchases: Int = try columns.value()
        let offline: Bool = try columns.value()
        let approvals: Int = try columns.value()
        let payment = try columns.optional(Data.self)
        let sequence: Int64? = try columns.optional()
        var hold: (UUIDv7, Int64)?
        if let payment {
            guard let id = UUIDv7(bytes: Array(payment)), let sequence else { throw StoreError.damaged }
            hold = (id, sequence)
        }
        return Spend(
            day: day, purchases: purchases, offline: offline, approvals: approvals, hold: hold,
            lines: try StoredText.spendLines(from: try columns.value()))
    }
}
