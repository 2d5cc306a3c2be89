import Core
import HostProtocol

/// What the rules say to one request: a rule, a reason and how they got there (ALL-1).
public struct Decision: Sendable, Hashable {
    public enum Outcome: String, Sendable, Codable {
        case approved, declined
        /// Only the host may decide.
        case goOnline
        /// The disk erred while the decision was being stored: whether it counts is told by asking for the payment later.
        case unknown
    }

    public let outcome: Outcome
    /// In the currency of the request; zero unless approved. Less than asked where the checkout takes a part (CARD-11) or
    /// goods are left out (CARD-9).
    public let approvedAmount: Money
    public let rule: RuleID
    public let reason: Reason
    /// What is left to spend after this decision over all purses, where the account is known.
    public let availableAfter: Money?
    /// How the purses share ``approvedAmount`` (WAL-2, SMA-4), in the order of use.
    public let split: [PurseShare]
    /// The lines of the receipt in the account's currency (CARD-20); empty when there is only the approved amount.
    public let lines: [ChargeLine]
    /// CARD-16: the rate may still change until settlement.
    public let isProvisional: Bool
    /// CARD-15: provisional until the host confirms it.
    public let valueDate: CivilDate?
    public let trace: [RuleVerdict]

    public init(
        outcome: Outcome, approvedAmount: Money, rule: RuleID, reason: Reason, availableAfter: Money? = nil,
        split: [PurseShare] = [], lines: [ChargeLine] = [], isProvisional: Bool = false, valueDate: CivilDate? = nil,
        trace: [RuleVerdict] = []
    ) {
        self.outcome = outcome
        self.approvedAmount = approvedAmount
        self.rule = rule
        self.reason = reason
        self.availableAfter = availableAfter
        self.split = split
        self.lines = lines
        self.isProvisional = isProvisional
        self.valueDate = valueDate
        self.trace = trace
    }

    public var approved: Bool { outcome == .approved }
    public var sentence: Sentence { reason.sentence }

    /// What is left to pay by other means: of `asked`, what is not approved.
    public func due(of asked: Money) -> Money { (try? asked.subtracting(approvedAmount)) ?? asked }

    /// A decline that needed no rule engine: a torn card, a cancelled payment, a store that can't write.
    public static func declined(_ amount: Money, rule: RuleID, reason: Reason) -> Decision {
        Decision(outcome: .declined, approvedAmount: .zero(amount.currency), rule: rule, reason: reason)
    }
}
