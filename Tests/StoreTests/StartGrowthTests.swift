import Core
import Foundation
import GRDB
import GRDBSQLite
import HostProtocol
import Testing

@testable import Store

@Suite("A start reads no more with a long journal and a long queue")
struct StartGrowthTests {
    /// A store of 20 payments, and `count` more journal records, all acknowledged; and as many that wait, with their spends.
    private func scene(journalled: Int, queued: Int) throws -> StoreScene {
        let scene = try StoreScene()
        let allowance = OfflineAllowance(amount: 10_000_000, count: 100_000, perTransaction: 30_000)
        try scene.page([scene.account(balance: 10_000_000, version: 1, allowance: allowance)], version: 1)
        for _ in 0..<5 { try #require(try scene.pay(100).decision.approved) }
        try scene.store.write { database in
            let (first, last) = (6, 5 + journalled + queued)
            let rows = "WITH RECURSIVE n(i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(last)) "
            guard last >= first else { return }
            try database.execute(
                sql: rows + """
                    INSERT INTO journal (sequence, id, payment, body, body_hash, chain, seal)
                        SELECT i, randomblob(16), randomblob(16), (SELECT body FROM journal LIMIT 1), zeroblob(32), zeroblob(32), NULL FROM n
                    """)
            try database.execute(
                sql: """
                    INSERT INTO payment (id, amount, currency, state, started_at, decision)
                        SELECT payment, 100, 'SEK', 'approved', 1, (SELECT decision FROM payment LIMIT 1)
                        FROM journal WHERE sequence >= \(first)
                    """)
            try database.execute(sql: "UPDATE terminal SET next_sequence = \(last + 1)")
            guard queued > 0 else { return }
            let waiting = rows.replacing("SELECT \(first) ", with: "SELECT \(first + journalled) ")
            try database.execute(sql: waiting + "INSERT INTO outbox (sequence, kind, currency, exposure) SELECT i, 'offlineApproval', 'SEK', 100 FROM n")
            try database.execute(
                sql: waiting + """
                    INSERT INTO spend (account, account_sequence, purchases, offline, approvals, lines)
                        SELECT 'A' || (i % 500 + 2), i, 1, 1, 1, (SELECT lines FROM spend LIMIT 1) FROM n
                    """)
        }
        scene.store.close()
        return scene
    }

    /// Pages that the connection has read from the file since it was opened.
    private func pagesRead(_ store: PaymentStore) throws -> Int {
        try store.connection().queue.inDatabase { database in
            var (count, highest): (Int32, Int32) = (0, 0)
            sqlite3_db_status(database.sqliteConnection, SQLITE_DBSTATUS_CACHE_MISS, &count, &highest, 0)
            return Int(count)
        }
    }

    /// What the daemon does until it says that it is ready, and the link before it asks for the host.
    private func start(_ scene: StoreScene) throws -> Int {
        try scene.store.open()
        _ = try scene.store.clock()
        #expect(try scene.store.recover(now: scene.now, mint: scene.mint) == StartRecovery())
        _ = try scene.store.pending(limit: 1)
        _ = try scene.store.syncedAt()
        _ = try scene.store.spread()
        _ = try scene.store.terminalState(currency: .sek, now: scene.now, hostReachable: false)
        _ = try scene.store.journalExtent()
        return try pagesRead(scene.store)
    }

    @Test("Pages read from opening to ready: a short journal, 20,000 acknowledged records, a queue just below its cap")
    func flat() throws {
        let short = try start(try scene(journalled: 0, queued: 0))
        let journalled = try start(try scene(journalled: 20_000, queued: 0))
        let queued = try start(try scene(journalled: 0, queued: 9_900))
        print("pages read at start: \(short), with a long journal \(journalled), with a long queue \(queued)")
        // Trees that are deeper by two.
        #expect(journalled <= short + 20 && queued <= short + 20)
    }

    @Test("What opening left is checked table by table, and nothing is written before it is: then each page has been read")
    func checked() throws {
        let scene = try scene(journalled: 0, queued: 20_000)
        let before = try start(scene)
        #expect(try scene.store.checkNext())
        #expect(try scene.store.checkNext())
        #expect(try !scene.store.checkNext())
        #expect(try pagesRead(scene.store) - before > 200)
        scene.store.close()
        let again = try start(scene)
        // The first write of a payment checks what nobody has checked.
        _ = try scene.begin(100)
        #expect(try pagesRead(scene.store) - again > 200)
        #expect(try !scene.store.checkNext())
    }

    @Test("Damage in the middle of queue or spends: a start may pass it by, no payment begins, and the next opening says so", arguments: [
        "outbox", "spend",
    ])
    func damaged(_ table: String) throws {
        let scene = try scene(journalled: 0, queued: 20_000)
        let root = try scene.store.read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = '\(table)' AND type = 'table'")
        }
        let path = scene.store.path
        scene.store.close()
        var bytes = try Data(contentsOf: URL(filePath: path))
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        // The child in the middle of the root's cells: its number is each cell's first four bytes.
        let page = (try #require(root) - 1) * size
        let cells = Int(bytes[page + 3]) << 8 | Int(bytes[page + 4])
        let pointer = page + 12 + 2 * (cells / 2)
        let cell = page + (Int(bytes[pointer]) << 8 | Int(bytes[pointer + 1]))
        let child = bytes[cell..<cell + 4].reduce(0) { $0 << 8 | Int($1) }
        let start = (child - 1) * size
        bytes.replaceSubrange(start..<start + 64, with: [UInt8](repeating: 0xA5, count: 64))
        try bytes.write(to: URL(filePath: path))

        try scene.store.open()
        #expect(throws: StoreError.damaged) { try scene.begin(100) }
        // From now on opening says it, as long as it lasts.
        #expect(throws: StoreError.damaged) { try scene.store.open() }
        #expect(throws: StoreError.damaged) { try scene.store.queueSummary() }
        // Opening makes a table and drops it, so that there is a log (GRDB): the header changes, and nothing that is stored.
        let after = try Data(contentsOf: URL(filePath: path))
        let changed = (0..<bytes.count / size).filter { after[$0 * size..<($0 + 1) * size] != bytes[$0 * size..<($0 + 1) * size] }
        #expect(after.count >= bytes.count && changed.count <= 2 && !changed.contains(child - 1))

        let other = PaymentStore(path: path, terminal: "T1", seal: JournalSeal(deviceKey: StoreScene.deviceKey))
        try other.open()
        #expect(throws: StoreError.damaged) { while try other.checkNext() {} }
        #expect(throws: StoreError.damaged) { try other.open() }
    }
}
