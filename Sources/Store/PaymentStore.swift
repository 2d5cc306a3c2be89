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
        if let queue = state.withLock({ $0 }) { close(queue) }
    }

    /// Closes `queue` if it is still the one in use: an error on an old connection must not take the new one along.
    private func close(_ queue: DatabaseQueue) {
        state.withLock { held in
            guard held === queue else { return }
            held = nil
            // Inside the lock: the file is held exclusively, so the next connection has to wait for the end of this one.
            try? queue.close()
        }
        facts.withLock { $0 = nil }
    }

    private func database() throws(StoreError) -> DatabaseQueue {
        do {
            return try state.withLock { held in
                if let queue = held { return queue }
                let queue = try PaymentStore.connect(path)
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
        try check(queue)
        return queue
    }

    /// The tables that every payment reads without question; the large ones are checked row by row as they are used.
    private static func check(_ queue: DatabaseQueue) throws {
        try queue.inDatabase { database in
            for table in ["terminal", "outbox", "exposure", "spend"] {
                let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check('\(table)')")
                guard verdict == "ok" else { throw StoreError.damaged }
            }
        }
    }

    /// One write transaction. Any error closes the connection: after a COMMIT that erred only a fresh look at the file
    /// tells what is in it, and a failed fsync must never be tried again on the same pages.
    /// - Throws: ``StoreError/outcomeUnknown`` when COMMIT erred; every other error means that nothing was stored.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try run { queue, began in
            var value: Value?
            try queue.inDatabase { database in
                // Prepared once: GRDB would compile these two anew for each payment.
                try database.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
                began = true
                do {
                    value = try body(database)
                } catch {
                    if database.isInsideTransaction { try? database.rollback() }
                    throw error
                }
                do {
                    try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                } catch {
                    if database.isInsideTransaction { try? database.rollback() }
                    throw CommitFailure()
                }
            }
            guard let value else { throw StoreError.failed(code: -1) }
            return value
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        // Never "begun": a read changes nothing and can always be made again.
        try run { queue, _ in try queue.inDatabase(body) }
    }

    /// Runs `work` on the connection; once more on a new one when another thread had closed it before `work` could begin.
    private func run<Value>(_ work: (DatabaseQueue, inout Bool) throws -> Value) throws(StoreError) -> Value {
        for attempt in 0..<2 {
            let queue = try database()
            var began = false
            do {
                return try work(queue, &began)
            } catch let error as StoreError {
                throw error
            } catch {
                let isCurrent = state.withLock { $0 === queue }
                close(queue)
                if error is CommitFailure { throw .outcomeUnknown }
                if began || isCurrent || attempt > 0 { throw StoreError(error) }
            }
        }
        throw .failed(code: -1)
    }

    /// Writes what the log holds into the database file and syncs it: after an error, what a new connection sees may so far
    /// be in the page cache alone.
    func makeDurable() throws(StoreError) {
        let busy = try read { try Int.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 1 }
        guard busy == 0 else { throw .locked }
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

/// COMMIT erred: what it should have stored may be on disk or not.
private struct CommitFailure: Error {}
