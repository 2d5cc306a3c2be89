import Core
import HostProtocol
import Testing

@testable import Programmes

@Suite("What bounced stays open (ALL-7, CARD-8)")
struct OpenAmountTests {
    private static let payment = UUIDv7(milliseconds: 1, random: [1])
    private static let other = UUIDv7(milliseconds: 1, random: [2])

    @Test("Without the host an instrument that owes does not pay; with the host, the host decides; each refusal says what helps")
    func blocked() throws {
        var scene = Scene.card
        scene.terminal.hostReachable = false
        scene.evidence.cryptogram = .tc
        #expect(try scene.decide().approved)
        scene.terminal.bounced = BouncedPayment(payment: Self.payment, amount: sek("10.00"))
        let refused = try scene.decide()
        #expect(refused.outcome == .declined && refused.rule == "CARD-8" && refused.reason == .unpaidEarlier)
        #expect(refused.trace.last?.inputs.first == RuleInput(.due, sek("10.00")))
        #expect(refused.reason.remedy == .payOpenAmount)
        scene.evidence.cryptogram = .arqc
        scene.terminal.hostReachable = true
        #expect(try scene.decide().outcome == .goOnline)
    }

    @Test("A collection asks the host for exactly what is open, whatever the card says", arguments: [
        ("exact", "goOnline"), ("lower", "collectionNotDue"), ("higher", "collectionNotDue"), ("closed", "collectionNotDue"),
        ("another", "collectionNotDue"), ("offline", "onlineRequired"), ("offlineTC", "onlineRequired"),
    ])
    func collection(_ what: String, _ outcome: String) throws {
        var scene = Scene.card
        scene.terminal.hostReachable = !what.hasPrefix("offline")
        scene.evidence.cryptogram = what == "offlineTC" ? .tc : .arqc
        let amount = what == "lower" ? sek("9.99") : what == "higher" ? sek("10.01") : sek("10.00")
        scene.request = PurchaseRequest(amount: amount, collects: Self.payment)
        scene.terminal.bounced =
            what == "closed" ? nil : BouncedPayment(payment: what == "another" ? Self.other : Self.payment, amount: sek("10.00"))
        let decision = try scene.decide()
        #expect((decision.outcome == .goOnline ? "goOnline" : decision.reason.rawValue) == outcome)
    }
}
