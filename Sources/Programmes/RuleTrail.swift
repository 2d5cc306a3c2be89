import Core

/// One rule, what it looked at and what it found.
public struct RuleVerdict: Sendable, Hashable, Codable {
    public let rule: RuleID
    public let passed: Bool
    /// In the rule's order. No personal data.
    public let inputs: [RuleInput]

    public init(rule: RuleID, passed: Bool, inputs: [RuleInput]) {
        self.rule = rule
        self.passed = passed
        self.inputs = inputs
    }
}

/// A named value that a rule looked at: the name is told in the cashier's language, the value (an amount, a date, a count,
/// a word of the wire) is the same in all of them.
public struct RuleInput: Sendable, Hashable, Codable {
    public let label: InputLabel
    public let value: String

    public init(_ label: InputLabel, _ value: some CustomStringConvertible) {
        self.label = label
        self.value = value.description
    }
}

/// Collects verdicts until one fails: the decline is the failed check's.
struct RuleTrail: Sendable {
    private(set) var trace: [RuleVerdict] = []
    private(set) var failure: (rule: RuleID, reason: Reason)?

    private let names: [RuleID: RuleID]

    /// - Parameter names: what a programme's own rule book calls these rules.
    init(names: [RuleID: RuleID] = [:]) {
        self.names = names
        trace.reserveCapacity(24)
    }

    /// - Returns: `passed`.
    mutating func check(
        _ rule: RuleID, _ reason: Reason, _ passed: Bool, _ inputs: RuleInput...
    ) -> Bool {
        let rule = names[rule] ?? rule
        trace.append(RuleVerdict(rule: rule, passed: passed, inputs: inputs))
        if !passed, failure == nil { failure = (rule, reason) }
        return passed
    }

    /// A verdict that decides nothing by itself: a figure that was made on the way.
    mutating func note(_ rule: RuleID, _ inputs: RuleInput...) {
        trace.append(RuleVerdict(rule: names[rule] ?? rule, passed: true, inputs: inputs))
    }
}
