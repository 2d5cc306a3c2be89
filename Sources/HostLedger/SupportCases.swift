import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What people at the host have to look at, and what they did about it.
public struct SupportCase: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// A record that was accepted and can't be booked yet.
        case held
        /// A record that was refused: its account's numbers wait for it.
        case rejected
        /// A deferred approval that the host declined (ALL-7).
        case declinedLater
        /// A record on which terminal and books differ.
        case reconciliation
        /// Opened by somebody.
        case dispute
    }

    public enum Outcome: String, Codable, Sendable {
        /// The record is in the books now.
        case booked
        /// The record counts, and moves nothing.
        case dismissed
        /// There is no record to book, or it was dealt with elsewhere.
        case closed
    }

    public var number: Int64
    public var kind: Kind
    /// Milliseconds since 1970.
    public var openedAt: Int64
    public var openedBy: String
    public var terminal: String?
    public var record: String?
    public var payment: String?
    public var note: String
    /// Nil while it is open.
    public var outcome: Outcome?
    public var resolvedAt: Int64?
    public var resolvedBy: String?
    public var why: String?

    init?(_ row: Row) {
        guard let kind = Kind(rawValue: row["kind"]) else { return nil }
        func id(_ column: String) -> String? {
            (row[column] as Data?).flatMap { UUIDv7(bytes: Array($0)) }?.description
        }
        self.kind = kind
        number = row["number"]
        openedAt = row["opened_at"]
        openedBy = row["opened_by"]
        terminal = row["terminal"]
        record = id("record")
        payment = id("payment")
        note = row["note"]
        outcome = (row["outcome"] as String?).flatMap { Outcome(rawValue: $0) }
        resolvedAt = row["resolved_at"]
        resolvedBy = row["resolved_by"]
        why = row["why"]
    }

    static let host = "kassa-host"
}

extension SQLiteLedger {
    /// Oldest first.
    public func cases(openOnly: Bool = true) async throws(LedgerError) -> [SupportCase] {
        try await read { books in
            try books.rows(
                "SELECT * FROM support_case WHERE outcome IS NULL OR NOT ? ORDER BY number", [openOnly]
            ).compactMap(SupportCase.init)
        }
    }

    /// - Parameter by: who opens it, 1…64 bytes.
    /// - Returns: its number.
    public func openCase(
        payment: UUIDv7?, note: String, by: String, now: UTCInstant
    ) async throws(LedgerError) -> Int64 {
        try Self.check(by: by, why: note)
        return try await write { books in
            let terminal: String? = try payment.flatMap { try books.charge($0) }?.terminal
            try books.run(
                "INSERT INTO support_case (kind, opened_at, opened_by, terminal, payment, note) VALUES ('dispute', ?, ?, ?, ?, ?)",
                [now.milliseconds, by, terminal, payment.map { Data($0.bytes) }, note])
            return books.db.lastInsertedRowID
        }
    }

    /// Ends a case. Booking puts a held or refused record into the books by order, whatever had kept it out; dismissing lets
    /// it count without moving anything. Either way its account's numbers go on.
    /// - Parameters:
    ///   - by: who decides, 1…64 bytes.
    ///   - why: for the audit, 1…1000 bytes.
    /// - Throws: ``LedgerError/refused(_:)`` with what makes it impossible.
    public func resolveCase(
        _ number: Int64, _ outcome: SupportCase.Outcome, by: String, why: String, now: UTCInstant
    ) async throws(LedgerError) {
        try Self.check(by: by, why: why)
        try await write { try $0.resolve(number, outcome, by: by, why: why, now: now) }
    }

    private static func check(by: String, why: String) throws(LedgerError) {
        guard (1...64).contains(by.utf8.count) else { throw .malformed(field: "by") }
        guard (1...1000).contains(why.utf8.count) else { throw .malformed(field: "why") }
    }
}

extension LedgerTransaction {
    /// Opens a case for a record; one that is open for it already stays.
    func openCase(
        _ kind: SupportCase.Kind, terminal: String, record: UUIDv7, payment: UUIDv7?, note: String, at now: UTCInstant
    ) throws {
        try run(
            """
            INSERT OR IGNORE INTO support_case (kind, opened_at, opened_by, terminal, record, payment, note)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                kind.rawValue, now.milliseconds, SupportCase.host, terminal, Data(record.bytes),
                payment.map { Data($0.bytes) }, note,
            ])
    }

    /// What was waited for has come.
    func closeCases(of record: UUIDv7, _ kind: SupportCase.Kind, _ outcome: SupportCase.Outcome, why: String, now: UTCInstant) throws {
        try run(
            """
            UPDATE support_case SET outcome = ?, resolved_at = ?, resolved_by = ?, why = ?
            WHERE record = ? AND kind = ? AND outcome IS NULL
            """,
            [outcome.rawValue, now.milliseconds, SupportCase.host, why, Data(record.bytes), kind.rawValue])
    }

    /// A late decline that is no longer open.
    func closeDeclined(_ payment: UUIDv7, why: String, now: UTCInstant) throws {
        try run(
            """
            UPDATE support_case SET outcome = 'closed', resolved_at = ?, resolved_by = ?, why = ?
            WHERE payment = ? AND kind = 'declinedLater' AND outcome IS NULL
            """, [now.milliseconds, SupportCase.host, why, Data(payment.bytes)])
    }

    fileprivate func resolve(
        _ number: Int64, _ outcome: SupportCase.Outcome, by: String, why: String, now: UTCInstant
    ) throws {
        guard let row = try row("SELECT * FROM support_case WHERE number = ?", [number]), let open = SupportCase(row) else {
            throw LedgerError.refused("unknownCase")
        }
        guard open.outcome == nil else { throw LedgerError.refused("caseResolved") }
        if let id: Data = row["record"], open.kind == .held || open.kind == .rejected {
            guard outcome != .closed else { throw LedgerError.refused("recordWaits") }
            try settle(id, of: open, outcome, number, now: now)
        } else {
            guard outcome == .closed else { throw LedgerError.refused("noRecord") }
        }
        try run(
            "UPDATE support_case SET outcome = ?, resolved_at = ?, resolved_by = ?, why = ? WHERE number = ?",
            [outcome.rawValue, now.milliseconds, by, why, number])
    }

    /// Books or dismisses the record of a case.
    private func settle(
        _ id: Data, of open: SupportCase, _ outcome: SupportCase.Outcome, _ number: Int64, now: UTCInstant
    ) throws {
        let waiting: (record: JournalRecord, image: Int64, receivedAt: UTCInstant)
        if open.kind == .held {
            guard
                let row = try row(
                    "SELECT body, image, received_at FROM held JOIN record ON record.id = held.record WHERE record = ?", [id])
            else { throw LedgerError.refused("notHeld") }
            waiting = (
                try WireJSON.decode(JournalRecord.self, from: Array(row["body"] as Data)), row["image"],
                UTCInstant(milliseconds: row["received_at"])
            )
            try run("DELETE FROM held WHERE record = ?", [id])
        } else {
            waiting = try accept(rejected: id, now: now)
        }
        let (record, image, receivedAt) = waiting
        if outcome == .dismissed {
            try run("INSERT INTO dismissed VALUES (?, ?)", [id, number])
            try finish(record, image: image, effect: .none, now: now)
            return
        }
        try finish(
            record, image: image, effect: try bookByOrder(record, image: image, receivedAt: receivedAt, now: now), now: now)
        // What was held for want of it can be booked now.
        if let original = record.original, record.kind == .completion, try charge(original) == nil {
            try run(
                "INSERT OR IGNORE INTO charge_alias VALUES (?, ?)", [Data(original.bytes), Data(record.payment.bytes)])
            try release(original: original, now: now)
        }
        try release(original: record.payment, now: now)
    }

    /// Takes a refused record in after all: its terminal hears `duplicate` when it sends it again, and lets it go.
    private func accept(
        rejected id: Data, now: UTCInstant
    ) throws -> (record: JournalRecord, image: Int64, receivedAt: UTCInstant) {
        let kept = try rows("SELECT * FROM rejected WHERE id = ? AND body IS NOT NULL", [id])
        // Two bodies under one id are for no one to choose from.
        guard kept.count == 1, let row = kept.first, let number = UUIDv7(bytes: Array(id)) else {
            throw LedgerError.refused("bodyUnknown")
        }
        guard try !holds("SELECT 1 FROM record WHERE id = ?", [id]) else { throw LedgerError.refused("booked") }
        let forwarded = ForwardedRecord(
            id: number, sequence: row["sequence"], chain: row["chain"] ?? Data(), body: row["body"])
        let record = try Self.parse(forwarded, terminal: row["terminal"])
        let image = try terminal(record.terminal).image
        let receivedAt = UTCInstant(milliseconds: row["received_at"])
        try keep(record, forwarded: forwarded, hash: Array(row["body_hash"] as Data), image: image, now: now)
        return (record, image, receivedAt)
    }

    /// What the record says, without what had kept it out: an authorisation that these books have forgotten, a purchase that
    /// they never saw, a cap.
    private func bookByOrder(
        _ record: JournalRecord, image: Int64, receivedAt: UTCInstant, now: UTCInstant
    ) throws -> Effect {
        switch record.kind {
        case .offlineApproval, .deferredApproval, .onlineApproval, .completion:
            try mayBook(record)
            let effect = try bookOffline(record, .purchase, receivedAt: receivedAt, now: now, isJudged: false)
            switch record.kind {
            case .onlineApproval:
                try noteAuthorised(record, account: record.account ?? "", day: effect.day)
                if let original = record.original { try noteCollection(record.payment, of: original, now: now) }
            case .completion: try noteAuthorised(record, account: record.account ?? "", day: effect.day)
            default:
                let collections = try unauthorisedCollections(of: record.payment)
                for change in rules.cancelling(collections, terminal: record.terminal) { try carryOut(change, of: record, now: now) }
            }
            return effect
        case .hold: return try bookOffline(record, .hold, receivedAt: receivedAt, now: now, isJudged: false)
        case .refund:
            if let original = record.original, try charge(original) != nil {
                return try refund(record, receivedAt: receivedAt, now: now, isCapped: false)
            }
            guard let account = try record.account.flatMap({ try account($0) }) else {
                throw RecordRefusal(reason: "unknownAccount")
            }
            let given = try shares(record, of: account, amount: record.amount)
            try move(
                account, taken: try given.negated(), record: record,
                occasion(record, programme: account.programme, receivedAt: receivedAt, now: now))
            return .none
        case .release, .void, .declineAdvice, .reversal, .torn:
            // Without what they speak of there is nothing to give back.
            throw RecordRefusal(reason: "nothingToBook")
        }
    }

    /// Nobody books by order what is booked already, what its terminal has taken back, or both a purchase and what collects
    /// it (ALL-7).
    private func mayBook(_ record: JournalRecord) throws {
        guard try !isBooked(record.payment) else { throw RecordRefusal(reason: "booked") }
        guard try authorisation(record.payment)?.state != .reversed else { throw RecordRefusal(reason: "reversed") }
        let notDue = RecordRefusal(reason: Reason.collectionNotDue.rawValue)
        switch record.kind {
        case .deferredApproval:
            guard try collected(of: record.payment, terminal: record.terminal) == 0 else { throw notDue }
        case .onlineApproval:
            guard let original = record.original else { return }
            // A purchase that these books do not know may come yet: then it is the one that moves nothing.
            let due = try due(original) ?? .max
            guard try !isBooked(original), record.approved.minorUnits <= due else { throw notDue }
        default: break
        }
    }

    /// The record counts, and its account is shown anew.
    private func finish(_ record: JournalRecord, image: Int64, effect: Effect, now: UTCInstant) throws {
        guard let account = record.account, let sequence = record.accountSequence, try self.account(account) != nil else {
            return
        }
        if try image == terminal(record.terminal).image {
            try count(record, account: account, sequence: sequence, effect: effect, now: now)
        }
        try touch(account)
    }
}
