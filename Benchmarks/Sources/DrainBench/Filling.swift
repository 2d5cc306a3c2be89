import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Store

/// What is there before the drain: accounts at the host, records at the terminal.
enum Filling {
    static let now = TrustedTime(
        instant: UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)), anchored: true)
    static let amount = Money(minorUnits: 100, currency: .eur)

    static func programme() throws -> Programme {
        guard let found = try Programme.shipped().first(where: { $0.id == "epassi-wallet" }) else { throw Stop("no programme") }
        return found
    }

    private static func id(_ account: Int) -> String { "bench-\(account)" }

    private static func instrument(_ account: Int) throws -> Pseudonym {
        guard let instrument = Pseudonym(bytes: [UInt8](repeating: 9, count: 14) + [UInt8(account >> 8), UInt8(account & 0xFF)])
        else { throw Stop("no pseudonym") }
        return instrument
    }

    /// Keys that books are opened with play no part in opening accounts.
    static func openAccounts(_ directory: String, terminal: String) async throws {
        let ledger = try SQLiteLedger(
            path: directory + "/ledger.sqlite", programmes: try Programme.shipped(),
            evidenceKey: Curve25519.KeyAgreement.PrivateKey(), pseudonymKey: SymmetricKey(size: .bits256))
        try await ledger.addAccounts(
            try (0..<DrainBench.accounts).map { number in
                NewAccount(
                    id: id(number), programme: try programme().id, currency: .eur,
                    purses: [PurseBalance(purse: "benefit", balance: 1_000_000_000)],
                    instruments: [InstrumentBinding(pseudonym: try instrument(number), kind: .app)])
            }, now: now.instant)
        for number in 0..<DrainBench.accounts {
            try await ledger.setAllowance(
                OfflineAllowance(amount: 1_000_000_000, count: 1_000_000, perTransaction: 10_000), account: id(number),
                terminal: terminal)
        }
    }

    static func fill(_ path: String, terminal: String, count: Int, isSettled: Bool) throws {
        let store = PaymentStore(path: path, terminal: terminal)
        var version: Int64 = 1
        try store.apply(try page(terminal, version: version, base: 0, counted: 0), anchor: anchor)
        let programme = try programme()
        for number in 1...count {
            try pay(store, programme, number)
            // Each account has had one more.
            let rounds = number / DrainBench.accounts
            guard isSettled, number % DrainBench.accounts == 0 || number == count else { continue }
            let waiting = try store.pending(limit: DrainBench.accounts)
            try store.settle(
                waiting.map {
                    RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
                })
            version += 1
            try store.apply(
                try page(terminal, version: version, base: version - 1, counted: Int64(rounds)), anchor: anchor)
        }
        print(try store.pending(limit: 1).first?.body.count ?? 0)
        store.close()
    }

    private static var anchor: TrustedClock.Anchor {
        TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: 0, bootID: "bench")
    }

    private static func pay(_ store: PaymentStore, _ programme: Programme, _ number: Int) throws {
        let bytes = (0..<7).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let payment = UUIDv7(milliseconds: now.instant.milliseconds, random: [1, 0, 0] + bytes)
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: amount, startedAt: now.instant))
        let closing = PaymentClosing(
            payment: payment, record: UUIDv7(milliseconds: now.instant.milliseconds, random: [2, 0, 0] + bytes),
            request: PurchaseRequest(amount: amount), programme: programme,
            instrument: try instrument((number - 1) % DrainBench.accounts), sealedEvidence: nil, now: now,
            hostReachable: false)
        let settled = try store.settle(closing) { account, _ in
            guard account != nil else { return .local(.declined(amount, rule: "CARD-8", reason: .unknownInstrument), cardMovedOn: false) }
            return .local(
                Decision(
                    outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline,
                    split: [PurseShare(purse: "benefit", units: amount.minorUnits, money: amount.minorUnits)]),
                cardMovedOn: true)
        }
        guard settled.decision.approved else { throw Stop("not approved") }
    }

    private static func page(_ terminal: String, version: Int64, base: Int64, counted: Int64) throws -> LimitPage {
        let programme = try programme().id
        let accounts = try (0..<DrainBench.accounts).map { number in
            AccountLimit(
                account: id(number), programme: programme, version: version, currency: .eur,
                purses: [PurseBalance(purse: "benefit", balance: 1_000_000_000 - counted * amount.minorUnits)],
                status: .active, countedThrough: counted, countedDay: nil, purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 1_000_000_000, count: 1_000_000, perTransaction: 10_000),
                instruments: [InstrumentBinding(pseudonym: try instrument(number), kind: .app)])
        }
        return LimitPage(
            terminal: terminal, nonce: UUIDv7(milliseconds: 0, random: []), version: version, base: base,
            issuedAt: now.instant, merchant: "M1", enrolledProgrammes: [programme],
            risk: TerminalRiskLimits(exposureCap: 1 << 40, maximumCacheAge: 1 << 40), accounts: accounts)
    }
}
