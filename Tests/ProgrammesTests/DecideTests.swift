import Core
import Foundation
import HostProtocol
import Testing

@testable import Programmes

private func sek(_ text: String) -> Money { (try? Money(decimal: text, currency: .sek)) ?? .zero(.eur) }

/// 2026-11-21 12:00 in Stockholm.
private let noon = UTCInstant(milliseconds: 1_795_258_800_000)

/// A scene in which everything is well; each test spoils one thing.
private struct Scene {
    var amount = sek("95.00")
    var evidence = InstrumentEvidence(
        cryptogram: .tc, authentication: .passed, expiry: CivilDate(year: 2027, month: 5, day: 31))
    var account: AccountState? = AccountState(
        limit: AccountLimit(
            account: "A1", programme: "epassi-card", version: 7, currency: .sek, balance: 100_000, status: .active,
            countedThrough: 0, countedDay: CivilDate(year: 2026, month: 11, day: 21), purchasesOnCountedDay: 0,
            offlineAllowance: OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), instruments: []))
    var terminal = TerminalState(
        enrolledProgrammes: ["epassi-card"],
        risk: TerminalRiskLimits(exposureCap: 200_000, maximumCacheAge: 86_400_000), exposure: 0, cacheAge: 60_000,
        hostReachable: false)
    var now = TrustedTime(instant: noon, anchored: true)

    func decide() throws -> Decision {
        try epassi().decide(PurchaseRequest(amount: amount), evidence: evidence, account: account, terminal: terminal, now: now)
    }
}

private func epassi() throws -> Programme {
    try #require(try Programme.shipped().first { $0.id == "epassi-card" })
}

@Suite("Decisions of epassi-card")
struct DecideTests {
    @Test("ALL-7: a TC that is proved and within every limit is approved, and the rest of the balance is told")
    func approved() throws {
        let decision = try Scene().decide()
        #expect(decision.outcome == .approved)
        #expect(decision.rule == "ALL-7")
        #expect(decision.reason == .approvedOffline)
        #expect(decision.approvedAmount == sek("95.00"))
        #expect(decision.availableAfter == sek("905.00"))
        #expect(!decision.trace.contains { !$0.passed })
        #expect(
            Set(decision.trace.map(\.rule.rawValue)).isSuperset(
                of: ["CARD-1", "CARD-3", "CARD-4", "CARD-6", "CARD-8", "CARD-21", "CARD-22", "ALL-4", "ALL-7"]))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: RuleID
        let reason: Reason
        let spoil: @Sendable (inout SceneBox) -> Void
        var testDescription: String { name }
    }

    /// What a refusal may spoil, so that the rows can be static.
    struct SceneBox {
        fileprivate var scene = Scene()
        var amount: Money {
            get { scene.amount }
            set { scene.amount = newValue }
        }
        var evidence: InstrumentEvidence {
            get { scene.evidence }
            set { scene.evidence = newValue }
        }
        var terminal: TerminalState {
            get { scene.terminal }
            set { scene.terminal = newValue }
        }
        var now: TrustedTime {
            get { scene.now }
            set { scene.now = newValue }
        }
        mutating func account(_ change: (inout AccountState) -> Void) {
            guard var account = scene.account else { return }
            change(&account)
            scene.account = account
        }
        mutating func noAccount() { scene.account = nil }
    }

    static let refusals: [Refusal] = [
        Refusal(name: "CARD-1: 0.00 available", rule: "CARD-1", reason: .insufficientFunds) { box in
            box.account { $0.limit.balance = 0 }
        },
        Refusal(name: "CARD-1: one unit short", rule: "CARD-1", reason: .insufficientFunds) { box in
            box.account { $0.limit.balance = 9_499 }
        },
        Refusal(name: "CARD-1 with ALL-3: local spends count", rule: "CARD-1", reason: .insufficientFunds) { box in
            box.account {
                $0.limit.balance = 10_000
                $0.uncounted = UncountedSpends(amount: 501, offlineAmount: 501, offlineCount: 1, purchasesToday: 1)
            }
        },
        Refusal(name: "CARD-3: the 11th of the day", rule: "CARD-3", reason: .dailyCountExceeded) { box in
            box.account { $0.limit.purchasesOnCountedDay = 10 }
        },
        Refusal(name: "CARD-3: host and local purchases add up", rule: "CARD-3", reason: .dailyCountExceeded) { box in
            box.account {
                $0.limit.purchasesOnCountedDay = 8
                $0.uncounted = UncountedSpends(amount: 2, offlineAmount: 2, offlineCount: 2, purchasesToday: 2)
            }
        },
        Refusal(name: "CARD-4: 5,000.01", rule: "CARD-4", reason: .perTransactionLimit) { $0.amount = sek("5000.01") },
        Refusal(name: "CARD-6: month over", rule: "CARD-6", reason: .expired) { box in
            box.evidence.expiry = CivilDate(year: 2026, month: 10, day: 31)
        },
        Refusal(name: "CARD-6: no date", rule: "CARD-6", reason: .cardDataInvalid) { $0.evidence.expiry = nil },
        Refusal(name: "CARD-8: blocked", rule: "CARD-8", reason: .blocked) { box in
            box.account { $0.limit.status = .blocked }
        },
        Refusal(name: "CARD-8: lost or stolen", rule: "CARD-8", reason: .lostOrStolen) { box in
            box.account { $0.limit.status = .lostOrStolen }
        },
        Refusal(name: "CARD-8: suspended", rule: "CARD-8", reason: .suspended) { box in
            box.account { $0.limit.status = .suspended }
        },
        Refusal(name: "CARD-21: no allowance", rule: "CARD-21", reason: .onlineRequired) { box in
            box.account { $0.limit.offlineAllowance = nil }
        },
        Refusal(name: "CARD-21: unknown card", rule: "CARD-21", reason: .unknownInstrument) { $0.noAccount() },
        Refusal(name: "CARD-21: account of another programme", rule: "CARD-21", reason: .unknownInstrument) { box in
            box.account { $0.limit.programme = "other" }
        },
        Refusal(name: "CARD-22: merchant not enrolled", rule: "CARD-22", reason: .merchantNotEnrolled) { box in
            box.terminal.enrolledProgrammes = []
        },
        Refusal(name: "ALL-4: allowance used up", rule: "ALL-4", reason: .offlineAllowanceExceeded) { box in
            box.account {
                $0.uncounted = UncountedSpends(amount: 40_501, offlineAmount: 40_501, offlineCount: 2, purchasesToday: 2)
            }
        },
        Refusal(name: "ALL-4: count used up", rule: "ALL-4", reason: .offlineCountExceeded) { box in
            box.account {
                $0.uncounted = UncountedSpends(amount: 3, offlineAmount: 3, offlineCount: 3, purchasesToday: 3)
            }
        },
        Refusal(name: "ALL-4: one purchase too large for the account", rule: "ALL-4", reason: .offlineAmountLimit) {
            $0.amount = sek("300.01")
        },
        Refusal(name: "ALL-4: cache too old", rule: "ALL-4", reason: .limitsTooOld) { box in
            box.terminal.cacheAge = 86_400_001
        },
        Refusal(name: "ALL-4: never synced", rule: "ALL-4", reason: .limitsTooOld) { $0.terminal.cacheAge = nil },
        Refusal(name: "ALL-4: no host time since boot", rule: "ALL-4", reason: .timeUntrusted) { box in
            box.now = TrustedTime(instant: noon, anchored: false)
        },
        Refusal(name: "ALL-4: terminal exposure", rule: "ALL-4", reason: .terminalExposureExceeded) { box in
            box.terminal.exposure = 190_501
        },
        Refusal(name: "ALL-4: exposure can't overflow", rule: "ALL-4", reason: .terminalExposureExceeded) { box in
            box.terminal.exposure = .max
        },
        Refusal(name: "ALL-7: AAC", rule: "ALL-7", reason: .declinedByCard) { $0.evidence.cryptogram = .aac },
        Refusal(name: "ALL-7: not authenticated", rule: "ALL-7", reason: .cardNotAuthentic) { box in
            box.evidence.authentication = .failed
        },
        Refusal(name: "ALL-7: authentication not performed", rule: "ALL-7", reason: .cardNotAuthentic) { box in
            box.evidence.authentication = .notPerformed
        },
        Refusal(name: "CARD-21: ARQC without the host", rule: "CARD-21", reason: .onlineRequired) { box in
            box.evidence.cryptogram = .arqc
        },
        Refusal(name: "ALL-9: online PIN can't be had", rule: "ALL-9", reason: .verificationRequired) { box in
            box.evidence.verification = .onlinePIN
        },
        Refusal(name: "CARD-16: other currency", rule: "CARD-16", reason: .currencyNotAccepted) { box in
            box.amount = Money(minorUnits: 9_500, currency: .eur)
        },
        Refusal(name: "CARD-1: zero amount", rule: "CARD-1", reason: .amountNotPositive) { $0.amount = sek("0") },
    ]

    @Test("Each rule refuses with its id and reason", arguments: refusals)
    func refused(_ row: Refusal) throws {
        var box = SceneBox()
        row.spoil(&box)
        let decision = try box.scene.decide()
        #expect(decision.outcome == .declined)
        #expect(decision.rule == row.rule)
        #expect(decision.reason == row.reason)
        #expect(decision.approvedAmount.minorUnits == 0)
        #expect(decision.trace.filter { !$0.passed }.map(\.rule) == [row.rule])
    }

    @Test("ALL-7: an ARQC goes online while the host answers")
    func online() throws {
        var scene = Scene()
        scene.evidence.cryptogram = .arqc
        scene.terminal.hostReachable = true
        #expect(try scene.decide().outcome == .goOnline)
        scene.account?.limit.purchasesOnCountedDay = 7
        scene.account?.uncounted.purchasesToday = 3
        #expect(try scene.decide().reason == .dailyCountExceeded)
    }

    @Test("CARD-4: 5,000.00 is accepted by the issuer, 5,000.01 is not")
    func perTransactionLimit() throws {
        let account = AccountState(
            limit: AccountLimit(
                account: "A1", programme: "epassi-card", version: 1, currency: .sek, balance: 900_000, status: .active,
                countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0, offlineAllowance: nil, instruments: []))
        let expiry = CivilDate(year: 2026, month: 11, day: 30)
        let at = try epassi().authorise(amount: sek("5000.00"), account: account, cardExpiry: expiry, now: noon)
        let above = try epassi().authorise(amount: sek("5000.01"), account: account, cardExpiry: expiry, now: noon)
        #expect(at.approved)
        #expect(above.reason == .perTransactionLimit)
    }

    /// 30 Nov 23:59:59.999 and 1 Dec 00:00 in Stockholm, UTC+1 in winter; the summer row crosses at UTC+2.
    @Test(
        "CARD-6: valid through the last instant of the month in Stockholm",
        arguments: [
            (2026, 11, Int64(1_796_079_599_999), true), (2026, 11, Int64(1_796_079_600_000), false),
            (2026, 6, Int64(1_782_856_799_999), true), (2026, 6, Int64(1_782_856_800_000), false),
        ])
    func expiry(year: Int, month: Int, milliseconds: Int64, valid: Bool) throws {
        var scene = Scene()
        scene.evidence.expiry = CivilDate(year: year, month: month, day: 15)
        scene.now = TrustedTime(instant: UTCInstant(milliseconds: milliseconds), anchored: true)
        #expect(try scene.decide().approved == valid)
    }

    @Test("CARD-3: the day's count ends at midnight in Stockholm")
    func midnight() throws {
        var scene = Scene()
        scene.account?.limit.purchasesOnCountedDay = 10
        scene.now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_301_999_000), anchored: true)
        #expect(try scene.decide().reason == .dailyCountExceeded)
        scene.now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_302_000_000), anchored: true)
        #expect(try scene.decide().approved)
    }

    @Test("Refusals that need no card come before it: the card's counters do not move")
    func beforeCard() throws {
        let programme = try epassi()
        let scene = Scene()
        func refusal(_ amount: String, offline: Bool) -> Reason? {
            programme.refusalBeforeCard(PurchaseRequest(amount: sek(amount)), terminal: scene.terminal, now: scene.now, offline: offline)?
                .reason
        }
        #expect(refusal("95.00", offline: true) == nil)
        #expect(refusal("5000.01", offline: false) == .perTransactionLimit)
        #expect(refusal("500.01", offline: true) == .offlineAmountLimit)
        #expect(refusal("500.01", offline: false) == nil)
    }

    @Test("The same inputs give the same answer")
    func deterministic() throws {
        let scene = Scene()
        let (first, second) = (try scene.decide(), try scene.decide())
        #expect(first == second)
    }

    @Test("A stored decision reads back as it was, trace included; other text is refused")
    func stored() throws {
        var scene = Scene()
        for _ in 0..<2 {
            let decision = try scene.decide()
            #expect(Decision(stored: decision.stored) == decision)
            scene.account = nil
        }
        let hostile = Decision(
            outcome: .approved, approvedAmount: sek("1.00"), rule: RuleID(rawValue: "CARD-21\t\n"), reason: .approvedOnline)
        #expect(Decision(stored: hostile.stored)?.rule == "CARD-21  ")
        for text in ["", "1\tapproved", "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-", "1\tapproved\tALL-7\tapprovedOffline\tSEK\tx\t-"] {
            #expect(Decision(stored: text) == nil)
        }
    }

    @Test("ALL-1: every reason has a sentence in three languages", arguments: Reason.allCases)
    func sentences(_ reason: Reason) {
        let sentence = reason.sentence
        #expect(Set([sentence.english, sentence.finnish, sentence.swedish]).count == 3)
        #expect([sentence.english, sentence.finnish, sentence.swedish].allSatisfy { $0.hasSuffix(".") })
    }
}
