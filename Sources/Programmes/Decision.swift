import Core

/// What the rules say to one request: a rule, a reason and how they got there (ALL-1).
public struct Decision: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Codable {
        case approved, declined
        /// Only the host may decide.
        case goOnline
        /// The disk erred while the decision was being stored: whether it counts is told by asking for the payment later.
        case unknown
    }

    public let outcome: Outcome
    /// Zero unless approved.
    public let approvedAmount: Money
    public let rule: RuleID
    public let reason: Reason
    /// What is left to spend after this decision, where the account is known.
    public let availableAfter: Money?
    public let trace: [RuleVerdict]

    public init(
        outcome: Outcome, approvedAmount: Money, rule: RuleID, reason: Reason, availableAfter: Money? = nil,
        trace: [RuleVerdict] = []
    ) {
        self.outcome = outcome
        self.approvedAmount = approvedAmount
        self.rule = rule
        self.reason = reason
        self.availableAfter = availableAfter
        self.trace = trace
    }

    public var approved: Bool { outcome == .approved }
    public var sentence: Sentence { reason.sentence }

    /// A decline that needed no rule engine: a torn card, a cancelled payment, a store that can't write.
    public static func declined(_ amount: Money, rule: RuleID, reason: Reason) -> Decision {
        Decision(outcome: .declined, approvedAmount: .zero(amount.currency), rule: rule, reason: reason)
    }
}

/// One rule, what it looked at and what it found.
public struct RuleVerdict: Sendable, Hashable, Codable {
    public let rule: RuleID
    public let passed: Bool
    /// The inputs in the rule's order, such as `available 70.00 SEK, asked 95.00 SEK`. No personal data.
    public let inputs: String

    public init(rule: RuleID, passed: Bool, inputs: String) {
        self.rule = rule
        self.passed = passed
        self.inputs = inputs
    }
}
