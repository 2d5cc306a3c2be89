import Core
import Foundation
import GRDB

/// The books as a person or a test reads them. Read through a connection that can't write, while the host runs or not.
public struct LedgerReport: Codable, Sendable {
    /// A movement of a balance that a terminal caused.
    public struct Payment: Codable, Sendable, Equatable {
        /// `authorisation`, `expiry`, `fee`, `reversal`, or the kind of its record.
        public var kind: String
        public var payment: String
        public var record: String?
        public var terminal: String
        /// Of the record that booked it, or that completed the authorisation; nil until that has arrived.
        public var sequence: Int64?
        public var account: String
        /// Minor units, negative for debits.
        public var amount: Int64
        public var currency: String
        /// Milliseconds since 1970.
        public var bookedAt: Int64
    }

    public struct Account: Codable, Sendable, Equatable {
        public var account: String
        public var programme: String
        public var currency: String
        /// Of the first purse, in its units.
        public var balance: Int64
        public var purses: [Purse]
        public var status: String
        public var version: Int64
    }

    /// In minor units, points, or a number of vouchers.
    public struct Purse: Codable, Sendable, Equatable {
        public var purse: String
        public var denomination: Int64?
        public var units: Int64
    }

    /// A hold that has not ended (CARD-12).
    public struct Hold: Codable, Sendable, Equatable {
        public var payment: String
        public var terminal: String
        public var account: String
        public var amount: Int64
        public var currency: String
        public var expiresAt: Int64?
    }

    public struct Terminal: Codable, Sendable, Equatable {
        public var terminal: String
        public var merchant: String
        /// Records accepted, those of replaced journals included.
        public var records: Int
        /// Of the present journal, and the ranges below it that have not arrived.
        public var highestSequence: Int64
        public var missing: [String]
    }

    public struct Total: Codable, Sendable, Equatable {
        public var kind: String
        public var currency: String
        public var count: Int
        public var amount: Int64
    }

    /// A record that was accepted and is not booked yet.
    public struct Held: Codable, Sendable, Equatable {
        public var terminal: String
        public var sequence: Int64
        public var record: String
        public var payment: String
        public var kind: String
        public var account: String?
        /// Minor units.
        public var amount: Int64
        public var currency: String
        /// What it waits for, or why it can't be booked.
        public var reason: String
    }

    public struct Alarm: Codable, Sendable, Equatable {
        public var at: Int64
        public var terminal: String
        public var kind: String
        public var sequence: Int64?
        public var record: String?
        public var detail: String
    }

    public var version: Int64
    public var incarnation: Int64
    public var payments: [Payment]
    public var totals: [Total]
    public var accounts: [Account]
    public var terminals: [Terminal]
    /// Applied records by kind, those that book nothing included.
    public var records: [String: Int]
    public var held: [Held]
    public var holds: [Hold]
    /// Instruments on the stop list.
    public var stops: Int
    public var alarms: [Alarm]
    /// What each side has of each unit: the lines of a unit add up to zero.
    public var trial: [TrialLine]
    /// What does not add up; empty for books that are in order.
    public var faults: [String]

    /// - Throws: ``LedgerError/unavailable(_:)`` when there are no books at `path`.
    public init(path: String) throws(LedgerError) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            self = try DatabaseQueue(path: path, configuration: configuration).read(LedgerReport.init)
        } catch {
            throw LedgerError(error)
        }
    }

    init(_ db: Database) throws {
        version = try Int64.fetchOne(db, sql: "SELECT version FROM ledger") ?? 0
        incarnation = try Int64.fetchOne(db, sql: "SELECT incarnation FROM ledger") ?? 1
        stops = try Int.fetchOne(db, sql: "SELECT count(*) FROM stop WHERE removed = 0") ?? 0
        holds = try Self.holds(db)
        faults = try LedgerCheck.faults(db)
        trial = try TrialLine.all(db)
        payments = try Row.fetchAll(
            db,
            sql: """
                SELECT entry.*, account.currency AS unit, coalesce(own.sequence, completed.sequence) AS sequence
                FROM entry JOIN account ON account.id = entry.account
                LEFT JOIN record AS own ON own.id = entry.record
                LEFT JOIN record AS completed ON entry.kind = 'authorisation' AND completed.payment = entry.payment
                    AND completed.kind = 'onlineApproval'
                WHERE entry.payment IS NOT NULL GROUP BY entry.number ORDER BY entry.number
                """
        ).map { row in
            Payment(
                kind: row["kind"], payment: Self.id(row["payment"]) ?? "", record: Self.id(row["record"]),
                terminal: row["terminal"] ?? "", sequence: row["sequence"], account: row["account"], amount: row["amount"],
                currency: row["unit"], bookedAt: row["booked_at"])
        }
        totals = try Row.fetchAll(
            db,
            sql: """
                SELECT kind, currency, count(*) AS count, sum(amount) AS amount FROM entry
                JOIN account ON account.id = entry.account GROUP BY kind, currency ORDER BY kind, currency
                """
        ).map { Total(kind: $0["kind"], currency: $0["currency"], count: $0["count"], amount: $0["amount"]) }
        let purses = try Self.purses(db)
        accounts = try Row.fetchAll(db, sql: "SELECT * FROM account ORDER BY id").map {
            let own = purses[$0["id"]] ?? []
            let removed: Int64 = $0["removed"]
            return Account(
                account: $0["id"], programme: $0["programme"], currency: $0["currency"], balance: own.first?.units ?? 0,
                purses: own, status: removed == 0 ? $0["status"] : "removed", version: $0["version"])
        }
        terminals = try Row.fetchAll(
            db,
            sql: """
                SELECT id, merchant, highest_sequence, image,
                    (SELECT count(*) FROM record WHERE record.terminal = terminal.id) AS held
                FROM terminal ORDER BY id
                """
        ).map {
            Terminal(
                terminal: $0["id"], merchant: $0["merchant"], records: $0["held"], highestSequence: $0["highest_sequence"],
                missing: try Self.missing(db, terminal: $0["id"], image: $0["image"]))
        }
        records = try Dictionary(
            Row.fetchAll(db, sql: "SELECT kind, count(*) AS count FROM record GROUP BY kind").map {
                ($0["kind"] as String, $0["count"] as Int)
            }, uniquingKeysWith: +)
        held = try Row.fetchAll(
            db,
            sql: """
                SELECT record.*, held.reason AS waits FROM held CROSS JOIN record ON record.id = held.record
                ORDER BY terminal, image, sequence
                """
        ).map {
            Held(
                terminal: $0["terminal"], sequence: $0["sequence"], record: Self.id($0["id"]) ?? "",
                payment: Self.id($0["payment"]) ?? "", kind: $0["kind"], account: $0["account"], amount: $0["approved"],
                currency: $0["currency"], reason: $0["waits"])
        }
        alarms = try Row.fetchAll(db, sql: "SELECT * FROM alarm ORDER BY number").map {
            Alarm(
                at: $0["at"], terminal: $0["terminal"], kind: $0["kind"], sequence: $0["sequence"], record: Self.id($0["record"]),
                detail: $0["detail"])
        }
    }

    private static func purses(_ db: Database) throws -> [String: [Purse]] {
        var purses: [String: [Purse]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM purse ORDER BY account, place") {
            let denomination: Int64 = row["denomination"]
            purses[row["account"], default: []].append(
                Purse(purse: row["purse"], denomination: denomination == 0 ? nil : denomination, units: row["units"]))
        }
        return purses
    }

    private static func holds(_ db: Database) throws -> [Hold] {
        try Row.fetchAll(db, sql: "SELECT * FROM charge WHERE state = 'open' ORDER BY expires_at, payment").map {
            Hold(
                payment: id($0["payment"]) ?? "", terminal: $0["terminal"], account: $0["account"], amount: $0["amount"],
                currency: $0["currency"], expiresAt: $0["expires_at"])
        }
    }

    private static func id(_ bytes: Data?) -> String? { bytes.flatMap { UUIDv7(bytes: Array($0)) }?.description }

    /// At most 100 ranges such as `4` or `4-7`.
    private static func missing(_ db: Database, terminal: String, image: Int64) throws -> [String] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT before + 1 AS first, sequence - 1 AS last FROM (
                    SELECT sequence, lag(sequence, 1, 0) OVER (ORDER BY sequence) AS before FROM record
                    WHERE terminal = ? AND image = ?)
                WHERE sequence > before + 1 LIMIT 100
                """, arguments: [terminal, image]
        ).map {
            let (first, last): (Int64, Int64) = ($0["first"], $0["last"])
            return first == last ? "\(first)" : "\(first)-\(last)"
        }
    }
}
