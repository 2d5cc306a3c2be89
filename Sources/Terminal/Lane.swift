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

/// One checkout lane: a reader, and one payment at a time.
public actor Lane {
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
        /// The last message, for payer and cashier.
        public var shown: UserInterfaceRequest
        /// Of the card or tag that was decided on, whether or not a record is left of it.
        public var instrument: Pseudonym?
    }

    let parts: Parts
    let settler: Settler
    /// One for each application that a programme takes, without the reader's limits.
    let applications: [Combination]
    let restraint = TagRestraint()
    /// A payment is under way: its reader is nobody else's.
    private(set) var isBusy = false
    /// The newest card that took part in a payment: it has to leave before it pays again.
    private var lastCard: UInt64?
    /// Payments that began and whose end the store could not take.
    var unsettled: [PaymentIntent] = []

    public init(_ parts: Parts) {
        self.parts = parts
        settler = Settler(
            store: parts.store, programmes: parts.programmes, pseudonymKey: parts.pseudonymKey,
            clock: parts.clock, takesTags: { [tags = parts.tags] in !tags().isEmpty })
        applications = Self.applications(of: parts.programmes)
    }

    public nonisolated var name: String { parts.name }

    /// Takes one payment to its end. Cancelling the calling task cancels the payment while it waits for a card; later it
    /// runs on, because its outcome is already being made durable.
    /// - Parameter show: what payer and cashier see on the way; the last message comes with the receipt.
    /// - Throws: ``Failure/busy``.
    public func pay(
        _ request: PurchaseRequest, reference: String?, timeout: Duration,
        show: @escaping @Sendable (PayerNotice) async -> Void
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
            await Task { await self.run(intent, request, timeout, cancellation, show) }.value
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func run(
        _ intent: PaymentIntent, _ request: PurchaseRequest, _ timeout: Duration, _ cancellation: Cancellation,
        _ show: @Sendable (PayerNotice) async -> Void
    ) async -> Receipt {
        var machine = PaymentMachine(payment: intent.id, request: request)
        let draw = Int.random(in: 1...99)
        let seal = EvidenceSeal(recipient: parts.sealingKey(), payment: intent.id)
        var action = machine.handle(.started)
        var tap: (whole: Int64?, card: Int64?)
        var turn: ContactlessTurn?
        var reader: (any CardReader)?
        var instrument: Pseudonym?
        var hasRead = false
        var admission = parts.takesLyingCard ? CardAdmission.any : CardAdmission(after: lastCard)
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
                turn = self.turn(turn, for: machine)
                guard let reader, let asking = turn else {
                    action = machine.handle(.readerFailed)
                    continue
                }
                // A tag is no combination of the reader's: its limits are the rules alone.
                if asking.outcome != nil, parts.tags().isEmpty {
                    action = machine.handle(.notContactless)
                    continue
                }
                for step in turn?.beforeCard(words) ?? [] {
                    switch step {
                    case .show(let notice): await show(notice)
                    case .fieldOff(let time): await cancellation.pause(.milliseconds(100 * time), parts.pause)
                    }
                }
                switch await CardWait.card(in: reader, admission, within: timeout, cancellation) {
                case .presented(let generation):
                    admission.took(generation)
                    lastCard = max(lastCard ?? generation, generation)
                    action = machine.handle(.cardPresented)
                case .timedOut: action = machine.handle(.timedOut)
                case .cancelled: action = machine.handle(.cancelled)
                case .unavailable: action = machine.handle(.readerFailed)
                }
            case .readCard:
                turn = self.turn(turn, for: machine)
                guard let present = reader, let asking = turn else {
                    action = machine.handle(.readerFailed)
                    continue
                }
                hasRead = true
                let outcome = await read(machine, asking, present, draw, seal)
                (machine, action, turn) = (outcome.machine, outcome.action, outcome.turn)
                if outcome.microseconds != nil { tap = (outcome.microseconds, outcome.cardMicroseconds) }
            case .settle(let settlement):
                instrument = settlement.evidence?.pseudonym(key: parts.pseudonymKey) ?? instrument
                let event = await onStore { [settler, machine] in
                    settler.settle(settlement, machine, draw: draw, seal: seal)
                }
                action = machine.handle(event)
            case .authorise(let evidence):
                await show(.authorising(turn?.closing))
                action = machine.handle(await authorise(machine, evidence, seal))
            case .abandon(let decision):
                let event = await onStore { [settler] in settler.abandon(intent.id, decision) }
                if case .notSettled = event { closeLater(intent) }
                action = machine.handle(event)
            case .finish(let result):
                if hasRead, let reader { await noteCard(in: reader) }
                if result.decision.rule == "ALL-2" { closeLater(intent) }
                parts.host.recordCommitted()
                log(result)
                tellPayer(result, cardWasRead: tap.whole != nil, reader)
                return Receipt(
                    result: result, tapMicroseconds: tap.whole, cardMicroseconds: tap.card, shown: result.shown(turn?.closing),
                    instrument: instrument)
            }
        }
        // The machine ends in finish on every path; this answer keeps the promise should it ever not.
        closeLater(intent)
        let stopped = PaymentResult(
            payment: intent.id, amount: intent.amount,
            decision: .declined(intent.amount, rule: "ALL-2", reason: .interrupted))
        return Receipt(
            result: stopped, tapMicroseconds: tap.whole, cardMicroseconds: tap.card, shown: stopped.shown(turn?.closing))
    }

    /// Whatever lies on the reader when a card has been read has had its payment: the one that was read may be another than the one
    /// that was seen to come, or have been lifted and laid again meanwhile.
    private func noteCard(in reader: any CardReader) async {
        guard let generation = await CardWait.generation(in: reader) else { return }
        lastCard = max(lastCard ?? generation, generation)
    }

    private func onStore(_ body: @escaping @Sendable () -> PaymentMachine.Event) async -> PaymentMachine.Event {
        do {
            return try await parts.storeThread.run(body)
        } catch {
            return .notSettled(.storeUnavailable)
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
