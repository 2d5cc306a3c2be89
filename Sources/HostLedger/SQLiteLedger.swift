import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes

/// The host's books. Every change is one transaction on stable storage (WAL, `synchronous=FULL`) before it is answered.
public final class SQLiteLedger: LedgerDesk {
    /// Of the file that the reports read.
    public let path: String
    let database: DatabaseQueue
    public let watch: LimitWatch
    let rules: LedgerRules

    /// Opens or creates the books at `path`.
    /// - Parameters:
    ///   - evidenceKey: what the terminals' card evidence is sealed to.
    ///   - formerEvidenceKeys: what it was sealed to before.
    ///   - pseudonymKey: 32 bytes, the same at host and terminals.
    ///   - verifier: checks application cryptograms; without one, card data must only agree with the request.
    ///   - tagKeys: check what closed-loop tags proved; without any, it must only agree with the request.
    ///   - holdGrace: milliseconds after a hold's end before it is given back (CARD-12).
    public init(
        path: String, programmes: [Programme], evidenceKey: Curve25519.KeyAgreement.PrivateKey,
        pseudonymKey: SymmetricKey, verifier: (any CryptogramVerifier)? = nil, holdGrace: Int64 = 0,
        formerEvidenceKeys: [Curve25519.KeyAgreement.PrivateKey] = [], tagKeys: TagKeyRing = TagKeyRing()
    ) throws(LedgerError) {
        guard holdGrace >= 0 else { throw .malformed(field: "holdGrace") }
        let database: DatabaseQueue
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
        self.path = path
        self.database = database
        rules = LedgerRules(
            programmes: byID,
            cards: CardDesk(
                evidenceKeys: EvidenceKeys([evidenceKey] + formerEvidenceKeys), pseudonymKey: pseudonymKey, verifier: verifier,
                tagKeys: tagKeys),
            holdGrace: holdGrace)
        watch = LimitWatch(dataVersion: {
            try? await database.read { try Int64.fetchOne($0.cachedStatement(sql: Self.dataVersionQuery)) }
        })
    }

    /// What opens the terminals' card evidence; whoever announces a new key adds it here before.
    public var evidenceKeys: EvidenceKeys { rules.cards.evidenceKeys }

    /// What closed-loop tags are made with.
    public var tagKeys: TagKeyRing { rules.cards.tagKeys }

    var programmes: [String: Programme] { rules.programmes }

    /// Changes whenever another connection has written.
    static let dataVersionQuery = "PRAGMA data_version"

    /// Terminals that wait for news hear of it once the transaction is on stable storage.
    func write<Value: Sendable>(
        _ work: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            let (value, hasNews) = try await database.write { db in
                let books = self.transaction(db)
                return (try work(books), books.news.hasAny)
            }
            if hasNews { watch.notify() }
            return value
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
        LedgerTransaction(db: db, rules: rules, news: LedgerTransaction.News())
    }
}

extension SQLiteLedger {
    public func receipt(of payment: UUIDv7) async throws(LedgerError) -> LedgerReceipt {
        try LedgerReceipt(path: path, payment: payment)
    }

    public func trialBalance() async throws(LedgerError) -> [TrialLine] { try await read { try TrialLine.all($0.db) } }
}
