import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// ALL-7: what a terminal approved and this host declined later stays open at the terminal until its instrument pays it after
// all, somebody here settles it, or the merchant gives it up.
extension LedgerSchema {
    static let collections = """
        -- late declines that are no longer open; payment: the collection that was booked, NULL when it was cleared by hand
        CREATE TABLE collection (
            original BLOB PRIMARY KEY, terminal TEXT NOT NULL, payment BLOB, version INTEGER, at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX collection_payment ON collection (payment) WHERE payment IS NOT NULL;
        CREATE INDEX collection_cleared ON collection (terminal, version) WHERE version IS NOT NULL;
        """
}

extension LedgerTransaction {
    /// Whether a collection asks for what is open: declined later for this terminal, of this account, at most that amount, and
    /// not collected or cleared since. True for what is no collection.
    func isDue(_ request: AuthorisationRequest, account: Account, terminal: Terminal) throws -> Bool {
        guard let original = request.original else { return true }
        return try holds(
            """
            SELECT 1 FROM record JOIN declined_later ON declined_later.record = record.id
            WHERE payment = ?1 AND terminal = ?2 AND account = ?3 AND currency = ?4 AND approved >= ?5
                AND NOT EXISTS (SELECT 1 FROM collection WHERE original = ?1)
            """,
            [
                Data(original.bytes), terminal.id, account.id, request.amount.currency.code, request.amount.minorUnits,
            ])
    }

    /// The collection is booked with the mark that it was: once.
    func noteCollection(_ request: AuthorisationRequest, terminal: Terminal, now: UTCInstant) throws {
        guard let original = request.original else { return }
        try run(
            "INSERT INTO collection (original, terminal, payment, at) VALUES (?, ?, ?, ?)",
            [Data(original.bytes), terminal.id, Data(request.payment.bytes), now.milliseconds])
        try closeDeclined(original, why: "collected", now: now)
    }

    /// A collection that was reversed has not been: it is open again.
    func forgetCollection(by payment: UUIDv7) throws {
        try run("DELETE FROM collection WHERE payment = ?", [Data(payment.bytes)])
    }

    /// What was cleared by hand for a terminal in these versions; nil: nothing.
    func clearedDeclines(for terminal: String, after base: Int64, through version: Int64) throws -> [UUIDv7]? {
        let cleared = try rows(
            "SELECT original FROM collection WHERE terminal = ? AND version > ? AND version <= ? ORDER BY version DESC LIMIT ?",
            [terminal, base, version, LimitPage.maximumClearedDeclines]
        ).compactMap { UUIDv7(bytes: Array($0["original"] as Data)) }
        return cleared.isEmpty ? nil : cleared
    }
}

extension SQLiteLedger {
    /// Settles a late decline at the host: its terminal hears of it in the next page, and lets the instrument pay again.
    /// - Throws: ``LedgerError/refused(_:)`` `unknownPurchase` when this host never declined it later, `purchaseChanged` when
    ///   it is collected or cleared already.
    public func clearDeclined(_ payment: UUIDv7, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            let look = try books.row(
                "SELECT terminal FROM record JOIN declined_later ON record = id WHERE payment = ?", [Data(payment.bytes)])
            guard let terminal = look?["terminal"] as String? else {
                throw LedgerError.refused(Reason.unknownPurchase.rawValue)
            }
            guard try !books.holds("SELECT 1 FROM collection WHERE original = ?", [Data(payment.bytes)]) else {
                throw LedgerError.refused(Reason.purchaseChanged.rawValue)
            }
            try books.run(
                "INSERT INTO collection (original, terminal, version, at) VALUES (?, ?, ?, ?)",
                [Data(payment.bytes), terminal, try books.nextVersion(), now.milliseconds])
            try books.closeDeclined(payment, why: "cleared", now: now)
        }
    }

    /// What this host declined later, newest first.
    public func declined(openOnly: Bool) async throws(LedgerError) -> [LateDecline] {
        try await read { books in
            try books.rows(
                """
                SELECT record.payment, record.terminal, account, currency, approved, declined_later.reason, received_at,
                    collection.original AS closed, collection.payment AS collected
                FROM declined_later CROSS JOIN record ON record.id = declined_later.record
                LEFT JOIN collection ON collection.original = record.payment ORDER BY received_at DESC, record.sequence DESC
                """
            ).map(LateDecline.init).filter { !openOnly || $0.state == .open }
        }
    }
}

/// A deferred approval that the host declined.
public struct LateDecline: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable { case open, collected, cleared }

    public var payment: String
    public var terminal: String
    public var account: String?
    /// Minor units.
    public var amount: Int64
    public var currency: String
    public var reason: String
    public var state: State
    /// The payment that collected it.
    public var collectedBy: String?

    init(_ row: Row) {
        func id(_ column: String) -> String? {
            (row[column] as Data?).flatMap { UUIDv7(bytes: Array($0)) }?.description
        }
        payment = id("payment") ?? ""
        terminal = row["terminal"]
        account = row["account"]
        amount = row["approved"]
        currency = row["currency"]
        reason = row["reason"]
        collectedBy = id("collected")
        state = (row["closed"] as Data?) == nil ? .open : collectedBy == nil ? .cleared : .collected
    }
}

extension Reason {
    /// What the terminal is told of collecting a payment that was declined for this reason, and the seconds to wait.
    var collectionAdvice: (advice: CollectionAdvice, seconds: Int64?)? {
        switch self {
        // The instrument itself will never pay.
        case .lostOrStolen, .expired, .unknownInstrument, .cardNotAuthentic, .cardDataInvalid, .benefitEnded,
            .merchantNotEnrolled, .currencyNotAccepted, .merchantCategoryNotAllowed:
            (.never, nil)
        // Somebody has to clear it, or the day has to end.
        case .blocked, .suspended, .notActivated, .benefitPaused, .dailyCountExceeded, .dailyAmountExceeded: (.later, 86_400)
        default: nil
        }
    }
}
