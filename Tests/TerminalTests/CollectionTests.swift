import Core
import Diagnostics
import Foundation
import HostProtocol
import Programmes
import Store
import Synchronization
import Testing
import VirtualCards

@testable import Terminal

@Suite("Late declines at a lane (ALL-7)", .timeLimit(.minutes(5)))
struct CollectionTests {
    /// A payment of the scene's card that the host has declined later.
    static func bounced(_ scene: LaneScene, _ amount: Int64 = 5_000) throws -> UUIDv7 {
        let now = scene.clock.now
        let payment = Fresh.id(at: now.instant)
        let request = PurchaseRequest(amount: scene.sek(amount))
        _ = try scene.store.begin(PaymentIntent(id: payment, reference: nil, request: request, startedAt: now.instant))
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(amount), rule: "ALL-7", reason: .approvedDeferred,
            split: [PurseShare(purse: "prepaid", units: amount, money: amount)])
        let closing = PaymentClosing(
            payment: payment, record: Fresh.id(at: now.instant), request: request, programme: try Programme.shipped().first,
            instrument: scene.instrument, sealedEvidence: nil, now: now, hostReachable: false)
        _ = try scene.store.settle(closing) { _, _ in .local(decision, cardMovedOn: false) }
        try scene.store.settle(
            scene.store.pending(limit: 10).map {
                RecordResult(
                    id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .declinedLater,
                    reason: "insufficientFunds")
            }, at: now.instant)
        return payment
    }

    @Test("Refused offline, asked of the host online; collected by its own card, and it pays offline again")
    func story() async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        let refused = try await scene.tap(try VisaPrepaidCard.make())
        #expect(refused.outcome == .declined && refused.rule == "CARD-8" && refused.reason == .unpaidEarlier)
        // The card had approved: the host hears of it.
        #expect(try scene.records().map(\.kind) == [.declineAdvice])
        scene.host.answer(ScriptedHost.approval(scene.account(balance: 90_500, version: 2)))
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
        #expect(try scene.store.declined(original)?.state == .open)

        let request = PurchaseRequest(amount: scene.sek(5_000), collects: original)
        let result = try await scene.tap(try VisaPrepaidCard.make(), request)
        #expect(result.decision.approved && result.online)
        let asked = try #require(scene.host.now.requests.last)
        #expect(asked.kind == .collection && asked.original == original && asked.amount == scene.sek(5_000))
        #expect(scene.host.now.requests.first.map { $0.kind == nil && $0.original == nil } == true)
        let declined = try #require(try scene.store.declined(original))
        #expect(declined.state == .collected && declined.collectedBy == result.payment)
        scene.host.leave()
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
    }

    @Test("The host's plain no leaves no record, and is the moment to offer what is owed all the same")
    func known() async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        scene.host.answer(ScriptedHost.refusal("insufficientFunds"))
        scene.reader.insert(try VisaPrepaidCard.make())
        let receipt = try await scene.pay(reference: "R1")
        #expect(receipt.result.decision.reason == .insufficientFunds)
        #expect(try scene.records().isEmpty && scene.store.instrument(of: receipt.result.payment) == nil)
        #expect(receipt.instrument == scene.instrument)
        let instrument = try #require(receipt.instrument)
        #expect(try scene.store.openDeclined(instrument: instrument).map(\.payment) == [original])
    }

    @Test("Without the host nothing is collected: no card is asked for, and none decides when the request can't leave")
    func offline() async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        let request = PurchaseRequest(amount: scene.sek(5_000), collects: original)
        let away = try await scene.pay(request).result.decision
        #expect(away.rule == "CARD-21" && away.reason == .onlineRequired && scene.prompts.withLock { $0 }.isEmpty)
        scene.host.answer { _ in .notReached }
        let card = try VisaPrepaidCard.make()
        let lost = try await scene.tap(card, request).decision
        #expect(lost.reason == .onlineRequired && card.state.offlineBalance == 200_000)
        #expect(try scene.records().isEmpty && scene.store.declined(original)?.state == .open)
    }

    @Test("Another card does not collect; a host that says no, or nothing, leaves it open, and the unknown is reversed (ALL-10)")
    func open() async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        let request = PurchaseRequest(amount: scene.sek(5_000), collects: original)
        scene.host.answer(ScriptedHost.approval(scene.account()))
        let stranger = try await scene.tap(try VisaPrepaidCard.make(pan: "4111111111111111"), request).decision
        #expect(stranger.reason == .collectionNotDue && scene.host.now.requests.isEmpty)
        scene.host.answer(ScriptedHost.refusal("insufficientFunds"))
        #expect(try await scene.tap(try VisaPrepaidCard.make(), request).decision.reason == .insufficientFunds)
        scene.host.answer { _ in .silent }
        let unknown = try await scene.tap(try VisaPrepaidCard.make(), request)
        #expect(unknown.decision.rule == "ALL-10")
        #expect(try scene.records().map(\.kind) == [.reversal] && scene.records().map(\.payment) == [unknown.payment])
        #expect(try scene.store.declined(original)?.state == .open)
    }

    @Test("A collection that the host declines brings its newest word on the next try, which counts", arguments: [
        (.never, nil), (.later, 3_600), (nil, nil),
    ] as [(CollectionAdvice?, Int64?)])
    func advice(_ advice: CollectionAdvice?, _ seconds: Int64?) async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        let request = PurchaseRequest(amount: scene.sek(5_000), collects: original)
        // Before, the host had said something else.
        let before = advice == nil ? CollectionAdvice.later : nil
        for (word, wait) in [(before, before.map { _ in Int64(0) }), (advice, seconds)] {
            scene.host.answer { request in
                .answered(
                    AuthorisationAnswer(
                        payment: request.payment, approved: false, rule: "CARD-8", reason: "suspended", authorisationCode: nil,
                        account: nil, hostTime: request.requestedAt, retry: word, retryAfter: wait))
            }
            #expect(try await scene.tap(try VisaPrepaidCard.make(), request).decision.approved == false)
        }
        let declined = try #require(try scene.store.declined(original))
        #expect(declined.state == .open)
        let now = scene.clock.now.instant
        switch (advice, declined.retry(at: now)) {
        case (.never?, .never), (nil, .now): break
        case (.later?, .notBefore(let time)):
            #expect((3_500_000...3_600_000).contains(time.millisecondsSince(now)))
            #expect(declined.retry(at: now.advanced(byMilliseconds: 3_600_000)) == .now)
            #expect(DeclinedReply(declined, at: now).collect == "later")
        case (_, let other): Issue.record("\(other)")
        }
    }

    @Test("ALL-8: the same reference is answered as before and asks nobody")
    func reference() async throws {
        let scene = try LaneScene()
        let original = try Self.bounced(scene)
        let request = PurchaseRequest(amount: scene.sek(5_000), collects: original)
        scene.host.answer(ScriptedHost.approval(scene.account(version: 2)))
        scene.reader.insert(try VisaPrepaidCard.make())
        let first = try await scene.pay(request, reference: "C1").result
        let again = try await scene.pay(request, reference: "C1").result
        #expect(first.decision.approved && again.payment == first.payment && again.decision.approved)
        #expect(scene.host.now.requests.count == 1)
        let other = try await scene.pay(PurchaseRequest(amount: scene.sek(5_000)), reference: "C1").result.decision
        #expect(other.rule == "ALL-8")
    }

    @Test("ALL-10, ALL-8: a time-out is declined with its reversal queued; the repeat says the same; then it is reversed")
    func timedOut() async throws {
        let scene = try LaneScene()
        scene.host.answer { _ in .silent }
        scene.reader.insert(try VisaPrepaidCard.make())
        let first = try await scene.pay(reference: "R1").result
        #expect(first.decision.outcome == .declined && first.decision.reason == .hostOutcomeUnknown)
        let again = try await scene.pay(reference: "R1").result
        #expect(again.payment == first.payment && again.decision == first.decision)
        #expect(scene.host.now.requests.count == 1)
        func stand() throws -> ReversalState? {
            try scene.store.reversal(of: #require(try scene.store.payment(reference: "R1")))
        }
        #expect(try stand() == .queued)
        try scene.store.settle(
            scene.store.pending(limit: 10).map {
                RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
            })
        #expect(try stand() == .reversed)
        #expect(try await scene.pay(reference: "R1").result.decision == first.decision)
    }
}

@Suite("News for the merchant")
struct AnnouncementTests {
    @Test("Each watcher hears of each; one that has left is forgotten")
    func news() async throws {
        let scene = try LaneScene()
        let payment = try CollectionTests.bounced(scene)
        let declined = try #require(try scene.store.declined(payment))
        let announcements = Announcements()
        let (one, two) = (announcements.stream(), announcements.stream())
        announcements.post("declinedLater", declined, at: UTCInstant(milliseconds: 1))
        for stream in [one, two] {
            let first = await stream.first { _ in true }
            #expect(first?.announcement == "declinedLater" && first?.declined?.reason == "insufficientFunds")
        }
    }

    @Test("Of what the host has taken no tries are kept; of what it has refused they are")
    func settled() async throws {
        let scene = try LaneScene()
        let ports = StorePorts(store: scene.store, thread: scene.thread, clock: scene.clock)
        scene.host.answer { _ in .silent }
        for isRefused in [false, true] {
            // Leaves a reversal.
            _ = try await scene.tap(try VisaPrepaidCard.make())
            let waiting = try await ports.waiting(after: 0, limit: 100).map(\.sequence)
            for _ in 0..<2 { _ = try await ports.records(waiting) }
            let records = try await ports.records(waiting)
            #expect(!records.isEmpty)
            for sequence in waiting { #expect(try scene.store.sends(sequence)?.count == 3) }
            _ = try await ports.settle(
                records.map {
                    RecordResult(
                        id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))),
                        outcome: isRefused ? .rejected : .applied, reason: isRefused ? "malformed" : nil)
                })
            for sequence in waiting { #expect(try scene.store.sends(sequence)?.count == (isRefused ? 3 : nil)) }
        }
    }
}
