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
    func read(
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
        let (settler, traces, name, combinations) = (settler, parts.traces, parts.name, combinations)
        let tags = TagTap(parts, restraint, machine)
        let transaction = ContactlessTransaction(
            combinations: combinations, parameters: parameters, caKeys: parts.caKeys)
        let mayHaveSpent = Flag()
        do {
            return try await reader.withCard { channel in
                let start = ContinuousClock.now
                var transaction = transaction
                var machine = machine
                let asTag = tags == nil ? nil : traces.recording(channel)
                if let tap = tags?.read(asTag ?? channel, &machine, settler, draw: draw, seal: seal) {
                    if let asTag { traces.post(tag: asTag, payment: machine.payment, lane: name, at: now.instant) }
                    return ReadOutcome(
                        machine: machine, action: tap.action, microseconds: (ContinuousClock.now - start).wholeMicroseconds,
                        cardMicroseconds: tap.card.wholeMicroseconds)
                }
                // The intent is durable since the payment began: nothing more is needed before the card may spend.
                let recording = traces.recording(channel)
                defer {
                    if let recording {
                        traces.post(
                            recording, after: asTag, of: Transcript.Setting(parameters: parameters, combinations: combinations),
                            payment: machine.payment, lane: name, at: now.instant)
                    }
                }
                let outcome = transaction.run(on: recording ?? channel, beforeCommit: { mayHaveSpent.raise() })
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
}
