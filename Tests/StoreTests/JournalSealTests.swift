import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import Store

@Suite("The journal is authenticated")
struct JournalSealTests {
    @Test("A program that knows only the device key and the standards proves chain, seals and end as the store does")
    func oracle() throws {
        let scene = try StoreScene()
        try scene.fillJournal(25)
        try scene.acknowledge(oldest: 10)
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: 500 * 86_400_000), anchored: true)
        #expect(try scene.purge(days: 400).purged == 10)
        #expect(try scene.store.walkJournal().fault == nil)
        let (path, store) = try scene.copy("oracle.sqlite")
        store.close()
        #expect(try Self.python(path, key: StoreScene.deviceKey) == "whole 15 records through 25")
        #expect(try Self.python(path, key: [UInt8](repeating: 1, count: 32)) == "seal of the anchor")
    }

    @Test("A walk tells how many records there are, from where to where, and what was purged")
    func words() throws {
        let scene = try StoreScene()
        #expect(try scene.store.walkJournal().isAtEnd)
        try scene.fillJournal(700)
        let walk = try scene.store.walkJournal()
        #expect(walk.isAtEnd && walk.fault == nil)
        #expect((walk.records, walk.first, walk.verified, walk.purgedThrough) == (700, 1, 700, 0))
    }

    @Test("Another terminal's key proves nothing: the first sealed record is named")
    func otherKey() throws {
        let scene = try StoreScene()
        try scene.fillJournal(5)
        scene.store.close()
        let other = PaymentStore(
            path: scene.store.path, terminal: "T1", seal: JournalSeal(deviceKey: [UInt8](repeating: 9, count: 32)))
        defer { other.close() }
        #expect(try other.walkJournal().fault == JournalFault(sequence: 1, kind: .seal))
    }

    @Test("Records from before there were seals are proved by the last of them; their change is found")
    func migrated() throws {
        let scene = try StoreScene()
        _ = try FirstSchema(scene)
        try scene.store.open()
        let seals = try scene.store.read { try Int64.fetchAll($0, sql: "SELECT sequence FROM journal WHERE seal IS NOT NULL") }
        #expect(seals == [3])
        try scene.pay(100)
        let walk = try scene.store.walkJournal()
        #expect(walk.isAtEnd && walk.fault == nil && walk.records == 4)
        // With a good chain of their own making, the first record that a seal covers is named.
        try scene.store.write { database in
            try database.execute(sql: "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '1000', '9000') AS BLOB) WHERE sequence = 1")
            var previous = JournalChain.genesis
            for row in try Row.fetchAll(database, sql: "SELECT * FROM journal ORDER BY sequence") {
                let (sequence, hash): (Int64, [UInt8]) = (row["sequence"], JournalChain.bodyHash(Array(row["body"] as Data)))
                let id = try #require(UUIDv7(bytes: Array(row["id"] as Data)))
                previous = JournalChain.link(previous: previous, sequence: sequence, id: id, bodyHash: hash)
                try database.execute(
                    sql: "UPDATE journal SET body_hash = ?, chain = ? WHERE sequence = ?",
                    arguments: [Data(hash), Data(previous), sequence])
            }
            try database.execute(sql: "UPDATE terminal SET chain = ?", arguments: [Data(previous)])
        }
        #expect(try scene.store.walkJournal().fault == JournalFault(sequence: 3, kind: .seal))
    }

    @Test("A file that can't get its seals forwards what it holds, and gets them when the cause has gone")
    func failingMigration() throws {
        let scene = try StoreScene()
        let old = try FirstSchema(scene)
        try Schema.migrator.migrate(old.queue, upTo: "2 programmes")
        try old.queue.write { try $0.execute(sql: "CREATE TABLE journal_mark (other TEXT)") }
        try old.queue.close()
        try scene.store.open()
        #expect(try !scene.store.isCurrent())
        #expect(throws: StoreError.notCurrent) { try scene.begin(100) }
        #expect(try scene.store.walkJournal().records == 3)
        #expect(try scene.store.compare(JournalPosition(sequence: 9, chain: Data(count: 32)), now: scene.now) == .unknown)
        #expect(try scene.store.unseenMarks().isEmpty)
        #expect(try scene.store.recover(now: scene.now, mint: scene.mint) == StartRecovery())
        try scene.acknowledge()
        #expect(try scene.store.queueSummary().depth == 0)

        try scene.store.write { try $0.execute(sql: "DROP TABLE journal_mark") }
        try scene.store.open()
        #expect(try scene.store.isCurrent())
        #expect(try scene.store.recover(now: scene.now, mint: scene.mint).reversed.count == 1)
        let walk = try scene.store.walkJournal()
        #expect(walk.isAtEnd && walk.fault == nil && walk.records == 4)
    }

    @Test("What a seal costs at each record")
    func cost() {
        let seal = JournalSeal(deviceKey: StoreScene.deviceKey)
        let link = [UInt8](repeating: 3, count: 32)
        let clock = ContinuousClock()
        var bytes = 0
        let time = clock.measure { for number in 0..<10_000 { bytes += seal.record(Int64(number), link).count } }
        print("journal seal: \(time / 10_000) each")
        #expect(bytes == 320_000)
    }

    /// What an independent reader of the file says.
    static func python(_ path: String, key: [UInt8]) throws -> String {
        let script = """
            import hashlib, hmac, sqlite3, sys
            def hkdf(key, salt, info):
                return hmac.new(hmac.new(salt, key, hashlib.sha256).digest(), info + b'\\x01', hashlib.sha256).digest()
            key = hkdf(bytes.fromhex(sys.argv[2]), b'kassad', b'journal seal 1')
            def seal(word, numbers, links):
                text = b'kassad journal ' + word + b' 1\\x00' + b''.join(n.to_bytes(8, 'big', signed=True) for n in numbers) + links
                return hmac.new(key, text, hashlib.sha256).digest()
            def end(text):
                print(text); sys.exit()
            db = sqlite3.connect(sys.argv[1])
            last, link = 0, bytes(32)
            for sequence, chain, at, sealed in db.execute('SELECT sequence, chain, purged_at, seal FROM journal_anchor'):
                if seal(b'anchor', [sequence, at], chain) != sealed: end('seal of the anchor')
                last, link = sequence, chain
            count = 0
            for sequence, id, body, hash, chain, sealed in db.execute(
                    'SELECT sequence, id, body, body_hash, chain, seal FROM journal ORDER BY sequence'):
                if sequence != last + 1: end(f'{last + 1} is missing')
                if hashlib.sha256(body).digest() != hash: end(f'body {sequence}')
                if hashlib.sha256(link + sequence.to_bytes(8, 'big') + id + hash).digest() != chain: end(f'link {sequence}')
                if seal(b'record', [sequence], chain) != sealed: end(f'seal {sequence}')
                last, link, count = sequence, chain, count + 1
            following, chain, since, marks, sealed = db.execute(
                'SELECT next_sequence, chain, sealed_from, marks, head_seal FROM terminal').fetchone()
            if (following, chain) != (last + 1, link) or seal(b'head', [following, since, marks], chain) != sealed: end('head')
            end(f'whole {count} records through {last}')
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, path, Hex.encode(key)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
