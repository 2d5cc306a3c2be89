import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// ALL-7: what a terminal approved and this host declined later stays open at the terminal until its instrument pays it after
// all, somebody here settles it, or the merchant gives it up. A purchase and what collects it are never both booked: the
// books hold the one that came first, and the other moves nothing.
extension LedgerSchema {
    static let collections = """
        -- late declines that were cleared by hand
        CREATE TABLE collection (
            original BLOB PRIMARY KEY, terminal TEXT NOT NULL, payment BLOB, version INTEGER, at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX collection_payment ON collection (payment) WHERE payment IS NOT NULL;
        CREATE INDEX collection_cleared ON collection (terminal, version) WHERE version IS NOT NULL;
        """

    static let collections2 = "collections-2"

    /// Which payment collects which: what is owed follows from what the collections still hold.
    static func addCollects(_ db: Database) throws {
        try db.execute(
            sql: """
                -- authorised by this host, or named by a record; what it has taken, its charge says
                CREATE TABLE collects (payment BLOB PRIMARY KEY, original BLOB NOT NULL) STRICT, WITHOUT ROWID;
                CREATE INDEX collects_original ON collects (original);
                INSERT INTO collects SELECT payment, original FROM collection WHERE payment IS NOT NULL;
                DELETE FROM collection WHERE payment IS NOT NULL;
                """)
        let waiting = try Row.fetchAll(
            db, sql: "SELECT body FROM record JOIN held ON held.record = record.id WHERE kind = 'onlineApproval'")
        for row in waiting {
            guard let record = try? WireJSON.decode(JournalRecord.self, from: Array(row["body"] as Data)),
                let original = record.original
            else { continue }
            try db.execute(
                sql: "INSERT OR IGNORE INTO collects VALUES (?, ?)",
                arguments: [Data(record.payment.bytes), Data(original.bytes)])
        }
    }
}

extension LedgerTransaction {
    /// Minor units that collections hold of a terminal's payment: what they took, less what refunds have given back.
    func collected(of original: UUIDv7, terminal: String) throws -> Int64 {
        try number(
            """
            SELECT sum(charge.amount - charge.refunded) FROM collects JOIN charge ON charge.payment = collects.payment
            WHERE collects.original = ? AND charge.terminal = ? AND charge.state IN ('booked', 'completed')
            """, [Data(original.bytes), terminal]) ?? 0
    }

    /// What is known of a late decline; nil when these books never declined the payment later.
    func lateClaim(of original: UUIDv7) throws -> LateClaim? {
        guard
            let declined = try row(
                """
                SELECT record.id, terminal, account, currency, approved FROM record
                JOIN declined_later ON declined_later.record = record.id WHERE payment = ?
                """, [Data(original.bytes)])
        else { return nil }
        guard let record = UUIDv7(bytes: Array(declined["id"] as Data)) else { throw LedgerError.unavailable("record row") }
        var claim = LateClaim(
            record: record, terminal: declined["terminal"], account: declined["account"], currency: declined["currency"],
            approved: declined["approved"])
        claim.forgiven =
            try number("SELECT refunded FROM charge WHERE payment = ? AND state = 'declined'", [Data(original.bytes)]) ?? 0
        claim.collected = try collected(of: original, terminal: claim.terminal)
        claim.isCleared = try holds("SELECT 1 FROM collection WHERE original = ?", [Data(original.bytes)])
        return claim
    }

    /// What is still owed of a late decline, in minor units: nothing once it was cleared; nil when these books never declined
    /// the payment later.
    func due(_ original: UUIDv7) throws -> Int64? { try lateClaim(of: original)?.due }

    /// The collection is noted, and nobody has to look at what it has paid. To be called when its charge is there.
    func noteCollection(_ payment: UUIDv7, of original: UUIDv7, now: UTCInstant) throws {
        try run(
            "INSERT OR IGNORE INTO collects (payment, original) VALUES (?, ?)", [Data(payment.bytes), Data(original.bytes)])
        if try due(original) == 0 { try closeDeclined(original, why: "collected", now: now) }
    }

    /// What a collection has given back is owed again: somebody sees it again.
    func reopenCollected(by payment: UUIDv7, now: UTCInstant) throws {
        guard let original = try collectedPayment(payment), let claim = try lateClaim(of: original), claim.due > 0 else { return }
        try openCase(
            .declinedLater, terminal: claim.terminal, record: claim.record, payment: original, note: "collectionGivenBack", at: now)
    }

    /// Payments that collect a purchase, of which these books know a record and no authorisation.
    func unauthorisedCollections(of original: UUIDv7) throws -> [UUIDv7] {
        try rows(
            """
            SELECT payment FROM collects WHERE original = ? AND payment NOT IN (SELECT payment FROM authorisation)
            ORDER BY payment
            """, [Data(original.bytes)]
        ).compactMap { UUIDv7(bytes: Array($0["payment"] as Data)) }
    }

    /// Whether a payment collects one that these books took: it was never declined later, or not only.
    func collectsBooked(_ payment: UUIDv7) throws -> Bool {
        guard let original = try collectedPayment(payment) else { return false }
        return try isBooked(original)
    }

    /// Whether these books have taken a payment, whatever was given back of it since.
    func isBooked(_ payment: UUIDv7) throws -> Bool {
        guard let charge = try charge(payment) else { return false }
        return charge.state != .declined
    }

    private func collectedPayment(_ payment: UUIDv7) throws -> UUIDv7? {
        let look = try row("SELECT original FROM collects WHERE payment = ?", [Data(payment.bytes)])
        return (look?["original"] as Data?).flatMap { UUIDv7(bytes: Array($0)) }
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
            guard let terminal = look?["terminal"] as String?, let due = try books.due(payment) else {
                throw LedgerError.refused(Reason.unknownPurchase.rawValue)
            }
            guard due > 0 else { throw LedgerError.refused(Reason.purchaseChanged.rawValue) }
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
                    collection.original AS cleared,
                    (SELECT max(collects.payment) FROM collects JOIN charge ON charge.payment = collects.payment
                        WHERE collects.original = record.payment AND charge.terminal = record.terminal
                            AND charge.state IN ('booked', 'completed')) AS collected
                FROM declined_later CROSS JOIN record ON record.id = declined_later.record
                LEFT JOIN collection ON collection.original = record.payment ORDER BY received_at DESC, record.sequence DESC
                """
            ).map { row in
                let payment = UUIDv7(bytes: Array(row["payment"] as Data))
                return LateDecline(row, due: try payment.flatMap { try books.due($0) } ?? 0)
            }.filter { !openOnly || $0.state == .open }
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
    /// What is still owed of it, minor units: less what collections hold.
    public var due: Int64
    public var currency: String
    public var reason: String
    public var state: State
    /// The last payment that collected of it.
    public var collectedBy: String?

    init(_ row: Row, due: Int64) {
        func id(_ column: String) -> String? {
            (row[column] as Data?).flatMap { UUIDv7(bytes: Array($0)) }?.description
        }
        payment = id("payment") ?? ""
        terminal = row["terminal"]
        account = row["account"]
        amount = row["approved"]
        self.due = due
        currency = row["currency"]
        reason = row["reason"]
        collectedBy = id("collected")
        state = due > 0 ? .open : (row["cleared"] as Data?) == nil ? .collected : .cleared
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
