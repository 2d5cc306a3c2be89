import Core

/// A decision at rest: lines of tab-separated fields, written while the payer waits, read by people's questions.
///
/// ```
/// 1 outcome rule reason currency approved available-or-dash
/// rule 1-or-0 inputs          (a line for each verdict)
/// ```
extension Decision {
    public var stored: String {
        var text = "1\t\(outcome.rawValue)\t\(Self.field(rule.rawValue))\t\(reason.rawValue)\t\(approvedAmount.currency.code)\t"
        text += String(approvedAmount.minorUnits)
        text += "\t"
        text += availableAfter.map { String($0.minorUnits) } ?? "-"
        for verdict in trace {
            text += "\n"
            text += Self.field(verdict.rule.rawValue)
            text += verdict.passed ? "\t1\t" : "\t0\t"
            text += Self.field(verdict.inputs)
        }
        return text
    }

    /// Control characters would break the lines; none belongs here.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    /// Nil for text that ``stored`` did not write.
    public init?(stored text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = (lines.first ?? "").split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard head.count == 7, head[0] == "1", let outcome = Outcome(rawValue: head[1]), let reason = Reason(rawValue: head[3]),
            let currency = Currency(code: head[4]), let approved = Int64(head[5])
        else { return nil }
        var available: Money?
        if head[6] != "-" {
            guard let units = Int64(head[6]) else { return nil }
            available = Money(minorUnits: units, currency: currency)
        }
        var trace: [RuleVerdict] = []
        for line in lines.dropFirst() {
            let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[1] == "1" || fields[1] == "0" else { return nil }
            trace.append(
                RuleVerdict(rule: RuleID(rawValue: String(fields[0])), passed: fields[1] == "1", inputs: String(fields[2])))
        }
        self.init(
            outcome: outcome, approvedAmount: Money(minorUnits: approved, currency: currency),
            rule: RuleID(rawValue: head[2]), reason: reason, availableAfter: available, trace: trace)
    }
}
