import Core
import Foundation
import GRDB
import HostProtocol
import Payments

/// The outbox as the forwarder reads it: a bounded part at a time.
extension PaymentStore {
    /// Records that wait to be forwarded with a sequence above `after`, by sequence. In a forward-only store all are of one
    /// group: they go one batch after another.
    /// - Parameter now: decides what waits by itself.
    public func waiting(after: Int64, limit: Int, now: UTCInstant) throws(StoreError) -> [WaitingRecord] {
        let columns = try isCurrent() ? "account, attempts, retry_at" : "'' AS account, 0 AS attempts, NULL AS retry_at"
        return try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT outbox.sequence, length(body) AS bytes, \(columns) FROM outbox JOIN journal USING (sequence)
                    WHERE quarantined IS NULL AND outbox.sequence > ? ORDER BY outbox.sequence LIMIT ?
                    """)
            return try Row.fetchAll(statement, arguments: [after, limit]).map { row in
                let retryAt = try row.optional("retry_at", as: Int64.self) ?? 0
                let wait = UTCInstant(milliseconds: retryAt).millisecondsSince(now)
                return WaitingRecord(
                    sequence: try row.value("sequence"), group: try row.value("account"), bytes: try row.value("bytes"),
                    attempts: try row.value("attempts"),
                    // A wait that no host may impose is that of a clock that was wrong.
                    retryIn: (0...HostPace.longest * 1000).contains(wait) ? wait : 0)
            }
        }
    }

    /// Those of these records that still wait to be forwarded, by sequence.
    public func records(_ sequences: [Int64]) throws(StoreError) -> [ForwardedRecord] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT journal.sequence, id, chain, body FROM outbox JOIN journal USING (sequence)
                    WHERE outbox.sequence = ? AND quarantined IS NULL
                    """)
            return try sequences.sorted().compactMap { sequence in
                try Row.fetchOne(statement, arguments: [sequence]).map(PaymentStore.forwarded)
            }
        }
    }

    /// Waits and quarantines of records that failed alone. A forward-only store has no room for waits: the forwarder knows
    /// them until it ends.
    public func note(_ consequences: [BatchPlanner.Consequence], now: UTCInstant) throws(StoreError) {
        let isCurrent = try isCurrent()
        let unanswered = isCurrent ? sendLog.unanswered(at: now) : [:]
        defer { sendLog.forget(unanswered) }
        try write { database in
            try PaymentStore.write(database, unanswered)
            for consequence in consequences {
                switch consequence {
                case .postpone(let sequence, let attempts, let milliseconds):
                    guard isCurrent else { continue }
                    try database.cachedStatement(sql: "UPDATE outbox SET attempts = ?, retry_at = ? WHERE sequence = ?")
                        .execute(arguments: [attempts, now.advanced(byMilliseconds: milliseconds).milliseconds, sequence])
                case .quarantine(let sequence, let reason):
                    try database.cachedStatement(sql: "UPDATE outbox SET quarantined = ? WHERE sequence = ?")
                        .execute(arguments: [String(reason.prefix(64)), sequence])
                }
            }
        }
    }

    static func forgetWaits(_ database: Database) throws {
        try database.execute(
            sql: "UPDATE outbox SET attempts = 0, retry_at = NULL WHERE attempts > 0 OR retry_at IS NOT NULL")
    }

    static func forgetWaits(_ database: Database, of sequence: Int64) throws {
        try database.execute(sql: "UPDATE outbox SET attempts = 0, retry_at = NULL WHERE sequence = ?", arguments: [sequence])
    }

    /// The host's time of the last page applied; nil before the first.
    public func syncedAt() throws(StoreError) -> UTCInstant? {
        try read { database in
            try Int64.fetchOne(database, sql: "SELECT synced_at FROM terminal WHERE synced_at IS NOT NULL")
                .map { UTCInstant(milliseconds: $0) }
        }
    }

    /// Seconds over which the first attempt after an outage is spread, as the host said last; nil when it never did, and in
    /// a forward-only store.
    public func spread() throws(StoreError) -> Int64? {
        guard try isCurrent() else { return nil }
        return try read { try Int64.fetchOne($0, sql: "SELECT spread FROM terminal WHERE spread IS NOT NULL") }
    }

    public func setSpread(_ seconds: Int64) throws(StoreError) {
        guard try isCurrent() else { return }
        try write { try $0.execute(sql: "UPDATE terminal SET spread = ?", arguments: [seconds]) }
    }
}
