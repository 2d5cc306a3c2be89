import CSQLite
import GRDB
import Synchronization

/// The one open connection, with what was found when it was opened.
final class Connection: Sendable {
    let queue: DatabaseQueue
    let commits = GroupCommit()
    /// Of the log.
    private let log: String
    /// Bytes of the disk that are kept for the log.
    private let logSpace: Int64
    /// How long the database file stays; nil: as its pages are.
    private let keptLength = Mutex<Int64?>(nil)
    private let logIsEmpty = Mutex(true)
    /// The tables that are still to be checked before anything is written.
    private let unchecked = Mutex(Connection.growing)
    /// Bytes of a page in a new store. A commit writes each page that it touches as a whole, and a payment touches some twenty
    /// for less than 3 KB of its own: the smallest wear the disk least. An existing store keeps the size that it was made with.
    static let pageSize = 512
    /// The log is moved into the file after a commit that finds it so long: with the largest commit it stays below 8 MiB.
    static let logBytes = 4 << 20
    /// False: the tables are of another version than this daemon's, and nothing but forwarding may touch them.
    let isCurrent: Bool

    /// - Parameters:
    ///   - isSuspect: an earlier connection found damage: all is checked now.
    ///   - logSpace: bytes of the disk to keep for the log; with them the file keeps its length.
    init(path: String, seal: JournalSeal? = nil, isSuspect: Bool = false, logSpace: Int64 = 0) throws {
        self.logSpace = logSpace
        var configuration = Configuration()
        configuration.label = "kassad.store"
        configuration.journalMode = .wal
        // A rollback that fails leaves its transaction open: the connection is closed then, which must not be a trap.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            // One connection, no shared-memory file: other processes are shut out of the live file.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // Heard by an empty file alone.
            try database.execute(sql: "PRAGMA page_size = \(Connection.pageSize)")
            try database.execute(sql: "PRAGMA foreign_keys = ON")
            // Whatever closes a connection but ``close(isWell:)``: its log may be none that the disk has (``LogRewrite``).
            try Connection.checkpointsOnClose(database, false)
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        // SQLite's own name for it, past links.
        let log = try queue.inDatabase { database in
            guard let name = sqlite3_db_filename(database.sqliteConnection, "main"), let log = sqlite3_filename_wal(name) else {
                throw DatabaseError(resultCode: .SQLITE_CANTOPEN)
            }
            return String(cString: log)
        }
        self.log = log
        // GRDB sets NORMAL for WAL after prepareDatabase; FULL is what makes a commit durable.
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Counted in pages, whatever their size.
            let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? Connection.pageSize
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Connection.logBytes / max(512, size))")
            // A page of limits can make a long log: it need not stay as long.
            try database.execute(sql: "PRAGMA journal_size_limit = \(2 * Connection.logBytes)")
        }
        // Room that an earlier run has made in the file stays in it.
        if logSpace > 0, let length = FileSpace.length(path), length > 0 {
            let isKept = try queue.inDatabase { database in
                try Connection.hasRoom(database, length, leaving: logSpace) && FileSpace.keepLength(database, length)
            }
            if isKept { keptLength.withLock { $0 = length } }
        }
        // What an earlier connection wrote and could not sync may be in the page cache alone, and later syncs would pass it
        // by: records after such a hole in the log are lost with the power. So each connection begins with an empty log.
        do {
            try queue.inDatabase { try Connection.emptyLog($0, log) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            // No room to move it: what is stored can be read, and nothing is written before the log is empty.
            logIsEmpty.withLock { $0 = false }
        }
        // A migration may need it.
        if logSpace > 0 { _ = FileSpace.allocate(log, bytes: logSpace) }
        isCurrent = try Connection.migrate(queue, Schema.migrator(seal: seal))
        try Connection.check(queue)
        // File and log are in their folder for good. SQLite syncs it when it makes a file, once, and passes over an error: then a
        // power cut takes the file with all that was synced in it.
        guard FolderSync.sync(of: path) else { throw DatabaseError(resultCode: .SQLITE_IOERR_DIR_FSYNC) }
        if isSuspect { try queue.inDatabase { while try checkNext($0) {} } }
    }

    private static func checkpointsOnClose(_ database: Database, _ wanted: Bool) throws {
        let code = kassa_checkpoints_on_close(database.sqliteConnection, wanted ? 1 : 0)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Ends the connection.
    /// - Parameter isWell: no call on it has failed: the log is moved into the file, and goes.
    func close(isWell: Bool) {
        if isWell { try? queue.inDatabase { try Connection.checkpointsOnClose($0, true) } }
        try? queue.close()
    }

    /// The file stays so long, whatever its pages are, until they need all of it.
    func keepLength(_ database: Database, _ bytes: Int64) -> Bool {
        let isKept = FileSpace.keepLength(database, bytes)
        keptLength.withLock { $0 = isKept ? bytes : nil }
        return isKept
    }

    /// A file that outgrows its chunk is made as long again by the checkpoint, which may take the last of the disk: with its
    /// room used up it grows by its pages alone. What one transaction may add is left of the room.
    private func letGoWhenUsed(_ database: Database) throws {
        guard let length = keptLength.withLock({ $0 }) else { return }
        guard try !Connection.hasRoom(database, length, leaving: logSpace) else { return }
        FileSpace.letGo(database)
        keptLength.withLock { $0 = nil }
    }

    private static func hasRoom(_ database: Database, _ length: Int64, leaving logSpace: Int64) throws -> Bool {
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        return pages * size <= length - logSpace / 4
    }

    /// Sets the log's blocks aside, where they are not.
    /// - Returns: as ``FileSpace/allocate(_:bytes:)``.
    func keepLog() -> Int32 { logSpace == 0 ? 0 : FileSpace.allocate(log, bytes: logSpace) }

    private static func emptyLog(_ database: Database, _ log: String) throws {
        try LogRewrite.rewrite(log)
        // Whether somebody was in the way; frames in the log.
        guard let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)"), try row.value("busy") as Int == 0 else {
            throw StoreError.locked
        }
        // -1: no log. The change to WAL is committed after its row "wal" has been read: when that errs, nobody hears of it, and the
        // connection goes on with a rollback journal. Its commit is the journal's unlink, which no FULL makes durable: a power cut
        // brings the journal back, and takes the payment.
        guard try row.value("log") as Int >= 0 else { throw DatabaseError(resultCode: .SQLITE_IOERR) }
    }

    /// Before each transaction.
    func prepare(_ database: Database) throws {
        while try checkNext(database) {}
        try letGoWhenUsed(database)
        guard logIsEmpty.withLock({ !$0 }) else { return }
        try Connection.emptyLog(database, log)
        logIsEmpty.withLock { $0 = true }
    }

    /// - Returns: false when the tables are of a newer version, or could not be brought to this one: each migration is a
    ///   transaction, so the file is as it was.
    /// - Throws: what the disk or the system said: that is nothing of the tables, and the next opening tries again.
    private static func migrate(_ queue: DatabaseQueue, _ migrator: DatabaseMigrator) throws -> Bool {
        if try queue.inDatabase(migrator.hasBeenSuperseded) { return false }
        do {
            try migrator.migrate(queue)
            return true
        } catch let error as DatabaseError where ofDisk.contains(error.resultCode) {
            throw error
        } catch {
            // Without the first schema there is nothing to forward: the file is new, or no store at all.
            let forwards = try? queue.inDatabase { try migrator.appliedIdentifiers($0).contains(Schema.firstPath) }
            guard forwards == true else { throw error }
            return false
        }
    }

    private static let ofDisk: [ResultCode] = [
        .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM,
    ]

    // The tables that every payment reads without question; the others are checked row by row as they are used.

    /// A row or a few.
    private static let small = ["terminal", "exposure"]
    /// As long as the queue is: too long for a start.
    private static let growing = ["spend", "outbox"]

    private static func check(_ queue: DatabaseQueue) throws {
        try queue.inDatabase { database in for table in small { try check(database, table) } }
    }

    private static func check(_ database: Database, _ table: String) throws {
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check('\(table)')")
        // As SQLite says it where it meets the damage by itself: the connection is closed.
        guard verdict == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    }

    /// Checks one table of those that opening has left.
    /// - Returns: false when there was none.
    func checkNext(_ database: Database) throws -> Bool {
        guard let table = unchecked.withLock({ $0.first }) else { return false }
        try Connection.check(database, table)
        unchecked.withLock { $0.removeAll { $0 == table } }
        return true
    }
}
