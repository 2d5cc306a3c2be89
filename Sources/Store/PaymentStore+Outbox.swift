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
            return try Row.fetchAll(statement, arguments: [limit]).map { row in
                guard let id = UUIDv7(bytes: Array(row["id"] as Data)) else { throw StoreError.damaged }
                return ForwardedRecord(id: id, sequence: row["sequence"], chain: row["chain"], body: row["body"])
            }
        }
    }

    /// Takes the host's stand on records, in one transaction. Only a result with the stored body's hash counts; a
    /// rejected record is set aside with its reason and stays.
    public func settle(_ results: [RecordResult]) throws(StoreError) {
        try write { database in
            for result in results {
                let look = try database.cachedStatement(
                    sql: """
                        SELECT outbox.sequence, body_hash, currency, exposure FROM outbox JOIN journal USING (sequence)
                        WHERE id = ?
                        """)
                guard let row = try Row.fetchOne(look, arguments: [Data(result.id.bytes)]),
                    (row["body_hash"] as Data) == result.bodyHash
                else { continue }
                let sequence: Int64 = row["sequence"]
                switch result.outcome {
                case .applied, .duplicate:
                    try database.cachedStatement(sql: "DELETE FROM outbox WHERE sequence = ?")
                        .execute(arguments: [sequence])
                    let exposure: Int64 = row["exposure"]
                    if exposure != 0 { try PaymentStore.addExposure(database, -exposure, row["currency"]) }
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
            let counts = try Row.fetchAll(
                database,
                sql: "SELECT kind, quarantined IS NOT NULL AS aside, COUNT(*) AS count FROM outbox GROUP BY kind, aside")
            for row in counts {
                let count: Int = row["count"]
                let kind = JournalRecord.Kind(rawValue: row["kind"])
                if row["aside"] as Bool {
                    summary.quarantined += count
                } else if kind == .offlineApproval || kind == .onlineApproval {
                    summary.approvals += count
                } else {
                    summary.advices += count
                }
            }
            let sums = try Row.fetchAll(database, sql: "SELECT currency, amount FROM exposure WHERE amount <> 0 ORDER BY currency")
            summary.exposure = sums.compactMap(PaymentStore.money)
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
                guard let id = UUIDv7(bytes: Array(row["id"] as Data)),
                    let payment = UUIDv7(bytes: Array(row["payment"] as Data)),
                    let kind = JournalRecord.Kind(rawValue: row["kind"]), let amount = PaymentStore.money(row)
                else { throw StoreError.damaged }
                return QueuedRecord(
                    sequence: row["sequence"], id: id, payment: payment, kind: kind, amount: amount,
                    quarantined: row["quarantined"])
            }
        }
    }

    /// Walks the hash chain from the first record. Nil when it is whole, else the first sequence that does not fit.
    public func firstBrokenLink() throws(StoreError) -> Int64? {
        try read { database in
            var previous = JournalChain.genesis
            var expected: Int64 = 1
            let rows = try Row.fetchCursor(database, sql: "SELECT sequence, id, body, body_hash, chain FROM journal ORDER BY sequence")
            while let row = try rows.next() {
                let sequence: Int64 = row["sequence"]
                guard sequence == expected, let id = UUIDv7(bytes: Array(row["id"] as Data)) else { return expected }
                let hash = JournalChain.bodyHash(Array(row["body"] as Data))
                let link = JournalChain.link(previous: previous, sequence: sequence, id: id, bodyHash: hash)
                guard hash == Array(row["body_hash"] as Data), link == Array(row["chain"] as Data) else { return sequence }
                previous = link
                expected += 1
            }
            return nil
        }
    }
}
