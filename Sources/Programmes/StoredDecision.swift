import Core
import HostProtocol

/// A decision at rest: lines of tab-separated fields, written while the payer waits, read by people's questions.
///
/// ```
/// 2 outcome rule reason currency approved available-or-dash provisional value-date-or-dash
/// s purse denomination-or-dash units money         (a line for each share)
/// l kind currency minor-units                      (a line for each line of the receipt)
/// r rule 1-or-0 label value label value …          (a line for each verdict)
/// ```
/// Version 1 had neither shares nor lines; its verdicts were `rule 1-or-0 text`.
extension Decision {
    public var stored: String {
        var text = "2\t\(outcome.rawValue)\t\(Self.field(rule.rawValue))\t\(reason.rawValue)\t\(approvedAmount.currency.code)\t"
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
        for verdict in trace {
            text += "\nr\t"
            text += Self.field(verdict.rule.rawValue)
            text += verdict.passed ? "\t1" : "\t0"
            for input in verdict.inputs {
                text += "\t"
                text += input.label.rawValue
                text += "\t"
                text += Self.field(input.value)
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
        guard head.count == 7 && head[0] == "1" || head.count == 9 && head[0] == "2",
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
        var details = StoredDetails()
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

private struct StoredDetails {
    var split: [PurseShare] = []
    var lines: [ChargeLine] = []
    var trace: [RuleVerdict] = []

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
        case "r":
            guard fields.count >= 3, fields.count % 2 == 1, fields[2] == "1" || fields[2] == "0" else { return false }
            var inputs: [RuleInput] = []
            for place in stride(from: 3, to: fields.count, by: 2) {
                guard let label = InputLabel(rawValue: fields[place]) else { return false }
                inputs.append(RuleInput(label, fields[place + 1]))
            }
            trace.append(RuleVerdict(rule: RuleID(rawValue: fields[1]), passed: fields[2] == "1", inputs: inputs))
        default: return false
        }
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
