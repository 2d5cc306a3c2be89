import ArgumentParser
import Diagnostics
import Programmes

// What later happens to a payment. Exit status as for pay.

struct Complete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a hold with a purchase; the rest is released.")

    @Argument(help: "The payment's id, its beginning, or the till's reference.")
    var payment: String

    @Argument(help: "The final amount, in the currency of the hold.")
    var amount: String

    @OptionGroup var words: Words
    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.amend("Complete", CompleteParameters(payment: payment, amount: amount), words.language)
    }
}

struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a hold without a purchase.")

    @Argument(help: "The payment's id, its beginning, or the till's reference.")
    var payment: String

    @OptionGroup var words: Words
    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.amend("Release", ReleaseParameters(payment: payment), words.language)
    }
}

struct Refund: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives a purchase back, in part or whole.")

    @Argument(help: "The payment's id, its beginning, or the till's reference.")
    var payment: String

    @Argument(help: "The amount, in the currency of the purchase.")
    var amount: String

    @Option(help: "The till's reference: the same one with the same amount never refunds twice.")
    var reference: String?

    @OptionGroup var words: Words
    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.amend(
            "Refund", RefundParameters(payment: payment, amount: amount, reference: reference), words.language)
    }
}

struct VoidCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "void", abstract: "Takes a whole purchase back.")

    @Argument(help: "The payment's id, its beginning, or the till's reference.")
    var payment: String

    @Option(help: "The till's reference: the same one never takes it back twice.")
    var reference: String?

    @OptionGroup var words: Words
    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.amend("Void", VoidParameters(payment: payment, reference: reference), words.language)
    }
}

extension Connection {
    func amend(
        _ method: String, _ parameters: some Encodable & Sendable, _ language: Language
    ) async throws {
        let reply: AmendmentReply = try await call(method, parameters, timeout: .seconds(120))
        try show(reply.result) { reply.result.text(language) }
        try Connection.exit(by: reply.result.outcome)
    }

    /// 0 approved, 1 declined, 3 unknown.
    static func exit(by outcome: String) throws {
        switch outcome {
        case "approved": return
        case "unknown": throw ExitCode(3)
        default: throw ExitCode(1)
        }
    }
}

extension AmendmentResult {
    func text(_ language: Language) -> String {
        var text = ["\(outcome.uppercased())  \(amount.text)  \(sentence[language])", "rule      \(rule) \(reason)"]
        text += split.map(\.text) + lines.map(\.text)
        if let valueDate { text.append("value     \(valueDate), provisional") }
        if let available { text.append("available \(available.text)") }
        text.append("payment   \(payment)\(sequence.map { ", record \($0)" } ?? ""), of \(of)")
        return text.joined(separator: "\n")
    }
}
