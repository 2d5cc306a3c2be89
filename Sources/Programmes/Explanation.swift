import Core
import HostProtocol

/// One line of what a decision is explained by (ALL-1), in the cashier's language. Values (amounts, dates, counts, words of
/// the wire) are the same in every language.
public struct ExplanationLine: Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// The outcome, or the title of what follows.
        case heading
        /// The reason's sentence, a purse's share, a line of the receipt, a rule, what would help.
        case sentence, share, receipt, valueDate, rule, remedy
    }

    /// What a rule looked at.
    public struct Input: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    public let kind: Kind
    public let text: String
    /// An amount or a date beside the text; nil: none.
    public let value: String?
    /// Of a rule's line.
    public let rule: RuleID?
    public let passed: Bool?
    /// The word for ``passed``: `ok`, `FAIL`.
    public let mark: String?
    public let inputs: [Input]

    init(
        _ kind: Kind, _ text: String, value: String? = nil, rule: RuleID? = nil, passed: Bool? = nil, mark: String? = nil,
        inputs: [Input] = []
    ) {
        self.kind = kind
        self.text = text
        self.value = value
        self.rule = rule
        self.passed = passed
        self.mark = mark
        self.inputs = inputs
    }
}

extension Decision {
    /// The currency of the account, as far as the decision tells it.
    public var accountCurrency: Currency {
        availableAfter?.currency ?? lines.first?.amount.currency ?? approvedAmount.currency
    }

    /// What a purse gave: `50.00 EUR`, or `2 × 5.00 EUR = 10.00 EUR`, or `250 = 2.50 EUR` of points.
    private func worth(of share: PurseShare, isPoints: Bool) -> String {
        let money = Money(minorUnits: share.money, currency: accountCurrency)
        if let value = share.denomination {
            return "\(share.units) × \(Money(minorUnits: value, currency: accountCurrency)) = \(money)"
        }
        return isPoints ? "\(share.units) = \(money)" : "\(money)"
    }

    /// How this decision came about: outcome, split, receipt, value date, each rule, and what would help.
    /// - Parameters:
    ///   - asked: what the till asked for.
    ///   - programme: names the purses; without it they are told by their ids.
    public func explanation(in language: Language, asked: Money, programme: Programme?) -> [ExplanationLine] {
        explanation(
            in: language, asked: asked, purseName: { programme?.name(ofPurse: $0) ?? $0 },
            isPoints: { id in programme?.purses.contains { $0.id == id && $0.kind == .points } ?? false })
    }

    /// - Parameters:
    ///   - purseName: the name of a purse by its id.
    ///   - isPoints: whether a purse's units are points, which are told beside what they pay (WAL-3).
    public func explanation(
        in language: Language, asked: Money, purseName: (String) -> String = { $0 },
        isPoints: (String) -> Bool = { _ in false }
    ) -> [ExplanationLine] {
        let words = ExplanationWords.self
        var shown = [
            ExplanationLine(.heading, heading(language, asked: asked)), ExplanationLine(.sentence, sentence[language]),
        ]
        if !split.isEmpty {
            shown.append(ExplanationLine(.heading, words.split[language]))
            shown += split.map { ExplanationLine(.share, purseName($0.purse), value: worth(of: $0, isPoints: isPoints($0.purse))) }
        }
        if !lines.isEmpty {
            shown.append(ExplanationLine(.heading, words.receipt[language]))
            shown += lines.map { ExplanationLine(.receipt, $0.kind.name[language], value: "\($0.amount)") }
        }
        if isProvisional { shown.append(ExplanationLine(.sentence, words.provisionalRate[language])) }
        if let valueDate {
            shown.append(
                ExplanationLine(
                    .valueDate, InputLabel.valueDate.name[language], value: "\(valueDate) (\(words.provisional[language]))"))
        }
        if !trace.isEmpty {
            shown.append(ExplanationLine(.heading, words.rules[language]))
            shown += trace.map { $0.explained(in: language) }
        }
        let remedy = reason.remedy
        if remedy != .none {
            shown.append(ExplanationLine(.heading, words.help[language]))
            shown.append(ExplanationLine(.remedy, remedy.sentence[language]))
        }
        return shown
    }

    private func heading(_ language: Language, asked: Money) -> String {
        let word = outcome.word[language]
        guard approved else { return "\(word)  \(asked)" }
        let due = due(of: asked)
        guard due.isPositive else { return "\(word)  \(approvedAmount)" }
        return "\(word)  \(approvedAmount); \(InputLabel.asked.name[language]) \(asked), "
            + "\(InputLabel.due.name[language]) \(due)"
    }
}

extension RuleVerdict {
    func explained(in language: Language) -> ExplanationLine {
        ExplanationLine(
            .rule, rule.sentence?[language] ?? "", rule: rule, passed: passed,
            mark: (passed ? ExplanationWords.passed : ExplanationWords.failed)[language],
            inputs: inputs.map { ExplanationLine.Input(name: $0.label.name[language], value: $0.value) })
    }
}

extension Decision.Outcome {
    public var word: Sentence {
        switch self {
        case .approved: Sentence("APPROVED", "HYVÄKSYTTY", "GODKÄNT")
        case .declined: Sentence("DECLINED", "HYLÄTTY", "NEKAT")
        case .goOnline: Sentence("ASKS THE HOST", "KYSYTÄÄN PALVELULTA", "FRÅGAR VÄRDEN")
        case .unknown: Sentence("UNKNOWN", "EI TIEDOSSA", "OKÄNT")
        }
    }
}

extension ChargeLine.Kind {
    /// CARD-20: as the receipt calls the line.
    public var name: Sentence {
        switch self {
        case .purchase: Sentence("purchase", "ostos", "köp")
        case .hold: Sentence("hold", "varaus", "reservation")
        case .refund: Sentence("refund", "hyvitys", "återbetalning")
        case .exchangeFee: Sentence("exchange fee", "valuutanvaihtopalkkio", "valutaavgift")
        case .fee: Sentence("fee", "palkkio", "avgift")
        }
    }
}

private enum ExplanationWords {
    static let split = Sentence("Paid from", "Maksettu kukkaroista", "Betalt ur")
    static let receipt = Sentence("Receipt", "Kuitti", "Kvitto")
    static let rules = Sentence("Rules", "Säännöt", "Regler")
    static let help = Sentence("What would help", "Mikä auttaisi", "Vad som skulle hjälpa")
    static let passed = Sentence("ok", "ok", "ok")
    static let failed = Sentence("FAIL", "EI", "NEJ")
    static let provisional = Sentence(
        "provisional until the host confirms", "alustava, kunnes palvelu vahvistaa", "preliminär tills värden bekräftar")
    static let provisionalRate = Sentence(
        "The rate may still change until settlement.", "Kurssi voi vielä muuttua ennen tilitystä.",
        "Kursen kan ännu ändras fram till avräkningen.")
}

extension [ExplanationLine] {
    /// Lines for a terminal of `width` columns: aligned, wrapped between words; the words carry the meaning, colour only
    /// repeats it.
    public func text(width: Int = 100, colour: Bool = false) -> [String] {
        let names = filter { $0.kind == .share || $0.kind == .receipt }.map(\.text.count).max() ?? 0
        let marks = compactMap(\.mark?.count).max() ?? 0
        let rules = compactMap(\.rule?.rawValue.count).max() ?? 0
        var text: [String] = []
        // What a rule demands is said once, and again where it failed.
        var told: Set<RuleID> = []
        for line in self {
            switch line.kind {
            case .heading: text += Columns.wrapped(line.text, after: "", width: width)
            case .sentence, .remedy: text += Columns.wrapped(line.text, after: "  ", width: width)
            case .share, .receipt:
                text += Columns.wrapped(line.value ?? "", after: "  \(Columns.padded(line.text, names))  ", width: width)
            case .valueDate: text += Columns.wrapped("\(line.text) \(line.value ?? "")", after: "", width: width)
            case .rule:
                let margin = "  \(Columns.padded(line.mark ?? "", marks))  \(Columns.padded(line.rule?.rawValue ?? "", rules))  "
                let inputs = line.inputs.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
                let isNew = line.rule.map { told.insert($0).inserted } ?? true
                let isTold = !isNew && line.passed == true && !inputs.isEmpty
                let rule = Columns.wrapped(isTold ? inputs : line.text, after: margin, width: width)
                if colour, let first = rule.first {
                    let shade = line.passed == true ? "32" : "31"
                    let rest = first.dropFirst(2 + marks)
                    text.append("  \u{1B}[\(shade)m\(Columns.padded(line.mark ?? "", marks))\u{1B}[0m\(rest)")
                    text += rule.dropFirst()
                } else {
                    text += rule
                }
                let indent = String(repeating: " ", count: margin.count + 2)
                if !isTold, !inputs.isEmpty { text += Columns.wrapped(inputs, after: indent, width: width) }
            }
        }
        return text
    }
}

/// Text in columns of characters.
private enum Columns {
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: Swift.max(0, width - text.count))
    }

    /// `text` behind `margin`, and under itself where it is too long; a word longer than a line is cut.
    static func wrapped(_ text: String, after margin: String, width: Int) -> [String] {
        let room = Swift.max(width - margin.count, 8)
        var lines: [String] = []
        var line = ""
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            var word = String(part)
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = ""
            }
            while word.count > room {
                lines.append(String(word.prefix(room)))
                word = String(word.dropFirst(room))
            }
            line = line.isEmpty ? word : line + " " + word
        }
        lines.append(line)
        let under = String(repeating: " ", count: margin.count)
        return lines.enumerated().map { ($0.offset == 0 ? margin : under) + $0.element }
    }
}
