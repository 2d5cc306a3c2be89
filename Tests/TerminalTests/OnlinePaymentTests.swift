import HostProtocol
import Programmes
import Testing
import VirtualCards

@testable import Terminal

@Suite("Payments with a host", .timeLimit(.minutes(5)))
struct OnlinePaymentTests {
    @Test("CARD-21: the host decides; its word and its balance are durable before they are told")
    func approved() async throws {
        let scene = try LaneScene()
        scene.host.answer(ScriptedHost.approval(scene.account(balance: 90_500, version: 2)))
        scene.reader.insert(try VisaPrepaidCard.make())
        let result = try await scene.pay().result
        #expect(result.decision.approved && result.online && result.authorisationCode == "A1B2C3")
        #expect(result.decision.rule == "CARD-21" && result.decision.availableAfter == scene.sek(90_500))
        let record = try #require(try scene.records().first)
        #expect(record.kind == .onlineApproval && record.payment == result.payment && record.authorisationCode == "A1B2C3")
        #expect(try scene.available() == scene.sek(90_500))
        // An online approval was booked by the host: it is nobody's risk.
        #expect(try scene.store.queueSummary().exposure.isEmpty)
        let request = try #require(scene.host.now.requests.first)
        #expect(request.instrument == scene.instrument && request.payment == result.payment)
    }

    @Test("The host's no is final and leaves nothing to forward")
    func refused() async throws {
        let scene = try LaneScene()
        scene.host.answer(ScriptedHost.refusal("insufficientFunds"))
        let decision = try await scene.tap(try VisaPrepaidCard.make())
        #expect(decision.outcome == .declined && decision.rule == "CARD-1" && decision.reason == .insufficientFunds)
        #expect(try scene.records().isEmpty)
    }

    @Test("A reason that this version does not know is still a decline by the host")
    func unknownReason() async throws {
        let scene = try LaneScene()
        scene.host.answer(ScriptedHost.refusal("moonIsFull"))
        #expect(try await scene.tap(try VisaPrepaidCard.make()).reason == .declinedByHost)
    }

    @Test("A request that never left: the same card, still in the field, decides offline")
    func notReached() async throws {
        let scene = try LaneScene()
        scene.host.answer { _ in .notReached }
        let card = try VisaPrepaidCard.make()
        let decision = try await scene.tap(card)
        #expect(decision.approved && decision.reason == .approvedOffline)
        #expect(scene.prompts.withLock { $0 } == [.presentCard])
        #expect(card.state.atc == 2 && card.state.offlineBalance == 190_500)
        #expect(try scene.records().map(\.kind) == [.offlineApproval])
    }

    @Test("A request that never left, and a card that is gone by then: asked for again, then decided offline")
    func notReachedAndGone() async throws {
        let scene = try LaneScene()
        let reader = scene.reader
        scene.host.answer { _ in
            reader.remove()
            return .notReached
        }
        reader.insert(try VisaPrepaidCard.make())
        let decision = try await scene.pay(again: {
            if let card = try? VisaPrepaidCard.make() { reader.insert(card) }
        }).result.decision
        #expect(decision.approved && decision.reason == .approvedOffline)
        #expect(scene.prompts.withLock { $0 } == [.presentCard, .presentCardAgain])
    }

    /// Says yes by itself whatever it is told to ask the host: it does not hear byte 2, bit 8 of the terminal's qualifiers.
    private final class StubbornCard: VirtualCard {
        private let card: VisaPrepaidCard
        init(_ card: VisaPrepaidCard) { self.card = card }
        var answerToReset: [UInt8] { card.answerToReset }
        func reset() { card.reset() }
        func respond(to command: [UInt8]) -> [UInt8] {
            var command = command
            // 80 A8 00 00 Lc 83 L, and the qualifiers first in the card's list.
            if command.starts(with: [0x80, 0xA8]), command.count > 8 { command[8] &= 0x7F }
            return card.respond(to: command)
        }
    }

    @Test("ALL-7: a card that spent although it was to ask the host, and the host not reached: it is not asked again, and its cryptogram is in the journal")
    func spentAllTheSame() async throws {
        let scene = try LaneScene()
        scene.host.answer { _ in .notReached }
        let card = try VisaPrepaidCard.make()
        scene.reader.insert(StubbornCard(card))
        let decision = try await scene.pay().result.decision
        #expect(decision.outcome == .declined && decision.reason == .onlineRequired)
        #expect(card.state == VisaPrepaidCard.CardState(atc: 1, offlineBalance: 190_500))
        #expect(try scene.records().map(\.kind) == [.declineAdvice])
    }

    @Test("ALL-7: the same card torn after that: told to the host, not asked again", arguments: [3, 4, 5])
    func spentAndTorn(_ commands: Int) async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        scene.reader.insert(FaultyCard(StubbornCard(card), faults: [.tear(afterCommands: commands)]))
        let decision = try await scene.pay().result.decision
        #expect(decision.outcome == .declined && decision.reason == .cardRemoved)
        #expect(card.state == VisaPrepaidCard.CardState(atc: 1, offlineBalance: 190_500))
        #expect(try scene.records().map(\.kind) == [.torn])
        #expect(scene.prompts.withLock { $0 } == [.presentCard])
    }

    @Test("CARD-17: a card that was lifted and laid again while the host was asked pays this payment, and not the next one too")
    func laidAgain() async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        let (slot, reader) = (CardSlot(card), scene.reader)
        scene.host.answer { _ in
            slot.put(into: reader)
            return .notReached
        }
        scene.reader.insert(card)
        #expect(try await scene.pay().result.decision.approved)
        #expect(card.state.offlineBalance == 190_500)
        let next = try await scene.pay(timeout: .milliseconds(300)).result.decision
        #expect(next.outcome == .declined && next.reason == .timedOut)
        #expect(card.state.offlineBalance == 190_500)
        scene.reader.remove()
        #expect(try await scene.tap(card).approved)
    }

    @Test("ALL-10: a silent host is unknown: declined, and the reversal is in the same commit")
    func silent() async throws {
        let scene = try LaneScene()
        scene.host.answer { _ in .silent }
        scene.reader.insert(try VisaPrepaidCard.make())
        let result = try await scene.pay().result
        #expect(result.decision.outcome == .declined)
        #expect(result.decision.rule == "ALL-10" && result.decision.reason == .hostOutcomeUnknown)
        let record = try #require(try scene.records().first)
        #expect(record.kind == .reversal && record.payment == result.payment && record.amount == scene.sek(9_500))
        #expect(record.approved == scene.sek(0))
        #expect(try scene.available() == scene.sek(100_000))
    }

    @Test("A till that hangs up during the authorisation does not cut it short: the outcome is stored")
    func hungUp() async throws {
        let scene = try LaneScene()
        let (asked, signal) = AsyncStream.makeStream(of: Void.self)
        let approval = ScriptedHost.approval(scene.account(balance: 90_500, version: 2))
        scene.host.answer { request in
            signal.finish()
            try? await Task.sleep(for: .milliseconds(50))
            return await approval(request)
        }
        scene.reader.insert(try VisaPrepaidCard.make())
        let payment = Task { try await scene.pay() }
        for await _ in asked {}
        payment.cancel()
        #expect(try await payment.value.result.decision.approved)
        #expect(try scene.records().map(\.kind) == [.onlineApproval])
    }

    @Test("The card torn while it is asked for an online cryptogram may come again, and pays once")
    func torn() async throws {
        let scene = try LaneScene()
        scene.host.answer(ScriptedHost.approval(scene.account(balance: 90_500, version: 2)))
        let card = FaultyCard(try VisaPrepaidCard.make(), faults: [.tear(afterCommands: 2)])
        scene.reader.insert(card)
        let reader = scene.reader
        let again = try VisaPrepaidCard.make()
        let slot = CardSlot(again)
        let decision = try await scene.pay(again: { slot.put(into: reader) }).result.decision
        #expect(decision.approved)
        #expect(scene.host.now.requests.count == 1)
        #expect(try scene.records().map(\.kind) == [.onlineApproval])
    }
}

/// A card on its way to the reader. Sent once: nobody else touches it meanwhile.
struct CardSlot: @unchecked Sendable {
    private let card: any VirtualCard
    init(_ card: any VirtualCard) { self.card = card }
    func put(into reader: SimulatedReader) { reader.insert(card) }
}
