import Core
import Foundation
import GRDB
import HostProtocol

extension PurseShare {
    /// A row with `purse`, `denomination`, `units` and `money`.
    init(_ row: Row) {
        let denomination: Int64 = row["denomination"]
        self.init(
            purse: row["purse"], denomination: denomination == 0 ? nil : denomination, units: row["units"], money: row["money"])
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

    /// Moves what is in the purses, and writes the entry with a line for each purse; nothing when nothing moves.
    /// - Parameter taken: what each purse loses; negative for what it gains.
    /// - Returns: the lines that are below zero now, and those that the account did not have.
    @discardableResult
    func move(
        _ account: Account, taken: [PurseShare], _ occasion: Occasion
    ) throws -> (overdrawn: [PurseLine], unknown: [PurseLine]) {
        var found: (overdrawn: [PurseLine], unknown: [PurseLine]) = ([], [])
        guard let double = try entry(of: account, taken, occasion) else { return found }
        try run(
            """
            INSERT INTO entry (account, terminal, payment, record, kind, amount, booked_at, value_date)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                account.id, occasion.terminal, occasion.payment.map { Data($0.bytes) }, occasion.record.map { Data($0.bytes) },
                occasion.kind, double.money, occasion.now.milliseconds, occasion.valueDate?.description,
            ])
        let entry = db.lastInsertedRowID
        for side in double.sides { try post(entry, side, account) }
        for gain in double.gains {
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
