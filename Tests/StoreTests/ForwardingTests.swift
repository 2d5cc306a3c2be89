import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Testing

@testable import Store

@Suite("The queue as the forwarder reads it")
struct ForwardingTests {
    private func waiting(_ scene: StoreScene, after: Int64 = 0, limit: Int = 100) throws -> [WaitingRecord] {
        try scene.store.waiting(after: after, limit: limit, now: scene.now.instant)
    }

    @Test("A part at a time, each record with its account and the bytes of its body")
    func parts() throws {
        let scene = try StoreScene()
        try scene.page([try scene.account(version: 1)], version: 1)
        for _ in 0..<3 { try scene.pay(100) }
        let all = try waiting(scene)
        #expect(all.map(\.sequence) == [1, 2, 3])
        #expect(all.allSatisfy { $0.group == "A1" && $0.attempts == 0 && $0.retryIn == 0 })
        #expect(all.map(\.bytes) == (try scene.store.pending(limit: 3).map(\.body.count)))
        #expect(try waiting(scene, after: 1, limit: 1).map(\.sequence) == [2])
        #expect(try scene.store.records([3, 1, 9]).map(\.sequence) == [1, 3])
        #expect(try scene.store.records([1, 2, 3]) == scene.store.pending(limit: 3))
    }

    @Test("A record without an account is of its payment's group, and so is what changes that payment later")
    func groups() {
        let (first, second) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 0xAB, count: 16))
        #expect(Schema.group(account: "A1", original: second, payment: first) == "A1")
        let own = Schema.group(account: nil, original: nil, payment: second)
        #expect(own == "payment " + String(repeating: "AB", count: 16))
        #expect(Schema.group(account: nil, original: second, payment: first) == own)
    }

    @Test("An advice about a card that nobody knows goes by its payment")
    func unknownCard() throws {
        let scene = try StoreScene()
        try scene.page([], version: 1)
        let payment = try scene.begin(100)
        try scene.settle(payment, 100)
        #expect(try waiting(scene).map(\.group) == ["payment " + Hex.encode(payment.bytes)])
    }

    @Test("Waits and quarantines outlive a restart; a clock that was wrong makes no endless wait; retry ends them")
    func waits() throws {
        let scene = try StoreScene()
        try scene.page([try scene.account(version: 1)], version: 1)
        for _ in 0..<3 { try scene.pay(100) }
        try scene.store.note(
            [
                .postpone(sequence: 1, attempts: 2, milliseconds: 60_000),
                .quarantine(sequence: 3, reason: "unsendable:malformed"),
            ], now: scene.now.instant)
        scene.store.close()
        #expect(try waiting(scene) == [
            WaitingRecord(sequence: 1, group: "A1", bytes: try scene.store.records([1])[0].body.count, attempts: 2, retryIn: 60_000),
            WaitingRecord(sequence: 2, group: "A1", bytes: try scene.store.records([2])[0].body.count),
        ])
        #expect(try scene.store.records([3]).isEmpty)
        #expect(try scene.store.queue().last?.quarantined == "unsendable:malformed")
        // Still counted: it was approved here (ALL-4).
        #expect(try scene.store.queueSummary().exposure == [scene.sek(300)])
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: -90_000_000), anchored: true)
        #expect(try waiting(scene).map(\.retryIn) == [0, 0])
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: 90_000_000), anchored: true)
        #expect(try scene.store.requeue() == 1)
        #expect(try waiting(scene).map(\.attempts) == [0, 0, 0])
        #expect(try waiting(scene).map(\.retryIn) == [0, 0, 0])
    }

    @Test("The host's span is remembered")
    func spread() throws {
        let scene = try StoreScene()
        #expect(try scene.store.spread() == nil)
        #expect(try scene.store.syncedAt() == nil)
        try scene.store.setSpread(150)
        try scene.page([], version: 1)
        scene.store.close()
        #expect(try scene.store.spread() == 150)
        #expect(try scene.store.syncedAt() == scene.now.instant)
    }

    @Test("Records of the first schema get their accounts; while they can't, they are of one group and go all the same")
    func migration() throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        let poison = "CREATE TRIGGER poison BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END"
        try old.queue.write { try $0.execute(sql: poison) }
        try old.queue.close()
        try scene.store.open()
        #expect(try !scene.store.isCurrent())
        #expect(try waiting(scene).map(\.sequence) == [1, 3])
        #expect(try waiting(scene).allSatisfy { $0.group == "" && $0.bytes > 0 })
        #expect(try scene.store.spread() == nil)
        try scene.store.setSpread(60)
        try scene.store.note([.postpone(sequence: 1, attempts: 1, milliseconds: 5)], now: scene.now.instant)
        #expect(try scene.store.records([1, 3]) == scene.store.pending(limit: 9))
        try scene.store.write { try $0.execute(sql: "DROP TRIGGER poison") }
        try scene.store.open()
        #expect(try scene.store.isCurrent())
        #expect(try waiting(scene).map(\.group) == ["A1", "A1"])
        try scene.acknowledge()
        #expect(try waiting(scene).isEmpty)
    }

    @Test("A long queue is read in parts")
    func long() throws {
        let scene = try StoreScene()
        try scene.page([try scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.store.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE number(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < 20000)
                    INSERT INTO journal (sequence, id, payment, body, body_hash, chain)
                        SELECT n, CAST(printf('%016d', n) AS BLOB), payment, body, body_hash, chain
                        FROM number, journal WHERE sequence = 1;
                    INSERT INTO outbox (sequence, kind, currency, exposure, account)
                        SELECT journal.sequence, kind, currency, 0, 'A' || (journal.sequence % 100)
                        FROM journal, outbox WHERE journal.sequence > 1 AND outbox.sequence = 1;
                    """)
        }
        var planner = BatchPlanner()
        var away = 0
        while let reading = planner.reading(at: 0) {
            #expect(reading.limit <= 500)
            planner.add(try waiting(scene, after: reading.after, limit: reading.limit), of: reading, at: 0)
        }
        while let batch = planner.next(at: 0) {
            away += batch.sequences.count
            #expect(try scene.store.records(batch.sequences).count == batch.sequences.count)
        }
        #expect(away == 400)
    }
}
