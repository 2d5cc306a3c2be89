import Core
import HostProtocol
import Programmes
import SmartCard
import Testing
import VirtualCards

@testable import EMV
@testable import Payments

/// A payment as the lane runs it, with virtual cards and without a store: machine and turn, events in, actions out.
private struct Payer {
    static let amount = Money(minorUnits: 9_500, currency: .sek)
    static let pan = "4761739001010010"

    var machine = PaymentMachine(payment: UUIDv7(milliseconds: 1, random: [1]), request: PurchaseRequest(amount: amount))
    var turn: ContactlessTurn
    var shown: [PayerNotice] = []
    var fieldOff: [Int] = []
    /// What waits to be done.
    var action: PaymentMachine.Action?
    private var number: UInt8 = 0

    init(
        online: Bool = false, limits: ReaderLimits = ReaderLimits(), currency: Currency = .sek, balance: [UInt8]? = nil
    ) throws {
        let visa = Combination(
            applicationIdentifier: Combination.visaCreditDebit, qualifiers: [.emvMode, .deviceVerification, .fDDAVersion1],
            readsOfflineBalance: true)
        let entry = ReaderConfiguration.Entry(application: Combination.visaCreditDebit, currency: currency, limits: limits)
        let parameters = try TransactionParameters(
            amount: Self.amount, date: try #require(CivilDate("2026-11-21")), expiryIsMonth: true, countryCode: 752,
            unpredictableNumber: [0, 0, 0, 0], onlineCryptogramRequired: online)
        turn = ContactlessTurn(
            ContactlessTransaction(
                combinations: ReaderConfiguration([entry]).combinations([visa], in: .sek), parameters: parameters,
                caKeys: try CAPublicKeyStore([TestKeys.caPublicKey])))
        let opening = PaymentMachine.Opening(refusal: nil, cardAmount: Self.amount, asksHost: online)
        for event in [.started, .hostProbed(reachable: online), .opened(opening)] as [PaymentMachine.Event] {
            action = machine.handle(event)
        }
    }

    /// The payer's turn: what is shown before the card, the card, and what the payment hears of it.
    mutating func present(_ card: any VirtualCard) throws {
        guard case .awaitCard(let prompt)? = action else { throw Unexpected(action: "\(String(describing: action))") }
        let isOpen = turn.outcome == nil
        #expect(machine.online == turn.asksHost)
        for step in turn.beforeCard(prompt) {
            switch step {
            case .show(let notice): shown.append(notice)
            case .fieldOff(let time): fieldOff.append(time)
            }
        }
        #expect(machine.handle(.cardPresented) == .readCard(online: machine.online))
        card.reset()
        number += 1
        var mayHaveSpent = false
        let said = turn.present(
            on: DirectChannel(card), unpredictableNumber: [0, 0, 0, number], beforeCommit: { mayHaveSpent = true })
        if isOpen { #expect(turn.parameters.unpredictableNumber == [0, 0, 0, number]) }
        switch said {
        case .again: action = machine.handle(.startedAgain)
        case .finished(let outcome): action = machine.handle(.cardRead(outcome, mayHaveSpent: mayHaveSpent))
        }
    }

    struct Unexpected: Error { let action: String }
}

private func card(balance: Int64 = 20_000) throws -> VisaPrepaidCard {
    let number = try #require(PrimaryAccountNumber(digits: Payer.pan))
    return try VisaPrepaidCard(
        configuration: VisaPrepaidCard.Configuration(pan: number, expiryYear: 2030, expiryMonth: 11, currency: .sek),
        state: VisaPrepaidCard.CardState(offlineBalance: balance))
}

private func result(_ decision: Decision, balance: Int64? = nil) -> PaymentResult {
    PaymentResult(
        payment: UUIDv7(milliseconds: 1, random: [1]), amount: Payer.amount, decision: decision,
        cardBalance: balance.map { Money(minorUnits: $0, currency: .sek) })
}

private let approval = Decision(outcome: .approved, approvedAmount: Payer.amount, rule: "ALL-7", reason: .approvedOffline)
private let goOnline = Decision(outcome: .goOnline, approvedAmount: .zero(.sek), rule: "ALL-7", reason: .onlineRequired)
private func declined(_ rule: RuleID, _ reason: Reason) -> Decision { .declined(Payer.amount, rule: rule, reason: reason) }

@Suite("Entry Point's outer loop, as a payment runs it")
struct ContactlessTurnTests {
    @Test("Approved at the first presentation: one prompt; the kernel's message waits for the decision")
    func approved() throws {
        var payer = try Payer()
        try payer.present(try card())
        #expect(payer.shown == [PayerNotice(UserInterfaceRequest(.presentCard, .readyToRead), prompt: .presentCard)])
        guard case .settle(.decide(let proof, wantsHost: false))? = payer.action, case .card(let evidence) = proof else {
            Issue.record("\(String(describing: payer.action))")
            return
        }
        #expect(evidence.authentication == .passed)
        let balance = UserInterfaceRequest.Value.balance(Money(minorUnits: 10_500, currency: .sek))
        #expect(payer.turn.closing == UserInterfaceRequest(.approved, .cardReadSuccessfully, value: balance))
        #expect(result(approval).shown(payer.turn.closing).value == balance)
        // ALL-2, ALL-7: the card alone approves nothing.
        #expect(result(declined("CARD-8", .lostOrStolen)).shown(payer.turn.closing) == UserInterfaceRequest(.notAuthorised, .cardReadSuccessfully))
    }

    @Test("Torn before it could spend: message 15 again, the prompt says again, and the same card pays")
    func tornInSelection() throws {
        var payer = try Payer()
        let card = FaultyCard(try card(), faults: [.tear(afterCommands: 1)])
        try payer.present(card)
        #expect(payer.action == .awaitCard(.presentCardAgain))
        try payer.present(card)
        #expect(payer.shown.map(\.prompt) == [.presentCard, .presentCardAgain])
        #expect(payer.shown.map(\.request.message) == [.presentCard, .presentCard])
        guard case .settle(.decide)? = payer.action else {
            Issue.record("\(String(describing: payer.action))")
            return
        }
    }

    @Test("See phone: the message with its hold time, the field off, the message again with the prompt")
    func seePhone() throws {
        var payer = try Payer()
        let phone = FaultyCard(try card(), faults: [.refuse(command: 2, status: .commandNotAllowed)])
        try payer.present(phone)
        #expect(payer.action == .awaitCard(.presentCardAgain))
        try payer.present(try card())
        #expect(payer.shown.dropFirst() == [
            PayerNotice(UserInterfaceRequest(.seePhone, .processingError, holdTime: 13)),
            PayerNotice(UserInterfaceRequest(.seePhone, .readyToRead), prompt: .presentCardAgain),
        ])
        #expect(payer.fieldOff == [13])
    }

    @Test("Asked for an online cryptogram, a torn card comes again with message 21; without, the loss is final and recorded")
    func torn() throws {
        var online = try Payer(online: true)
        try online.present(FaultyCard(try card(), faults: [.tear(afterCommands: 2)]))
        #expect(online.action == .awaitCard(.presentCardAgain))
        #expect(online.turn.beforeCard(.presentCardAgain) == [
            .show(PayerNotice(UserInterfaceRequest(.presentAgain, .processingError, holdTime: 13))),
            .show(PayerNotice(UserInterfaceRequest(.presentAgain, .readyToRead), prompt: .presentCardAgain)),
        ])
        var offline = try Payer()
        try offline.present(FaultyCard(try card(), faults: [.tear(afterCommands: 2)]))
        #expect(offline.action == .settle(.torn(nil, declined("ALL-7", .cardRemoved))))
        #expect(result(declined("ALL-7", .cardRemoved)).shown(offline.turn.closing)
            == UserInterfaceRequest(.processingError, .processingError, holdTime: 13))
    }

    @Test("Above the reader's floor limit the card is asked for the host's word, and may come again when it is torn")
    func floorLimit() throws {
        var payer = try Payer(limits: ReaderLimits(floorLimit: 9_499))
        try payer.present(FaultyCard(try card(), faults: [.tear(afterCommands: 2)]))
        #expect(payer.action == .awaitCard(.presentCardAgain))
        let whole = try card()
        try payer.present(whole)
        guard case .settle(.decide(.card(let evidence), wantsHost: true))? = payer.action else {
            Issue.record("\(String(describing: payer.action))")
            return
        }
        #expect(evidence.cryptogramType == .arqc && whole.state.offlineBalance == 20_000)
        #expect(payer.turn.closing?.message == .authorising)
        #expect(PayerNotice.authorising(payer.turn.closing).request == UserInterfaceRequest(.authorising, .cardReadSuccessfully))
        // The host turns out to be away: the card is asked again, in a turn of its own, not its old word taken.
        #expect(payer.machine.handle(.settled(goOnline, sequence: nil, authorisationCode: nil)) == .authorise(.card(evidence)))
        #expect(payer.machine.handle(.hostNotReached) == .readCard(online: false))
        #expect(!payer.turn.serves(payer.machine))
        let (fresh, online) = (try Payer().turn, try Payer(online: true).turn)
        #expect(fresh.serves(payer.machine) && !online.serves(payer.machine))
        // At the limit it decides by itself.
        var below = try Payer(limits: ReaderLimits(floorLimit: 9_500))
        try below.present(try card())
        guard case .settle(.decide(_, wantsHost: false))? = below.action else {
            Issue.record("\(String(describing: below.action))")
            return
        }
    }

    @Test("From the CVM limit on the card is told that verification is wanted: one that has none takes no part")
    func verificationLimit() throws {
        for (limit, expected) in [(9_500, CryptogramType.aac), (9_501, .tc)] as [(Int64, CryptogramType)] {
            var payer = try Payer(limits: ReaderLimits(verificationLimit: limit))
            try payer.present(try card())
            guard case .settle(.decide(.card(let evidence), wantsHost: false))? = payer.action else {
                Issue.record("\(String(describing: payer.action))")
                return
            }
            #expect(evidence.cryptogramType == expected)
        }
    }

    @Test("From the transaction limit on, and in a currency without limits of its own, no card is asked: message 18", arguments: [true, false])
    func notContactless(byLimit: Bool) throws {
        var payer = byLimit ? try Payer(limits: ReaderLimits(transactionLimit: 9_500)) : try Payer(currency: .eur)
        #expect(payer.turn.outcome == .tryAnotherInterface(nil))
        let decision = declined("ALL-7", .tryAnotherInterface)
        #expect(payer.machine.handle(.notContactless) == .abandon(decision))
        #expect(result(decision).shown(payer.turn.closing) == UserInterfaceRequest(.insertOrSwipe, .processingError))
        // Where tags are taken the lane asks all the same, and a card then hears the same word.
        var tags = try Payer(limits: ReaderLimits(transactionLimit: 9_500))
        let card = try card()
        try tags.present(card)
        #expect(tags.shown == [PayerNotice(UserInterfaceRequest(.presentCard, .readyToRead), prompt: .presentCard)])
        #expect(tags.action == .settle(.declined(nil, decision)) && card.state.atc == 0)
    }

    @Test("A card with nothing for this reader: message 1C")
    func tryAnotherCard() throws {
        var payer = try Payer()
        try payer.present(FaultyCard(try card(), faults: [.refuse(command: 0, status: .fileNotFound)]))
        guard case .settle(.declined(nil, let decision))? = payer.action else {
            Issue.record("\(String(describing: payer.action))")
            return
        }
        #expect(result(decision).shown(payer.turn.closing).message == .tryAnotherCard)
    }

    @Test("A card that can't be connected to counts as a presentation; the payment gives up before Entry Point does")
    func lost() throws {
        #expect(PaymentMachine.maximumReads < EntryPoint.greatestPresentations)
        var payer = try Payer()
        for read in 1...PaymentMachine.maximumReads {
            #expect(payer.action == .awaitCard(read == 1 ? .presentCard : .presentCardAgain))
            #expect(payer.machine.handle(.cardPresented) == .readCard(online: false))
            #expect(payer.turn.lost(.removed, unpredictableNumber: [0, 0, 0, 0]) == .again)
            payer.action = payer.machine.handle(.startedAgain)
        }
        #expect(payer.action == .abandon(declined("ALL-7", .cardRemoved)))
        for _ in PaymentMachine.maximumReads..<(EntryPoint.greatestPresentations - 1) {
            #expect(payer.turn.lost(.removed, unpredictableNumber: [0, 0, 0, 0]) == .again)
        }
        let end = ContactlessTurn.Presentation.finished(.tryAgain(.communication(.removed)))
        #expect(payer.turn.lost(.removed, unpredictableNumber: [0, 0, 0, 0]) == end)
        // Every later call repeats it.
        #expect(payer.turn.lost(.removed, unpredictableNumber: [0, 0, 0, 0]) == end)
        #expect(payer.turn.present(on: DirectChannel(try card()), unpredictableNumber: [0, 0, 0, 0], beforeCommit: {}) == end)
    }

    @Test("The prompt speaks for itself where Entry Point has asked for nothing, as after a tag that left")
    func prompts() throws {
        var payer = try Payer()
        _ = payer.turn.beforeCard(.presentCard)
        #expect(payer.turn.beforeCard(.presentCardAgain) == [
            .show(PayerNotice(UserInterfaceRequest(.presentAgain, .readyToRead), prompt: .presentCardAgain))
        ])
    }
}

@Suite("CARD-8: the exception file is the stop list, asked by the rules at the kernel's point")
struct ExceptionFileTests {
    /// C-3 §5.5.1.2 asks it of a TC before the card is approved; the rules ask it of whatever the card said, before the payment is.
    @Test("A stopped card is declined offline whatever it says, with the list's own reason; the host is not asked", arguments: [false, true])
    func stopped(hostAnswers: Bool) throws {
        let programme = try #require(try Programme.shipped().first { $0.id == "epassi-card" })
        let now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_262_400_000), anchored: true)
        var terminal = TerminalState(
            enrolledProgrammes: ["epassi-card"], risk: TerminalRiskLimits(exposureCap: 1_000_000, maximumCacheAge: 259_200_000),
            exposure: 0, cacheAge: 60_000, hostReachable: hostAnswers, merchant: "M1", merchantCategory: "5812")
        let account = AccountState(
            limit: AccountLimit(
                account: "A1", programme: "epassi-card", version: 7, currency: .sek, balance: 100_000, status: .active,
                countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), instruments: []))
        for asksHost in [false, true] {
            var payer = try Payer(online: asksHost)
            try payer.present(try card())
            guard case .settle(.decide(let proof, let wantsHost))? = payer.action else {
                Issue.record("\(String(describing: payer.action))")
                return
            }
            #expect(wantsHost == asksHost && proof.hasMovedOn == !asksHost)
            func decided() -> Decision {
                programme.decide(
                    payer.machine.request, evidence: proof.shown(wantsHost: wantsHost), account: account, terminal: terminal, now: now)
            }
            terminal.stopped = nil
            #expect(decided().outcome == (asksHost && hostAnswers ? .goOnline : asksHost ? .declined : .approved))
            for (stop, reason) in [(StopReason.lostOrStolen, Reason.lostOrStolen), (.blocked, .blocked)] {
                terminal.stopped = stop
                let decision = decided()
                #expect(decision.outcome == .declined && decision.rule == "CARD-8" && decision.reason == reason)
                #expect(result(decision).shown(payer.turn.closing).message == .notAuthorised)
            }
        }
    }
}
