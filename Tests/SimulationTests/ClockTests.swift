import Core
import Foundation
import HostProtocol
import Programmes
import Simulation
import Store
import Testing

@Suite("R10: the machine's clock jumps at any step of a history that pays through the store")
struct ClockTests {
    @Test(
        "No day has more than ten approvals, no expired card and no old receipt is taken by any clock"
    )
    func jumps() throws {
        var met = (limit: 0, untrusted: 0, expired: 0, oldReceipts: 0, takenReceipts: 0)
        for seed: UInt64 in 1...24 {
            let folder = try Folder()
            let scene = try #require(try ClockScene(seed: seed, folder: folder.url))
            defer { scene.store.close() }
            try scene.reachHost()
            for step in 0..<160 {
                // A jump, or a reboot, before each step: whatever happened before must not matter.
                scene.disturb()
                try scene.step()
                if let fault = scene.fault {
                    Issue.record("seed \(seed), step \(step): \(fault)")
                    return
                }
            }
            for (day, count) in scene.approvals { #expect(count <= 10, "seed \(seed): \(count) on \(day)") }
            met.limit += scene.refusedByCount
            met.untrusted += scene.untrusted
            met.expired += scene.expired
            met.oldReceipts += scene.oldReceipts
            met.takenReceipts += scene.takenReceipts
        }
        // The histories are such that all of it could have gone wrong.
        print("clock: \(met)")
        #expect(
            met.limit > 20 && met.untrusted > 20 && met.expired > 20 && met.oldReceipts > 20 && met.takenReceipts > 20)
    }
}

/// A terminal with a machine clock that lies, beside the true time that only host and test know.
final class ClockScene {
    let store: PaymentStore
    private let programme: Programme
    private let receipts: ReceiptRules
    private let instrument: Pseudonym
    private var random: SplitMix64
    /// 2026-11-30 20:00 in Stockholm: a month, and with it a card, ends in four hours.
    private var truth = UTCInstant(milliseconds: 1_796_065_200_000)
    private var wallOffset: Int64 = 0
    private var bootedAt: UTCInstant
    private var boots = 0
    private var clock = TrustedClock()
    private var counted: Int64 = 0
    private var version: Int64 = 0
    private var minted: UInt32 = 0

    private(set) var approvals: [CivilDate: Int] = [:]
    private(set) var fault: String?
    private(set) var (refusedByCount, untrusted, expired, oldReceipts, takenReceipts) = (0, 0, 0, 0, 0)
    private var waiting: [(day: CivilDate, approved: Bool)] = []
    private var countedOn: [CivilDate: Int] = [:]

    init?(seed: UInt64, folder: URL) throws {
        let programmes = try Programme.shipped()
        guard let programme = programmes.first(where: { $0.id == "epassi-card" }),
            let receipts = programmes.compactMap(\.receipt).first,
            let instrument = Pseudonym(bytes: [UInt8](repeating: 9, count: 16))
        else { return nil }
        (self.programme, self.receipts, self.instrument) = (programme, receipts, instrument)
        random = SplitMix64(seed: seed)
        bootedAt = truth
        store = PaymentStore(path: folder.appending(path: "clock.sqlite").path, terminal: "T1")
    }

    private var bootID: String { "boot-\(boots)" }
    private var boot: Int64 { truth.millisecondsSince(bootedAt) + 5000 }
    private var wall: UTCInstant { truth.advanced(byMilliseconds: wallOffset) }
    private var now: TrustedTime { clock.now(wall: wall, bootMilliseconds: boot, bootID: bootID) }
    private var isAnchored: Bool { clock.anchor?.bootID == bootID }

    private func below(_ bound: Int64) -> Int64 { Int64(random.next() % UInt64(bound)) }

    func disturb() {
        let minute: Int64 = 60_000
        let jumps = [-3 * 1440 * minute, -1000, 15 * minute, -15 * minute, 3653 * 1440 * minute]
        switch below(8) {
        case 0..<5: wallOffset += jumps[Int(below(5))]
        case 5: reboot()
        default: wallOffset = 0
        }
    }

    private func reboot() {
        boots += 1
        bootedAt = truth
        store.close()
        clock = (try? store.clock()) ?? TrustedClock()
    }

    func step() throws {
        truth = truth.advanced(byMilliseconds: below(4) == 0 ? below(4 * 3_600_000) : below(120_000))
        switch below(10) {
        case 0, 1: try reachHost()
        case 2, 3: showReceipt()
        default: try pay()
        }
    }

    /// Records are delivered and a page is applied: its time is the true one.
    func reachHost() throws {
        for record in waiting where record.approved { countedOn[record.day, default: 0] += 1 }
        counted += Int64(waiting.count)
        waiting = []
        try store.settle(
            store.pending(limit: 1000).map {
                RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
            })
        version += 1
        let today = programme.day(of: truth)
        let account = AccountLimit(
            account: "A1", programme: programme.id, version: version, currency: programme.currency, balance: 1_000_000,
            status: .active, countedThrough: counted, countedDay: today, purchasesOnCountedDay: countedOn[today] ?? 0,
            offlineAllowance: OfflineAllowance(amount: 1_000_000, count: 1000, perTransaction: 100_000),
            instruments: [instrument])
        let page = LimitPage(
            terminal: "T1", nonce: mint(), version: version, base: version == 1 ? 0 : version - 1, issuedAt: truth,
            merchant: "M1", enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 1_000_000_000_000),
            accounts: [account],
            merchantCategory: "5812")
        let anchor = TrustedClock.Anchor(hostTime: truth, bootMilliseconds: boot, bootID: bootID)
        try store.apply(page, anchor: anchor)
        clock.observe(anchor)
    }

    private func pay() throws {
        let payment = mint()
        let amount = Money(minorUnits: 100, currency: programme.currency)
        // One card ends with this November, one much later.
        let endsSoon = below(4) == 0
        let expiry = CivilDate(year: endsSoon ? 2026 : 2040, month: 11, day: 30)
        let time = now
        clock.raise(to: time)
        if time.anchored, time.instant != truth {
            fault = "anchored time is off by \(time.instant.millisecondsSince(truth)) ms"
        }
        if time.anchored != isAnchored { fault = "anchored \(time.anchored)" }
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: amount, startedAt: time.instant))
        let closing = PaymentClosing(
            payment: payment, record: mint(), request: PurchaseRequest(amount: amount), programme: programme,
            instrument: instrument, sealedEvidence: nil, now: time, hostReachable: false)
        let decision = try store.settle(closing) { account, terminal in
            let evidence = InstrumentEvidence(cryptogram: .tc, authentication: .passed, expiry: expiry)
            return .local(
                programme.decide(closing.request, evidence: evidence, account: account, terminal: terminal, now: time),
                cardMovedOn: true)
        }.decision
        let day = programme.day(of: truth)
        waiting.append((day, decision.approved))
        let isExpired = endsSoon && (day.year, day.month) > (2026, 11)
        if decision.reason == .dailyCountExceeded { refusedByCount += 1 }
        if decision.reason == .timeUntrusted { untrusted += 1 }
        if isExpired, decision.reason == .expired { expired += 1 }
        guard decision.approved else {
            if time.anchored, !isExpired, approvals[day] ?? 0 < 10 { fault = "declined with \(decision.reason)" }
            return
        }
        approvals[day, default: 0] += 1
        if !time.anchored { fault = "approved without host time" }
        if isExpired { fault = "an expired card was taken" }
    }

    private func showReceipt() {
        let paidAt = truth.advanced(byMilliseconds: 120_000 - below(1_800_000))
        let time = now
        let amount = Money(minorUnits: 100, currency: .eur)
        let verdict = receipts.accept(
            ShownReceipt(
                payment: "P", merchant: "M1", amount: amount, paidAt: paidAt, form: .nfc, proofStep: nil,
                answeredChallenge: true),
            used: nil, identityConfirmed: true, merchant: "M1", amount: amount, now: time)
        // What two clocks on the wall show, in seconds.
        let age = truth.milliseconds / 1000 - paidAt.milliseconds / 1000
        let inTime = age <= 900 && age >= -receipts.ahead
        if !isAnchored {
            if verdict.ruling.refusal?.reason != .timeUntrusted { fault = "a receipt without host time" }
        } else if inTime != verdict.ruling.passed {
            fault = "a receipt \(age) s old: \(verdict.ruling.passed)"
        } else if inTime {
            takenReceipts += 1
        } else {
            oldReceipts += 1
        }
    }

    private func mint() -> UUIDv7 {
        minted += 1
        return UUIDv7(
            milliseconds: truth.milliseconds,
            random: [0, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: minted >> UInt32(24 - 8 * $0)) })
    }
}
