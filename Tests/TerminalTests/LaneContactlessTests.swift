import Core
import EMV
import HostProtocol
import Payments
import Programmes
import SmartCard
import Synchronization
import Testing
import VirtualCards

@testable import Terminal

@Suite("Entry Point at the lane: messages, field off, the reader's limits", .timeLimit(.minutes(5)))
struct LaneContactlessTests {
    private static func limits(_ limits: ReaderLimits, in currency: Currency = .sek) -> ReaderConfiguration {
        ReaderConfiguration([ReaderConfiguration.Entry(application: Combination.visaCreditDebit, currency: currency, limits: limits)])
    }

    @Test("See phone: shown with its hold time, no card counts while the field is off, then shown again with the prompt")
    func seePhone() async throws {
        let scene = try LaneScene()
        let reader = scene.reader
        let phone = FaultyCard(try VisaPrepaidCard.make(), faults: [.refuse(command: 2, status: .commandNotAllowed)])
        reader.insert(phone)
        let receipt = try await scene.pay(again: {
            if let card = try? VisaPrepaidCard.make() { reader.insert(card) }
        })
        #expect(receipt.result.decision.approved)
        #expect(scene.notices.withLock { $0 } == [
            UserInterfaceRequest(.presentCard, .readyToRead), UserInterfaceRequest(.seePhone, .processingError, holdTime: 13),
            UserInterfaceRequest(.seePhone, .readyToRead),
        ])
        #expect(scene.pauses.withLock { $0 } == [.milliseconds(1_300)])
        #expect(scene.prompts.withLock { $0 } == [.presentCard, .presentCardAgain])
        #expect(receipt.shown.message == .approved && receipt.shown.value == .balance(scene.sek(190_500)))
    }

    @Test("A payment that is cancelled while the field is off does not wait for it")
    func cancelledWhileOff() async throws {
        let scene = try LaneScene(pause: { _ in try? await Task.sleep(for: .seconds(3_600)) })
        scene.reader.insert(FaultyCard(try VisaPrepaidCard.make(), faults: [.refuse(command: 2, status: .commandNotAllowed)]))
        let payment = Task { try await scene.pay() }
        for _ in 0..<500 where scene.notices.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(10)) }
        payment.cancel()
        let receipt = try await payment.value
        #expect(receipt.result.decision.reason == .cancelled)
        #expect(receipt.shown == UserInterfaceRequest(.none, .idle))
    }

    @Test("From the transaction limit on no card is asked: another interface, nothing stored to forward, message 18")
    func transactionLimit() async throws {
        let scene = try LaneScene(limits: Self.limits(ReaderLimits(transactionLimit: 9_500)))
        let card = try VisaPrepaidCard.make()
        scene.reader.insert(card)
        let refused = try await scene.pay()
        #expect(refused.result.decision.rule == "ALL-7" && refused.result.decision.reason == .tryAnotherInterface)
        #expect(refused.shown.message == .insertOrSwipe)
        #expect(scene.prompts.withLock { $0.isEmpty } && card.state.atc == 0)
        #expect(try scene.records().isEmpty)
        #expect(try await scene.pay(9_499).result.decision.approved)
    }

    @Test("An application with limits in another currency alone is not taken in this one")
    func otherCurrency() async throws {
        let scene = try LaneScene(limits: Self.limits(ReaderLimits(), in: .eur))
        scene.reader.insert(try VisaPrepaidCard.make())
        #expect(try await scene.pay().result.decision.reason == .tryAnotherInterface)
    }

    @Test("Above the floor limit the card is asked for the host's word, which is away: declined, and no counter of money moved")
    func floorLimit() async throws {
        let scene = try LaneScene(limits: Self.limits(ReaderLimits(floorLimit: 9_499)))
        let card = try VisaPrepaidCard.make()
        let decision = try await scene.tap(card)
        #expect(decision.outcome == .declined && decision.reason == .onlineRequired)
        #expect(card.state.offlineBalance == 200_000)
        #expect(try await scene.tap(card, 9_499).approved)
    }

    @Test("From the CVM limit on a card that verified nobody takes no part")
    func verificationLimit() async throws {
        let scene = try LaneScene(limits: Self.limits(ReaderLimits(verificationLimit: 9_500)))
        let decision = try await scene.tap(try VisaPrepaidCard.make())
        #expect(decision.rule == "ALL-7" && decision.reason == .declinedByCard)
        #expect(try await scene.tap(try VisaPrepaidCard.make { $0.isHolderVerified = true }).approved)
    }

    @Test("CARD-8: a stopped card's TC is declined offline before the payment is approved, and shown so, whatever its kernel wanted shown")
    func exceptionFile() async throws {
        let scene = try LaneScene(synced: false)
        try scene.sync(nil, stops: [StopEntry(instrument: scene.instrument, reason: .blocked)])
        scene.reader.insert(try VisaPrepaidCard.make())
        let receipt = try await scene.pay()
        #expect(receipt.result.decision.rule == "CARD-8" && receipt.result.decision.reason == .blocked)
        #expect(!receipt.result.online && receipt.shown.message == .notAuthorised)
        // The card's own counters have moved (ALL-7).
        #expect(try scene.records().map(\.kind) == [.declineAdvice])
    }
}
