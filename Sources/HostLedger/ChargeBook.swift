import Core
import Foundation
import GRDB
import HostProtocol

/// A booked purchase or hold: what completions, releases, refunds and voids change.
struct Charge {
    enum Kind: String { case purchase, hold }

    enum State: String {
        /// A hold that reserves its amount.
        case open
        /// A hold that a purchase ended: paid.
        case completed
        case released, expired
        /// A purchase: paid.
        case booked
        case voided, reversed
        /// A deferred approval that the host declined.
        case declined
    }

    /// What one purse gave, and what of it has come back.
    struct Share {
        var taken: PurseShare
        var backUnits: Int64
        var backMoney: Int64
    }

    var payment: UUIDv7
    var terminal: String
    var merchant: String
    var account: String
    var kind: Kind
    var state: State
    /// In the currency of the purchase.
    var amount: Money
    var refunded: Int64
    /// Of its purchase, in the programme's zone (CARD-3).
    var day: String
    var shares: [Share]

    var isPaid: Bool { state == .completed || state == .booked }
    var taken: [PurseShare] { shares.map(\.taken) }

    /// What is still taken.
    var remaining: [PurseShare] {
        shares.map {
            PurseShare(
                purse: $0.taken.purse, denomination: $0.taken.denomination, units: $0.taken.units - $0.backUnits,
                money: $0.taken.money - $0.backMoney)
        }
    }
}

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
            })
    }

    /// - Returns: false when the payment has a charge already; that one stays.
    @discardableResult
    func open(
        _ payment: UUIDv7, _ kind: Charge.Kind, state: Charge.State, account: String, terminal: Terminal, amount: Money,
        day: String, shares: [PurseShare], expiresAt: UTCInstant? = nil, sequence: Int64? = nil
    ) throws -> Bool {
        try run(
            """
            INSERT OR IGNORE INTO charge
                (payment, terminal, merchant, account, kind, state, currency, amount, day, expires_at, sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(payment.bytes), terminal.id, terminal.merchant, account, kind.rawValue, state.rawValue,
                amount.currency.code, amount.minorUnits, day, expiresAt?.milliseconds, sequence,
            ])
        guard db.changesCount > 0 else { return false }
        try setShares(shares, of: payment)
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

    func setState(_ state: Charge.State, of charge: Charge, amount: Int64? = nil) throws {
        try run(
            "UPDATE charge SET state = ?, amount = coalesce(?, amount) WHERE payment = ?",
            [state.rawValue, amount, Data(charge.payment.bytes)])
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
            var occasion = Occasion("expiry", at: now)
            (occasion.terminal, occasion.payment) = (hold.terminal, hold.payment)
            (occasion.merchant, occasion.fees) = (hold.merchant, ChargeFees.none)
            try move(account, taken: try hold.taken.negated(), occasion)
            try setState(.expired, of: hold)
            try countPurchase(account.id, day: hold.day, purchases: 0, amount: try -hold.taken.money())
            // Its terminal still subtracts a hold that has arrived ahead, and completes it as one that is reserved: what the
            // page gives back for it has to go with the reservation.
            if let sequence = row["sequence"] as Int64? {
                try forgetAhead(account.id, terminal: hold.terminal, sequence: sequence)
            }
            try touch(account.id)
        }
        return due.count
    }
}

extension Ledger {
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
