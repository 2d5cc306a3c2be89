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
    let watch: LimitWatch
    private let holdGrace: Int64

    /// Opens or creates the books at `path`.
    /// - Parameters:
    ///   - evidenceKey: what the terminals' card evidence is sealed to.
    ///   - formerEvidenceKeys: what it was sealed to before.
    ///   - pseudonymKey: 32 bytes, the same at host and terminals.
    ///   - verifier: checks application cryptograms; without one, card data must only agree with the request.
    ///   - holdGrace: milliseconds after a hold's end before it is given back (CARD-12).
    public init(
        path: String, programmes: [Programme], evidenceKey: Curve25519.KeyAgreement.PrivateKey,
        pseudonymKey: SymmetricKey, verifier: (any CryptogramVerifier)? = nil, holdGrace: Int64 = 0,
        formerEvidenceKeys: [Curve25519.KeyAgreement.PrivateKey] = []
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
        self.database = database
        self.programmes = byID
        self.holdGrace = holdGrace
        cards = CardDesk(evidenceKeys: EvidenceKeys([evidenceKey] + formerEvidenceKeys), pseudonymKey: pseudonymKey, verifier: verifier)
        watch = LimitWatch(dataVersion: {
            try? await database.read { try Int64.fetchOne($0.cachedStatement(sql: LimitWatch.dataVersionQuery)) }
        })
    }

    /// What opens the terminals' card evidence; whoever announces a new key adds it here before.
    public var evidenceKeys: EvidenceKeys { cards.evidenceKeys }

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
        LedgerTransaction(
            db: db, programmes: programmes, cards: cards, holdGrace: holdGrace, news: LedgerTransaction.News())
    }
}
