import Core
import Programmes

/// What the till and the payer are told at the end of a payment. Made only from what is durable.
public struct PaymentResult: Sendable, Equatable {
    public var payment: UUIDv7
    public var amount: Money
    public var decision: Decision
    /// True when the host decided.
    public var online: Bool
    public var authorisationCode: String?
    /// The journal's sequence number, when the payment left a record to forward.
    public var sequence: Int64?
    /// First six and last four digits at most.
    public var maskedCard: String?
    /// The card's own balance after this payment, if the card told it.
    public var cardBalance: Money?

    public init(
        payment: UUIDv7, amount: Money, decision: Decision, online: Bool = false, authorisationCode: String? = nil,
        sequence: Int64? = nil, maskedCard: String? = nil, cardBalance: Money? = nil
    ) {
        self.payment = payment
        self.amount = amount
        self.decision = decision
        self.online = online
        self.authorisationCode = authorisationCode
        self.sequence = sequence
        self.maskedCard = maskedCard
        self.cardBalance = cardBalance
    }
}

/// What the payer is asked to do.
public enum CardPrompt: String, Sendable, Equatable {
    case presentCard
    /// The last try left no trace: the same card again.
    case presentCardAgain
}
