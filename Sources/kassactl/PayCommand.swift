import ArgumentParser
import Diagnostics
import Foundation
import Programmes
import Varlink

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

    @Option(help: "The cashier's language: en, fi or sv.")
    var language = "en"

    @Flag(help: "Print each rule that was looked at.")
    var trace = false

    @OptionGroup var connection: Connection

    func run() async throws {
        let parameters = PayParameters(
            amount: amount, currency: currency, reference: reference, timeoutSeconds: timeout)
        let reply: PayReply? = try await connection.ask { client in
            var last: PayReply?
            for try await reply in client.stream(
                DiagnosticsInterface.method("Pay"), parameters, returning: PayReply.self)
            {
                if let prompt = reply.prompt { Connection.prompt(PayReply.words(prompt)) }
                last = reply
            }
            return last
        }
        guard let reply, let outcome = reply.outcome else { throw ExitCode(2) }
        try connection.show(reply) { reply.text(language: language, trace: trace) }
        switch outcome {
        case "approved": return
        case "unknown": throw ExitCode(3)
        default: throw ExitCode(1)
        }
    }
}

extension PayReply {
    static func words(_ prompt: String) -> String {
        prompt == "presentCardAgain" ? "Present the card again." : "Present the card."
    }

    func text(language: String, trace shown: Bool) -> String {
        let words =
            switch language {
            case "fi": sentence?.finnish
            case "sv": sentence?.swedish
            default: sentence?.english
            }
        var lines = ["\((outcome ?? "").uppercased())  \(amount?.text ?? "")  \(words ?? "")"]
        lines.append("rule      \(rule ?? "") \(reason ?? "") (\(online == true ? "host" : "terminal"))")
        if let maskedCard { lines.append("card      \(maskedCard)") }
        if let available { lines.append("available \(available.text)") }
        if let cardBalance { lines.append("balance   \(cardBalance.text) on the card") }
        if let authorisationCode { lines.append("code      \(authorisationCode)") }
        if let payment { lines.append("payment   \(payment)\(sequence.map { ", record \($0)" } ?? "")") }
        if let tapMicroseconds { lines.append("tap       \(tapMicroseconds) µs, \(cardMicroseconds ?? 0) µs of it with the card") }
        if shown {
            for verdict in trace ?? [] {
                lines.append("  \(verdict.passed ? "ok  " : "FAIL") \(verdict.rule.rawValue): \(verdict.inputs)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
