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
    ///
    /// A deferred approval that the host accepts though it had declined it is paid after all: what has collected it meanwhile is
    /// taken back in the same commit (ALL-7).
    /// - Parameters:
    ///   - now: when the answer came; nil counts as the record's own time.
    ///   - mint: ids of the records that take back what a late decline's collections took.
    /// - Returns: the payments that the host has accepted after all.
    @discardableResult
    public func settle(
        _ results: [RecordResult], at now: UTCInstant? = nil, mint: (UTCInstant) -> UUIDv7 = PaymentStore.mint
    ) throws(StoreError) -> [UUIDv7] {
        let isCurrent = try isCurrent()
        let unanswered = now.map { sendLog.unanswered(at: $0) } ?? [:]
        var (answered, refused): ([Int64], [Int64: Sends]) = ([], [:])
        var accepted: [UUIDv7] = []
        try write { database in
            (answered, refused, accepted) = ([], [:], [])
            for result in results {
                let look = try database.cachedStatement(
                    sql: """
                        SELECT outbox.sequence, payment, body_hash, kind, currency, exposure
                        FROM outbox JOIN journal USING (sequence) WHERE id = ?
                        """)
                guard let row = try Row.fetchOne(look, arguments: [Data(result.id.bytes)]),
                    try row.value("body_hash", as: Data.self) == result.bodyHash
                else { continue }
                let sequence: Int64 = try row.value("sequence")
                answered.append(sequence)
                if result.outcome == .applied || result.outcome == .duplicate,
                    try row.value("kind", as: String.self) == JournalRecord.Kind.deferredApproval.rawValue
                {
                    let payment: Data = try row.value("payment")
                    if try PaymentStore.isBounced(database, payment: payment) {
                        guard isCurrent else {
                            // Nothing can be taken back here now. Sent once more, the answer is the same.
                            try database.cachedStatement(sql: "UPDATE outbox SET quarantined = 'declinedBefore' WHERE sequence = ?")
                                .execute(arguments: [sequence])
                            continue
                        }
                        accepted.append(try acceptAfterAll(database, payment: payment, at: now, mint: mint))
                    }
                }
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
                    refused[sequence] = sendLog[sequence]
                }
            }
            guard isCurrent else { return }
            let known = Set(answered)
            try PaymentStore.write(database, unanswered.filter { !known.contains($0.key) }.merging(refused) { $1 })
        }
        sendLog.forget(answered: isCurrent ? answered : answered.filter { refused[$0] == nil })
        if isCurrent { sendLog.forget(unanswered) }
        return accepted
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

    /// When the record was made that has waited longest; those that are set aside don't count. Nil when none waits.
    public func oldestWaiting() throws(StoreError) -> UTCInstant? { try read(PaymentStore.oldestWaiting) }

    /// The outbox as people see it, oldest first.
    /// - Parameter setAside: only what the host refused.
    public func queue(limit: Int = 1000, setAside: Bool = false) throws(StoreError) -> [QueuedRecord] {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT outbox.sequence, journal.id, journal.payment, outbox.kind, quarantined, payment.amount,
                        payment.currency
                    FROM outbox JOIN journal USING (sequence) JOIN payment ON payment.id = journal.payment
                    \(setAside ? "WHERE quarantined IS NOT NULL" : "") ORDER BY outbox.sequence LIMIT ?
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
