import Core
import Foundation
import HostProtocol
import Programmes
import Simulation
import Store

/// What payments cost the disk, counted from a recording: syncs and bytes.
struct Wear {
    /// For a payment, whether it is one commit or two.
    static let mostBytes = 20_000
    /// The log, with its longest commit.
    static let mostLogBytes = 8 << 20

    struct Phase {
        var payments = 0
        var syncs = 0
        var bytes = 0

        var syncsEach: Double { Double(syncs) / Double(max(1, payments)) }
        var bytesEach: Int { bytes / max(1, payments) }

        /// Whether payments of so many commits, and there are some, stay within their bounds.
        func holds(commits: Double, bytes: Int) -> Bool { payments > 0 && syncsEach <= commits + 0.1 && bytesEach <= bytes }
    }

    private(set) var phases: [String: Phase] = [:]
    /// The longest that the log ever was.
    private(set) var logBytes = 0

    init(recording path: String) throws {
        let recording = try Recording(path: path)
        var phase = ""
        var logs: Set<UInt64> = []
        for event in recording.events {
            switch event.kind {
            case .mark:
                let words = recording.text(event).split(separator: " ")
                if words.first == "phase", words.count == 2 { phase = String(words[1]) }
                if words.first == "done" { phases[phase, default: Phase()].payments += 1 }
            case .open: if event.path.hasSuffix("-wal") { logs.insert(event.inode) }
            case .sync, .folderSync: phases[phase, default: Phase()].syncs += 1
            case .write:
                phases[phase, default: Phase()].bytes += event.data.count
                if logs.contains(event.inode) { logBytes = max(logBytes, event.offset + event.data.count) }
            default: break
            }
        }
    }

    // MARK: The work

    private static let perAccount = 5

    /// Payments with an intent, then amendments, which are one commit each: as the rules decide them, with their traces.
    static func work(path: String, count: Int) throws {
        let shop = try Shop(path: path, seed: 4, lanes: 1)
        try applyPage(shop, accounts: count / perAccount + 1)
        Recorder.mark("phase intents")
        for index in 0..<count { try pay(shop, index) }
        Recorder.mark("phase amendments")
        for index in 0..<count { try refund(shop, index, of: count) }
        Recorder.mark("phase end")
        shop.store.close()
    }

    private static func pay(_ shop: Shop, _ index: Int) throws {
        let now = time(index)
        let amount = Shop.money(1_050)
        let request = PurchaseRequest(amount: amount)
        let payment = id(now, index, 1)
        _ = try shop.store.begin(PaymentIntent(id: payment, reference: "T1-\(payment)", amount: amount, startedAt: now.instant))
        let closing = PaymentClosing(
            payment: payment, record: id(now, index, 2), request: request, programme: shop.programme,
            instrument: instrument(shop, index / perAccount),
            sealedEvidence: String(repeating: "s", count: 400), now: now, hostReachable: false, verification: "device")
        let settled = try shop.store.settle(closing) { account, terminal in
            let evidence = InstrumentEvidence(
                cryptogram: .tc, authentication: .passed, verification: .device,
                expiry: CivilDate(year: 2030, month: 12, day: 31))
            return .local(
                shop.programme.decide(request, evidence: evidence, account: account, terminal: terminal, now: now),
                cardMovedOn: true)
        }
        guard settled.decision.approved else { throw Stop("declined: \(settled.decision.reason)") }
        Recorder.mark("done \(payment)")
    }

    private static func refund(_ shop: Shop, _ index: Int, of count: Int) throws {
        let now = time(count + index)
        let payment = id(now, index, 3)
        let amendment = Amendment(
            payment: payment, record: id(now, index, 4), reference: "T1-\(payment)", kind: .refund,
            original: id(time(index), index, 1), amount: Shop.money(50), programme: shop.programme, now: now,
            hostReachable: false)
        let settled = try shop.store.amend(amendment) { earlier, account, terminal in
            shop.programme.refund(earlier, amount: amendment.amount, account: account, terminal: terminal, now: now)
        }
        guard settled.decision.approved else { throw Stop("declined: \(settled.decision.reason)") }
        Recorder.mark("done \(payment)")
    }

    private static func instrument(_ shop: Shop, _ account: Int) -> Pseudonym? { shop.instrument(account >> 8, account & 0xFF) }

    /// A payment a second.
    private static func time(_ index: Int) -> TrustedTime {
        TrustedTime(instant: Clock.start.advanced(byMilliseconds: Int64(index) * 1000), anchored: true)
    }

    /// In the order of time, as UUIDv7 are made, and otherwise of no order.
    private static func id(_ now: TrustedTime, _ index: Int, _ kind: UInt64) -> UUIDv7 {
        var random = SplitMix64(seed: UInt64(index) << 8 | kind)
        return UUIDv7(
            milliseconds: now.instant.milliseconds, random: (0..<10).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }

    private static func applyPage(_ shop: Shop, accounts: Int) throws {
        let accounts = (0..<accounts).map { number in
            AccountLimit(
                account: "acc-\(100_000 + number)", programme: shop.programme.id, version: 1, currency: .sek, balance: 100_000,
                status: .active, countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 50_000, count: perAccount, perTransaction: 30_000),
                instruments: instrument(shop, number).map { [$0] } ?? [])
        }
        let page = LimitPage(
            terminal: Checker.terminal, nonce: shop.mint(), version: 1, base: 0, issuedAt: Clock.start, merchant: "M1",
            enrolledProgrammes: [shop.programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 86_400_000), accounts: accounts,
            merchantCategory: "5812")
        try shop.store.apply(page, anchor: Clock.anchor)
    }
}
