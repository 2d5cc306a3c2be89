import Core
import Foundation
import GRDB
import HostProtocol

extension LedgerTransaction {
    /// The charge of a payment, or of the completion that ended it.
    func charge(_ payment: UUIDv7) throws -> Charge? {
        let id = Data(payment.bytes)
        let alias = try row("SELECT charge FROM charge_alias WHERE payment = ?", [id])
        guard let row = try row("SELECT * FROM charge WHERE payment = ?", [alias?["charge"] ?? id]) else { return nil }
        return try charge(row)
    }

    func charge(_ row: Row) throws -> Charge {
        let id: Data = row["payment"]
        guard let payment = UUIDv7(bytes: Array(id)), let kind = Charge.Kind(rawValue: row["kind"]),
            let state = Charge.State(rawValue: row["state"]), let currency = Currency(code: row["currency"])
        else { throw LedgerError.unavailable("charge row") }
        return Charge(
            payment: payment, terminal: row["terminal"], merchant: row["merchant"], account: row["account"], kind: kind,
            state: state, amount: Money(minorUnits: row["amount"], currency: currency), refunded: row["refunded"],
            day: row["day"],
            shares: try rows("SELECT * FROM charge_share WHERE payment = ? ORDER BY place", [id]).map {
                Charge.Share(taken: PurseShare($0), backUnits: $0["back_units"], backMoney: $0["back_money"])
            },
            expiresAt: (row["expires_at"] as Int64?).map { UTCInstant(milliseconds: $0) }, sequence: row["sequence"])
    }

    /// - Returns: false when the payment has a charge already; that one stays.
    func open(_ charge: Charge) throws -> Bool {
        try run(
            """
            INSERT OR IGNORE INTO charge
                (payment, terminal, merchant, account, kind, state, currency, amount, day, expires_at, sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(charge.payment.bytes), charge.terminal, charge.merchant, charge.account, charge.kind.rawValue,
                charge.state.rawValue, charge.amount.currency.code, charge.amount.minorUnits, charge.day,
                charge.expiresAt?.milliseconds, charge.sequence,
            ])
        guard db.changesCount > 0 else { return false }
        try setShares(charge.taken, of: charge.payment)
        return true
    }

    func setShares(_ shares: [PurseShare], of payment: UUIDv7) throws {
        try run("DELETE FROM charge_share WHERE payment = ?", [Data(payment.bytes)])
        for (place, share) in try shares.summed().enumerated() {
            try run(
                "INSERT INTO charge_share (payment, place, purse, denomination, units, money) VALUES (?, ?, ?, ?, ?, ?)",
                [Data(payment.bytes), place, share.purse, share.denomination ?? 0, share.units, share.money])
        }
    }

    /// Ends every hold whose time is over at `now`, and gives back what it reserved (CARD-12).
    /// - Returns: how many.
    @discardableResult
    func expireHolds(now: UTCInstant) throws -> Int {
        let due = try rows(
            "SELECT * FROM charge WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at",
            [now.advanced(byMilliseconds: -holdGrace).milliseconds])
        for row in due {
            let hold = try charge(row)
            guard let account = try account(hold.account) else { continue }
            for change in try rules.expiry(hold, account, now: now) { try carryOut(change, now: now) }
            // Its terminal still subtracts a hold that has arrived ahead, and completes it as one that is reserved: what the
            // page gives back for it has to go with the reservation.
            if let sequence = hold.sequence { try forgetAhead(account.id, terminal: hold.terminal, sequence: sequence) }
            try touch(account.id)
        }
        return due.count
    }
}

extension SQLiteLedger {
    /// Ends the holds whose time is over: run by a timer, and before anything is told or decided.
    /// - Returns: how many ended.
    @discardableResult
    public func expireHolds(now: UTCInstant) async throws(LedgerError) -> Int {
        let due = try await read { books in
            try books.holds(
                "SELECT 1 FROM charge WHERE state = 'open' AND expires_at <= ?",
                [now.advanced(byMilliseconds: -books.holdGrace).milliseconds])
        }
        return due ? try await write { try $0.expireHolds(now: now) } : 0
    }
}
