import Core
import Foundation
import HostProtocol
import Programmes
import Store
import Testing
import VirtualCards

@testable import Terminal

@Suite("Baskets, parts, holds and refunds at the lane", .timeLimit(.minutes(5)))
struct BasketAndHoldTests {
    @Test("CARD-9: food 80.00 and wine 40.00: the card is asked for 80.00 and pays it, 40.00 stays due")
    func basket() async throws {
        let scene = try LaneScene()
        let request = PurchaseRequest(
            amount: scene.sek(12_000),
            basket: [
                BasketLine(amount: scene.sek(8_000), category: "food"),
                BasketLine(amount: scene.sek(4_000), category: "alcohol"),
            ])
        let card = try VisaPrepaidCard.make()
        let result = try await scene.tap(card, request)
        #expect(result.decision.approved && result.decision.approvedAmount == scene.sek(8_000))
        #expect(result.decision.due(of: request.amount) == scene.sek(4_000))
        #expect(card.state.offlineBalance == 200_000 - 8_000)
        let record = try #require(try scene.records().first)
        #expect(record.amount == scene.sek(12_000) && record.approved == scene.sek(8_000))
        #expect(record.split == [PurseShare(purse: "prepaid", units: 8_000, money: 8_000)])
        #expect(try scene.available() == scene.sek(92_000))
    }

    @Test("CARD-9: nothing for the card in the basket: refused before a card is asked")
    func nothingEligible() async throws {
        let scene = try LaneScene()
        let request = PurchaseRequest(
            amount: scene.sek(4_000), basket: [BasketLine(amount: scene.sek(4_000), category: "tobacco")])
        let decision = try await scene.pay(request).result.decision
        #expect(decision.outcome == .declined && decision.rule == "CARD-9" && decision.reason == .goodsNotAllowed)
        #expect(scene.prompts.withLock { $0 }.isEmpty)
    }

    @Test("CARD-11: 70.00 available, 95.00 asked: refused, or approved in part where the checkout takes that")
    func part() async throws {
        for (allows, approved) in [(false, Int64(0)), (true, 7_000)] {
            let scene = try LaneScene(synced: false)
            try scene.sync([scene.account(balance: 7_000)])
            let request = PurchaseRequest(amount: scene.sek(9_500), allowsPartial: allows)
            let decision = try await scene.tap(try VisaPrepaidCard.make(), request).decision
            #expect(decision.approvedAmount == scene.sek(approved))
            #expect(decision.reason == (allows ? .approvedOffline : .insufficientFunds))
            #expect(try scene.available() == scene.sek(7_000 - approved))
        }
    }

    @Test("A host that approves more than was asked, or a part that was not allowed, is not believed: reversed")
    func wrongPart() async throws {
        for units in [Int64(9_501), 7_000, 0] {
            let scene = try LaneScene()
            scene.host.answer { request in
                .answered(
                    AuthorisationAnswer(
                        payment: request.payment, approved: true, rule: "CARD-21", reason: "approvedOnline",
                        authorisationCode: "A1B2C3", account: nil, hostTime: request.requestedAt,
                        approvedAmount: Money(minorUnits: units, currency: .sek)))
            }
            let decision = try await scene.tap(try VisaPrepaidCard.make())
            #expect(decision.outcome == .declined && decision.reason == .hostOutcomeUnknown)
            #expect(try scene.records().map(\.kind) == [.reversal])
        }
    }

    @Test("CARD-12: hold 300.00, complete 240.00: 60.00 is released in the same step")
    func hold() async throws {
        let scene = try LaneScene()
        let held = try await scene.tap(
            try VisaPrepaidCard.make(), PurchaseRequest(kind: .hold, amount: scene.sek(30_000)))
        #expect(held.decision.approved)
        #expect(try scene.available() == scene.sek(70_000))
        let completed = try scene.amender.amend(
            .completion, original: held.payment, amount: scene.sek(24_000), reference: nil)
        #expect(completed.settled.decision.approved)
        #expect(try scene.available() == scene.sek(76_000))
        #expect(try scene.records().map(\.kind) == [.hold, .completion])
        let again = try scene.amender.amend(.release, original: held.payment, amount: nil, reference: nil)
        #expect(again.settled.decision.reason == .holdClosed)
    }

    @Test("CARD-12: a hold whose time is over ends by itself, by the host's time alone")
    func expiry() async throws {
        let scene = try LaneScene()
        let held = try await scene.tap(
            try VisaPrepaidCard.make(), PurchaseRequest(kind: .hold, amount: scene.sek(30_000)))
        #expect(try scene.amender.releaseExpiredHolds().isEmpty)
        // Eight days later, by a signed host time: the programme's holds last seven.
        let later = scene.clock.now.instant.advanced(byMilliseconds: 8 * 86_400_000)
        _ = scene.clock.observe(scene.clock.anchor(hostTime: later, atBoot: scene.clock.bootMilliseconds))
        #expect(try scene.amender.releaseExpiredHolds() == [held.payment])
        #expect(try scene.available() == scene.sek(100_000))
        #expect(try scene.records().map(\.kind) == [.hold, .release])
    }

    @Test("CARD-13: purchase 100.00, refunds 60.00 and 50.00: the second is refused; what is refunded comes with the host's page")
    func refund() async throws {
        let scene = try LaneScene()
        let bought = try await scene.tap(try VisaPrepaidCard.make(), PurchaseRequest(amount: scene.sek(10_000)))
        let first = try scene.amender.amend(.refund, original: bought.payment, amount: scene.sek(6_000), reference: "F1")
        #expect(first.settled.decision.reason == .refunded)
        let same = try scene.amender.amend(.refund, original: bought.payment, amount: scene.sek(6_000), reference: "F1")
        #expect(same.settled.decision == first.settled.decision)
        let second = try scene.amender.amend(.refund, original: bought.payment, amount: scene.sek(5_000), reference: nil)
        #expect(second.settled.decision.reason == .refundExceedsPurchase)
        #expect(try scene.records().map(\.kind) == [.offlineApproval, .refund])
        #expect(try scene.available() == scene.sek(90_000))
    }

    @Test("CARD-14: a void gives the whole back, once")
    func void() async throws {
        let scene = try LaneScene()
        let bought = try await scene.tap(try VisaPrepaidCard.make(), PurchaseRequest(amount: scene.sek(10_000)))
        #expect(try scene.amender.amend(.void, original: bought.payment, amount: nil, reference: nil).settled.decision.approved)
        #expect(try scene.available() == scene.sek(100_000))
        let again = try scene.amender.amend(.void, original: bought.payment, amount: nil, reference: nil)
        #expect(again.settled.decision.reason == .purchaseChanged)
    }

    @Test("ALL-8: the same reference with another basket is refused; with the same one the answer is the same, split included")
    func referenceAndBasket() async throws {
        let scene = try LaneScene()
        func request(_ food: Int64) -> PurchaseRequest {
            PurchaseRequest(
                amount: scene.sek(12_000),
                basket: [
                    BasketLine(amount: scene.sek(food), category: "food"),
                    BasketLine(amount: scene.sek(12_000 - food), category: "alcohol"),
                ])
        }
        scene.reader.insert(try VisaPrepaidCard.make())
        let first = try await scene.pay(request(8_000), reference: "R1").result
        let again = try await scene.pay(request(8_000), reference: "R1").result
        #expect(again.decision == first.decision && again.payment == first.payment)
        let other = try await scene.pay(request(9_000), reference: "R1").result
        #expect(other.decision.reason == .referenceReused)
        #expect(try scene.records().count == 1)
    }

    @Test("ALL-8: a void asked for again with its reference gives the same answer, of the same id")
    func voidAgain() async throws {
        let scene = try LaneScene()
        let bought = try await scene.tap(try VisaPrepaidCard.make(), PurchaseRequest(amount: scene.sek(10_000)))
        let first = try scene.amender.amend(.void, original: bought.payment, amount: nil, reference: "V1")
        let again = try scene.amender.amend(.void, original: bought.payment, amount: nil, reference: "V1")
        #expect(again.settled == first.settled && again.payment == first.payment && again.amount == first.amount)
    }

    @Test("ALL-7: an ARQC without the host is no hold: what the host may still decline reserves nothing")
    func deferredHold() throws {
        let file = try #require(Programme.shippedFiles.first { $0.name == "epassi-card.toml" })
        let text = String(decoding: file.bytes, as: UTF8.self)
            .replacing("maximum_amount = \"500.00\"", with: "deferred_maximum = \"300.00\"\nmaximum_amount = \"500.00\"")
        let programme = try Programme(toml: text, fileName: "deferred.toml")
        let scene = try LaneScene()
        let evidence = InstrumentEvidence(
            cryptogram: .arqc, authentication: .passed, expiry: CivilDate(year: 2030, month: 12, day: 31))
        let terminal = try scene.store.terminalState(currency: .sek, now: scene.clock.now, hostReachable: false)
        for (kind, reason) in [(PurchaseRequest.Kind.purchase, Reason.approvedDeferred), (.hold, .onlineRequired)] {
            let decision = programme.decide(
                PurchaseRequest(kind: kind, amount: scene.sek(9_500)), evidence: evidence,
                account: AccountState(limit: scene.account()), terminal: terminal, now: scene.clock.now)
            #expect(decision.reason == reason)
        }
    }

    @Test("CARD-8: a card of the stop list is refused though its account is well")
    func stopped() async throws {
        let scene = try LaneScene(synced: false)
        try scene.sync(nil, stops: [StopEntry(instrument: scene.instrument, reason: .lostOrStolen)])
        let decision = try await scene.tap(try VisaPrepaidCard.make())
        #expect(decision.outcome == .declined && decision.rule == "CARD-8" && decision.reason == .lostOrStolen)
    }
}
