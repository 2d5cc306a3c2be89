import HostProtocol
import Programmes
import Testing
import VirtualCards

@testable import Terminal

@Suite("A lane takes one payment at a time and ends each", .timeLimit(.minutes(5)))
struct LaneTests {
    @Test("No reader: declined at once, with a reason")
    func noReader() async throws {
        let scene = try LaneScene(hasReader: false)
        let decision = try await scene.pay().result.decision
        #expect(decision.rule == "ALL-7" && decision.reason == .readerUnavailable)
        #expect(scene.prompts.withLock { $0.isEmpty })
    }

    @Test("A reader unplugged while the payment waits for a card")
    func readerLeaves() async throws {
        let scene = try LaneScene()
        let payment = Task { try await scene.pay() }
        try await scene.promptShown()
        scene.reader.close()
        #expect(try await payment.value.result.decision.reason == .readerUnavailable)
    }

    @Test("Nobody presents a card: timed out, nothing stored to forward")
    func timedOut() async throws {
        let scene = try LaneScene()
        let decision = try await scene.pay(timeout: .milliseconds(50)).result.decision
        #expect(decision.outcome == .declined && decision.reason == .timedOut)
        #expect(try scene.records().isEmpty)
    }

    @Test("CARD-14: the till cancels while the card is waited for; the lane is free again")
    func cancelled() async throws {
        let scene = try LaneScene()
        let payment = Task { try await scene.pay() }
        try await scene.promptShown()
        payment.cancel()
        #expect(try await payment.value.result.decision.reason == .cancelled)
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
    }

    @Test("A second payment is refused while one is under way, and disturbs nothing")
    func busy() async throws {
        let scene = try LaneScene()
        let payment = Task { try await scene.pay() }
        try await scene.promptShown()
        await #expect(throws: Lane.Failure.busy) { try await scene.pay() }
        scene.reader.insert(try VisaPrepaidCard.make())
        #expect(try await payment.value.result.decision.approved)
    }

    @Test("ALL-8: the same reference with the same amount gives the same answer and pays once")
    func sameReference() async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        scene.reader.insert(card)
        let first = try await scene.pay(reference: "R1").result
        let second = try await scene.pay(reference: "R1").result
        #expect(second.sequence == first.sequence && first.sequence != nil, "the answer names its record each time")
        #expect(first.decision.approved && second.decision == first.decision && second.payment == first.payment)
        #expect(card.state.offlineBalance == 190_500)
        #expect(try scene.records().count == 1)
    }

    @Test("ALL-9: where the programme wants the payer verified the card is asked for it, and one that can't spends nothing", arguments: [
        (40_000, true), (40_001, false),
    ])
    func verificationBeforeSpending(_ amount: Int64, _ isPaid: Bool) async throws {
        let scene = try LaneScene(synced: false)
        try scene.sync([scene.account(allowance: OfflineAllowance(amount: 100_000, count: 5, perTransaction: 50_000))])
        let card = try VisaPrepaidCard.make()
        scene.reader.insert(card)
        let decision = try await scene.pay(amount).result.decision
        #expect(decision.approved == isPaid)
        #expect(card.state.offlineBalance == 200_000 - (isPaid ? amount : 0))
        #expect(try scene.records().map(\.kind) == (isPaid ? [.offlineApproval] : []))
    }

    @Test("ALL-8: the same reference with another amount is refused")
    func otherAmount() async throws {
        let scene = try LaneScene()
        scene.reader.insert(try VisaPrepaidCard.make())
        _ = try await scene.pay(9_500, reference: "R1")
        let decision = try await scene.pay(9_501, reference: "R1").result.decision
        #expect(decision.rule == "ALL-8" && decision.reason == .referenceReused)
        #expect(try scene.records().count == 1)
    }

    @Test("A declined reference stays declined: another try needs another reference")
    func declinedReference() async throws {
        let scene = try LaneScene()
        let first = try await scene.pay(reference: "R1", timeout: .milliseconds(20)).result.decision
        scene.reader.insert(try VisaPrepaidCard.make())
        #expect(try await scene.pay(reference: "R1").result.decision == first)
        #expect(try await scene.pay(reference: "R2").result.decision.approved)
    }
}

extension LaneScene {
    /// Returns when the payer has been asked for a card.
    func promptShown() async throws {
        for _ in 0..<500 where prompts.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
        try #require(prompts.withLock { !$0.isEmpty })
    }
}
