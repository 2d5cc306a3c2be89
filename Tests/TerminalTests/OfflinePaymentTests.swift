import Core
import EMV
import Foundation
import HostProtocol
import Programmes
import SmartCard
import Testing
import VirtualCards

@testable import Terminal

@Suite("Payments without a host", .timeLimit(.minutes(5)))
struct OfflinePaymentTests {
    @Test("ALL-2, ALL-7: approved by card and limits together; journalled, spent and to be forwarded before it is told")
    func approved() async throws {
        let scene = try LaneScene()
        scene.reader.insert(try VisaPrepaidCard.make())
        let receipt = try await scene.pay(9_500, reference: "R1")
        let result = receipt.result
        #expect(result.decision.outcome == .approved)
        #expect(result.decision.rule == "ALL-7" && result.decision.reason == .approvedOffline)
        #expect(!result.online && result.sequence == 1)
        #expect(result.maskedCard == "476173******0010")
        #expect(result.cardBalance == scene.sek(190_500))
        #expect(result.decision.availableAfter == scene.sek(90_500))
        #expect(receipt.tapMicroseconds ?? 0 > 0)
        #expect(scene.host.now.commits == 1)

        let record = try #require(try scene.records().first)
        #expect(record.kind == .offlineApproval && record.payment == result.payment && record.reference == "R1")
        #expect(record.approved == scene.sek(9_500) && record.account == "anna" && record.accountSequence == 1)
        #expect(try scene.available() == scene.sek(90_500))
        #expect(try scene.store.queueSummary().exposure == [scene.sek(9_500)])
    }

    @Test("ALL-5: the host opens the evidence and finds the cryptogram; no file of the terminal holds the card number")
    func personalData() async throws {
        let scene = try LaneScene()
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
        let tags = try scene.evidence(try #require(try scene.records().first))
        #expect(tags.contains(EMVTag.applicationCryptogram) && tags.contains(EMVTag.track2EquivalentData))

        let inClear: [Data] = [Data(LaneScene.pan.utf8), Data(Hex.decode(LaneScene.pan) ?? [])]
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path)
        #expect(names.contains("kassad.sqlite"))
        for name in names {
            let bytes = try Data(contentsOf: scene.folder.appending(path: name))
            for number in inClear { #expect(bytes.range(of: number) == nil, "\(name)") }
        }
    }

    @Test("Evidence is sealed to its payment: it can't be moved to another one")
    func sealedToPayment() async throws {
        let scene = try LaneScene()
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
        var record = try #require(try scene.records().first)
        record.payment = Fresh.id(at: scene.clock.now.instant)
        #expect(throws: WireError.malformed(field: "sealedEvidence")) { try scene.evidence(record) }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rule: RuleID
        var reason: Reason
        /// The card gave its cryptogram before the refusal: the host must know (ALL-7).
        var record: JournalRecord.Kind?
        var amount: Int64 = 9_500
        var card: @Sendable () throws -> VisaPrepaidCard = { try VisaPrepaidCard.make() }
        var accounts: @Sendable (LaneScene) -> [AccountLimit] = { [$0.account()] }
    }

    static let refusals: [Refusal] = [
        Refusal(
            testDescription: "expired card", rule: "CARD-6", reason: .expired, record: .declineAdvice,
            card: { try VisaPrepaidCard.make { ($0.expiryYear, $0.expiryMonth) = (2025, 10) } }),
        Refusal(
            testDescription: "card that no account knows", rule: "CARD-21", reason: .unknownInstrument,
            record: .declineAdvice, card: { try VisaPrepaidCard.make(pan: "4012888888881881") }),
        Refusal(
            testDescription: "account without offline allowance", rule: "CARD-21", reason: .onlineRequired,
            record: .declineAdvice, accounts: { [$0.account(allowance: nil)] }),
        Refusal(
            testDescription: "blocked account", rule: "CARD-8", reason: .blocked, record: .declineAdvice,
            accounts: { [$0.account(status: .blocked)] }),
        Refusal(
            testDescription: "account lost or stolen", rule: "CARD-8", reason: .lostOrStolen, record: .declineAdvice,
            accounts: { [$0.account(status: .lostOrStolen)] }),
        Refusal(
            testDescription: "empty account", rule: "CARD-1", reason: .insufficientFunds, record: .declineAdvice,
            accounts: { [$0.account(balance: 0)] }),
        Refusal(
            testDescription: "card that asks for the host", rule: "CARD-21", reason: .onlineRequired, record: nil,
            card: { try VisaPrepaidCard.make { $0.isOnlineOnly = true } }),
        Refusal(
            testDescription: "more than the card holds", rule: "CARD-21", reason: .onlineRequired, record: nil,
            card: { try VisaPrepaidCard.make(balance: 9_499) }),
        Refusal(
            testDescription: "beyond one offline purchase of the account", rule: "ALL-4", reason: .offlineAmountLimit,
            record: .declineAdvice, amount: 30_001),
    ]

    @Test("Each refusal has its rule and reason; what the card has counted is told to the host", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        let scene = try LaneScene()
        try scene.sync(refusal.accounts(scene))
        let card = try refusal.card()
        let decision = try await scene.tap(card, refusal.amount)
        #expect(decision.outcome == .declined)
        #expect(decision.rule == refusal.rule && decision.reason == refusal.reason)
        #expect(try scene.records().map(\.kind) == (refusal.record.map { [$0] } ?? []))
        #expect(try scene.store.queueSummary().exposure.isEmpty)
    }

    @Test("A refusal that needs no card asks for none: 500.01 offline, and nothing before the first host time")
    func beforeCard() async throws {
        let scene = try LaneScene()
        let tooMuch = try await scene.pay(50_001).result.decision
        #expect(tooMuch.rule == "ALL-4" && tooMuch.reason == .offlineAmountLimit)
        let fresh = try LaneScene(synced: false)
        #expect(try await fresh.pay().result.decision.rule == "CARD-22")
        #expect(scene.prompts.withLock { $0.isEmpty } && fresh.prompts.withLock { $0.isEmpty })
    }

    @Test("ALL-4: the allowance is used up tap by tap, never beyond")
    func allowance() async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        for _ in 0..<2 { #expect(try await scene.tap(card, 20_000).approved) }
        let third = try await scene.tap(card, 10_001)
        #expect(third.rule == "ALL-4" && third.reason == .offlineAllowanceExceeded)
        #expect(try await scene.tap(card, 10_000).approved)
        #expect(try scene.available() == scene.sek(50_000))
        #expect(try scene.records().map(\.sequence) == [1, 2, 3, 4])
        #expect(try scene.store.firstBrokenLink() == nil)
    }
}
