import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Testing

/// The implementations that the contract is held against.
enum BooksKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, memory

    var testDescription: String { rawValue }
}

/// Books of either kind as ``Books`` opens them: two terminals of one merchant, one account of 1,000.00 SEK with an allowance
/// at the first. Knows them by ``LedgerDesk`` alone.
final class LedgerContract: Sendable {
    let ledger: any LedgerDesk
    private let path: String?

    init(_ kind: BooksKind) async throws {
        let programmes = try Programme.shipped()
        switch kind {
        case .sqlite:
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("contract-\(UUID().uuidString).sqlite").path
            ledger = try SQLiteLedger(
                path: path, programmes: programmes, evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey)
            self.path = path
        case .memory:
            ledger = MemoryLedger(programmes: programmes, evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey)
            path = nil
        }
        for terminal in ["T1", "T2"] { try await setTerminal(terminal) }
        try await open("A1", instruments: [Books.instrument])
        try await ledger.setAllowance(
            OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), account: "A1", terminal: "T1")
    }

    deinit {
        guard let path else { return }
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    func setTerminal(_ id: String, key: Curve25519.Signing.PrivateKey = Curve25519.Signing.PrivateKey()) async throws {
        try await ledger.setTerminal(
            id, merchant: "M1", signingKey: key.publicKey, programmes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), merchantCategory: "5812",
            now: Books.noon)
    }

    func open(_ id: String, balance: Int64 = 100_000, instruments: [Pseudonym] = []) async throws {
        try await ledger.addAccount(
            NewAccount(
                id: id, programme: "epassi-card", currency: .sek,
                purses: [PurseBalance(purse: PurseBalance.prepaid, balance: balance)],
                instruments: instruments.map { InstrumentBinding(pseudonym: $0, kind: .card) },
                expiry: CivilDate(year: 2028, month: 12, day: 1)), now: Books.noon)
    }

    @discardableResult
    func send(
        _ records: [ForwardedRecord], from terminal: String = "T1", at now: UTCInstant = Books.noon
    ) async throws -> [String] {
        try await ledger.apply(RecordBatch(records: records), terminal: terminal, now: now).map { result in
            result.reason.map { "\(result.outcome.rawValue) \($0)" } ?? result.outcome.rawValue
        }
    }

    func page(
        _ terminal: String = "T1", since: Int64 = 0, at now: UTCInstant = Books.noon, size: LimitPageSize = LimitPageSize()
    ) async throws -> LimitPage {
        let request = LimitRequest(since: since, nonce: Books.id(), incarnation: 1)
        return try await ledger.page(for: terminal, request, now: now, size: size).page
    }

    /// As the terminal may see it, in a snapshot.
    func account(
        _ id: String = "A1", at terminal: String = "T1", now: UTCInstant = Books.noon
    ) async throws -> AccountLimit? {
        try await page(terminal, at: now).accounts.first { $0.account == id }
    }

    func authorise(
        _ request: AuthorisationRequest, from terminal: String = "T1", at now: UTCInstant = Books.noon
    ) async throws -> AuthorisationAnswer {
        try WireJSON.decode(
            AuthorisationAnswer.self, from: try await ledger.authorise(request, terminal: terminal, now: now))
    }

    /// What each side has, of all units together.
    func sides() async throws -> [String: Int64] {
        try await ledger.trialBalance().reduce(into: [:]) { $0[$1.ledger, default: 0] += $1.money }
    }

    /// Sums that are not zero: by unit, over all sides. Empty for books that balance.
    func imbalance() async throws -> [String: [Int64]] {
        var sums: [String: [Int64]] = [:]
        for line in try await ledger.trialBalance() {
            let unit = "\(line.currency) \(line.purse) \(line.denomination ?? 0)"
            let before = sums[unit] ?? [0, 0]
            sums[unit] = [before[0] + line.units, before[1] + line.money]
        }
        return sums.filter { $0.value != [0, 0] }
    }
}
