import Core
import Foundation
import GRDB
import HostProtocol

/// A record of the journal, for people.
public struct KeptRecord: Sendable, Equatable {
    public enum Queue: String, Sendable { case waiting, quarantined, acknowledged }

    public var record: JournalRecord
    public var queue: Queue
    public var chain: [UInt8]
    public var isSealed: Bool
}

extension PaymentStore {
    /// The newest records, newest first.
    public func journal(limit: Int) throws(StoreError) -> [KeptRecord] {
        try kept("ORDER BY journal.sequence DESC LIMIT ?", [limit])
    }

    /// Nil when there is none, or none any more.
    public func journalRecord(sequence: Int64) throws(StoreError) -> KeptRecord? {
        try kept("WHERE journal.sequence = ?", [sequence]).first
    }

    private func kept(_ clause: String, _ arguments: StatementArguments) throws(StoreError) -> [KeptRecord] {
        try readCurrent { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT body, chain, seal, outbox.sequence AS queued, quarantined
                    FROM journal LEFT JOIN outbox ON outbox.sequence = journal.sequence \(clause)
                    """, arguments: arguments)
            return try rows.map { row in
                var queue = KeptRecord.Queue.acknowledged
                if try row.optional("queued", as: Int64.self) != nil {
                    queue = try row.optional("quarantined", as: String.self) == nil ? .waiting : .quarantined
                }
                guard let record = try? WireJSON.decode(JournalRecord.self, from: row.bytes("body")) else {
                    throw StoreError.damaged
                }
                return KeptRecord(
                    record: record, queue: queue, chain: try row.bytes("chain"),
                    isSealed: try row.optional("seal", as: Data.self) != nil)
            }
        }
    }
}
