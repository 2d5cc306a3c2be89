import ArgumentParser
import Diagnostics
import Programmes

struct Pay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes a payment at the lane.",
        discussion: "Exit status 0 means approved, 1 declined, 3 unknown: ask again with the reference. Interrupting it while no card was read cancels the payment.")

    @Argument(help: "The amount, such as 95.00.")
    var amount: String

    @Argument(help: "The currency, such as SEK.")
    var currency: String

    @Option(help: "The till's reference: the same one with the same amount never pays twice.")
    var reference: String?

    @Option(help: "Seconds to wait for a card.")
    var timeout: Int?

    @Option(help: "Goods that are sold, such as food=80.00; once for each line.")
    var basket: [String] = []

    @Flag(help: "Take a part when the balance is short; the rest is due.")
    var partial = false

    @Flag(help: "Reserve the amount; complete or release it later.")
    var hold = false

    @Flag(help: "Vouchers may be used above the price; they give no change.")
    var acceptVoucherLoss = false

    @OptionGroup var words: Words

    @Flag(help: "Print each rule that was looked at.")
    var trace = false

    @OptionGroup var connection: Connection

    func run() async throws {
        let lines = try basket.map { text in
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--basket must be like food=80.00") }
            return BasketLineParameters(category: parts[0], amount: parts[1])
        }
        // What is not asked for is left out: an older terminal takes the call as well.
        let parameters = PayParameters(
            amount: amount, currency: currency, reference: reference, timeoutSeconds: timeout,
            basket: lines.isEmpty ? nil : lines, partial: partial ? true : nil,
            voucherLoss: acceptVoucherLoss ? true : nil, hold: hold ? true : nil)
        try await connection.take("Pay", parameters, words, trace: trace)
    }
}

extension Connection {
    /// Takes a payment, with what the payer is to do as it comes.
    /// - Throws: the exit status of the outcome, unless it is approved.
    func take(
        _ method: String, _ parameters: some Encodable & Sendable, _ words: Words, trace: Bool
    ) async throws {
        let reply: PayReply = try await follow(method, parameters) { (reply: PayReply) in
            if let words = reply.words(words.language) { Connection.prompt(words) }
        }
        guard let outcome = reply.outcome else { throw fail("the terminal ended without an outcome", status: 2) }
        try show(reply) { reply.text(words.language, trace: trace) }
        try Connection.exit(by: outcome)
    }
}

extension PayReply {
    /// What is shown now, and how long at least: `Present the card again.`, `See your phone for instructions. (1.3 s)`.
    func words(_ language: Language) -> String? {
        // A terminal of before says only what is wanted.
        guard let display else {
            return prompt.map { $0 == "presentCardAgain" ? "Present the card again." : "Present the card." }
        }
        let text = display.text[language]
        guard !text.isEmpty else { return nil }
        let tenths = display.holdMilliseconds / 100
        return tenths > 0 ? "\(text) (\(tenths / 10).\(tenths % 10) s)" : text
    }

    func text(_ language: Language, trace shown: Bool) -> String {
        var lines = ["\((outcome ?? "").uppercased())  \(amount?.text ?? "")  \(sentence?[language] ?? "")"]
        if let words = words(language) { lines.append("shown     \(words)") }
        lines.append("rule      \(rule ?? "") \(reason ?? "") (\(online == true ? "host" : "terminal"))")
        if let approved, let due, approved.minorUnits > 0, due.minorUnits > 0 {
            lines.append("approved  \(approved.text), due \(due.text)")
        }
        lines += (split ?? []).map(\.text) + (self.lines ?? []).map(\.text)
        if let valueDate { lines.append("value     \(valueDate), provisional") }
        if provisional == true { lines.append("rate      may still change until settlement") }
        if let maskedCard { lines.append("card      \(maskedCard)") }
        if let available { lines.append("available \(available.text)") }
        if let cardBalance { lines.append("balance   \(cardBalance.text) on the card") }
        if let authorisationCode { lines.append("code      \(authorisationCode)") }
        if let reversal { lines.append("reversal  \(reversal): the host is told to undo what it may have booked") }
        for declined in open ?? [] {
            lines.append("OPEN      \(declined.amount.text), declined later; kassactl queue collect \(declined.payment)")
        }
        if let payment { lines.append("payment   \(payment)\(sequence.map { ", record \($0)" } ?? "")") }
        if let tapMicroseconds { lines.append("tap       \(tapMicroseconds) µs, \(cardMicroseconds ?? 0) µs of it with the card") }
        if shown {
            for verdict in trace ?? [] {
                lines.append("  \(verdict.passed ? "ok  " : "FAIL") \(verdict.rule): \(verdict.inputs)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
