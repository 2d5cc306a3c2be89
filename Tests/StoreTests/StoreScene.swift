import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import Store

/// A store in a folder of its own, with one account and helpers to pay from it.
final class StoreScene {
    static let deviceKey = [UInt8](0..<32)

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
        store = PaymentStore(
            path: folder.appending(path: "store.sqlite").path, terminal: "T1",
            seal: JournalSeal(deviceKey: StoreScene.deviceKey))
        programme = try #require(try Programme.shipped().first { $0.id == "epassi-card" })
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

    var anchor: TrustedClock.Anchor {
        TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: bootMilliseconds, bootID: "boot")
    }

    func limits(
        _ accounts: [AccountLimit] = [], version: Int64, base: Int64 = 0, removed: [String] = [],
        stops: StopChanges = StopChanges(), from position: SnapshotPosition? = nil, next: SnapshotPosition? = nil,
        more: Bool = false, incarnation: Int64 = 1
    ) -> LimitPage {
        LimitPage(
            terminal: "T1", nonce: mint(), version: version, base: base, issuedAt: now.instant, merchant: "M1",
            enrolledProgrammes: ["epassi-card", "smartum"],
            risk: TerminalRiskLimits(exposureCap: 100_000, maximumCacheAge: 86_400_000), accounts: accounts, removed: removed,
            stops: stops, position: position, next: next, more: more, merchantCategory: "5812",
            rates: [ExchangeRate(from: .eur, to: .sek, rate: "11.20")], incarnation: incarnation)
    }

    func apply(_ page: LimitPage) throws { try store.apply(page, anchor: anchor) }

    /// Applies a page; a full one when `base` is 0.
    func page(_ accounts: [AccountLimit], version: Int64, base: Int64 = 0) throws {
        try apply(limits(accounts, version: version, base: base))
    }

    @discardableResult
    func begin(_ amount: Int64, reference: String? = nil, kind: PurchaseRequest.Kind = .purchase) throws -> UUIDv7 {
        let id = mint()
        _ = try store.begin(
            PaymentIntent(id: id, reference: reference, amount: sek(amount), startedAt: now.instant, kind: kind))
        return id
    }

    func closing(_ payment: UUIDv7, _ amount: Int64, kind: PurchaseRequest.Kind = .purchase) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: mint(), request: PurchaseRequest(kind: kind, amount: sek(amount)),
            programme: programme, instrument: instrument, sealedEvidence: "c2VhbGVk", now: now, hostReachable: false,
            verification: "device",
            holdExpiry: kind == .hold ? now.instant.advanced(byMilliseconds: 3_600_000) : nil)
    }

    /// An offline purchase or hold through the real rules.
    @discardableResult
    func pay(_ amount: Int64, kind: PurchaseRequest.Kind = .purchase) throws -> Settled {
        try settle(try begin(amount, kind: kind), amount, kind: kind)
    }

    @discardableResult
    func settle(_ payment: UUIDv7, _ amount: Int64, kind: PurchaseRequest.Kind = .purchase) throws -> Settled {
        try store.settle(closing(payment, amount, kind: kind)) { account, terminal in
            let evidence = InstrumentEvidence(
                cryptogram: .tc, authentication: .passed, verification: .device,
                expiry: CivilDate(year: 2027, month: 5, day: 31))
            return .local(
                programme.decide(
                    PurchaseRequest(kind: kind, amount: sek(amount)), evidence: evidence, account: account,
                    terminal: terminal, now: now),
                cardMovedOn: true)
        }
    }

    /// An approved hold.
    func hold(_ amount: Int64) throws -> UUIDv7 {
        let payment = try begin(amount, kind: .hold)
        try #require(try settle(payment, amount, kind: .hold).decision.approved)
        return payment
    }

    func amendment(
        _ kind: Amendment.Kind, _ original: UUIDv7, _ amount: Int64, reference: String? = nil
    ) -> Amendment {
        Amendment(
            payment: mint(), record: mint(), reference: reference, kind: kind, original: original, amount: sek(amount),
            programme: programme, now: now, hostReachable: false)
    }

    /// Through the real rules.
    @discardableResult
    func amend(_ amendment: Amendment) throws -> Settled {
        try store.amend(amendment) { earlier, account, terminal in
            switch amendment.kind {
            case .completion:
                programme.complete(earlier, amount: amendment.amount, account: account, terminal: terminal, now: now)
            case .release: programme.release(earlier, terminal: terminal, now: now)
            case .refund:
                programme.refund(earlier, amount: amendment.amount, account: account, terminal: terminal, now: now)
            case .void: programme.void(earlier, terminal: terminal, now: now)
            }
        }
    }

    @discardableResult
    func amend(_ kind: Amendment.Kind, _ original: UUIDv7, _ amount: Int64, reference: String? = nil) throws -> Settled {
        try amend(amendment(kind, original, amount, reference: reference))
    }

    func records() throws -> [JournalRecord] {
        try store.pending(limit: 100).map { try WireJSON.decode(JournalRecord.self, from: Array($0.body)) }
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
