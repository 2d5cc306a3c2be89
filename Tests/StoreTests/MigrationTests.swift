import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("Migrations never drop data")
struct MigrationTests {
    @Test("From the first schema with live rows: every row is what it was, and payments go on")
    func carriedOver() throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        let before = try old.forwarded()
        try scene.store.open()
        #expect(try scene.store.isCurrent())
        #expect(try scene.store.read(FirstSchema.dump) == before)
        #expect(try scene.store.firstBrokenLink() == nil)
        #expect(try scene.store.pending(limit: 10).map(\.sequence) == [1, 3])
        #expect(try scene.store.queueSummary() == QueueSummary(
            approvals: 2, advices: 0, quarantined: 1, exposure: [scene.sek(3_000)]))

        #expect(try scene.store.limitPosition() == (1, 9))
        #expect(try scene.store.accountCount() == 1)
        var limit = try scene.account(balance: 90_000, version: 8, countedThrough: 1)
        limit.countedDay = CivilDate(year: 2026, month: 11, day: 21)
        limit.purchasesOnCountedDay = 2
        let state = try scene.state()
        #expect(state.limit == limit)
        #expect(try state.available() == scene.sek(90_000 - 2_000 - 500))
        #expect(state.uncounted.offlineAmount == 2_000 && state.uncounted.offlineCount == 1)
        #expect(state.uncounted.purchasesToday == 2 && state.uncounted.amountToday == 2_500)

        // The numbering goes on, also of an account that the limit store no longer has.
        try scene.pay(100)
        var gone = try scene.account(version: 10)
        gone.account = "A2"
        gone.instruments = [InstrumentBinding(pseudonym: old.other, kind: .card)]
        try scene.page([limit, gone], version: 10)
        let numbers = try scene.records().map(\.accountSequence)
        #expect(numbers == [2, 4, 4])
        let next = try scene.store.readCurrent { database in
            try PaymentStore.account(database, instrument: old.other, today: nil)?.nextSequence
        }
        #expect(next == 7)
    }

    @Test("A purchase of the first schema can be refunded; its open payment is recovered")
    func amendable() throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        let earlier = try #require(try scene.store.earlier(old.payments[0]))
        #expect(earlier.merchant == "M1" && earlier.programme == "epassi-card" && earlier.state == .paid)
        #expect(earlier.split == [PurseShare(purse: "prepaid", units: 1_000, money: 1_000)])
        #expect(try scene.amend(.refund, old.payments[0], 400).decision.approved)
        #expect(try scene.records().last?.account == "A1")
        #expect(try scene.store.recoverOpenPayments(now: scene.now, mint: scene.mint) == [old.payments[4]])
        #expect(try scene.store.payment(old.payments[3])?.state == .declined)
    }

    @Test("A failing migration leaves the file as it was: it forwards, decides nothing, and goes on when the cause has gone",
        arguments: [
            ("CREATE TABLE numbering (other TEXT)", "DROP TABLE numbering"),
            ("CREATE TRIGGER poison BEFORE UPDATE OF incarnation ON terminal BEGIN SELECT RAISE(ABORT, 'no'); END",
                "DROP TRIGGER poison"),
            ("CREATE TRIGGER poison BEFORE UPDATE ON payment WHEN OLD.state = 'approved' BEGIN SELECT RAISE(ABORT, 'no'); END",
                "DROP TRIGGER poison"),
            ("INSERT INTO spend VALUES ('A2', 9, 9223372036854775807, 'x', 9); CREATE VIEW old_spend AS SELECT 1",
                "DROP VIEW old_spend"),
        ])
    func failing(_ poison: String, _ antidote: String) throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        try old.queue.write { try $0.execute(sql: poison) }
        let before = try old.everything()
        try old.queue.close()
        try scene.store.open()
        #expect(try scene.store.read(FirstSchema.all) == before)
        try forwardsOnly(scene, old)
        try scene.store.write { try $0.execute(sql: antidote) }
        try scene.store.open()
        #expect(try scene.store.isCurrent())
        #expect(try scene.store.pragma("foreign_keys") == "1")
        #expect(try scene.state().limit.balance == 90_000)
        #expect(try scene.store.recoverOpenPayments(now: scene.now, mint: scene.mint).count == 1)
    }

    @Test("A disk without space for the migration is no migration that failed: it is tried again, and the reserve helps at once",
        arguments: [false, true], [0, 4, 8, 16, 24, 32, 48, 64])
    func fullDisk(_ hasReserve: Bool, _ kilobytes: Int) throws {
        let disk = try Disk("2m")
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        try old.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try old.queue.close()
        let path = disk.path + "/store.sqlite"
        try FileManager.default.copyItem(atPath: scene.store.path, toPath: path)
        // Left by an earlier run.
        if hasReserve { SpaceReserve(path: path + ".reserve", bytes: 512 << 10).keep() }
        try disk.fill(leaving: kilobytes << 10)
        let store = PaymentStore(path: path, terminal: "T1", reserve: hasReserve ? 2 << 20 : 0)
        defer { store.close() }
        if !hasReserve {
            // Whether it fits or not.
            do { try store.open() } catch { #expect(error == .full) }
            try disk.empty()
        }
        // Also one that is open already, as the daemon has it: nobody opens that anew.
        #expect(try store.isCurrent())
        #expect(try store.payment(old.payments[0])?.state == .approved)
    }

    @Test("A file that a newer daemon has migrated is forwarded and otherwise left alone")
    func newer() throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        try scene.store.open()
        try scene.store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('3 of another time')") }
        scene.store.close()
        try forwardsOnly(scene, old)
    }

    private func forwardsOnly(_ scene: StoreScene, _ old: FirstSchema) throws {
        let store = scene.store
        #expect(try !store.isCurrent())
        #expect(!StoreError.notCurrent.remedy.isEmpty)
        #expect(try !store.terminalState(currency: .sek, now: scene.now, hostReachable: false).storeIsCurrent)
        #expect(throws: StoreError.notCurrent) { try scene.begin(100) }
        #expect(throws: StoreError.notCurrent) { try scene.settle(old.payments[4], 100) }
        #expect(throws: StoreError.notCurrent) { try scene.amend(.refund, old.payments[0], 100) }
        #expect(throws: StoreError.notCurrent) { try scene.page([], version: 20) }
        #expect(throws: StoreError.notCurrent) { _ = try scene.store.account(instrument: scene.instrument, today: nil) }
        #expect(try store.recoverOpenPayments(now: scene.now, mint: scene.mint).isEmpty)
        #expect(try store.limitVersion() == 9 && store.merchant() == "M1" && store.accountCount() == 0)
        #expect(try store.payment(old.payments[0])?.state == .approved)
        #expect(try store.lookUp(old.payments[0])?.sequence == 1)
        #expect(try store.recentPayments(limit: 2).map(\.id) == [old.payments[4], old.payments[3]])

        #expect(try store.firstBrokenLink() == nil)
        #expect(try store.requeue() == 1)
        #expect(try store.queue().count == 3)
        try scene.acknowledge(.applied)
        #expect(try store.queueSummary() == QueueSummary(approvals: 0, advices: 0, quarantined: 0, exposure: []))
        try store.observe(scene.anchor)
    }
}

/// A file as the first version of the daemon left it: three records, one refused, one decline, one open payment.
final class FirstSchema {
    let queue: DatabaseQueue
    let payments: [UUIDv7]
    let other: Pseudonym

    init(_ scene: StoreScene) throws {
        queue = try DatabaseQueue(path: scene.store.path)
        try Schema.migrator.migrate(queue, upTo: Schema.firstPath)
        payments = (0..<5).map { _ in scene.mint() }
        other = try #require(Pseudonym(bytes: [UInt8](repeating: 9, count: 16)))
        let facts = #"{"enrolledProgrammes":["epassi-card"],"merchant":"M1","risk":{"exposureCap":100000,"maximumCacheAge":86400000}}"#
        try queue.write { [payments, other] database in
            try database.execute(
                sql: "UPDATE terminal SET next_sequence = 4, high_water = 5, limit_version = 9, synced_at = ?, facts = ?",
                arguments: [scene.now.instant.milliseconds, Data(facts.utf8)])
            try database.execute(
                sql: """
                    INSERT INTO account VALUES
                        ('A1', 'epassi-card', 8, 'SEK', 90000, 'active', 1, '2026-11-21', 2, 50000, 5, 30000, 0, 4),
                        ('A2', 'epassi-card', 3, 'SEK', 70000, 'active', 2, NULL, 0, NULL, NULL, NULL, 1, 7);
                    INSERT INTO spend VALUES ('A1', 2, 2000, '2026-11-21', 1), ('A1', 3, 500, '2026-11-21', 0);
                    INSERT INTO exposure VALUES ('SEK', 3000)
                    """)
            for (pseudonym, account) in [(scene.instrument, "A1"), (other, "A2")] {
                try database.execute(
                    sql: "INSERT INTO instrument VALUES (?, ?)", arguments: [Data(pseudonym.bytes), account])
            }
            let decision = "1\tapproved\tALL-7\tapprovedOffline\tSEK\t%\t-\nCARD-1\t1\tavailable 900.00 SEK"
            for (place, amount) in [1_000, 2_000, 500, 700, 800].enumerated() {
                let state = place < 3 ? "approved" : place == 3 ? "declined" : "open"
                let text = decision.replacing("%", with: "\(amount)")
                try database.execute(
                    sql: "INSERT INTO payment VALUES (?, ?, ?, 'SEK', ?, 1, ?, ?, ?, ?, NULL)",
                    arguments: [
                        Data(payments[place].bytes), "till-\(place)", amount, state, place < 4 ? 2 : nil,
                        place < 4 ? "epassi-card" : nil, place < 4 ? place == 2 : nil, place < 4 ? text : nil,
                    ])
            }
            var chain = JournalChain.genesis
            for (place, amount) in [Int64(1_000), 2_000, 500].enumerated() {
                let record = JournalRecord(
                    id: scene.mint(), kind: place == 2 ? .onlineApproval : .offlineApproval, terminal: "T1",
                    sequence: Int64(place + 1), payment: payments[place], reference: nil, merchant: "M1",
                    programme: "epassi-card", account: "A1", accountSequence: place == 0 ? 2 : place == 1 ? 3 : 4,
                    instrument: scene.instrument, amount: scene.sek(amount), approved: scene.sek(amount), rule: "ALL-7",
                    reason: "approvedOffline", authorisationCode: nil, decidedAt: scene.now.instant, sealedEvidence: nil)
                let body = record.encoded()
                let hash = JournalChain.bodyHash(body)
                chain = JournalChain.link(previous: chain, sequence: record.sequence, id: record.id, bodyHash: hash)
                try database.execute(
                    sql: "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [
                        record.sequence, Data(record.id.bytes), Data(payments[place].bytes), Data(body), Data(hash), Data(chain),
                    ])
                try database.execute(
                    sql: "INSERT INTO outbox VALUES (?, ?, 'SEK', ?, ?)",
                    arguments: [record.sequence, record.kind.rawValue, place == 2 ? 0 : amount, place == 1 ? "odd" : nil])
            }
            try database.execute(sql: "UPDATE terminal SET chain = ?", arguments: [Data(chain)])
        }
    }

    /// What must be there after any migration, in the columns of the first schema; closes the file.
    func forwarded() throws -> [String] {
        defer { try? queue.close() }
        return try queue.read(FirstSchema.dump)
    }

    func everything() throws -> [String] { try queue.read(FirstSchema.all) }

    static func dump(_ database: Database) throws -> [String] {
        try rows(database, "SELECT next_sequence, chain, high_water, anchor, limit_version, synced_at, facts FROM terminal")
            + rows(
                database,
                """
                SELECT id, reference, amount, currency, state, started_at, decided_at, programme, online, decision,
                    authorisation_code FROM payment ORDER BY id
                """)
            + rows(database, "SELECT sequence, id, payment, body, body_hash, chain FROM journal ORDER BY sequence")
            + rows(database, "SELECT sequence, kind, currency, exposure, quarantined FROM outbox ORDER BY sequence")
            + rows(database, "SELECT currency, amount FROM exposure")
    }

    /// The whole file: its tables and all their rows.
    static func all(_ database: Database) throws -> [String] {
        let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return try rows(database, "SELECT type, name, sql FROM sqlite_master ORDER BY name")
            + tables.flatMap { try rows(database, "SELECT * FROM \($0)") }
    }

    private static func rows(_ database: Database, _ sql: String) throws -> [String] {
        try Row.fetchAll(database, sql: sql).map(\.description)
    }
}
