import Core
import Foundation
import GRDB
import HostProtocol

/// What terminals and books have compared, newest scope first, for people and programs. Read through a connection that
/// can't write.
public struct ReconciliationReport: Codable, Sendable {
    public struct Comparison: Codable, Sendable, Equatable {
        public var terminal: String
        /// A UTC day, or a range of sequence numbers such as `1-250`.
        public var scope: String
        /// Milliseconds since 1970.
        public var at: Int64
        public var agrees: Bool
        /// That the books hold of the scope.
        public var records: Int64
        public var hostLines: [ReconciliationLine]
        public var terminalLines: [ReconciliationLine]
        /// Nil: the terminal has not named them yet.
        public var differences: [ReconciliationDifference]?
    }

    /// What the books hold of one day of a terminal, compared or not.
    public struct Day: Codable, Sendable, Equatable {
        public var terminal: String
        public var day: String
        public var records: Int64
        public var compared: Bool
    }

    public var comparisons: [Comparison]
    public var days: [Day]

    public var differs: Bool { comparisons.contains { !$0.agrees && $0.differences != [] } }

    /// - Parameters:
    ///   - terminal: only this one.
    ///   - day: only this UTC day.
    /// - Throws: ``LedgerError/unavailable(_:)`` when there are no books at `path`.
    public init(path: String, terminal: String? = nil, day: CivilDate? = nil) throws(LedgerError) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            self = try DatabaseQueue(path: path, configuration: configuration).read { db in
                try ReconciliationReport(db, terminal: terminal, day: day?.description)
            }
        } catch {
            throw LedgerError(error)
        }
    }

    private init(_ db: Database, terminal: String?, day: String?) throws {
        comparisons = try Row.fetchAll(
            db,
            sql: """
                SELECT reconciliation.* FROM reconciliation JOIN terminal ON terminal.id = terminal
                WHERE reconciliation.image = terminal.image AND (?1 IS NULL OR terminal.id = ?1) AND (?2 IS NULL OR scope = ?2)
                ORDER BY terminal.id, scope DESC
                """, arguments: [terminal, day]
        ).map { row in
            func lines<Value: Decodable>(_ type: Value.Type, _ column: String) throws -> Value {
                try WireJSON.decode(type, from: Array((row[column] as String).utf8))
            }
            let named: String? = row["differences"]
            return Comparison(
                terminal: row["terminal"], scope: row["scope"], at: row["at"], agrees: row["agrees"] as Int64 != 0,
                records: row["records"], hostLines: try lines([ReconciliationLine].self, "host_lines"),
                terminalLines: try lines([ReconciliationLine].self, "terminal_lines"),
                differences: try named.map {
                    try WireJSON.decode([ReconciliationDifference].self, from: Array($0.utf8))
                })
        }
        days = try Row.fetchAll(
            db,
            sql: """
                SELECT record.terminal, date(decided_at / 1000, 'unixepoch') AS day, count(*) AS records,
                    EXISTS (SELECT 1 FROM reconciliation WHERE reconciliation.terminal = record.terminal
                        AND reconciliation.image = record.image
                        AND scope = date(decided_at / 1000, 'unixepoch')) AS compared
                FROM record JOIN terminal ON terminal.id = record.terminal AND terminal.image = record.image
                WHERE (?1 IS NULL OR terminal.id = ?1) GROUP BY 1, 2 HAVING ?2 IS NULL OR day = ?2 ORDER BY 1, 2 DESC
                """, arguments: [terminal, day]
        ).map { Day(terminal: $0["terminal"], day: $0["day"] ?? "", records: $0["records"], compared: $0["compared"] as Int64 != 0) }
    }
}
