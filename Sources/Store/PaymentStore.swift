import Core
import Foundation
import GRDB
import Glibc
import HostProtocol
import Synchronization

/// The terminal's one durable store, and its only writer: one SQLite file, one connection, held exclusively, WAL with
/// `synchronous=FULL`.
///
/// Calls block until the disk has answered: make them on a worker thread, never on the cooperative pool. A store that
/// can't be opened is a state, not the end: each call tries again. A file whose tables can't be brought to this version (a
/// migration that fails, a daemon that is older than the file) is *forward-only*: waiting records go out, nothing is decided.
public final class PaymentStore: Sendable {
    public let path: String
    public let terminal: String
    let seal: JournalSeal?
    /// Most records that may wait for the host before approvals stop (ALL-4).
    public let queueCap: Int
    /// Milliseconds that a record may wait for the host before approvals stop (ALL-4); nil: for ever.
    public let longestWait: Int64?
    /// Bytes of the disk that are kept for the queue; 0: none.
    public let reserveBytes: Int64
    /// The part of it that is given back to the disk when that is full.
    let reserve: SpaceReserve
    /// Whether the disk had no space for the room that the database file should have.
    let lacksRoom = Mutex(false)
    /// Seven days.
    public static let usualWait: Int64 = 7 * 86_400_000
    private let state = Mutex<Connection?>(nil)
    private let facts = Mutex<TerminalFacts?>(nil)
    /// The last that was heard of the file was that it is damaged.
    private let isSuspect = Mutex(false)
    let sendLog = SendLog()

    /// - Parameters:
    ///   - path: of the SQLite file; its folder exists.
    ///   - terminal: this terminal's id, part of every record.
    ///   - queueCap: records that may wait before nothing more is approved offline.
    ///   - longestWait: milliseconds that the oldest of them may have waited; nil: any time.
    ///   - reserve: bytes of the disk that are kept for the queue; 0: none.
    ///   - seal: proves the journal's records; nil for tests and tools that don't care.
    public init(
        path: String, terminal: String, seal: JournalSeal? = nil, queueCap: Int = 10_000,
        longestWait: Int64? = PaymentStore.usualWait, reserve: Int64 = 0
    ) {
        self.path = path
        self.queueCap = max(1, queueCap)
        self.longestWait = longestWait
        reserveBytes = max(0, reserve)
        self.reserve = SpaceReserve(path: path + ".reserve", bytes: PaymentStore.logShare(of: reserve))
        self.terminal = terminal
        self.seal = seal
    }

    /// Opens the file if it is not open. One that is forward-only is opened anew, in case the cause has gone.
    public func open() throws(StoreError) {
        if let held = state.withLock({ $0 }), !held.isCurrent { close(held) }
        _ = try connection()
    }

    /// Closes the file; the next call opens it again.
    public func close() {
        if let held = state.withLock({ $0 }) { close(held, isWell: true) }
    }

    /// False when the store is forward-only: it decides nothing, and every call that would says ``StoreError/notCurrent``.
    public func isCurrent() throws(StoreError) -> Bool { try connection().isCurrent }

    /// Closes `connection` if it is still the one in use: an error on an old one must not take the new one along.
    private func close(_ connection: Connection, isWell: Bool = false) {
        state.withLock { held in
            guard held === connection else { return }
            held = nil
            // Inside the lock: the file is held exclusively, so the next connection has to wait for the end of this one.
            // Nor is a transaction cut off that others are about to commit.
            connection.commits.alone { connection.close(isWell: isWell) }
        }
        facts.withLock { $0 = nil }
    }

    func connection() throws(StoreError) -> Connection {
        do {
            return try opened()
        } catch {
            // A migration needs space, and so does a log that an earlier run has left.
            guard error == .full, reserve.release() else { throw error }
        }
        return try opened()
    }

    private func opened() throws(StoreError) -> Connection {
        do {
            return try state.withLock { held in
                if let connection = held { return connection }
                let connection = try Connection(
                    path: path, seal: seal, isSuspect: isSuspect.withLock { $0 }, logSpace: PaymentStore.logShare(of: reserveBytes))
                isSuspect.withLock { $0 = false }
                // Before anything else can take what the last log has left.
                if connection.keepLog() == ENOSPC, reserve.release() { _ = connection.keepLog() }
                held = connection
                return connection
            }
        } catch {
            throw failure(error)
        }
    }

    /// SQLite does not tell a file system that has turned read-only from a disk that errs.
    private func failure(_ error: any Error) -> StoreError {
        let failure = StoreError(error)
        if failure == .damaged { isSuspect.withLock { $0 = true } }
        return failure == .inputOutput && SpaceReserve.isReadOnly(near: path) ? .notWritable : failure
    }

    /// One write transaction, shared with whoever writes at the same time (``GroupCommit``): all of it is stored or nothing.
    /// Returns when it is on stable storage. Any error closes the connection: after a COMMIT that erred only a fresh look at the file
    /// tells what is in it, and a failed fsync must never be tried again on the same pages.
    /// - Throws: ``StoreError/outcomeUnknown`` when COMMIT erred; every other error means that nothing was stored.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try run(onlyCurrent: false, { connection, began in try transaction(connection, &began, body) })
    }

    /// As ``write(_:)``, for tables that the first schema did not have.
    /// - Throws: ``StoreError/notCurrent`` in a forward-only store.
    func writeCurrent<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try run(onlyCurrent: true, { connection, began in try transaction(connection, &began, body) })
    }

    private func transaction<Value>(
        _ connection: Connection, _ began: inout Bool, _ body: (Database) throws -> Value
    ) throws -> Value {
        var value: Value?
        var hasBegun = false
        defer { began = hasBegun }
        // Runs before this call returns, on this thread or on the one that leads the group.
        return try withoutActuallyEscaping(body) { body in
            let job = GroupCommit.Job<Database> { database in
                hasBegun = true
                do {
                    value = try body(database)
                    return nil
                } catch {
                    return error
                }
            }
            let end = connection.commits.enter(job) ?? lead(job, on: connection)
            // A part that failed by itself is not in the transaction: how that ends is the others' news.
            if let failure = job.failure { throw failure }
            switch end {
            case .committed: break
            case .unknown(let error): throw CommitFailure(cause: error)
            case .undone(let error): throw error
            }
            guard let value else { throw StoreError.failed(code: -1) }
            return value
        }
    }

    /// One transaction of this job's part and those of all who wait.
    private func lead(_ job: GroupCommit.Job<Database>, on connection: Connection) -> GroupCommit.End {
        var group: [GroupCommit.Job<Database>] = []
        let end = connection.queue.inDatabase { database in
            do {
                try connection.prepare(database)
                // Prepared once: GRDB would compile these anew for each payment. On a closed connection this is what fails.
                try database.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
                guard job.take(in: database) else { throw job.failure ?? StoreError.failed(code: -1) }
                while let next = connection.commits.next(after: group.count + 1, of: Database.self) {
                    group.append(next)
                    try PaymentStore.add(next, to: database)
                }
            } catch {
                if database.isInsideTransaction { try? database.rollback() }
                return GroupCommit.End.undone(error)
            }
            do {
                try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                return .committed
            } catch {
                if database.isInsideTransaction { try? database.rollback() }
                return .unknown(error)
            }
        }
        // It has not been taken when BEGIN failed.
        job.forget()
        connection.commits.finish(group, end)
        return end
    }

    /// Another writer's part, which undoes nothing but itself when it fails by itself.
    private static func add(_ job: GroupCommit.Job<Database>, to database: Database) throws {
        try database.cachedStatement(sql: "SAVEPOINT part").execute()
        if !job.take(in: database) {
            guard let failure = job.failure, spoilsOnlyItself(failure), database.isInsideTransaction else {
                throw job.failure ?? StoreError.failed(code: -1)
            }
            try database.cachedStatement(sql: "ROLLBACK TO part").execute()
        }
        try database.cachedStatement(sql: "RELEASE part").execute()
    }

    /// Whether an error says something of one writer's wish alone, and nothing of the file.
    private static func spoilsOnlyItself(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return error.resultCode == .SQLITE_CONSTRAINT
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        // Never "begun": a read changes nothing and can always be made again.
        try run(onlyCurrent: false, { connection, _ in try connection.commits.alone { try connection.queue.inDatabase(body) } })
    }

    /// As ``read(_:)``, of tables that the first schema did not have.
    /// - Throws: ``StoreError/notCurrent`` in a forward-only store.
    func readCurrent<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try run(onlyCurrent: true, { connection, _ in try connection.commits.alone { try connection.queue.inDatabase(body) } })
    }

    /// Runs `work` on the connection; once more on a new one when another thread had closed it before `work` could begin.
    func run<Value>(
        onlyCurrent: Bool, _ work: (Connection, inout Bool) throws -> Value
    ) throws(StoreError) -> Value {
        for attempt in 0..<2 {
            let connection = try connection()
            guard connection.isCurrent || !onlyCurrent else { throw .notCurrent }
            var began = false
            do {
                return try work(connection, &began)
            } catch let error as StoreError {
                throw error
            } catch {
                let isInUse = state.withLock { $0 === connection }
                close(connection)
                let commit = error as? CommitFailure
                let failure = failure(commit?.cause ?? error)
                // With the reserve's space what could not be stored is stored now.
                let hasSpace = failure == .full && reserve.release()
                if commit != nil { throw .outcomeUnknown }
                if attempt > 0 || (began || isInUse) && !hasSpace { throw failure }
            }
        }
        throw .failed(code: -1)
    }

    /// Writes what the log holds into the database file and syncs it: after an error, what a new connection sees may so far
    /// be in the page cache alone.
    func makeDurable() throws(StoreError) {
        let busy = try read { try Int.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 1 }
        guard busy == 0 else { throw .locked }
        // The log is empty, and its blocks are anybody's.
        _ = try connection().keepLog()
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
        guard ["synchronous", "journal_mode", "locking_mode", "foreign_keys", "page_size", "wal_autocheckpoint"].contains(name) else { return nil }
        return try read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}

/// What the last limit page said of this terminal.
struct TerminalFacts: Codable, Sendable, Equatable {
    var merchant: String
    var enrolledProgrammes: [String]
    var risk: TerminalRiskLimits
    var merchantCategory: String?
    /// Nil in facts of the first schema.
    var rates: [ExchangeRate]?

    init(_ page: LimitPage) {
        merchant = page.merchant
        enrolledProgrammes = page.enrolledProgrammes
        risk = page.risk
        merchantCategory = page.merchantCategory
        rates = page.rates
    }
}

/// COMMIT erred: what it should have stored may be on disk or not.
private struct CommitFailure: Error {
    var cause: any Error
}
