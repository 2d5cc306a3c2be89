import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import Store

/// A store in a folder of its own, with one account and helpers to pay from it.
final class StoreScene {
    let folder: URL
    let store: PaymentStore
    let programme: Programme
    let instrument: Pseudonym
    let bootMilliseconds: Int64 = 1_000_000
    /// 2026-11-21 12:00 in Stockholm.
    var now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_258_800_000), anchored: true)
    private var minted: UInt16 = 0
    private var versions: Int64 = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kassad-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = PaymentStore(path: folder.appending(path: "store.sqlite").path, terminal: "T1")
        programme = try #require(try Programme.shipped().first)
        instrument = try #require(Pseudonym(bytes: [UInt8](repeating: 7, count: 16)))
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    func sek(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .sek) }

    func mint() -> UUIDv7 {
        minted += 1
        return UUIDv7(milliseconds: now.instant.milliseconds, random: [0, 0, UInt8(minted >> 8), UInt8(minted & 0xFF)])
    }

    func account(
        balance: Int64 = 100_000, version: Int64, countedThrough: Int64 = 0,
        allowance: OfflineAllowance? = OfflineAllowance(amount: 50_000, count: 5, perTransaction: 30_000)
    ) throws -> AccountLimit {
        AccountLimit(
            account: "A1", programme: "epassi-card", version: version, currency: .sek, balance: balance, status: .active,
            countedThrough: countedThrough, countedDay: nil, purchasesOnCountedDay: 0, offlineAllowance: allowance,
            instruments: [instrument])
    }

    /// Applies a page; a full one when `base` is 0.
    func page(_ accounts: [AccountLimit], version: Int64, base: Int64 = 0) throws {
        let page = LimitPage(
            terminal: "T1", nonce: mint(), version: version, base: base, issuedAt: now.instant, merchant: "M1",
            enrolledProgrammes: ["epassi-card"], risk: TerminalRiskLimits(exposureCap: 100_000, maximumCacheAge: 86_400_000),
            accounts: accounts)
        try store.apply(
            page,
            anchor: TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: bootMilliseconds, bootID: "boot"))
    }

    @discardableResult
    func begin(_ amount: Int64, reference: String? = nil) throws -> UUIDv7 {
        let id = mint()
        _ = try store.begin(PaymentIntent(id: id, reference: reference, amount: sek(amount), startedAt: now.instant))
        return id
    }

    func closing(_ payment: UUIDv7, _ amount: Int64) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: mint(), amount: sek(amount), programme: programme, instrument: instrument,
            sealedEvidence: "c2VhbGVk", now: now, hostReachable: false)
    }

    /// An offline purchase through the real rules.
    @discardableResult
    func pay(_ amount: Int64) throws -> Settled {
        let payment = try begin(amount)
        return try store.settle(closing(payment, amount)) { account, terminal in
            let evidence = InstrumentEvidence(
                cryptogram: .tc, authentication: .passed, expiry: CivilDate(year: 2027, month: 5, day: 31))
            return .local(
                programme.decide(PurchaseRequest(amount: sek(amount)), evidence: evidence, account: account, terminal: terminal, now: now),
                cardMovedOn: true)
        }
    }

    func state() throws -> AccountState {
        try #require(try store.account(instrument: instrument, today: programme.day(of: now.instant)))
    }

    /// The host's word on every waiting record.
    func acknowledge(_ outcome: RecordResult.Outcome = .applied, reason: String? = nil) throws {
        let results = try store.pending(limit: 100).map { record in
            RecordResult(
                id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))), outcome: outcome, reason: reason)
        }
        try store.settle(results)
    }
}
