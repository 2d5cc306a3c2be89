import Core
import Crypto
import HostProtocol
import Programmes

/// Books that end with the process: for tests of those who serve the wire, and to keep ``LedgerPort`` a port. The rules are
/// ``LedgerRules``, as in the books on disk; what they ask for is found, and what they decide is kept, without a database.
///
/// Nothing of what only people look at is kept: no alarms, no support cases, no stop list, no rates, no comparisons. A page of limits holds all accounts of a snapshot at once.
public actor MemoryLedger: LedgerDesk {
    public nonisolated let watch = LimitWatch(dataVersion: { 0 })
    private var books: MemoryBooks

    /// - Parameters: as ``SQLiteLedger`` takes them.
    public init(
        programmes: [Programme], evidenceKey: Curve25519.KeyAgreement.PrivateKey, pseudonymKey: SymmetricKey,
        verifier: (any CryptogramVerifier)? = nil, holdGrace: Int64 = 0
    ) {
        var byID: [String: Programme] = [:]
        for programme in programmes { byID[programme.id] = programme }
        books = MemoryBooks(
            rules: LedgerRules(
                programmes: byID,
                cards: CardDesk(evidenceKeys: EvidenceKeys([evidenceKey]), pseudonymKey: pseudonymKey, verifier: verifier),
                holdGrace: max(0, holdGrace)))
    }

    /// All of it, or nothing: work is done on a copy, which takes the place of the books when it succeeds.
    private func change<Value>(_ work: (inout MemoryBooks) throws -> Value) throws(LedgerError) -> Value {
        var changed = books
        let value: Value
        do { value = try work(&changed) } catch { throw LedgerError(error) }
        let isNews = changed.version != books.version
        books = changed
        if isNews { watch.notify() }
        return value
    }

    private func terminal(_ id: String) throws(LedgerError) -> BookTerminal {
        guard let terminal = books.terminals[id] else { throw .unknownTerminal }
        return terminal
    }

    // MARK: Terminals

    public func terminalKey(_ id: String) async throws(LedgerError) -> Curve25519.Signing.PublicKey {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: try terminal(id).signingKey) else {
            throw .unknownTerminal
        }
        return key
    }

    public func programmes(of id: String) async throws(LedgerError) -> [String] { try terminal(id).programmes }

    public func terminalCount() async throws(LedgerError) -> Int { books.terminals.count }

    public func journalPosition(of id: String) async throws(LedgerError) -> JournalPosition? {
        let holder = try terminal(id)
        let last = books.records.first {
            $0.record.terminal == id && $0.image == holder.image && $0.record.sequence == holder.highestSequence
        }
        return last.map { JournalPosition(sequence: $0.record.sequence, chain: $0.chain) }
    }

    // MARK: The wire

    public func page(
        for terminal: String, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize
    ) async throws(LedgerError) -> LimitNews {
        try await expireHolds(now: now)
        return books.page(for: try self.terminal(terminal), request, now: now, size: size)
    }

    public func authorise(
        _ request: AuthorisationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [UInt8] {
        try request.check()
        let (hash, holder) = (try request.contentHash(), try self.terminal(terminal))
        return try change { books in try books.authorise(request, hash: hash, terminal: holder, now: now) }
    }

    public func apply(
        _ batch: RecordBatch, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [RecordResult] {
        guard batch.records.count <= RecordBatch.maximumCount else { throw .malformed(field: "records") }
        _ = try self.terminal(terminal)
        return try change { books in
            try books.expireHolds(now: now)
            var results: [RecordResult] = []
            for record in batch.records { results.append(try books.take(record, terminal: terminal, now: now)) }
            return results
        }
    }

    @discardableResult
    public func expireHolds(now: UTCInstant) async throws(LedgerError) -> Int {
        try change { books in try books.expireHolds(now: now) }
    }

    public func reconcile(
        _ request: ReconciliationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> ReconciliationAnswer {
        try books.reconcile(request, terminal: try self.terminal(terminal), now: now)
    }

    // MARK: People

    public func setTerminal(
        _ id: String, merchant: String, signingKey: Curve25519.Signing.PublicKey, programmes: [String],
        risk: TerminalRiskLimits, merchantCategory: String?, now: UTCInstant
    ) async throws(LedgerError) {
        let key = Array(signingKey.rawRepresentation)
        try change { books in
            let old = books.terminals[id]
            let isNew = old.map { $0.signingKey != key } ?? true
            if old != nil, isNew { books.endJournal(of: id) }
            books.terminals[id] = BookTerminal(
                id: id, signingKey: key, merchant: merchant, merchantCategory: merchantCategory, programmes: programmes,
                risk: risk, changed: books.nextVersion(), highestSequence: isNew ? 0 : old?.highestSequence ?? 0,
                image: (old?.image ?? 0) + (isNew ? 1 : 0))
        }
    }

    public func addAccount(_ account: NewAccount, now: UTCInstant) async throws(LedgerError) {
        try change { books in try books.add(account, now: now) }
    }

    public func setAllowance(
        _ allowance: OfflineAllowance?, account: String, terminal: String
    ) async throws(LedgerError) {
        _ = try self.terminal(terminal)
        try change { books in
            guard books.accounts[account] != nil else { throw LedgerError.unknownAccount }
            books.allowances[MemoryBooks.Place(account: account, terminal: terminal)] = allowance
            books.touch(account)
        }
    }

    public func setStatus(_ status: AccountStatus, account: String) async throws(LedgerError) {
        try change { books in
            guard books.accounts[account] != nil else { throw LedgerError.unknownAccount }
            books.accounts[account]?.status = status
            books.touch(account)
        }
    }

    public func receipt(of payment: UUIDv7) async throws(LedgerError) -> LedgerReceipt { try books.receipt(of: payment) }

    public func trialBalance() async throws(LedgerError) -> [TrialLine] { books.trialBalance() }
}
