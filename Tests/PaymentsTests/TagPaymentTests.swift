import Core
import Crypto
import HostProtocol
import Programmes
import SmartCard
import Tags
import Testing
import VirtualCards

@testable import Payments

private let amount = Money(minorUnits: 950, currency: .eur)
private let id = UUIDv7(milliseconds: 1, random: [1])

@Suite("A closed-loop tag pays as a card does, by its own proof")
struct TagPaymentTests {
    private static let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]

    private static func profile() throws -> ClosedLoopProfile {
        let (meta, master) = (try #require(AESKey(TestTags.metaKey)), try #require(AESKey(TestTags.masterKey)))
        let url = try #require(
            SDMVerifier(layout: SDMLayout(), metaRead: meta, fileRead: .diversified(master: master, label: .url)))
        return ClosedLoopProfile(url: url, key: .diversified(master: master, label: .value), keyNumber: 3)
    }

    private static func tag(copied: Bool = false) throws -> NTAG424Tag {
        var keys = TestTags.keys(uid: uid)
        if copied { keys[3] = [UInt8](repeating: 0, count: 16) }
        return try NTAG424Tag(NTAG424Tag.Configuration(uid: uid, mirror: try TestTags.mirror()), state: NTAG424Tag.TagState(keys: keys))
    }

    private static func outcome(_ card: any VirtualCard, nonce: UInt8 = 1) throws -> ClosedLoopOutcome {
        let context = try #require(TapContext(payment: id, amount: amount, nonce: [UInt8](repeating: nonce, count: 16)))
        card.reset()
        var tap = ClosedLoopTag(try profile(), context)
        return tap.run(on: DirectChannel(card))
    }

    private static func machine(reachable: Bool = false) -> PaymentMachine {
        var machine = PaymentMachine(payment: id, request: PurchaseRequest(amount: amount))
        let opening = PaymentMachine.Opening(refusal: nil, cardAmount: amount, asksHost: reachable)
        for event in [.started, .hostProbed(reachable: reachable), .opened(opening), .cardPresented] as [PaymentMachine.Event] {
            _ = machine.handle(event)
        }
        return machine
    }

    @Test("What it proved goes to the rules, under its pseudonym; the result shows no number")
    func decides() throws {
        var machine = Self.machine()
        let outcome = try Self.outcome(Self.tag())
        guard case .settle(.decide(let proof, wantsHost: false))? = machine.handle(.tagRead(outcome)), case .tag(let evidence) = proof else {
            Issue.record("\(outcome)")
            return
        }
        #expect(
            proof.shown(wantsHost: false)
                == InstrumentEvidence(cryptogram: .none, authentication: .passed, verification: .none, expiry: nil, kind: .tag))
        #expect(!proof.hasMovedOn)
        let site = SymmetricKey(data: [UInt8](repeating: 9, count: 32))
        #expect(proof.pseudonym(key: site) == Pseudonym(domain: "tag1", identifier: "04958CAA5C5E80", key: site))
        #expect(ClosedLoopEvidence(proof.record) == evidence && evidence.context.amount == amount && evidence.context.payment == id)
        let approval = Decision(outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline)
        guard case .finish(let result)? = machine.handle(.settled(approval, sequence: 3, authorisationCode: nil)) else {
            Issue.record("not finished")
            return
        }
        #expect(result.decision == approval && result.sequence == 3 && result.maskedCard == nil && result.cardBalance == nil)
    }

    @Test("Programmes that take tags take it, others don't")
    func programmes() throws {
        var machine = Self.machine()
        guard case .settle(.decide(let proof, _))? = machine.handle(.tagRead(try Self.outcome(Self.tag()))) else {
            Issue.record("not decided")
            return
        }
        let taking = try Programme.shipped().filter(proof.isTaken).map(\.id)
        #expect(Set(taking) == ["epassi-wallet", "smartum"])
    }

    @Test("A copy is declined with ALL-7; a tag that left is asked for again; what is no tag of ours leaves the turn to the kernel")
    func others() throws {
        var machine = Self.machine()
        let copy = try Self.outcome(Self.tag(copied: true))
        #expect(copy == .refused(.wrongKey))
        #expect(
            machine.handle(.tagRead(copy)) == .settle(.declined(nil, .declined(amount, rule: "ALL-7", reason: .cardNotAuthentic))))
        var torn = Self.machine()
        let left = try Self.outcome(FaultyCard(Self.tag(), faults: [.tear(afterCommands: 5)]))
        #expect(torn.handle(.tagRead(left)) == .awaitCard(.presentCardAgain))
        var other = Self.machine()
        let bank = try Self.outcome(Type4Tag(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://a.example/"))
        #expect(other.handle(.tagRead(bank)) == nil)
        guard case .settle(.declined(nil, _))? = other.handle(.cardRead(.endApplication(.noSupportedApplication, nil), mayHaveSpent: false)) else {
            Issue.record("the kernel had no turn")
            return
        }
    }

    @Test("Sent to the host, and back when it can't be reached: the tag is asked anew for the same payment")
    func online() throws {
        var machine = Self.machine(reachable: true)
        let tag = try Self.tag()
        guard case .settle(.decide(let proof, _))? = machine.handle(.tagRead(try Self.outcome(tag))) else {
            Issue.record("not decided")
            return
        }
        let goOnline = Decision(outcome: .goOnline, approvedAmount: .zero(.eur), rule: "ALL-4", reason: .onlineRequired)
        #expect(machine.handle(.settled(goOnline, sequence: nil, authorisationCode: nil)) == .authorise(proof))
        #expect(machine.handle(.hostNotReached) == .readCard(online: false))
        guard case .settle(.decide(let again, _))? = machine.handle(.tagRead(try Self.outcome(tag, nonce: 2))) else {
            Issue.record("not decided again")
            return
        }
        #expect(again != proof)
        let site = SymmetricKey(data: [UInt8](repeating: 9, count: 32))
        #expect(again.pseudonym(key: site) == proof.pseudonym(key: site))
    }
}
