import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import Logging
import Payments
import Programmes
import SmartCard
import Store
import Synchronization
import Workers

/// Set once, seen by whoever gave up on the one that sets it.
private final class Flag: Sendable {
    private let raised = Atomic(false)
    func raise() { raised.store(true, ordering: .sequentiallyConsistent) }
    var isRaised: Bool { raised.load(ordering: .sequentiallyConsistent) }
}

/// One checkout lane: a reader, and one payment at a time.
public actor Lane {
    /// What a lane works with; made once at the start.
    public struct Parts: Sendable {
        public var name: String
        public var store: PaymentStore
        public var storeThread: WorkerThread
        public var programmes: [Programme]
        public var pseudonymKey: SymmetricKey
        /// The host's as it is now; the one that the parts are made with, unless it is replaced.
        public var sealingKey: @Sendable () -> Curve25519.KeyAgreement.PublicKey
        public var caKeys: CAPublicKeyStore
        public var clock: SystemClock
        public var country: UInt16
        public var timeZone: TimeZone
        /// Whether a card that lies on the reader since an earlier payment may pay again without being presented anew: for
        /// benches and self-tests without hands, never for payers (CARD-17).
        public var takesLyingCard: Bool
        /// The lane's reader as it is now; nil while there is none.
        public var reader: @Sendable () -> (any CardReader)?
        public var host: HostConnection
        public var logger: Logger

        public init(
            name: String, store: PaymentStore, storeThread: WorkerThread, programmes: [Programme],
            pseudonymKey: SymmetricKey, sealingKey: Curve25519.KeyAgreement.PublicKey, caKeys: CAPublicKeyStore,
            clock: SystemClock, country: UInt16, timeZone: TimeZone, takesLyingCard: Bool = false,
            reader: @escaping @Sendable () -> (any CardReader)?,
            host: HostConnection, logger: Logger
        ) {
            self.name = name
            self.store = store
            self.storeThread = storeThread
            self.programmes = programmes
            self.pseudonymKey = pseudonymKey
            self.sealingKey = { sealingKey }
            self.caKeys = caKeys
            self.clock = clock
            self.country = country
            self.timeZone = timeZone
            self.takesLyingCard = takesLyingCard
            self.reader = reader
            self.host = host
            self.logger = logger
        }
    }

    public enum Failure: Error, Hashable, Sendable {
        /// Another payment is under way.
        case busy
    }

    /// A finished payment and how long its last tap took.
    public struct Receipt: Sendable, Equatable {
        public var result: PaymentResult
        /// From the connected card to the durable decision, microseconds; nil when no card was read.
        public var tapMicroseconds: Int64?
        /// The part of it until the card's outcome stood: commands, card and kernel.
        public var cardMicroseconds: Int64?
    }

    private let parts: Parts
    private let settler: Settler
    private let combinations: [Combination]
    private var isBusy = false
    /// The newest card that took part in a payment: it has to leave before it pays again.
    private var lastCard: UInt64?
    /// Payments that began and whose end the store could not take.
    private var unsettled: [PaymentIntent] = []

    public init(_ parts: Parts) {
        self.parts = parts
        settler = Settler(
            store: parts.store, programmes: parts.programmes, pseudonymKey: parts.pseudonymKey,
            clock: parts.clock)
        // A deferred authorisation rests on the card's own proof (ALL-7): where one is permitted, cards are asked to sign
        // also when they want the host.
        let deferring = Set(parts.programmes.filter { $0.offline.deferredMaximum != nil }.flatMap(\.applications))
        combinations = parts.programmes.flatMap(\.applications).map { application in
            var qualifiers: TerminalTransactionQualifiers = [.emvMode, .deviceVerification, .fDDAVersion1]
            if deferring.contains(application) { qualifiers.insert(.dataAuthenticationForOnline) }
            return Combination(applicationIdentifier: application, qualifiers: qualifiers, readsOfflineBalance: true)
        }
    }

    public nonisolated var name: String { parts.name }

    /// Takes one payment to its end. Cancelling the calling task cancels the payment while it waits for a card; later it
    /// runs on, because its outcome is already being made durable.
    /// - Throws: ``Failure/busy``.
    public func pay(
        _ request: PurchaseRequest, reference: String?, timeout: Duration,
        prompt: @escaping @Sendable (CardPrompt) async -> Void
    ) async throws -> Receipt {
        guard !isBusy else { throw Failure.busy }
        isBusy = true
        defer { isBusy = false }
        let now = parts.clock.now
        let intent = PaymentIntent(
            id: Fresh.id(at: now.instant), reference: reference, request: request, startedAt: now.instant)
        let cancellation = Cancellation()
        return await withTaskCancellationHandler {
            // A task of its own: cancelling the caller must not cut an authorisation short.
            await Task { await self.run(intent, request, timeout, cancellation, prompt) }.value
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func run(
        _ intent: PaymentIntent, _ request: PurchaseRequest, _ timeout: Duration, _ cancellation: Cancellation,
        _ prompt: @Sendable (CardPrompt) async -> Void
    ) async -> Receipt {
        var machine = PaymentMachine(payment: intent.id, request: request)
        let draw = Int.random(in: 1...99)
        let seal = EvidenceSeal(recipient: parts.sealingKey(), payment: intent.id)
        var action = machine.handle(.started)
        var tap: (whole: Int64?, card: Int64?)
        var reader: (any CardReader)?
        var seen = parts.takesLyingCard ? nil : lastCard
        while let next = action {
            switch next {
            case .probeHost: action = machine.handle(.hostProbed(reachable: await parts.host.probe()))
            case .open(let reachable):
                let event = await onStore { [settler] in
                    settler.open(intent, request, hostReachable: reachable, draw: draw)
                }
                action = machine.handle(event)
            case .awaitCard(let words):
                reader = parts.reader()
                guard let reader else {
                    action = machine.handle(.readerFailed)
                    continue
                }
                await prompt(words)
                switch await CardWait.card(in: reader, newerThan: seen, within: timeout, cancellation) {
                case .presented(let generation):
                    seen = generation
                    lastCard = generation
                    action = machine.handle(.cardPresented)
                case .timedOut: action = machine.handle(.timedOut)
                case .cancelled: action = machine.handle(.cancelled)
                case .unavailable: action = machine.handle(.readerFailed)
                }
            case .readCard(let isOnline):
                guard let present = reader else {
                    action = machine.handle(.readerFailed)
                    continue
                }
                let outcome = await read(machine, present, online: isOnline, draw, seal)
                (machine, action) = (outcome.machine, outcome.action)
                if outcome.microseconds != nil { tap = (outcome.microseconds, outcome.cardMicroseconds) }
            case .settle(let settlement):
                let event = await onStore { [settler, machine] in
                    settler.settle(settlement, machine, draw: draw, seal: seal)
                }
                action = machine.handle(event)
            case .authorise(let evidence): action = machine.handle(await authorise(machine, evidence, seal))
            case .abandon(let decision):
                let event = await onStore { [settler] in settler.abandon(intent.id, decision) }
                if case .notSettled = event { closeLater(intent) }
                action = machine.handle(event)
            case .finish(let result):
                if result.decision.rule == "ALL-2" { closeLater(intent) }
                parts.host.recordCommitted()
                log(result)
                return Receipt(result: result, tapMicroseconds: tap.whole, cardMicroseconds: tap.card)
            }
        }
        // The machine ends in finish on every path; this answer keeps the promise should it ever not.
        closeLater(intent)
        let stopped = Decision.declined(intent.amount, rule: "ALL-2", reason: .interrupted)
        return Receipt(
            result: PaymentResult(payment: intent.id, amount: intent.amount, decision: stopped), tapMicroseconds: tap.whole,
            cardMicroseconds: tap.card)
    }

    private struct ReadOutcome: Sendable {
        var machine: PaymentMachine
        var action: PaymentMachine.Action?
        var microseconds: Int64?
        var cardMicroseconds: Int64?

        init(machine: PaymentMachine, action: PaymentMachine.Action?, microseconds: Int64, cardMicroseconds: Int64) {
            (self.machine, self.action) = (machine, action)
            (self.microseconds, self.cardMicroseconds) = (microseconds, cardMicroseconds)
        }

        /// No card was read: this happened instead.
        init(_ machine: PaymentMachine, after event: PaymentMachine.Event) {
            self.machine = machine
            action = self.machine.handle(event)
        }
    }

    /// The tap: APDUs, offline data authentication, decision and commit in one job on the reader's thread.
    private func read(
        _ machine: PaymentMachine, _ reader: any CardReader, online: Bool, _ draw: Int, _ seal: EvidenceSeal
    ) async -> ReadOutcome {
        let now = parts.clock.now
        // A card is good through its month in the programme's zone (CARD-6); the rules look again when the programme is known.
        let validity = parts.programmes.map { $0.day(of: now.instant) }.min()
        let parameters = try? TransactionParameters(
            amount: machine.cardAmount, date: CivilDate(now.instant, in: parts.timeZone), validityDate: validity,
            expiryIsMonth: true, countryCode: parts.country, unpredictableNumber: Fresh.bytes(4),
            onlineCryptogramRequired: online)
        guard let parameters else { return ReadOutcome(machine, after: .readerFailed) }
        let settler = settler
        let transaction = ContactlessTransaction(
            combinations: combinations, parameters: parameters, caKeys: parts.caKeys)
        let mayHaveSpent = Flag()
        do {
            return try await reader.withCard { channel in
                let start = ContinuousClock.now
                var transaction = transaction
                var machine = machine
                // The intent is durable since the payment began: nothing more is needed before the card may spend.
                let outcome = transaction.run(on: channel, beforeCommit: { mayHaveSpent.raise() })
                let card = (ContinuousClock.now - start).wholeMicroseconds
                var action = machine.handle(.cardRead(outcome, mayHaveSpent: mayHaveSpent.isRaised))
                if case .settle(let settlement)? = action {
                    action = machine.handle(settler.settle(settlement, machine, draw: draw, seal: seal))
                }
                return ReadOutcome(
                    machine: machine, action: action, microseconds: (ContinuousClock.now - start).wholeMicroseconds,
                    cardMicroseconds: card)
            }
        } catch {
            let spent = mayHaveSpent.isRaised
            parts.logger.warning(
                "reader failed", metadata: ["lane": "\(parts.name)", "error": "\(type(of: error)) \(error as? CardError)"])
            // A call that hangs is given up on while it may still be at work: what it stores first, counts.
            let event: PaymentMachine.Event =
                if spent {
                    .cardRead(.torn(nil), mayHaveSpent: true)
                } else if let error = error as? CardError, error.isCardLoss {
                    .cardRead(.tryAgain(.communication(error)), mayHaveSpent: false)
                } else {
                    .readerFailed
                }
            return ReadOutcome(machine, after: event)
        }
    }

    private func authorise(
        _ machine: PaymentMachine, _ evidence: CardEvidence, _ seal: EvidenceSeal
    ) async -> PaymentMachine.Event {
        guard let sealed = seal.text(evidence) else { return .hostNotReached }
        let instrument = evidence.pan.pseudonym(key: parts.pseudonymKey)
        // The host does not know what waits here: it is told the sums, so that it can't approve the same crown twice.
        let (settler, store, clock) = (settler, parts.store, parts.clock)
        let facts:
            (programme: Programme?, uncounted: (account: String, from: Int64, amount: Int64, shares: [PurseShare])?,
                category: String?)
        do {
            facts = try await parts.storeThread.run {
                (
                    try settler.programme(for: evidence, instrument),
                    try store.uncountedOffline(instrument: instrument), try store.merchantCategory()
                )
            }
        } catch {
            return .hostNotReached
        }
        guard let programme = facts.programme else { return .hostNotReached }
        let request = machine.request
        let question = AuthorisationRequest(
            payment: machine.payment, programme: programme.id, instrument: instrument, amount: request.amount,
            requestedAt: clock.now.instant, sealedEvidence: sealed, uncountedFrom: facts.uncounted?.from,
            uncountedAmount: facts.uncounted?.amount, uncountedShares: facts.uncounted?.shares,
            allowsPartial: request.allowsPartial ? true : nil, acceptsVoucherLoss: request.acceptsVoucherLoss ? true : nil,
            basket: request.basket.isEmpty ? nil : request.basket, merchantCategory: facts.category,
            holdUntil: request.kind == .hold
                ? programme.hold.map { clock.now.instant.advanced(byMilliseconds: $0.validity) } : nil,
            account: facts.uncounted?.account, original: request.collects)
        switch await parts.host.authorise(question) {
        case .answered(let answer): return .hostAnswered(answer)
        case .notReached: return .hostNotReached
        case .silent: return .hostSilent
        }
    }

    private func onStore(_ body: @escaping @Sendable () -> PaymentMachine.Event) async -> PaymentMachine.Event {
        do {
            return try await parts.storeThread.run(body)
        } catch {
            return .notSettled(.storeUnavailable)
        }
    }

    /// The host may have booked a payment whose end could not be stored: it is closed, with its reversal, as soon as the
    /// store can be written again (ALL-10). A crash before that leaves it to the recovery of the next start.
    private func closeLater(_ intent: PaymentIntent) {
        unsettled.append(intent)
        guard unsettled.count == 1 else { return }
        Task {
            var wait = Duration.milliseconds(200)
            while let next = unsettled.first {
                try? await Task.sleep(for: wait)
                guard await close(next) else {
                    wait = min(wait * 2, .seconds(5))
                    continue
                }
                unsettled.removeFirst()
            }
        }
    }

    /// - Returns: whether nothing is left to do for it here.
    private func close(_ intent: PaymentIntent) async -> Bool {
        let (store, clock) = (parts.store, parts.clock)
        do {
            try await parts.storeThread.run {
                let now = clock.now
                try store.closeInterrupted(intent.id, amount: intent.amount, record: Fresh.id(at: now.instant), now: now)
            }
            parts.logger.warning("interrupted payment closed", metadata: ["payment": "\(intent.id)"])
            parts.host.recordCommitted()
            return true
        } catch {
            return error is WorkerError || error as? StoreError == .wrongState
        }
    }

    private func log(_ result: PaymentResult) {
        parts.logger.info(
            "payment \(result.decision.outcome.rawValue)",
            metadata: [
                "payment": "\(result.payment)", "rule": "\(result.decision.rule)",
                "reason": "\(result.decision.reason.rawValue)", "online": "\(result.online)",
                "sequence": "\(result.sequence.map(String.init) ?? "-")",
            ])
    }
}
