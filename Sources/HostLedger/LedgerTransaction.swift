import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// One transaction on the books: the few statements that every part of the ledger is made of.
struct LedgerTransaction {
    let db: Database
    let rules: LedgerRules
    let news: News

    /// Whether this transaction made anything that terminals may want to know.
    final class News {
        var hasAny = false
    }

    typealias Account = BookAccount
    typealias Terminal = BookTerminal

    var programmes: [String: Programme] { rules.programmes }
    var holdGrace: Int64 { rules.holdGrace }

    // MARK: Statements, compiled once

    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func holds(_ sql: String, _ arguments: StatementArguments = []) throws -> Bool {
        try number("SELECT EXISTS (\(sql))", arguments) == 1
    }

    // MARK: Versions

    func version() throws -> Int64 { try number("SELECT version FROM ledger") ?? 0 }

    func incarnation() throws -> Int64 { try number("SELECT incarnation FROM ledger") ?? 1 }

    func nextVersion() throws -> Int64 {
        news.hasAny = true
        guard let version = try number("UPDATE ledger SET version = version + 1 RETURNING version") else {
            throw LedgerError.unavailable("ledger row")
        }
        return version
    }

    /// Gives the account the ledger's next version: terminals will see it in their next page.
    func touch(_ account: String) throws {
        try run("UPDATE account SET version = ? WHERE id = ?", [try nextVersion(), account])
    }

    // MARK: Rows

    func terminal(_ id: String) throws -> Terminal {
        guard let row = try row("SELECT * FROM terminal WHERE id = ?", [id]) else { throw LedgerError.unknownTerminal }
        return Terminal(
            id: id, signingKey: Array(row["signing_key"] as Data), merchant: row["merchant"],
            merchantCategory: row["merchant_category"],
            programmes: (row["programmes"] as String).split(separator: " ").map(String.init),
            risk: TerminalRiskLimits(exposureCap: row["exposure_cap"], maximumCacheAge: row["maximum_cache_age"]),
            changed: row["changed"], highestSequence: row["highest_sequence"], image: row["image"])
    }

    func knows(terminal: String) throws -> Bool { try holds("SELECT 1 FROM terminal WHERE id = ?", [terminal]) }

    func account(_ id: String) throws -> Account? {
        try row("SELECT * FROM account WHERE id = ?", [id]).map(Account.init)
    }

    /// An account that is there to be changed.
    func present(_ id: String) throws -> Account {
        guard let account = try account(id), !account.isRemoved else { throw LedgerError.unknownAccount }
        return account
    }

    func account(of instrument: Pseudonym) throws -> Account? {
        try row(
            "SELECT account.* FROM account JOIN instrument ON account = id WHERE pseudonym = ?", [Data(instrument.bytes)]
        ).map(Account.init)
    }

    func day(_ programme: String, _ instant: UTCInstant) -> String { rules.day(programme, instant) }

    func alarm(
        _ kind: AlarmKind, terminal: String, sequence: Int64?, record: UUIDv7?, _ detail: String, at now: UTCInstant
    ) throws {
        try run(
            "INSERT INTO alarm (at, terminal, kind, sequence, record, detail) VALUES (?, ?, ?, ?, ?, ?)",
            [now.milliseconds, terminal, kind.rawValue, sequence, record.map { Data($0.bytes) }, detail])
    }

    func alarm(_ kind: AlarmKind, _ record: JournalRecord, _ detail: String, at now: UTCInstant) throws {
        try alarm(kind, terminal: record.terminal, sequence: record.sequence, record: record.id, detail, at: now)
    }
}

extension BookAccount {
    init(_ row: Row) throws {
        guard let currency = Currency(code: row["currency"]), let status = AccountStatus(rawValue: row["status"]) else {
            throw LedgerError.unavailable("account row")
        }
        var pin: PINState?
        if let disabled = row["pin_disabled"] as Int64? {
            let from = (row["pin_enabled_from"] as Int64?).map { UTCInstant(milliseconds: $0) }
            pin = PINState(disabled: disabled != 0, enabledFrom: from, verifier: row["pin_verifier"])
        }
        self.init(
            id: row["id"], programme: row["programme"], currency: currency, status: status,
            expiry: (row["expiry"] as String?).flatMap { CivilDate($0) },
            lastDay: (row["last_day"] as String?).flatMap { CivilDate($0) }, person: row["person"], pin: pin,
            isRemoved: row["removed"] as Int64 != 0, version: row["version"])
    }
}
