import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension SQLiteLedger {
    /// Books what a terminal forwarded: each record once for ever, whatever becomes of the others. Returns when all of it
    /// is on stable storage.
    public func apply(
        _ batch: RecordBatch, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [RecordResult] {
        guard batch.records.count <= RecordBatch.maximumCount else { throw .malformed(field: "records") }
        return try await write { books in
            _ = try books.terminal(terminal)
            try books.expireHolds(now: now)
            var results: [RecordResult] = []
            for record in batch.records {
                results.append(try books.take(record, terminal: terminal, oldest: batch.oldest, now: now))
            }
            if let oldest = batch.oldest { try books.missLost(terminal: terminal, below: oldest, now: now) }
            return results
        }
    }
}

extension LedgerTransaction {
    /// - Parameter oldest: as ``RecordBatch/oldest``.
    func take(
        _ forwarded: ForwardedRecord, terminal: String, oldest: Int64? = nil, now: UTCInstant
    ) throws -> RecordResult {
        let hash = JournalChain.bodyHash(Array(forwarded.body))
        func result(_ outcome: RecordResult.Outcome, _ reason: String? = nil) -> RecordResult {
            RecordResult(forwarded, hash: hash, outcome, reason)
        }
        let held = try row("SELECT body_hash, terminal FROM record WHERE id = ?", [Data(forwarded.id.bytes)])
        if let held, held["body_hash"] as Data == Data(hash), held["terminal"] as String == terminal {
            // The answer may have been lost: a decline is told again as what it is.
            if let reason = try declinedLater(forwarded.id) { return result(.declinedLater, reason) }
            return result(.duplicate)
        }
        do {
            guard held == nil else {
                try alarm(
                    .idReused, terminal: terminal, sequence: forwarded.sequence, record: forwarded.id, "other body", at: now)
                throw RecordRefusal(reason: "idReused")
            }
            let record = try Self.parse(forwarded, terminal: terminal)
            // One record's failure undoes that record's changes alone.
            try db.inSavepoint {
                try book(record, forwarded: forwarded, hash: hash, oldest: oldest, now: now)
                return .commit
            }
            try closeCases(of: record.id, .rejected, .booked, why: "sent again", now: now)
            try closeCases(of: record.id, .reconciliation, .closed, why: "has come", now: now)
            if let reason = try declinedLater(forwarded.id) { return result(.declinedLater, reason) }
            return result(.applied)
        } catch let refusal as RecordRefusal {
            try run(
                """
                INSERT OR IGNORE INTO rejected (id, body_hash, terminal, sequence, reason, received_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [Data(forwarded.id.bytes), Data(hash), terminal, forwarded.sequence, refusal.reason, now.milliseconds])
            let isNew = db.changesCount > 0
            // What can be read can be booked by order, or dismissed.
            if held == nil, let record = try? Self.parse(forwarded, terminal: terminal) {
                try run(
                    "UPDATE rejected SET chain = ?, body = ? WHERE id = ? AND body_hash = ? AND body IS NULL",
                    [forwarded.chain, forwarded.body, Data(forwarded.id.bytes), Data(hash)])
                try openCase(
                    .rejected, terminal: terminal, record: record.id, payment: record.payment, note: refusal.reason, at: now)
            }
            if isNew {
                try alarm(
                    .rejected, terminal: terminal, sequence: forwarded.sequence, record: forwarded.id, refusal.reason, at: now)
            }
            return result(.rejected, refusal.reason)
        }
    }

    private func book(
        _ record: JournalRecord, forwarded: ForwardedRecord, hash: [UInt8], oldest: Int64?, now: UTCInstant
    ) throws {
        let image = try self.terminal(record.terminal).image
        try keep(record, forwarded: forwarded, hash: hash, image: image, oldest: oldest, now: now)
        if try hold(record, now: now) { return }
        try settle(record, image: image, receivedAt: now, now: now)
    }

    /// The record as it came, for ever.
    func keep(
        _ record: JournalRecord, forwarded: ForwardedRecord, hash: [UInt8], image: Int64, oldest: Int64? = nil, now: UTCInstant
    ) throws {
        try checkPlace(record, chain: Array(forwarded.chain), hash: hash, oldest: oldest, now: now)
        try run(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                Data(record.id.bytes), Data(hash), record.terminal, record.sequence, forwarded.chain, record.kind.rawValue,
                Data(record.payment.bytes), record.reference, record.account, record.accountSequence,
                record.amount.currency.code, record.amount.minorUnits, record.approved.minorUnits, record.rule,
                record.reason, record.decidedAt.milliseconds, now.milliseconds, forwarded.body, image,
            ])
    }
}

extension RecordResult {
    /// - Parameter hash: of the record's body.
    init(_ forwarded: ForwardedRecord, hash: [UInt8], _ outcome: Outcome, _ reason: String?) {
        let advice = outcome == .declinedLater ? reason.flatMap { Reason(rawValue: $0) }?.collectionAdvice : nil
        self.init(
            id: forwarded.id, bodyHash: Data(hash), outcome: outcome, reason: reason, retry: advice?.advice,
            retryAfter: advice?.seconds)
    }
}
