import Core
import HostProtocol

/// A decision at rest: lines of tab-separated fields, written while the payer waits, read by people's questions.
///
/// ```
/// 3 outcome rule reason currency approved available-or-dash provisional value-date-or-dash
/// s purse denomination-or-dash units money         (a line for each share)
/// l kind currency minor-units                      (a line for each line of the receipt)
/// +rule label value label value …                  (a line for each verdict that passed, with - for one that failed)
/// ```
/// Each byte of it is written to the disk twice, so that what has been said is not said again: the byte 1 stands for
/// the rule of the verdict before, and for the value that a label had the last time.
///
/// Version 2 wrote verdicts as `r rule 1-or-0 label value …`, in full. Version 1 had neither shares nor lines; its verdicts were
/// `rule 1-or-0 text`.
extension Decision {
    public var stored: String {
        var text = "3\t\(outcome.rawValue)\t\(Self.field(rule.rawValue))\t\(reason.rawValue)\t\(approvedAmount.currency.code)\t"
        text += String(approvedAmount.minorUnits)
        text += "\t"
        text += availableAfter.map { "\($0.currency.code) \($0.minorUnits)" } ?? "-"
        text += isProvisional ? "\t1\t" : "\t0\t"
        text += valueDate?.description ?? "-"
        for share in split {
            text += "\ns\t"
            text += Self.field(share.purse)
            text += "\t"
            text += share.denomination.map { String($0) } ?? "-"
            text += "\t\(share.units)\t\(share.money)"
        }
        for line in lines { text += "\nl\t\(line.kind.rawValue)\t\(line.amount.currency.code)\t\(line.amount.minorUnits)" }
        var said = SaidBefore()
        for verdict in trace {
            text += verdict.passed ? "\n+" : "\n-"
            // What is written is what is compared: who reads it knows nothing else.
            let rule = Self.field(verdict.rule.rawValue)
            text += said.repeats(RuleID(rawValue: rule)) ? SaidBefore.mark : rule
            for input in verdict.inputs {
                let value = Self.field(input.value)
                text += "\t"
                text += input.label.rawValue
                text += "\t"
                text += said.repeats(RuleInput(input.label, value)) ? SaidBefore.mark : value
            }
        }
        return text
    }

    /// Control characters would break the lines; none belongs here.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    /// Nil for text that ``stored`` did not write, in this version or an earlier one.
    public init?(stored text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = (lines.first ?? "").split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard head.count == 7 && head[0] == "1" || head.count == 9 && (head[0] == "2" || head[0] == "3"),
            let outcome = Outcome(rawValue: head[1]), let reason = Reason(rawValue: head[3]),
            let currency = Currency(code: head[4]), let approved = Int64(head[5])
        else { return nil }
        var available: Money?
        if head[6] != "-" {
            // The account may be in another currency than the payment; version 1 knew one.
            let parts = head[6].split(separator: " ")
            guard parts.count == (head[0] == "1" ? 1 : 2), let units = parts.last.flatMap({ Int64($0) }),
                let own = parts.count == 2 ? Currency(code: String(parts[0])) : currency
            else { return nil }
            available = Money(minorUnits: units, currency: own)
        }
        var details = StoredDetails(says: head[0] == "3" ? SaidBefore() : nil)
        for line in lines.dropFirst() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard head[0] == "1" ? details.takeFirstVersion(line) : details.take(fields) else { return nil }
        }
        var valueDate: CivilDate?
        if head.count == 9 {
            guard head[7] == "0" || head[7] == "1" else { return nil }
            if head[8] != "-" {
                guard let date = CivilDate(head[8]) else { return nil }
                valueDate = date
            }
        }
        self.init(
            outcome: outcome, approvedAmount: Money(minorUnits: approved, currency: currency),
            rule: RuleID(rawValue: head[2]), reason: reason, availableAfter: available, split: details.split,
            lines: details.lines, isProvisional: head.count == 9 && head[7] == "1",
            valueDate: valueDate, trace: details.trace)
    }
}

/// What the lines so far have said: the last rule, and the last value of each label.
private struct SaidBefore {
    /// Nothing else has it: control characters are written as blanks.
    static let mark = "\u{1}"

    private(set) var rule: RuleID?
    private var inputs: [RuleInput] = []

    mutating func repeats(_ next: RuleID) -> Bool {
        defer { rule = next }
        return rule == next
    }

    mutating func repeats(_ next: RuleInput) -> Bool {
        guard let place = inputs.firstIndex(where: { $0.label == next.label }) else {
            inputs.append(next)
            return false
        }
        if inputs[place].value == next.value { return true }
        inputs[place] = next
        return false
    }

    func value(of label: InputLabel) -> String? { inputs.first { $0.label == label }?.value }
}

private struct StoredDetails {
    /// Nil before version 3.
    private var said: SaidBefore?
    var split: [PurseShare] = []
    var lines: [ChargeLine] = []
    var trace: [RuleVerdict] = []

    init(says said: SaidBefore?) { self.said = said }

    /// - Returns: false for a line that is none of ours.
    mutating func take(_ fields: [String]) -> Bool {
        switch fields.first {
        case "s":
            guard fields.count == 5, let units = Int64(fields[3]), let money = Int64(fields[4]) else { return false }
            let denomination = Int64(fields[2])
            guard denomination != nil || fields[2] == "-" else { return false }
            split.append(PurseShare(purse: fields[1], denomination: denomination, units: units, money: money))
        case "l":
            guard fields.count == 4, let kind = ChargeLine.Kind(rawValue: fields[1]), let currency = Currency(code: fields[2]),
                let units = Int64(fields[3])
            else { return false }
            lines.append(ChargeLine(kind: kind, amount: Money(minorUnits: units, currency: currency)))
        case "r" where said == nil:
            guard fields.count >= 3, fields.count % 2 == 1, fields[2] == "1" || fields[2] == "0" else { return false }
            var inputs: [RuleInput] = []
            for place in stride(from: 3, to: fields.count, by: 2) {
                guard let label = InputLabel(rawValue: fields[place]) else { return false }
                inputs.append(RuleInput(label, fields[place + 1]))
            }
            trace.append(RuleVerdict(rule: RuleID(rawValue: fields[1]), passed: fields[2] == "1", inputs: inputs))
        default: return takeVerdict(fields)
        }
        return true
    }

    /// Of version 3.
    private mutating func takeVerdict(_ fields: [String]) -> Bool {
        guard var said, let first = fields.first, first.hasPrefix("+") || first.hasPrefix("-"), fields.count % 2 == 1 else {
            return false
        }
        var rule = RuleID(rawValue: String(first.dropFirst()))
        if rule.rawValue == SaidBefore.mark {
            guard let last = said.rule else { return false }
            rule = last
        }
        _ = said.repeats(rule)
        var inputs: [RuleInput] = []
        for place in stride(from: 1, to: fields.count, by: 2) {
            guard let label = InputLabel(rawValue: fields[place]) else { return false }
            var value = fields[place + 1]
            if value == SaidBefore.mark {
                guard let last = said.value(of: label) else { return false }
                value = last
            }
            let input = RuleInput(label, value)
            _ = said.repeats(input)
            inputs.append(input)
        }
        trace.append(RuleVerdict(rule: rule, passed: first.hasPrefix("+"), inputs: inputs))
        self.said = said
        return true
    }

    mutating func takeFirstVersion(_ line: Substring) -> Bool {
        let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[1] == "1" || fields[1] == "0" else { return false }
        trace.append(
            RuleVerdict(
                rule: RuleID(rawValue: String(fields[0])), passed: fields[1] == "1", inputs: [RuleInput(.note, fields[2])]))
        return true
    }
}
