import Core
import Foundation
import GRDB
import HostProtocol
import Synchronization

/// The terminal's one durable store, and its only writer: one SQLite file, one connection, held exclusively, WAL with
/// `synchronous=FULL`.
///
/// Calls block until the disk has answered: make them on a worker thread, never on the cooperative pool. A store that
/// can't be opened is a state, not the end: each call tries again.
public final class PaymentStore: Sendable {
    public let path: String
    public let terminal: String
    private let state = Mutex<DatabaseQueue?>(nil)
    private let facts = Mutex<TerminalFacts?>(nil)

    /// - Parameters:
    ///   - path: of the SQLite file; its folder exists.
    ///   - terminal: this terminal's id, part of every record.
    public init(path: String, terminal: String) {
        self.path = path
        self.terminal = terminal
    }

    /// Opens the file if it is not open.
    public func open() throws(StoreError) { _ = try database() }

    /// Closes the file; the next call opens it again.
    public func close() {
        let queue = state.withLock { held in
            defer { held = nil }
            return held
        }
        facts.withLock { $0 = nil }
        try? queue?.close()
    }

    private func database() throws(StoreError) -> DatabaseQueue {
        if let queue = state.withLock({ $0 }) { return queue }
        do {
            let queue = try PaymentStore.connect(path)
            return state.withLock { held in
                if let winner = held { return winner }
                held = queue
                return queue
            }
        } catch {
            throw StoreError(error)
        }
    }

    private static func connect(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "kassad.store"
        configuration.journalMode = .wal
        configuration.prepareDatabase { database in
            // One connection, no shared-memory file: other processes are shut out of the live file.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // GRDB sets NORMAL for WAL after prepareDatabase; FULL is what makes a commit durable.
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 1000")
        }
        try Schema.migrator.migrate(queue)
        return queue
    }

    /// One write transaction. Any error closes the connection: after a COMMIT that erred only a fresh look at the file
    /// tells what is in it, and a failed fsync must never be tried again on the same pages.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        let queue = try database()
        do {
            var value: Value?
            try queue.inDatabase { database in
                try database.inTransaction(.immediate) {
                    value = try body(database)
                    return .commit
                }
            }
            guard let value else { throw StoreError.failed(code: -1) }
            return value
        } catch let error as StoreError {
            throw error
        } catch {
            close()
            throw StoreError(error)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        let queue = try database()
        do {
            return try queue.inDatabase(body)
        } catch {
            if !(error is StoreError) { close() }
            throw StoreError(error)
        }
    }

    /// The last page's facts, from memory after the first look.
    func terminalFacts(_ database: Database) throws -> TerminalFacts? {
        if let known = facts.withLock({ $0 }) { return known }
        guard
            let bytes = try Data.fetchOne(
                database.cachedStatement(sql: "SELECT facts FROM terminal WHERE facts IS NOT NULL"))
        else { return nil }
        let read = try WireJSON.decode(TerminalFacts.self, from: Array(bytes))
        facts.withLock { $0 = read }
        return read
    }

    func forgetFacts() { facts.withLock { $0 = nil } }

    /// What `PRAGMA` says, for tests and the technician.
    public func pragma(_ name: String) throws(StoreError) -> String? {
        guard ["synchronous", "journal_mode", "locking_mode", "foreign_keys"].contains(name) else { return nil }
        return try read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}

/// What the last limit page said of this terminal.
struct TerminalFacts: Codable, Sendable, Equatable {
    var merchant: String
    var enrolledProgrammes: [String]
    var risk: TerminalRiskLimits
}
