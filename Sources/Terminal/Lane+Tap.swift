import Core
import EMV
import Foundation
import HostProtocol
import Logging
import Payments
import Programmes
import SmartCard
import Store

extension Lane {
    struct ReadOutcome: Sendable {
        var machine: PaymentMachine
        var turn: ContactlessTurn
        var action: PaymentMachine.Action?
        var microseconds: Int64?
        var cardMicroseconds: Int64?

        /// No card was read: this happened instead.
        init(_ machine: PaymentMachine, _ turn: ContactlessTurn, after event: PaymentMachine.Event) {
            (self.machine, self.turn) = (machine, turn)
            action = self.machine.handle(event)
        }

        init(
            _ machine: PaymentMachine, _ turn: ContactlessTurn, action: PaymentMachine.Action?, since start: ContinuousClock.Instant,
            cardMicroseconds: Int64
        ) {
            (self.machine, self.turn, self.action) = (machine, turn, action)
            microseconds = (ContinuousClock.now - start).wholeMicroseconds
            self.cardMicroseconds = cardMicroseconds
        }
    }

    /// The tap: APDUs, offline data authentication, decision and commit in one job on the reader's thread.
    func read(
        _ machine: PaymentMachine, _ turn: ContactlessTurn, _ reader: any CardReader, _ draw: Int, _ seal: EvidenceSeal
    ) async -> ReadOutcome {
        let now = parts.clock.now
        let (settler, traces, name) = (settler, parts.traces, parts.name)
        let combinations = combinations(for: machine.cardAmount)
        let tags = TagTap(parts, restraint, machine)
        let mayHaveSpent = Flag()
        do {
            return try await reader.withCard { channel in
                let start = ContinuousClock.now
                var turn = turn
                var machine = machine
                let asTag = tags == nil ? nil : traces.recording(channel)
                if let tap = tags?.read(asTag ?? channel, &machine, settler, draw: draw, seal: seal) {
                    if let asTag { traces.post(tag: asTag, payment: machine.payment, lane: name, at: now.instant) }
                    return ReadOutcome(
                        machine, turn, action: tap.action, since: start, cardMicroseconds: tap.card.wholeMicroseconds)
                }
                // The intent is durable since the payment began: nothing more is needed before the card may spend.
                let recording = traces.recording(channel)
                let said = turn.present(
                    on: recording ?? channel, unpredictableNumber: Fresh.bytes(4), beforeCommit: { mayHaveSpent.raise() })
                let card = (ContinuousClock.now - start).wholeMicroseconds
                defer {
                    if let recording {
                        traces.post(
                            recording, after: asTag, of: Transcript.Setting(parameters: turn.parameters, combinations: combinations),
                            payment: machine.payment, lane: name, at: now.instant)
                    }
                }
                var action: PaymentMachine.Action? =
                    switch said {
                    case .again: machine.handle(.startedAgain)
                    case .finished(let outcome): machine.handle(.cardRead(outcome, mayHaveSpent: mayHaveSpent.isRaised))
                    }
                if case .settle(let settlement)? = action {
                    action = machine.handle(settler.settle(settlement, machine, draw: draw, seal: seal))
                }
                return ReadOutcome(machine, turn, action: action, since: start, cardMicroseconds: card)
            }
        } catch {
            let spent = mayHaveSpent.isRaised
            parts.logger.warning(
                "reader failed", metadata: ["lane": "\(parts.name)", "error": "\(type(of: error)) \(error as? CardError)"])
            // A call that hangs is given up on while it may still be at work: what it stores first, counts.
            if spent { return ReadOutcome(machine, turn, after: .cardRead(.torn(nil), mayHaveSpent: true)) }
            guard let error = error as? CardError, error.isCardLoss else { return ReadOutcome(machine, turn, after: .readerFailed) }
            var turn = turn
            return switch turn.lost(error, unpredictableNumber: Fresh.bytes(4)) {
            case .again: ReadOutcome(machine, turn, after: .startedAgain)
            case .finished(let outcome): ReadOutcome(machine, turn, after: .cardRead(outcome, mayHaveSpent: false))
            }
        }
    }
}
