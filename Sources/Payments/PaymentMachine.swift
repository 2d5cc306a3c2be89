import Core
import EMV
import HostProtocol
import Programmes
import Tags

/// One purchase from the till's request to its answer, as a value: it takes what happened and says what to do next.
///
/// ```
/// started ─▶ probeHost ─▶ open ─────────▶ awaitCard ─▶ readCard(online) ─▶ settle(local) ─▶ finish
///                            │ refused        │ gone, or      │ startedAgain:       │ goOnline
///                            │                │ no contactless│   awaitCard         │
///                            ▼                ▼               ▼ torn: settle        ▼
///                          abandon          abandon                             authorise
///                                                        not reached: readCard(offline) │ answered or unknown
///                                                                                       ▼
///                                                                                settle ─▶ finish
/// ```
/// The intent is durable after `open`, before any card is asked; an approval exists only after `settle` has come back.
public struct PaymentMachine: Sendable {
    public enum Event: Sendable {
        case started
        case hostProbed(reachable: Bool)
        /// The intent is durable, and the rules that need no card have been asked.
        case opened(Opening)
        /// The till's reference is known: this is how that payment stands (ALL-8).
        case known(PaymentResult)
        /// The intent could not be stored, or its reference belongs to another payment.
        case notOpened(Reason)
        case cardPresented
        /// No combination of the reader allows this transaction: no card is asked (Book B §3.1.1.13).
        case notContactless
        /// Entry Point starts again: nothing was spent, a card is wanted once more.
        case startedAgain
        /// Entry Point's outcome. `mayHaveSpent`: GET PROCESSING OPTIONS was sent.
        case cardRead(ContactlessOutcome, mayHaveSpent: Bool)
        /// A closed-loop tag, or what seemed to be one.
        case tagRead(ClosedLoopOutcome)
        /// The reader could not be used.
        case readerFailed
        /// Stored: now, or before by whoever was quicker.
        case settled(Decision, sequence: Int64?, authorisationCode: String?)
        /// The commit did not happen: nothing is stored, nothing is approved.
        case notSettled(Reason)
        case hostAnswered(AuthorisationAnswer)
        /// The request surely never left.
        case hostNotReached
        /// Anything else: the host may have booked it (ALL-10).
        case hostSilent
        case cancelled
        case timedOut
    }

    /// What the rules say without a card.
    public struct Opening: Sendable, Equatable {
        /// Nil: a card is wanted.
        public var refusal: Decision?
        /// What the card is asked for: the request without goods that no programme here pays for (CARD-9).
        public var cardAmount: Money
        /// Whether the card is told to ask the host (CARD-21, ALL-4).
        public var asksHost: Bool

        public init(refusal: Decision?, cardAmount: Money, asksHost: Bool) {
            self.refusal = refusal
            self.cardAmount = cardAmount
            self.asksHost = asksHost
        }
    }

    public enum Action: Sendable, Equatable {
        case probeHost
        /// Store the intent and ask the rules that need no card.
        case open(hostReachable: Bool)
        case awaitCard(CardPrompt)
        case readCard(online: Bool)
        case settle(Settlement)
        case authorise(PaymentProof)
        /// Close the payment without a record: no card took part.
        case abandon(Decision)
        case finish(PaymentResult)
    }

    /// What the store is asked to make durable.
    public enum Settlement: Sendable, Equatable {
        /// The rules decide inside the transaction. `wantsHost`: the kernel asks for the host whatever the card said.
        case decide(PaymentProof, wantsHost: Bool)
        /// The kernel has decided.
        case declined(PaymentProof?, Decision)
        case host(PaymentProof, Decision, AuthorisationAnswer)
        case hostUnknown(PaymentProof, Decision)
        case torn(PaymentProof?, Decision)
    }

    private enum Phase: Equatable {
        case idle, probing, opening, awaitingCard, reading
        case settling(PaymentProof?, online: Bool)
        case authorising(PaymentProof)
        case abandoning(Decision)
        case finished
    }

    /// Reads of one payment before it gives up on the card.
    public static let maximumReads = 5

    public let payment: UUIDv7
    public let request: PurchaseRequest
    /// What the card is asked for; the amount of the request until the rules have been asked.
    public private(set) var cardAmount: Money
    /// Whether the host answers, as far as this payment knows.
    public private(set) var hostReachable = false
    /// Whether cards are asked for an online cryptogram.
    public private(set) var online = false
    private var phase = Phase.idle
    private var reads = 0

    public init(payment: UUIDv7, request: PurchaseRequest) {
        self.payment = payment
        self.request = request
        cardAmount = request.amount
    }

    public var amount: Money { request.amount }

    /// The next action; nil for an event that the payment is past.
    public mutating func handle(_ event: Event) -> Action? {
        switch (phase, event) {
        case (.idle, .started):
            phase = .probing
            return .probeHost
        case (.probing, .hostProbed(let reachable)):
            hostReachable = reachable
            phase = .opening
            return .open(hostReachable: reachable)
        case (.opening, .opened(let opening)):
            if let refusal = opening.refusal { return abandon(refusal) }
            cardAmount = opening.cardAmount
            online = hostReachable && opening.asksHost
            phase = .awaitingCard
            return .awaitCard(.presentCard)
        case (.opening, .known(let result)):
            phase = .finished
            return .finish(result)
        case (.opening, .notSettled(let reason)): return finish(failed(reason))
        case (.opening, .notOpened(let reason)): return finish(declined(reason == .referenceReused ? "ALL-8" : "ALL-2", reason))

        case (.awaitingCard, .cardPresented):
            phase = .reading
            reads += 1
            return .readCard(online: online)
        case (.awaitingCard, .notContactless): return abandon(declined("ALL-7", .tryAnotherInterface))
        case (.awaitingCard, .cancelled): return abandon(declined("CARD-14", .cancelled))
        case (.awaitingCard, .timedOut): return abandon(declined("CARD-17", .timedOut))
        case (.awaitingCard, .readerFailed), (.reading, .readerFailed):
            return abandon(declined("ALL-7", .readerUnavailable))

        case (.reading, .startedAgain): return again()
        case (.reading, .cardRead(let outcome, let mayHaveSpent)): return cardRead(CardVerdict(outcome), mayHaveSpent)
        case (.reading, .tagRead(let outcome)):
            guard let verdict = TagVerdict(outcome) else { return nil }
            return tagRead(verdict)

        case (.settling(let evidence?, online: false), .settled(let decision, _, _)) where decision.outcome == .goOnline:
            phase = .authorising(evidence)
            return .authorise(evidence)
        case (.settling(let evidence, let byHost), .settled(let decision, let sequence, let code)):
            return finish(decision, evidence, online: byHost, sequence: sequence, code: code)
        case (.settling(let evidence, _), .notSettled(let reason)): return finish(failed(reason), evidence)

        case (.authorising(let evidence), .hostAnswered(let answer)): return settleAnswer(evidence, answer)
        case (.authorising(let evidence), .hostNotReached):
            online = false
            hostReachable = false
            // A card that spent although it was asked for the host: asked again it would spend again. The rules decide on what it
            // has given, or it is told why not; either leaves a record (ALL-7).
            if evidence.hasMovedOn {
                phase = .settling(evidence, online: false)
                if request.collects != nil { return .settle(.declined(evidence, declined("CARD-21", .onlineRequired))) }
                return .settle(.decide(evidence, wantsHost: true))
            }
            // The cryptogram never left: the same card may decide by itself.
            // What the host alone may decide is not asked of the card (ALL-7).
            if request.collects != nil { return abandon(declined("CARD-21", .onlineRequired)) }
            guard reads < PaymentMachine.maximumReads else { return abandon(declined("CARD-21", .onlineRequired)) }
            phase = .reading
            reads += 1
            return .readCard(online: false)
        case (.authorising(let evidence), .hostSilent):
            phase = .settling(evidence, online: false)
            return .settle(.hostUnknown(evidence, declined("ALL-10", .hostOutcomeUnknown)))

        case (.abandoning, .settled(let decision, let sequence, let code)):
            return finish(decision, sequence: sequence, code: code)
        case (.abandoning(let decision), .notSettled): return finish(decision)
        default: return nil
        }
    }

    /// True while a cancellation still changes anything.
    public var canBeCancelled: Bool { phase == .awaitingCard }

    // MARK: Steps

    private mutating func cardRead(_ verdict: CardVerdict, _ mayHaveSpent: Bool) -> Action {
        switch verdict {
        case .decide(let evidence, let wantsHost):
            phase = .settling(.card(evidence), online: false)
            return .settle(.decide(.card(evidence), wantsHost: wantsHost))
        case .decline(nil, let rule, let reason) where mayHaveSpent && !online:
            // It answered after it could spend, but not in a way that says whether it did: the host must know.
            phase = .settling(nil, online: false)
            return .settle(.torn(nil, declined(rule, reason)))
        case .decline(let evidence, let rule, let reason):
            let proof = evidence.map(PaymentProof.card)
            phase = .settling(proof, online: false)
            return .settle(.declined(proof, declined(rule, reason)))
        case .notTaken(let offered):
            phase = .settling(nil, online: false)
            return .settle(.declined(nil, CardVerdict.decline(amount, offered)))
        case .again: return again()
        // Asked for an online cryptogram, a card spends nothing by itself: the payer may present it again. But for one that said
        // yes all the same.
        case .torn(let evidence) where online && evidence?.cryptogramType != .tc: return again()
        case .torn(let evidence):
            let proof = evidence.map(PaymentProof.card)
            phase = .settling(proof, online: false)
            return .settle(.torn(proof, declined("ALL-7", .cardRemoved)))
        }
    }

    /// A tag spends nothing by itself, whenever it leaves.
    private mutating func tagRead(_ verdict: TagVerdict) -> Action {
        switch verdict {
        case .decide(let evidence):
            phase = .settling(.tag(evidence), online: false)
            return .settle(.decide(.tag(evidence), wantsHost: false))
        case .decline(let rule, let reason):
            phase = .settling(nil, online: false)
            return .settle(.declined(nil, declined(rule, reason)))
        case .again: return again()
        }
    }

    private mutating func again() -> Action {
        guard reads < PaymentMachine.maximumReads else { return abandon(declined("ALL-7", .cardRemoved)) }
        phase = .awaitingCard
        return .awaitCard(.presentCardAgain)
    }

    private mutating func settleAnswer(_ evidence: PaymentProof, _ answer: AuthorisationAnswer) -> Action {
        // A host that approves what was not asked has booked something else: as good as no answer.
        let approved = answer.approvedAmount ?? cardAmount
        // Less than the card was asked for: a part, or without goods that only another programme here pays for.
        let isPart = approved.isPositive && approved.minorUnits < cardAmount.minorUnits
            && (request.allowsPartial || !request.basket.isEmpty)
        guard !answer.approved || approved == cardAmount || isPart && approved.currency == cardAmount.currency else {
            phase = .settling(evidence, online: false)
            return .settle(.hostUnknown(evidence, declined("ALL-10", .hostOutcomeUnknown)))
        }
        phase = .settling(evidence, online: true)
        // Of several purses only the programme knows what they are worth.
        let available = answer.account.flatMap { account in
            account.purses.count == 1 ? Money(minorUnits: account.balance, currency: account.currency) : nil
        }
        let decision = Decision(
            outcome: answer.approved ? .approved : .declined,
            approvedAmount: answer.approved ? approved : .zero(amount.currency), rule: RuleID(rawValue: answer.rule),
            reason: Reason(rawValue: answer.reason) ?? (answer.approved ? .approvedOnline : .declinedByHost),
            availableAfter: available, split: answer.split ?? [], lines: answer.lines ?? [], valueDate: answer.valueDate)
        return .settle(.host(evidence, decision, answer))
    }

    private mutating func abandon(_ decision: Decision) -> Action {
        phase = .abandoning(decision)
        return .abandon(decision)
    }

    /// Nothing is known to be stored: declined, unless even that is not known.
    private func failed(_ reason: Reason) -> Decision {
        guard reason == .storeOutcomeUnknown else { return declined("ALL-2", reason) }
        return Decision(outcome: .unknown, approvedAmount: .zero(amount.currency), rule: "ALL-2", reason: reason)
    }

    private func declined(_ rule: RuleID, _ reason: Reason) -> Decision { .declined(amount, rule: rule, reason: reason) }

    private mutating func finish(
        _ decision: Decision, _ evidence: PaymentProof? = nil, online: Bool = false, sequence: Int64? = nil,
        code: String? = nil
    ) -> Action {
        phase = .finished
        return .finish(
            PaymentResult(
                payment: payment, amount: amount, decision: decision, online: online, authorisationCode: code,
                sequence: sequence, maskedCard: evidence?.masked,
                cardBalance: evidence?.balance))
    }
}
