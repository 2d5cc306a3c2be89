import Core
import Foundation
import GRDB
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
    /// A row with `purse`, `denomination`, `units` and `money`.
    init(_ row: Row) {
        let denomination: Int64 = row["denomination"]
        self.init(
            purse: row["purse"], denomination: denomination == 0 ? nil : denomination, units: row["units"], money: row["money"])
    }

    /// Given back instead of taken, and the other way round.
    func negated() throws -> PurseShare {
        guard units != .min, money != .min else { throw RecordRefusal(reason: "amountOverflow") }
        return PurseShare(purse: purse, denomination: denomination, units: -units, money: -money)
    }
}

extension [PurseShare] {
    func negated() throws -> [PurseShare] { try map { try $0.negated() } }

    /// One share a line, in the order of their first mention, without those that move nothing.
    func summed() throws -> [PurseShare] {
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

    func money() throws -> Int64 {
        try reduce(0) { sum, share in
            let (next, overflow) = sum.addingReportingOverflow(share.money)
            guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
            return next
        }
    }
}

/// Why the books move.
struct Occasion {
    var kind: String
    var terminal: String?
    var payment: UUIDv7?
    var record: UUIDv7?
    var valueDate: CivilDate?
    var now: UTCInstant
    /// Whom the money goes to or comes from; nil: the charge's or the terminal's.
    var merchant: String?
    /// What the payment's fees are once this is booked; nil: as they are.
    var fees: ChargeFees?
    /// The payment that is changed, when it is another one.
    var charge: UUIDv7?

    /// Something the host's people did.
    init(_ kind: String, at now: UTCInstant) {
        self.kind = kind
        self.now = now
    }

    init(_ kind: String, terminal: String, payment: UUIDv7, record: UUIDv7?, valueDate: CivilDate?, at now: UTCInstant) {
        self.kind = kind
        self.terminal = terminal
        self.payment = payment
        self.record = record
        self.valueDate = valueDate
        self.now = now
    }
}

extension LedgerTransaction {
    /// In the order in which they were opened.
    func purses(of account: String) throws -> [PurseBalance] {
        try rows("SELECT * FROM purse WHERE account = ? ORDER BY place", [account]).map { row in
            let denomination: Int64 = row["denomination"]
            return PurseBalance(
                purse: row["purse"], denomination: denomination == 0 ? nil : denomination, balance: row["units"],
                validThrough: (row["valid_through"] as String?).flatMap { CivilDate($0) })
        }
    }

    /// What a record or decision without a split takes: from the account's first purse.
    func firstPurse(of account: String, units: Int64) throws -> [PurseShare] {
        guard
            let first = try row(
                "SELECT purse, denomination, ? AS units, ? AS money FROM purse WHERE account = ? ORDER BY place LIMIT 1",
                [units, units, account])
        else { return [PurseShare(purse: PurseBalance.prepaid, units: units, money: units)] }
        return [PurseShare(first)]
    }

    /// Moves what is in the purses, and writes the entry with a line for each purse; nothing when nothing moves.
    /// - Parameter taken: what each purse loses; negative for what it gains.
    /// - Returns: the lines that are below zero now, and those that the account did not have.
    @discardableResult
    func move(
        _ account: Account, taken: [PurseShare], _ occasion: Occasion
    ) throws -> (overdrawn: [PurseLine], unknown: [PurseLine]) {
        let gains = try taken.summed().negated()
        var found: (overdrawn: [PurseLine], unknown: [PurseLine]) = ([], [])
        guard !gains.isEmpty else { return found }
        let money = try gains.money()
        try run(
            """
            INSERT INTO entry (account, terminal, payment, record, kind, amount, booked_at, value_date)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                account.id, occasion.terminal, occasion.payment.map { Data($0.bytes) }, occasion.record.map { Data($0.bytes) },
                occasion.kind, money, occasion.now.milliseconds, occasion.valueDate?.description,
            ])
        let entry = db.lastInsertedRowID
        try post(entry, of: account, taken: try taken.summed(), occasion)
        for gain in gains {
            let line = PurseLine(gain)
            let key: StatementArguments = [account.id, line.purse, line.stored]
            let held = try number("SELECT units FROM purse WHERE account = ? AND purse = ? AND denomination = ?", key)
            if held == nil {
                found.unknown.append(line)
                try openPurse(PurseBalance(purse: line.purse, denomination: line.denomination, balance: 0), of: account.id)
            }
            let before: Int64 = held ?? 0
            let (balance, overflow) = before.addingReportingOverflow(gain.units)
            guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
            if balance < 0 { found.overdrawn.append(line) }
            try run("UPDATE purse SET units = ? WHERE account = ? AND purse = ? AND denomination = ?", [balance] + key)
            try run(
                """
                INSERT INTO movement (entry, account, purse, denomination, units, money, balance) VALUES (?, ?, ?, ?, ?, ?, ?)
                """, [entry, account.id, line.purse, line.stored, gain.units, gain.money, balance])
        }
        return found
    }

    /// An empty purse, after those that are there.
    func openPurse(_ purse: PurseBalance, of account: String) throws {
        try run(
            """
            INSERT INTO purse SELECT ?1, ?2, ?3, coalesce(max(place) + 1, 0), 0, ?4 FROM purse WHERE account = ?1
            """, [account, purse.purse, purse.denomination ?? 0, purse.validThrough?.description])
    }

    /// CARD-3: the account's purchases of `day`, and their sum, go up or down, never below zero.
    func countPurchase(_ account: String, day: String, purchases: Int, amount: Int64) throws {
        let before: (count: Int, amount: Int64) = try self.purchases(account, day: day)
        let (sum, overflow) = before.amount.addingReportingOverflow(amount)
        guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
        try run(
            "INSERT OR REPLACE INTO purchases (account, day, count, amount) VALUES (?, ?, ?, ?)",
            [account, day, max(0, before.count + purchases), max(0, sum)])
    }

    func purchases(_ account: String, day: String) throws -> (count: Int, amount: Int64) {
        let row = try row("SELECT count, amount FROM purchases WHERE account = ? AND day = ?", [account, day])
        return (row?["count"] ?? 0, row?["amount"] ?? 0)
    }
}
