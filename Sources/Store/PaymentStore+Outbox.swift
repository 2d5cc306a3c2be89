import Core
import Foundation
import GRDB
import HostProtocol

extension PaymentStore {
    /// The oldest records that wait to be forwarded.
    public func pending(limit: Int) throws(StoreError) -> [ForwardedRecord] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT journal.sequence, id, chain, body FROM outbox JOIN journal USING (sequence)
                    WHERE quarantined IS NULL ORDER BY outbox.sequence LIMIT ?
                    """)
            return try Row.fetchAll(statement, arguments: [limit]).map(PaymentStore.forwarded)
        }
    }

    /// Takes the host's stand on records, in one transaction. Only a result with the stored body's hash counts; a
    /// rejected record is set aside with its reason and stays.
    /// - Parameter now: when the answer came; nil counts as the record's own time.
    public func settle(_ results: [RecordResult], at now: UTCInstant? = nil) throws(StoreError) {
        try write { database in
            for result in results {
                let look = try database.cachedStatement(
                    sql: """
                        SELECT outbox.sequence, payment, body_hash, currency, exposure FROM outbox JOIN journal USING (sequence)
                        WHERE id = ?
                        """)
                guard let row = try Row.fetchOne(look, arguments: [Data(result.id.bytes)]),
                    try row.value("body_hash", as: Data.self) == result.bodyHash
                else { continue }
                let sequence: Int64 = try row.value("sequence")
                switch result.outcome {
                case .applied, .duplicate, .declinedLater:
                    try database.cachedStatement(sql: "DELETE FROM outbox WHERE sequence = ?")
                        .execute(arguments: [sequence])
                    let exposure: Int64 = try row.value("exposure")
                    if exposure != 0 { try PaymentStore.addExposure(database, -exposure, try row.value("currency")) }
                    guard result.outcome == .declinedLater else { continue }
                    // Its spend stays until the host's balance counts the record, as any other's does (ALL-3).
                    try database.cachedStatement(
                        sql: "UPDATE payment SET state = 'declinedLater' WHERE id = ? AND state = 'approved'"
                    ).execute(arguments: [try row.value("payment", as: Data.self)])
                    // What has been voided meanwhile, nobody owes.
                    guard database.changesCount > 0 else { continue }
                    try PaymentStore.noteDeclinedLater(database, payment: row.value("payment"), result, at: now)
                case .rejected:
                    try database.cachedStatement(sql: "UPDATE outbox SET quarantined = ? WHERE sequence = ?")
                        .execute(arguments: [String((result.reason ?? "rejected").prefix(64)), sequence])
                }
            }
        }
    }

    public func queueSummary() throws(StoreError) -> QueueSummary {
        try read { database in
            var summary = QueueSummary(approvals: 0, advices: 0, quarantined: 0, exposure: [])
            // One pass without sorting: the queue may be long, and people look at it while it drains.
            let counts = try database.cachedStatement(
                sql: """
                    SELECT COUNT(*) AS records, COUNT(quarantined) AS aside,
                        COUNT(CASE WHEN quarantined IS NULL AND kind IN (
                            'offlineApproval', 'onlineApproval', 'deferredApproval', 'hold', 'completion') THEN 1 END) AS approvals
                    FROM outbox
                    """)
            if let row = try Row.fetchOne(counts) {
                summary.quarantined = try row.value("aside")
                summary.approvals = try row.value("approvals")
                summary.advices = try row.value("records", as: Int.self) - summary.quarantined - summary.approvals
            }
            let sums = try Row.fetchAll(database, sql: "SELECT currency, amount FROM exposure WHERE amount <> 0 ORDER BY currency")
            summary.exposure = try sums.map(PaymentStore.money)
            return summary
        }
    }

    /// The outbox as people see it, oldest first.
    public func queue(limit: Int = 1000) throws(StoreError) -> [QueuedRecord] {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT outbox.sequence, journal.id, journal.payment, outbox.kind, quarantined, payment.amount,
                        payment.currency
                    FROM outbox JOIN journal USING (sequence) JOIN payment ON payment.id = journal.payment
                    ORDER BY outbox.sequence LIMIT ?
                    """, arguments: [limit])
            return try rows.map { row in
                guard let id = UUIDv7(bytes: try row.bytes("id")),
                    let payment = UUIDv7(bytes: try row.bytes("payment")),
                    let kind = JournalRecord.Kind(rawValue: try row.value("kind"))
                else { throw StoreError.damaged }
                return QueuedRecord(
                    sequence: try row.value("sequence"), id: id, payment: payment, kind: kind, amount: try PaymentStore.money(row),
                    quarantined: try row.optional("quarantined"))
            }
        }
    }

    /// Sends refused records once more, when whoever refused them has mended the cause.
    /// - Returns: how many go back into the queue.
    public func requeue() throws(StoreError) -> Int {
        let isCurrent = try isCurrent()
        return try write { database in
            try database.execute(sql: "UPDATE outbox SET quarantined = NULL WHERE quarantined IS NOT NULL")
            let count = database.changesCount
            if isCurrent { try PaymentStore.forgetWaits(database) }
            return count
        }
    }
}
