import Core
import Foundation
import GRDB
import GRDBSQLite
import HostProtocol
import Synchronization
import Testing

@testable import HostLedger

@Suite("What a record costs the host does not grow with its books")
struct GrowthTests {
    /// Steps of SQLite's machine in all statements that end while it is attached.
    private final class Steps: Sendable {
        private let count = Atomic(0)

        func attach(_ db: Database) {
            let context = Unmanaged.passUnretained(self).toOpaque()
            sqlite3_trace_v2(
                db.sqliteConnection, UInt32(SQLITE_TRACE_PROFILE),
                { _, context, statement, _ in
                    guard let context, let statement else { return 0 }
                    let steps = sqlite3_stmt_status(OpaquePointer(statement), SQLITE_STMTSTATUS_VM_STEP, 1)
                    Unmanaged<Steps>.fromOpaque(context).takeUnretainedValue().count.add(Int(steps), ordering: .relaxed)
                    return 0
                }, context)
        }

        func detach(_ db: Database) -> Int {
            sqlite3_trace_v2(db.sqliteConnection, 0, nil, nil)
            return count.load(ordering: .relaxed)
        }
    }

    /// Books that hold this many earlier records of the terminal, as many completions, alarms and cases.
    private func books(holding count: Int64) async throws -> Books {
        let books = try await Books()
        try await books.ledger.database.write { db in
            let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) "
            try db.execute(
                sql: rows + """
                    INSERT INTO record SELECT randomblob(16), x'02', 'T1', i, ?, 'offlineApproval', randomblob(16), NULL, 'A1', i,
                        'SEK', 100, 100, '', '', \(Books.noon.milliseconds) + i, i, x'7b7d', 1 FROM n
                    """, arguments: [Data(JournalChain.genesis)])
            try db.execute(
                sql: """
                    INSERT INTO entry (account, terminal, payment, record, kind, amount, booked_at)
                        SELECT 'A1', 'T1', payment, id, 'offlineApproval', 0, 1 FROM record
                    """)
            try db.execute(sql: rows + "INSERT INTO charge_alias SELECT randomblob(16), randomblob(16) FROM n")
            try db.execute(
                sql: rows + "INSERT INTO alarm (at, terminal, kind, record, detail) SELECT i, 'T1', 'overspent', randomblob(16), '' FROM n")
            try db.execute(
                sql: rows + """
                    INSERT INTO support_case (kind, opened_at, opened_by, terminal, record, payment, note)
                        SELECT 'declinedLater', i, 'kassa-host', 'T1', randomblob(16), randomblob(16), '' FROM n
                    """)
            try db.execute(sql: "UPDATE terminal SET highest_sequence = \(count) WHERE id = 'T1'")
            try db.execute(sql: "INSERT INTO counted VALUES ('A1', 'T1', \(count))")
        }
        return books
    }

    /// One of everything that terminals send and ask.
    private func steps(holding count: Int64) async throws -> Int {
        let books = try await books(holding: count)
        var journal = Journal(sequence: count, accountSequence: count)
        let (bought, held) = (Books.id(), Books.id())
        let batch = [
            try journal.record(.offlineApproval, 10_000, payment: bought),
            try journal.record(.hold, 5_000, payment: held) { $0.expiresAt = Books.noon.advanced(byMilliseconds: 3_600_000) },
            try journal.record(.completion, 4_000) { $0.original = held },
            try journal.record(.refund, 1_000) { $0.original = bought },
            try journal.record(.void, 4_000) { $0.original = held },
        ]
        let steps = Steps()
        try await books.ledger.database.write { steps.attach($0) }
        // Late by one: its number has been passed over.
        #expect(try await books.send([batch[0], batch[2]]).allSatisfy { $0 == "applied" })
        #expect(try await books.send([batch[1], batch[3], batch[4]]).allSatisfy { $0 == "applied" })
        // Once more: the answer was lost.
        #expect(try await books.send(batch).allSatisfy { $0 == "duplicate" })
        #expect(try await books.ledger.journalPosition(of: "T1")?.sequence == count + 5)
        let version = try await books.ledger.read { try $0.version() }
        _ = try await books.page(since: version - 1)
        try await books.ledger.write { try $0.closeDeclined(bought, why: "test", now: Books.noon) }
        let scope = ReconciliationScope(first: count + 1, last: count + 5)
        let wrong = ReconciliationDifference(.bodyDiffers, sequence: count + 1, id: batch[0].id)
        for differences in [nil, [wrong]] {
            _ = try await books.ledger.reconcile(
                ReconciliationRequest(
                    nonce: Books.id(), scope: scope, lines: [], digest: Data(count: 32), differences: differences),
                terminal: "T1", now: Books.noon)
        }
        return try await books.ledger.database.write { steps.detach($0) }
    }

    @Test("Steps of SQLite's machine for a batch, its repetition, a limit page and a comparison: with 300 records, and 10,000")
    func flat() async throws {
        let (few, many) = (try await steps(holding: 300), try await steps(holding: 10_000))
        print("steps with 300 records in the books \(few), with 10,000 \(many)")
        #expect(few > 1000)
        #expect(many <= few + few / 50)
    }
}
