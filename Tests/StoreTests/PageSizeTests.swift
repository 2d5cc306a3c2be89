import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import Store

@Suite("Pages are small in a new store, and stay as they are in an old one")
struct PageSizeTests {
    /// As sqlite3 itself reads the closed file.
    private func ask(_ sql: String, _ scene: StoreScene) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sqlite3")
        process.arguments = ["-readonly", scene.store.path, sql]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The database's header, bytes 16 and 17 (SQLite's file format, 1.3.2).
    private func header(_ scene: StoreScene) throws -> Int {
        let bytes = try Data(contentsOf: URL(filePath: scene.store.path)).prefix(18).suffix(2)
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    @Test("A new store has pages of 512 bytes, and its log is moved into the file after as many bytes as ever")
    func new() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        #expect(try scene.store.pragma("page_size") == "512")
        #expect(try scene.store.pragma("wal_autocheckpoint") == "8192")
        scene.store.close()
        #expect(try header(scene) == 512)
        #expect(try ask("PRAGMA integrity_check", scene) == "ok")
    }

    @Test("An old store with other pages opens, keeps its size and its rows, and payments go on", arguments: [1024, 4096, 65536])
    func old(_ size: Int) throws {
        let scene = try StoreScene()
        let file = try DatabaseQueue(path: scene.store.path)
        // Made as SQLite makes it, before the store ever sees it.
        try file.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA page_size = \(size)")
            try database.execute(sql: "CREATE TABLE stone (text TEXT)")
            for number in 0..<300 {
                try database.execute(sql: "INSERT INTO stone VALUES (?)", arguments: ["stone \(number) " + String(repeating: "x", count: 700)])
            }
        }
        let before = try file.read { try String.fetchAll($0, sql: "SELECT text FROM stone ORDER BY rowid") }
        try file.close()
        // 65536 is written as 1.
        let told = size == 65536 ? 1 : size
        #expect(try header(scene) == told)

        try scene.page([scene.account(version: 1)], version: 1)
        let first = try scene.pay(100)
        #expect(first.decision.approved)
        #expect(try scene.store.pragma("page_size") == "\(size)")
        #expect(try scene.store.pragma("wal_autocheckpoint") == "\((4 << 20) / size)")
        scene.store.close()
        // Opened anew, and once more after more payments.
        for _ in 0..<2 {
            try scene.store.open()
            #expect(try scene.store.isCurrent())
            #expect(try scene.pay(200).decision.approved)
            scene.store.close()
        }
        #expect(try scene.store.firstBrokenLink() == nil)
        #expect(try scene.store.queueSummary().approvals == 3)
        #expect(try scene.store.read { try String.fetchAll($0, sql: "SELECT text FROM stone ORDER BY rowid") } == before)
        scene.store.close()
        #expect(try header(scene) == told)
        #expect(try ask("PRAGMA integrity_check", scene) == "ok")
        #expect(try ask("SELECT count(*) FROM journal", scene) == "3")
    }
}
