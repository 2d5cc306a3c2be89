import Core
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Store

@Suite("A tag's counter goes forward only, on disk, and for one caller at a time")
struct TagCounterTests {
    private static func tag(_ number: UInt8) throws -> Pseudonym {
        try #require(Pseudonym(bytes: [UInt8](repeating: number, count: 16)))
    }

    @Test("Forward with gaps, never back, each tag by itself, and after a restart")
    func forwardOnly() throws {
        let scene = try StoreScene()
        let (one, two) = (try Self.tag(1), try Self.tag(2))
        func advance(_ tag: Pseudonym, _ counter: UInt32) throws -> TagCounterStep {
            try scene.store.advance(tag: tag, to: counter, at: scene.now.instant)
        }
        #expect(try advance(one, 0) == .replayed(last: 0))
        #expect(try advance(one, 7) == .advanced(from: 0))
        #expect(try advance(one, 7) == .replayed(last: 7))
        #expect(try advance(one, 6) == .replayed(last: 7))
        #expect(try advance(two, 1) == .advanced(from: 0))
        #expect(try advance(one, 400) == .advanced(from: 7))
        scene.store.close()
        #expect(try advance(one, 400) == .replayed(last: 400))
        #expect(try advance(two, 2) == .advanced(from: 1))
        #expect(try advance(one, 0xFF_FFFF) == .advanced(from: 400))
        #expect(try advance(one, 0x100_0000) == .replayed(last: 0xFF_FFFF))
        #expect(try advance(one, .max) == .replayed(last: 0xFF_FFFF))
        #expect(try scene.store.pragma("synchronous") == "2")
    }

    @Test("What is on disk is the pseudonym and the counter, to sqlite3 as well")
    func onDisk() throws {
        let scene = try StoreScene()
        _ = try scene.store.advance(tag: Self.tag(0xA7), to: 61, at: UTCInstant(milliseconds: 5))
        scene.store.close()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", scene.store.path, "SELECT hex(tag), counter, seen_at FROM tag_counter"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(said == String(repeating: "A7", count: 16) + "|61|5\n")
    }

    @Test("Many at once with the same and other counters: each counter is taken once at most, the highest stays")
    func concurrent() throws {
        let scene = try StoreScene()
        let (store, now, tag) = (scene.store, scene.now.instant, try Self.tag(3))
        try store.open()
        let taken = Mutex<[UInt32]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { lane in
            for round in 0..<40 as Range<UInt32> {
                // All lanes present the same forty counters, in orders of their own.
                let counter = (round &* 7 &+ UInt32(lane)) % 40 + 1
                guard case .advanced? = try? store.advance(tag: tag, to: counter, at: now) else { continue }
                taken.withLock { $0.append(counter) }
            }
        }
        let counters = taken.withLock { $0 }
        #expect(Set(counters).count == counters.count && counters.max() == 40)
        #expect(try store.advance(tag: tag, to: 40, at: now) == .replayed(last: 40))
    }

    @Test("While a restored store is in doubt no tap is taken by its counter")
    func inDoubt() throws {
        let scene = try StoreScene()
        try scene.store.open()
        try scene.store.write { try $0.execute(sql: "UPDATE terminal SET doubt = -1") }
        #expect(try scene.store.advance(tag: Self.tag(6), to: 9, at: scene.now.instant) == .inDoubt)
        try scene.page([scene.account(version: 1)], version: 1)
        #expect(try scene.store.advance(tag: Self.tag(6), to: 9, at: scene.now.instant) == .advanced(from: 0))
    }

    @Test("A transaction that fails takes no counter")
    func together() throws {
        struct Stop: Error {}
        let scene = try StoreScene()
        let tag = try Self.tag(4)
        #expect(throws: (any Error).self) {
            try scene.store.writeCurrent { database in
                _ = try PaymentStore.advance(database, tag: tag, to: 5, at: scene.now.instant)
                throw Stop()
            }
        }
        #expect(try scene.store.advance(tag: tag, to: 5, at: scene.now.instant) == .advanced(from: 0))
    }

    @Test("A store whose migration failed takes no tap, and forwards")
    func forwardOnlyStore() throws {
        let scene = try StoreScene()
        try scene.store.open()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.store.write { try $0.execute(sql: "DROP TABLE tag_counter; DELETE FROM grdb_migrations WHERE identifier = 'tag-counters'") }
        try scene.store.write { try $0.execute(sql: "CREATE VIEW tag_counter AS SELECT 1") }
        scene.store.close()
        #expect(try !scene.store.isCurrent())
        #expect(throws: StoreError.notCurrent) { try scene.store.advance(tag: Self.tag(5), to: 1, at: scene.now.instant) }
        #expect(try scene.store.pending(limit: 10).count == 1)
        try scene.store.write { try $0.execute(sql: "DROP VIEW tag_counter") }
        try scene.store.open()
        #expect(try scene.store.isCurrent())
        #expect(try scene.store.advance(tag: Self.tag(5), to: 1, at: scene.now.instant) == .advanced(from: 0))
    }
}
