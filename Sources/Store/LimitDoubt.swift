import Core
import GRDB
import HostProtocol

/// Whether the limits of a store that was restored from an image can be trusted. They lack what the terminal has spent since
/// the image was made; and what it has spent since it was restored carries account numbers that the host has counted before,
/// so a page that counts them does not include those spends before the host has booked their records. So: first all that
/// waited is answered, then a page that was asked for after that comes.
enum LimitDoubt {
    private static let none: Int64 = 0
    /// The next page ends it.
    private static let untilPage: Int64 = -1

    /// - Parameter through: the last record from before the image was found.
    static func begin(_ database: Database, through: Int64) throws {
        let waits = try waits(database, through: through)
        try database.execute(sql: "UPDATE terminal SET doubt = ?", arguments: [waits ? max(1, through) : untilPage])
    }

    /// The last page of a sync was applied.
    static func pageApplied(_ database: Database) throws {
        let doubt = try value(database)
        guard doubt != none else { return }
        if doubt == untilPage {
            try database.execute(sql: "UPDATE terminal SET doubt = 0")
        } else if try !waits(database, through: doubt) {
            // This page may have been made before the last answer was.
            try database.execute(sql: "UPDATE terminal SET doubt = ?", arguments: [untilPage])
        }
    }

    static func isOpen(_ database: Database) throws -> Bool { try value(database) != none }

    private static func value(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT doubt FROM terminal")) ?? none
    }

    /// What is set aside is nothing that the host will book by itself.
    private static func waits(_ database: Database, through: Int64) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM outbox WHERE sequence <= ? AND quarantined IS NULL)",
            arguments: [through]) ?? false
    }
}
