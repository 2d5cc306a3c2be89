import Core
import Foundation
import GRDB
import HostProtocol
import Programmes
import Testing

@testable import HostLedger

@Suite("Books of earlier versions")
struct MigrationTests {
    /// As version 1 or 2 wrote them: an account with an opening, an offline approval, an authorisation that was reversed, one
    /// that stands, a record ahead of a missing one, and in version 2 a held record.
    private func write(_ db: Database, version: String, held: Data, body: Data, instrument: Data) throws {
        try db.execute(
            sql: """
                UPDATE ledger SET version = 9;
                INSERT INTO terminal (id, signing_key, merchant, programmes, exposure_cap, maximum_cache_age, changed, highest_sequence)
                    VALUES ('T1', x'00', 'M1', 'epassi-card', 1, 1, 1, 3);
                INSERT INTO account VALUES ('A1', 'epassi-card', 'SEK', 84000, 'suspended', '2028-12-01', 9);
                INSERT INTO allowance VALUES ('A1', 'T1', 50000, 3, 30000);
                INSERT INTO counted VALUES ('A1', 'T1', 1);
                INSERT INTO ahead VALUES ('A1', 'T1', 3, 4000, '2026-11-21', 1);
                INSERT INTO purchases VALUES ('A1', '2026-11-21', 3);
                INSERT INTO entry VALUES (1, 'A1', NULL, NULL, NULL, 'opening', 100000, 100000, 1);
                INSERT INTO entry VALUES (2, 'A1', 'T1', x'01a1fdfa460079168840ff3475004e01', x'a1', 'offlineApproval', -10000, 90000, 1);
                INSERT INTO entry VALUES (3, 'A1', 'T1', x'01a1fdfa460079168840ff3475004e02', NULL, 'authorisation', -7000, 83000, 1);
                INSERT INTO entry VALUES (4, 'A1', 'T1', x'01a1fdfa460079168840ff3475004e02', x'a2', 'reversal', 7000, 90000, 1);
                INSERT INTO entry VALUES (5, 'A1', 'T1', x'01a1fdfa460079168840ff3475004e03', NULL, 'authorisation', -2000, 88000, 1);
                INSERT INTO entry VALUES (6, 'A1', 'T1', x'01a1fdfa460079168840ff3475004e04', x'a3', 'offlineApproval', -4000, 84000, 1);
                """)
        try db.execute(sql: "INSERT INTO instrument VALUES (?, 'A1')", arguments: [instrument])
        guard version == "2" else { return }
        try db.execute(
            sql: """
                INSERT INTO record VALUES (?, x'02', 'T1', 4, x'03', 'offlineApproval', x'05', NULL, 'A9', 1, 'SEK', 500, 500,
                    '', '', 1, 1, ?, 1)
                """, arguments: [held, body])
        try db.execute(sql: "INSERT INTO held VALUES (?, 'unknownAccount')", arguments: [held])
    }

    @Test("Everything in them is there afterwards, and goes on", arguments: ["1", "2"])
    func migrated(_ version: String) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("old-\(UUID().uuidString).sqlite").path
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        var journal = Journal(sequence: 3)
        let waiting = try journal.record(.offlineApproval, 500, account: "A9")
        do {
            let queue = try DatabaseQueue(path: path)
            try LedgerSchema.migrator.migrate(queue, upTo: version)
            try await queue.write { db in
                try write(
                    db, version: version, held: Data(waiting.id.bytes), body: waiting.body,
                    instrument: Data(Books.instrument.bytes))
            }
            try queue.close()
        }
        let ledger = try SQLiteLedger(
            path: path, programmes: try Programme.shipped(), evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey)
        let report = try LedgerReport(path: path)
        #expect(report.faults == [])
        #expect(report.accounts.map(\.purses) == [[LedgerReport.Purse(purse: "prepaid", denomination: nil, units: 84_000)]])
        #expect(report.payments.map(\.amount) == [-10_000, -7_000, 7_000, -2_000, -4_000])
        #expect(report.held.count == (version == "2" ? 1 : 0))
        let page = try await ledger.limits(for: "T1", LimitRequest(since: 9, nonce: Books.id()), now: Books.noon)
        #expect(page.base == 9)
        let limit = try #require(
            try await ledger.limits(for: "T1", LimitRequest(since: 0, nonce: Books.id()), now: Books.noon).accounts.first)
        #expect(limit.balance == 88_000)
        #expect(limit.status == .suspended)
        #expect(limit.countedThrough == 1)
        #expect(limit.purchasesOnCountedDay == 2)
        #expect(limit.offlineAllowance?.amount == 50_000)
        #expect(limit.instruments == [InstrumentBinding(pseudonym: Books.instrument, kind: .card)])
        // Purchases of then can be refunded now, reversed ones can't; what was held is booked.
        func refund(_ last: UInt8, _ amount: Int64) async throws -> String? {
            let bytes = Array(Hex.decode("01a1fdfa460079168840ff3475004e") ?? []) + [last]
            let original = try #require(UUIDv7(bytes: bytes))
            let record = try journal.record(.refund, amount) { $0.original = original }
            return try await ledger.apply(RecordBatch(records: [record]), terminal: "T1", now: Books.noon).first?.reason
        }
        #expect(try await refund(1, 10_000) == nil)
        // Reversed before: nothing was taken, nothing is given back, and the terminal's numbers go on.
        #expect(try await refund(2, 1) == nil)
        #expect(try await refund(3, 2_001) == "refundExceedsPurchase")
        #expect(try await refund(3, 2_000) == nil)
        try await ledger.addAccount("A9", programme: "epassi-card", balance: Books.sek(1_000), instruments: [], now: Books.noon)
        let after = try LedgerReport(path: path)
        #expect(after.accounts.map(\.balance) == [96_000, version == "2" ? 500 : 1_000])
        #expect(after.held == [])
        #expect(after.faults == [])
    }
}
