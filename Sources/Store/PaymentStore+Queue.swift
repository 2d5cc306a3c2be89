import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// One record with its place in the queue.
public struct QueuedRecordDetail: Sendable, Equatable {
    public enum State: String, Sendable {
        case waiting, quarantined
        /// Acknowledged: it has left the queue and stays in the journal.
        case forwarded
    }

    public var forwarded: ForwardedRecord
    public var record: JournalRecord
    public var state: State
    /// The host's reason.
    public var quarantined: String?
}

/// How the reversal of an online authorisation whose outcome is unknown stands (ALL-10).
public enum ReversalState: String, Sendable {
    case queued
    /// The host refused it: it is set aside, and someone has to look.
    case refused
    /// The host has acknowledged it: nothing is booked.
    case reversed
}

extension PaymentStore {
    /// A record of the journal, by its id or its sequence number.
    public func queued(_ name: String) throws(StoreError) -> QueuedRecordDetail? {
        let sequence = Int64(name)
        let id = UUIDv7(name).map { Data($0.bytes) }
        guard sequence != nil || id != nil else { return nil }
        return try read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT journal.sequence, journal.id, chain, body, outbox.sequence AS waits, quarantined
                    FROM journal LEFT JOIN outbox USING (sequence) WHERE \(id == nil ? "journal.sequence" : "journal.id") = ?
                    """, arguments: id.map { [$0] } ?? [sequence])
            guard let row else { return nil }
            let forwarded = try PaymentStore.forwarded(row)
            let quarantined: String? = try row.optional("quarantined")
            let waits: Int64? = try row.optional("waits")
            return QueuedRecordDetail(
                forwarded: forwarded, record: try WireJSON.decode(JournalRecord.self, from: Array(forwarded.body)),
                state: waits == nil ? .forwarded : quarantined == nil ? .waiting : .quarantined, quarantined: quarantined)
        }
    }

    /// Sends one refused record once more.
    /// - Returns: false when it is not set aside.
    public func requeue(sequence: Int64) throws(StoreError) -> Bool {
        let isCurrent = try isCurrent()
        return try write { database in
            try database.execute(
                sql: "UPDATE outbox SET quarantined = NULL WHERE sequence = ? AND quarantined IS NOT NULL", arguments: [sequence])
            guard database.changesCount > 0 else { return false }
            if isCurrent { try PaymentStore.forgetWaits(database, of: sequence) }
            return true
        }
    }

    /// Everything that the host has not acknowledged, set aside or not, above a sequence number, oldest first.
    public func unacknowledged(
        after sequence: Int64, limit: Int
    ) throws(StoreError) -> [(record: ForwardedRecord, quarantined: String?)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT journal.sequence, id, chain, body, quarantined FROM outbox JOIN journal USING (sequence)
                    WHERE outbox.sequence > ? ORDER BY outbox.sequence LIMIT ?
                    """, arguments: [sequence, limit]
            ).map { (try PaymentStore.forwarded($0), try $0.optional("quarantined")) }
        }
    }

    /// How many ``unacknowledged(after:limit:)`` would give without a limit.
    public func unacknowledgedCount() throws(StoreError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM outbox") ?? 0 }
    }

    /// Nil for a payment that needs no reversal.
    public func reversal(of payment: StoredPayment) throws(StoreError) -> ReversalState? {
        guard payment.state == .declined, let reason = payment.decision?.reason,
            reason == .hostOutcomeUnknown || reason == .interrupted
        else { return nil }
        return try read { database in
            let look = try database.cachedStatement(
                sql: """
                    SELECT outbox.sequence AS waits, quarantined FROM journal LEFT JOIN outbox USING (sequence)
                    WHERE journal.payment = ?
                    """)
            // Its record was in the commit that closed it: one that is gone was acknowledged, and purged.
            guard let row = try Row.fetchOne(look, arguments: [Data(payment.id.bytes)]) else { return .reversed }
            if try row.optional("quarantined", as: String.self) != nil { return .refused }
            return try row.optional("waits", as: Int64.self) == nil ? .reversed : .queued
        }
    }

    /// The instrument of a payment's record, while the journal holds one.
    public func instrument(of payment: UUIDv7) throws(StoreError) -> Pseudonym? {
        try read { database in
            let look = try database.cachedStatement(sql: "SELECT body FROM journal WHERE payment = ?")
            guard let body = try Data.fetchOne(look, arguments: [Data(payment.bytes)]) else { return nil }
            return try WireJSON.decode(JournalRecord.self, from: Array(body)).instrument
        }
    }

    /// A row with `sequence`, `id`, `chain` and `body`.
    static func forwarded(_ row: Row) throws -> ForwardedRecord {
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
        return ForwardedRecord(
            id: id, sequence: try row.value("sequence"), chain: try row.value("chain"), body: try row.value("body"))
    }
}
