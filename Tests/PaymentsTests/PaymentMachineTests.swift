import Core
import HostProtocol
import Programmes
import SmartCard
import Testing

@testable import EMV
@testable import Payments

private let amount = Money(minorUnits: 9_500, currency: .sek)
private let id = UUIDv7(milliseconds: 1, random: [1])

private func evidence(_ type: CryptogramType) throws -> CardEvidence {
    let pan = try #require(PrimaryAccountNumber(digits: "4761739001010010"))
    let expiry = try #require(CivilDate(year: 2027, month: 5, day: 31))
    return CardEvidence(
        aid: [0xA0, 0, 0, 0, 3, 0x10, 0x10], pan: pan, panSequenceNumber: 1, expiry: expiry, atc: 1,
        cryptogram: [UInt8](repeating: 1, count: 8), cryptogramType: type, availableOfflineSpending: Money(minorUnits: 40_500, currency: .sek),
        verification: .none, authentication: .passed, dataRecord: [])
}

private let approval = Decision(
    outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline)
private let goOnline = Decision(
    outcome: .goOnline, approvedAmount: .zero(.sek), rule: "ALL-7", reason: .onlineRequired)

/// Feeds events and returns the last action.
private func machine(_ events: [PaymentMachine.Event]) -> (PaymentMachine, PaymentMachine.Action?) {
    var machine = PaymentMachine(payment: id, request: PurchaseRequest(amount: amount))
    var action: PaymentMachine.Action?
    for event in events { action = machine.handle(event) }
    return (machine, action)
}

private let opened = PaymentMachine.Event.opened(
    PaymentMachine.Opening(refusal: nil, cardAmount: amount, asksHost: true))
private let armedOffline: [PaymentMachine.Event] = [.started, .hostProbed(reachable: false), opened]
private let armedOnline: [PaymentMachine.Event] = [.started, .hostProbed(reachable: true), opened]

private func finished(_ action: PaymentMachine.Action?) throws -> PaymentResult {
    guard case .finish(let result)? = action else {
        throw Failure(action: "\(String(describing: action))")
    }
    return result
}
private struct Failure: Error { let action: String }

@Suite("A payment as a state machine")
struct PaymentMachineTests {
    @Test("Offline: intent, card, decision, answer, in this order")
    func offline() throws {
        var machine = PaymentMachine(payment: id, request: PurchaseRequest(amount: amount))
        let tc = try evidence(.tc)
        #expect(machine.handle(.started) == .probeHost)
        #expect(machine.handle(.hostProbed(reachable: false)) == .open(hostReachable: false))
        #expect(machine.handle(opened) == .awaitCard(.presentCard))
        #expect(machine.handle(.cardPresented) == .readCard(online: false))
        #expect(machine.handle(.cardRead(.approved(tc), mayHaveSpent: false)) == .settle(.decide(.card(tc), wantsHost: false)))
        let result = try finished(machine.handle(.settled(approval, sequence: 4, authorisationCode: nil)))
        #expect(result.decision == approval)
        #expect(result.sequence == 4)
        #expect(!result.online)
        #expect(result.maskedCard == "476173******0010")
        #expect(result.cardBalance == Money(minorUnits: 40_500, currency: .sek))
    }

    @Test("ALL-2: no approval without the store's word, whatever the card said")
    func notStored() throws {
        let tc = try evidence(.tc)
        let (_, action) = machine(
            armedOffline + [.cardPresented, .cardRead(.approved(tc), mayHaveSpent: false), .notSettled(.storeUnavailable)])
        let result = try finished(action)
        #expect(result.decision.outcome == .declined)
        #expect(result.decision.reason == .storeUnavailable)
    }

    @Test("Online: the host's answer is stored before it is told")
    func online() throws {
        let arqc = try evidence(.arqc)
        var (machine, action) = machine(
            armedOnline + [
                .cardPresented, .cardRead(.onlineRequest(arqc), mayHaveSpent: false),
                .settled(goOnline, sequence: nil, authorisationCode: nil),
            ])
        #expect(action == .authorise(.card(arqc)))
        let answer = AuthorisationAnswer(
            payment: id, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "123456",
            account: nil, hostTime: UTCInstant(milliseconds: 5))
        action = machine.handle(.hostAnswered(answer))
        guard case .settle(.host(_, let decision, _))? = action else {
            Issue.record("expected the answer to be stored")
            return
        }
        #expect(decision.approved && decision.rule == "CARD-21")
        let result = try finished(machine.handle(.settled(decision, sequence: 1, authorisationCode: "123456")))
        #expect(result.online && result.authorisationCode == "123456")
    }

    @Test("A request that never left lets the same card decide offline")
    func notReached() throws {
        let arqc = try evidence(.arqc)
        let (_, action) = machine(
            armedOnline + [
                .cardPresented, .cardRead(.onlineRequest(arqc), mayHaveSpent: false),
                .settled(goOnline, sequence: nil, authorisationCode: nil), .hostNotReached,
            ])
        #expect(action == .readCard(online: false))
    }

    @Test("ALL-7: a card that spent although it was to ask the host is not asked again when the host was not reached, or when it is torn")
    func spentAllTheSame() throws {
        let tc = try evidence(.tc)
        let (_, notReached) = machine(
            armedOnline + [
                .cardPresented, .cardRead(.onlineRequest(tc), mayHaveSpent: true),
                .settled(goOnline, sequence: nil, authorisationCode: nil), .hostNotReached,
            ])
        #expect(notReached == .settle(.decide(.card(tc), wantsHost: true)))
        let (_, torn) = machine(armedOnline + [.cardPresented, .cardRead(.torn(tc), mayHaveSpent: true)])
        #expect(torn == .settle(.torn(.card(tc), .declined(amount, rule: "ALL-7", reason: .cardRemoved))))
        let arqc = try evidence(.arqc)
        let (_, again) = machine(armedOnline + [.cardPresented, .cardRead(.torn(arqc), mayHaveSpent: true)])
        #expect(again == .awaitCard(.presentCardAgain))
    }

    @Test("ALL-7: of a payment that only the host may collect, too")
    func spentCollecting() throws {
        let tc = try evidence(.tc)
        var machine = PaymentMachine(payment: id, request: PurchaseRequest(amount: amount, collects: id))
        var action: PaymentMachine.Action?
        for event in armedOnline + [
            .cardPresented, .cardRead(.onlineRequest(tc), mayHaveSpent: true),
            .settled(goOnline, sequence: nil, authorisationCode: nil), .hostNotReached,
        ] { action = machine.handle(event) }
        #expect(action == .settle(.declined(.card(tc), .declined(amount, rule: "CARD-21", reason: .onlineRequired))))
    }

    @Test("ALL-10: a silent host is unknown; declined with its reversal in one commit")
    func silent() throws {
        let arqc = try evidence(.arqc)
        let (_, action) = machine(
            armedOnline + [
                .cardPresented, .cardRead(.onlineRequest(arqc), mayHaveSpent: false),
                .settled(goOnline, sequence: nil, authorisationCode: nil), .hostSilent,
            ])
        guard case .settle(.hostUnknown(_, let decision))? = action else {
            Issue.record("expected a reversal")
            return
        }
        #expect(decision.rule == "ALL-10" && decision.reason == .hostOutcomeUnknown && !decision.approved)
    }

    @Test("A card gone before it could spend is asked for again, five times at most")
    func again() throws {
        var (machine, action) = machine(armedOffline)
        for read in 1...PaymentMachine.maximumReads {
            #expect(action == .awaitCard(read == 1 ? .presentCard : .presentCardAgain))
            #expect(machine.handle(.cardPresented) == .readCard(online: false))
            action = machine.handle(.cardRead(.tryAgain(.communication(.removed)), mayHaveSpent: false))
        }
        #expect(action == .abandon(.declined(amount, rule: "ALL-7", reason: .cardRemoved)))
    }

    @Test("A card torn after it may have spent leaves a record; asked for an online cryptogram it may come again")
    func torn() throws {
        let (_, offline) = machine(armedOffline + [.cardPresented, .cardRead(.torn(nil), mayHaveSpent: false)])
        #expect(offline == .settle(.torn(nil, .declined(amount, rule: "ALL-7", reason: .cardRemoved))))
        let (_, online) = machine(armedOnline + [.cardPresented, .cardRead(.torn(nil), mayHaveSpent: false)])
        #expect(online == .awaitCard(.presentCardAgain))
    }

    static let kernelWords: [(ContactlessOutcome, RuleID, Reason)] = [
        (.declined(nil, .expired), "CARD-6", .expired),
        (.declined(nil, .authenticationFailed(.missing(0x90))), "ALL-7", .cardNotAuthentic),
        (.declined(nil, .listed), "CARD-8", .blocked),
        (.declined(nil, .onlineNotPossible), "CARD-21", .onlineRequired),
        (.declined(nil, .verificationNotPossible), "ALL-9", .verificationRequired),
        (.tryAnotherInterface(nil), "ALL-7", .tryAnotherInterface),
        (.endApplication(.noSupportedApplication, nil), "ALL-7", .applicationNotSupported),
        (.endApplication(.status(.fileNotFound, .getProcessingOptions), nil), "ALL-7", .cardDataInvalid),
    ]

    @Test("Each final word of the kernel has its rule and reason", arguments: kernelWords.indices)
    func words(_ index: Int) throws {
        let (outcome, rule, reason) = Self.kernelWords[index]
        let (_, action) = machine(armedOffline + [.cardPresented, .cardRead(outcome, mayHaveSpent: false)])
        #expect(action == .settle(.declined(nil, .declined(amount, rule: rule, reason: reason))))
    }

    @Test("A card of other schemes is declined, and the decision names what it offers, also after it was stored")
    func otherApplications() throws {
        let offered = [
            OfferedApplication(applicationIdentifier: [0xA0, 0, 0, 0, 4, 0x10, 0x10], kernel: .mastercard),
            OfferedApplication(applicationIdentifier: [0xA0, 0, 0, 0, 0x99], kernel: KernelIdentifier(rawValue: 0x81_0978)),
        ]
        let (_, action) = machine(
            armedOffline + [.cardPresented, .cardRead(.endApplication(.otherApplicationsOnly(offered), nil), mayHaveSpent: false)])
        guard case .settle(.declined(nil, let decision))? = action else {
            Issue.record("\(String(describing: action))")
            return
        }
        #expect(decision.outcome == .declined && decision.rule == "ALL-7" && decision.reason == .applicationNotSupported)
        let values = ["A0000000041010 (Mastercard, kernel C-2)", "A000000099 (kernel 810978)"]
        #expect(decision.trace.flatMap(\.inputs) == values.map { RuleInput(.application, $0) })
        #expect(Decision(stored: decision.stored)?.trace == decision.trace)
        let told = decision.explanation(in: .english, asked: amount).flatMap(\.inputs).map { "\($0.name) \($0.value)" }
        #expect(told == values.map { "card offers \($0)" })
    }

    @Test("Offline, an answer that says nothing after the card could spend leaves a record")
    func unreadableAfterSpending() throws {
        let outcome = ContactlessOutcome.endApplication(.legacyFormat, nil)
        let (_, offline) = machine(armedOffline + [.cardPresented, .cardRead(outcome, mayHaveSpent: true)])
        #expect(offline == .settle(.torn(nil, .declined(amount, rule: "ALL-7", reason: .cardDataInvalid))))
        let (_, online) = machine(armedOnline + [.cardPresented, .cardRead(outcome, mayHaveSpent: true)])
        #expect(online == .settle(.declined(nil, .declined(amount, rule: "ALL-7", reason: .cardDataInvalid))))
    }

    @Test("Cancel and time-out close a payment that waits for a card, and nothing later")
    func cancel() throws {
        let (_, cancelled) = machine(armedOffline + [.cancelled])
        #expect(cancelled == .abandon(.declined(amount, rule: "CARD-14", reason: .cancelled)))
        let (_, late) = machine(armedOffline + [.timedOut])
        #expect(late == .abandon(.declined(amount, rule: "CARD-17", reason: .timedOut)))
        var (reading, _) = machine(armedOffline + [.cardPresented])
        #expect(reading.handle(.cancelled) == nil)
        #expect(!reading.canBeCancelled)
    }

    @Test("A refusal that needs no card ends the payment before one is asked for")
    func refusedBeforeCard() throws {
        let refusal = Decision.declined(amount, rule: "CARD-4", reason: .perTransactionLimit)
        var (machine, action) = machine([.started, .hostProbed(reachable: true), .opened(PaymentMachine.Opening(refusal: refusal, cardAmount: amount, asksHost: true))])
        #expect(action == .abandon(refusal))
        action = machine.handle(.settled(refusal, sequence: nil, authorisationCode: nil))
        #expect(try finished(action).decision == refusal)
    }

    @Test("ALL-8: a known reference answers as before; a reused one is refused")
    func reference() throws {
        let before = PaymentResult(payment: id, amount: amount, decision: approval)
        let (_, known) = machine([.started, .hostProbed(reachable: true), .known(before)])
        #expect(try finished(known) == before)
        let (_, reused) = machine([.started, .hostProbed(reachable: true), .notOpened(.referenceReused)])
        #expect(try finished(reused).decision.rule == "ALL-8")
    }
}
