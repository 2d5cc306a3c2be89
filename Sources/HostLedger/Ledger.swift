import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes

/// The host's books. Every change is one transaction on stable storage (WAL, `synchronous=FULL`) before it is answered.
public final class Ledger: Sendable {
    let database: DatabaseQueue
    let programmes: [String: Programme]
    let cards: CardDesk

    /// Opens or creates the books at `path`.
    /// - Parameters:
    ///   - evidenceKey: what the terminals' card evidence is sealed to.
    ///   - pseudonymKey: 32 bytes, the same at host and terminals.
    ///   - verifier: checks application cryptograms; without one, card data must only agree with the request.
    public init(
        path: String, programmes: [Programme], evidenceKey: Curve25519.KeyAgreement.PrivateKey,
        pseudonymKey: SymmetricKey, verifier: (any CryptogramVerifier)? = nil
    ) throws(LedgerError) {
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(10)
            configuration.foreignKeysEnabled = true
            database = try DatabaseQueue(path: path, configuration: configuration)
            try LedgerSchema.migrator.migrate(database)
            // GRDB sets NORMAL when it opens a WAL database, after `prepareDatabase`: FULL has to come later.
            let level = try database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            guard level == 2 else { throw LedgerError.unavailable("synchronous=FULL refused") }
        } catch {
            throw LedgerError(error)
        }
        var byID: [String: Programme] = [:]
        for programme in programmes { byID[programme.id] = programme }
        self.programmes = byID
        cards = CardDesk(evidenceKey: evidenceKey, pseudonymKey: pseudonymKey, verifier: verifier)
    }

    func write<Value: Sendable>(
        _ work: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await database.write { db in try work(self.transaction(db)) }
        } catch {
            throw LedgerError(error)
        }
    }

    func read<Value: Sendable>(
        _ work: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await database.read { db in try work(self.transaction(db)) }
        } catch {
            throw LedgerError(error)
        }
    }

    private func transaction(_ db: Database) -> LedgerTransaction {
        LedgerTransaction(db: db, programmes: programmes, cards: cards)
    }
}

public enum LedgerError: Error, Hashable, Sendable {
    case unknownTerminal
    case unknownAccount
    case unknownProgramme
    case exists
    /// The same payment id with other content.
    case paymentReused
    case malformed(field: String)
    /// The database failed: a short description without values.
    case unavailable(String)

    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError: self = .unavailable("sqlite \(error.extendedResultCode.rawValue)")
        default: self = .unavailable(String(describing: type(of: error)))
        }
    }
}

/// One transaction on the books: the few statements that every part of the ledger is made of.
struct LedgerTransaction {
    let db: Database
    let programmes: [String: Programme]
    let cards: CardDesk

    struct Account {
        var id: String
        var programme: String
        var currency: Currency
        var balance: Int64
        var status: AccountStatus
        var expiry: CivilDate?
        var version: Int64

        init(_ row: Row) throws {
            guard let currency = Currency(code: row["currency"]), let status = AccountStatus(rawValue: row["status"]) else {
                throw LedgerError.unavailable("account row")
            }
            id = row["id"]
            programme = row["programme"]
            self.currency = currency
            balance = row["balance"]
            self.status = status
            expiry = (row["expiry"] as String?).flatMap { CivilDate($0) }
            version = row["version"]
        }
    }

    struct Terminal {
        var id: String
        var signingKey: [UInt8]
        var merchant: String
        var programmes: [String]
        var risk: TerminalRiskLimits
        var changed: Int64
        /// Of its present image.
        var highestSequence: Int64
        /// From 1: how often it has come with a new key, and so with a new journal.
        var image: Int64
    }

    func version() throws -> Int64 { try Int64.fetchOne(db, sql: "SELECT version FROM ledger") ?? 0 }

    func nextVersion() throws -> Int64 {
        try db.execute(sql: "UPDATE ledger SET version = version + 1")
        return try version()
    }

    func terminal(_ id: String) throws -> Terminal {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM terminal WHERE id = ?", arguments: [id]) else {
            throw LedgerError.unknownTerminal
        }
        return Terminal(
            id: id, signingKey: Array(row["signing_key"] as Data), merchant: row["merchant"],
            programmes: (row["programmes"] as String).split(separator: " ").map(String.init),
            risk: TerminalRiskLimits(exposureCap: row["exposure_cap"], maximumCacheAge: row["maximum_cache_age"]),
            changed: row["changed"], highestSequence: row["highest_sequence"],
            image: row["image"])
    }

    func account(_ id: String) throws -> Account? {
        try Row.fetchOne(db, sql: "SELECT * FROM account WHERE id = ?", arguments: [id]).map(Account.init)
    }

    func account(of instrument: Pseudonym) throws -> Account? {
        try Row.fetchOne(
            db, sql: "SELECT account.* FROM account JOIN instrument ON account = id WHERE pseudonym = ?",
            arguments: [Data(instrument.bytes)]
        ).map(Account.init)
    }

    /// Gives the account the ledger's next version: terminals will see it in their next page.
    func touch(_ account: String) throws {
        try db.execute(sql: "UPDATE account SET version = ? WHERE id = ?", arguments: [try nextVersion(), account])
    }

    /// Moves the balance by `amount` and writes the entry.
    /// - Returns: the balance after.
    @discardableResult
    func move(
        _ account: Account, by amount: Int64, kind: String, terminal: String?, payment: UUIDv7?, record: UUIDv7?,
        at now: UTCInstant
    ) throws -> Int64 {
        let (balance, overflow) = account.balance.addingReportingOverflow(amount)
        guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
        try db.execute(sql: "UPDATE account SET balance = ? WHERE id = ?", arguments: [balance, account.id])
        try db.execute(
            sql: """
                INSERT INTO entry (account, terminal, payment, record, kind, amount, balance, booked_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                account.id, terminal, payment.map { Data($0.bytes) }, record.map { Data($0.bytes) }, kind, amount, balance,
                now.milliseconds,
            ])
        return balance
    }

    /// CARD-3: the account's purchases of `day` go up or down by `delta`, never below zero.
    func countPurchase(_ account: String, day: String, delta: Int) throws {
        try db.execute(
            sql: """
                INSERT INTO purchases VALUES (?, ?, max(0, ?)) ON CONFLICT DO UPDATE SET count = max(0, count + ?)
                """, arguments: [account, day, delta, delta])
    }

    func purchases(_ account: String, day: String) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count FROM purchases WHERE account = ? AND day = ?", arguments: [account, day]) ?? 0
    }

    func day(_ programme: String, _ instant: UTCInstant) -> String {
        (programmes[programme]?.day(of: instant) ?? CivilDate(daysSince1970: instant.milliseconds / 86_400_000)).description
    }

    func alarm(
        _ kind: AlarmKind, terminal: String, sequence: Int64?, record: UUIDv7?, _ detail: String, at now: UTCInstant
    ) throws {
        try db.execute(
            sql: "INSERT INTO alarm (at, terminal, kind, sequence, record, detail) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [now.milliseconds, terminal, kind.rawValue, sequence, record.map { Data($0.bytes) }, detail])
    }
}

/// What someone at the host should look at.
public enum AlarmKind: String, Sendable, Codable, CaseIterable {
    /// A record came before those that precede it, or they are lost.
    case sequenceGap
    /// Two records of a terminal with one number: its storage was copied or set back.
    case sequenceReused
    /// The hash chain does not continue from the record before.
    case chainBroken
    /// One record id with two bodies.
    case idReused
    case accountSequenceReused
    /// Offline approvals took the balance below zero.
    case overspent
    /// A terminal completed a payment that had been reversed.
    case approvalAfterReversal
    case rejected
    /// Accepted, and booked when the account that it names is opened.
    case heldUnknownAccount
    /// Accepted, and booked when the authorisation that it completes is known.
    case heldUnknownAuthorisation
    /// What was held can't be booked after all: someone has to.
    case heldNotBooked
    /// A terminal came with a new key, and so with a new journal: what was missing of the old one will not come.
    case terminalReplaced
    // An offline approval whose card data do not bear it out. It is booked all the same (ALL-2).
    case evidenceMissing
    /// Sealed to another key or for another payment, or no card data.
    case evidenceUnreadable
    /// The card's number is not the instrument's.
    case evidenceInstrument
    /// Another amount or currency than the card was asked for.
    case evidenceAmount
    /// The card did not approve: its cryptogram is no TC.
    case evidenceNotApproved
    /// The cryptogram is not the card's over these data.
    case cryptogramInvalid
    /// The instrument does not pay from the account.
    case instrumentNotBound
    /// The issuer allows this terminal nothing offline from the account.
    case noAllowance
}

/// Why one record can't be booked as it stands.
struct RecordRefusal: Error { var reason: String }
