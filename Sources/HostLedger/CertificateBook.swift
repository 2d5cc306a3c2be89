import Core
import Foundation
import GRDB
import HostProtocol

/// Which certificates were issued to whom, which count no more, and what each terminal knows of the host. In a file of
/// its own: the books of money know nothing of it.
public final class CertificateBook: Sendable {
    private let database: DatabaseQueue

    /// A certificate of a terminal, as the book has it.
    public struct Entry: Sendable, Hashable {
        public var terminal: String
        public var serial: String
        public var notBefore: UTCInstant
        public var notAfter: UTCInstant
        public var revokedAt: UTCInstant?
    }

    /// Most certificates of one terminal in a day.
    static let mostInADay = 32

    public init(path: String) throws(LedgerError) {
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(10)
            database = try DatabaseQueue(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            migrator.registerMigration("1") { db in try db.execute(sql: Self.version1) }
            try migrator.migrate(database)
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch {
            throw LedgerError(error)
        }
    }

    private static let version1 = """
        CREATE TABLE certificate (
            fingerprint BLOB PRIMARY KEY, serial TEXT NOT NULL, terminal TEXT NOT NULL, not_before INTEGER NOT NULL,
            not_after INTEGER NOT NULL, issued_at INTEGER NOT NULL, revoked_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX certificate_terminal ON certificate (terminal, issued_at);
        -- terminals that are given no certificate
        CREATE TABLE barred (terminal TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        -- what each terminal said last that it knows of the host
        CREATE TABLE trust (terminal TEXT PRIMARY KEY, trust TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// - Throws: ``LedgerError/unavailable(_:)`` when the terminal was given too many today.
    public func add(_ issued: CertificateAuthority.Issued, now: UTCInstant) async throws(LedgerError) {
        try await write { db in
            let day = now.advanced(byMilliseconds: -86_400_000).milliseconds
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM certificate WHERE terminal = ? AND issued_at > ?",
                arguments: [issued.terminal, day])
            guard (count ?? 0) < Self.mostInADay else { throw LedgerError.unavailable("too many certificates today") }
            try db.execute(
                sql: "INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, NULL)",
                arguments: [
                    Data(issued.fingerprint), issued.serial, issued.terminal, issued.notBefore.milliseconds,
                    issued.notAfter.milliseconds, now.milliseconds,
                ])
        }
    }

    public func entry(fingerprint: [UInt8]) async throws(LedgerError) -> Entry? {
        try await read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "SELECT \(Self.columns) FROM certificate WHERE fingerprint = ?"),
                arguments: [Data(fingerprint)]
            ).map(Self.entry)
        }
    }

    /// All that have not expired, terminal by terminal, the newest first.
    public func entries(now: UTCInstant) async throws(LedgerError) -> [Entry] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT \(Self.columns) FROM certificate WHERE not_after > ? ORDER BY terminal, issued_at DESC",
                arguments: [now.milliseconds]
            ).map(Self.entry)
        }
    }

    /// Makes every certificate of the terminal count no more.
    /// - Parameter bar: gives it no other, until ``admit(_:)``.
    /// - Returns: how many counted until now.
    @discardableResult
    public func revoke(_ terminal: String, bar: Bool, now: UTCInstant) async throws(LedgerError) -> Int {
        try await write { db in
            if bar {
                try db.execute(sql: "INSERT OR IGNORE INTO barred VALUES (?, ?)", arguments: [terminal, now.milliseconds])
            }
            try db.execute(
                sql: "UPDATE certificate SET revoked_at = ? WHERE terminal = ? AND revoked_at IS NULL AND not_after > ?",
                arguments: [now.milliseconds, terminal, now.milliseconds])
            return db.changesCount
        }
    }

    /// Lets the terminal be given certificates again.
    public func admit(_ terminal: String) async throws(LedgerError) {
        try await write { db in try db.execute(sql: "DELETE FROM barred WHERE terminal = ?", arguments: [terminal]) }
    }

    public func isBarred(_ terminal: String) async throws(LedgerError) -> Bool {
        try await read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM barred WHERE terminal = ?)", arguments: [terminal])
                ?? false
        }
    }

    public func barred() async throws(LedgerError) -> [String] {
        try await read { db in try String.fetchAll(db, sql: "SELECT terminal FROM barred ORDER BY terminal") }
    }

    /// - Parameter trust: ``HostTrust/id``.
    public func note(terminal: String, knows trust: String, now: UTCInstant) async throws(LedgerError) {
        let known = try await read { db in
            try String.fetchOne(db, sql: "SELECT trust FROM trust WHERE terminal = ?", arguments: [terminal])
        }
        guard known != trust else { return }
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO trust VALUES (?, ?, ?)", arguments: [terminal, trust, now.milliseconds])
        }
    }

    /// Terminals with a certificate that counts, and have not said that they know `trust`.
    public func unaware(of trust: String, now: UTCInstant) async throws(LedgerError) -> [String] {
        try await read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT terminal FROM certificate WHERE revoked_at IS NULL AND not_after > ?
                        AND terminal NOT IN (SELECT terminal FROM trust WHERE trust = ?) ORDER BY terminal
                    """, arguments: [now.milliseconds, trust])
        }
    }

    private static let columns = "terminal, serial, not_before, not_after, revoked_at"

    @Sendable private static func entry(_ row: Row) -> Entry {
        Entry(
            terminal: row["terminal"], serial: row["serial"], notBefore: UTCInstant(milliseconds: row["not_before"]),
            notAfter: UTCInstant(milliseconds: row["not_after"]),
            revokedAt: (row["revoked_at"] as Int64?).map { UTCInstant(milliseconds: $0) })
    }

    private func write<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(LedgerError) -> Value {
        do { return try await database.write(work) } catch { throw LedgerError(error) }
    }

    private func read<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(LedgerError) -> Value {
        do { return try await database.read(work) } catch { throw LedgerError(error) }
    }
}
