import Core
import HostProtocol
import Programmes

// How replies tell a decision: its verdicts, shares and lines.

/// One rule in a line: names and values of its inputs in English.
public struct VerdictReply: Codable, Sendable, Equatable {
    public var rule: String
    public var passed: Bool
    /// `asked 95.00 SEK, limit 5000.00 SEK`
    public var inputs: String

    public init(_ verdict: RuleVerdict) {
        rule = verdict.rule.rawValue
        passed = verdict.passed
        inputs = verdict.inputs.map { "\($0.label.name.english) \($0.value)" }.joined(separator: ", ")
    }
}

public struct ShareReply: Codable, Sendable, Equatable {
    public var purse: String
    public var name: String
    public var denomination: Int64?
    public var units: Int64
    public var money: AmountReply

    public static func all(_ decision: Decision, _ programme: Programme?) -> [ShareReply] {
        decision.split.map { share in
            ShareReply(
                purse: share.purse, name: programme?.name(ofPurse: share.purse) ?? share.purse,
                denomination: share.denomination, units: share.units,
                money: AmountReply(Money(minorUnits: share.money, currency: decision.accountCurrency)))
        }
    }
}

public struct LineReply: Codable, Sendable, Equatable {
    public var kind: String
    public var amount: AmountReply

    public init(_ line: ChargeLine) {
        kind = line.kind.rawValue
        amount = AmountReply(line.amount)
    }
}

public struct InputReply: Codable, Sendable, Equatable {
    public var name: String
    public var value: String
}

/// One rule with its words in the language asked for.
public struct RuleReply: Codable, Sendable, Equatable {
    public var rule: String
    public var sentence: String
    public var passed: Bool
    public var inputs: [InputReply]

    init(_ verdict: RuleVerdict, in language: Language) {
        rule = verdict.rule.rawValue
        sentence = verdict.rule.sentence?[language] ?? ""
        passed = verdict.passed
        inputs = verdict.inputs.map { InputReply(name: $0.label.name[language], value: $0.value) }
    }
}

public struct ExplainParameters: Codable, Sendable {
    public var payment: String
    /// `en`, `fi` or `sv`.
    public var language: String?

    public init(payment: String, language: String? = nil) {
        self.payment = payment
        self.language = language
    }
}

/// Why a payment was decided as it was, as data and as text.
public struct ExplainReply: Codable, Sendable, Equatable {
    public var payment: String
    public var outcome: String
    public var rule: String
    public var reason: String
    public var sentence: String
    public var asked: AmountReply
    public var approved: AmountReply
    public var due: AmountReply
    public var split: [ShareReply]
    public var lines: [LineReply]
    public var valueDate: String?
    public var provisional: Bool
    public var rules: [RuleReply]
    public var remedy: String
    public var remedySentence: String
    public var text: [String]

    init(_ decided: DecidedPayment, in language: Language) {
        let decision = decided.decision
        payment = decided.payment.description
        outcome = decision.outcome.rawValue
        rule = decision.rule.rawValue
        reason = decision.reason.rawValue
        sentence = decision.sentence[language]
        asked = AmountReply(decided.asked)
        approved = AmountReply(decision.approvedAmount)
        due = AmountReply(decision.due(of: decided.asked))
        split = ShareReply.all(decision, decided.programme)
        lines = decision.lines.map(LineReply.init)
        valueDate = decision.valueDate?.description
        provisional = decision.isProvisional
        rules = decision.trace.map { RuleReply($0, in: language) }
        remedy = decision.reason.remedy.rawValue
        remedySentence = decision.reason.remedy.sentence[language]
        text = decision.explanation(in: language, asked: decided.asked, programme: decided.programme).text()
    }
}
