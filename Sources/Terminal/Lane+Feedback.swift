import Payments
import Programmes
import SmartCard

extension Lane {
    /// Lamp and sound for the payer, once the decision is durable. It runs on its own: the till is not kept waiting, and what
    /// becomes of it changes nothing. Nothing is shown before a tap: a reader whose lamps hang would hang with the card.
    nonisolated func tellPayer(_ result: PaymentResult, cardWasRead: Bool, _ reader: (any CardReader)?) {
        guard cardWasRead, let feedback = reader as? any PayerFeedback else { return }
        let signal: PayerSignal =
            switch result.decision.outcome {
            case .approved: .approve
            case .declined: .decline
            case .goOnline, .unknown: .error
            }
        Task { await feedback.show(signal) }
    }
}
