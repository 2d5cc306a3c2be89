import Core
import Programmes

// What later happens to payments, and the list of them.

public struct CompleteParameters: Codable, Sendable {
    public var payment: String
    /// A decimal in the currency of the payment.
    public var amount: String

    public init(payment: String, amount: String) {
        self.payment = payment
        self.amount = amount
    }
}

public struct ReleaseParameters: Codable, Sendable {
    public var payment: String
    public init(payment: String) { self.payment = payment }
}

public struct RefundParameters: Codable, Sendable {
    public var payment: String
    /// A decimal in the currency of the payment.
    public var amount: String
    public var reference: String?

    public init(payment: String, amount: String, reference: String? = nil) {
        self.payment = payment
        self.amount = amount
        self.reference = reference
    }
}

public struct VoidParameters: Codable, Sendable {
    public var payment: String
    public var reference: String?

    public init(payment: String, reference: String? = nil) {
        self.payment = payment
        self.reference = reference
    }
}

/// What became of a completion, release, refund or void.
public struct AmendmentResult: Codable, Sendable, Equatable {
    /// The amendment's own id.
    public var payment: String
    /// The id of the payment that it amends.
    public var of: String
    public var outcome: String
    public var rule: String
    public var reason: String
    public var sentence: SentenceReply
    public var amount: AmountReply
    public var approved: AmountReply
    public var available: AmountReply?
    public var sequence: Int64?
    public var split: [ShareReply]
    public var lines: [LineReply]
    public var valueDate: String?

    /// - Parameter programme: names the purses.
    public init(
        payment: UUIDv7, of original: UUIDv7, asked: Money, decision: Decision, programme: Programme?, sequence: Int64?
    ) {
        self.payment = payment.description
        of = original.description
        outcome = decision.outcome.rawValue
        rule = decision.rule.rawValue
        reason = decision.reason.rawValue
        sentence = SentenceReply(decision.sentence)
        amount = AmountReply(asked)
        approved = AmountReply(decision.approvedAmount)
        available = decision.availableAfter.map(AmountReply.init)
        self.sequence = sequence
        split = ShareReply.all(decision, programme)
        lines = decision.lines.map(LineReply.init)
        valueDate = decision.valueDate?.description
    }
}

public struct AmendmentReply: Codable, Sendable, Equatable {
    public var result: AmendmentResult
}

public struct ListPaymentsParameters: Codable, Sendable {
    public var count: Int?
    /// The till's: the one payment that has it.
    public var reference: String?

    public init(count: Int? = nil, reference: String? = nil) {
        self.count = count
        self.reference = reference
    }
}

/// One payment in the list of recent ones: never card data.
public struct PaymentReply: Codable, Sendable, Equatable {
    public var payment: String
    /// Milliseconds since 1970 UTC.
    public var time: Int64
    public var kind: String
    public var amount: AmountReply
    public var state: String
    public var rule: String?
    public var reason: String?
    public var reference: String?
    /// Where its record is on the way to the host.
    public var life: String?

    public init(
        payment: UUIDv7, time: UTCInstant, kind: String, amount: Money, state: String, rule: RuleID?, reason: Reason?,
        reference: String?, life: String? = nil
    ) {
        self.life = life
        self.payment = payment.description
        self.time = time.milliseconds
        self.kind = kind
        self.amount = AmountReply(amount)
        self.state = state
        self.rule = rule?.rawValue
        self.reason = reason?.rawValue
        self.reference = reference
    }
}

public struct PaymentsReply: Codable, Sendable, Equatable {
    public var payments: [PaymentReply]
}
