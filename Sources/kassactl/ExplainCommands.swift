import ArgumentParser
import Diagnostics

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Why a payment was decided as it was: each rule, its inputs, its verdict, and what would help.")

    @Argument(help: "The payment's id, its beginning, or the till's reference.")
    var payment: String

    @OptionGroup var words: Words
    @OptionGroup var connection: Connection

    func run() async throws {
        let reply: ExplainReply = try await connection.call(
            "Explain", ExplainParameters(payment: payment, language: words.code))
        try connection.show(reply) { "\(reply.payment)\n" + reply.text.joined(separator: "\n") }
    }
}

struct Payments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The payments of late, the newest first.")

    @Option(help: "How many to list, at most 1000.")
    var count: Int?

    @Option(help: "The till's reference: how that payment stands.")
    var reference: String?

    @OptionGroup var connection: Connection

    func run() async throws {
        let reply: PaymentsReply = try await connection.call(
            "ListPayments", ListPaymentsParameters(count: count, reference: reference))
        try connection.show(reply) {
            guard !reply.payments.isEmpty else { return "no payments" }
            return reply.payments.map { payment in
                let date = payment.time.date
                let why = [payment.rule, payment.reason].compactMap { $0 }.joined(separator: " ")
                return [
                    payment.payment, date, payment.kind, payment.amount.text, payment.state, why, payment.life.map { "(\($0))" } ?? "",
                    payment.reference.map { "reference \($0)" } ?? "",
                ].filter { !$0.isEmpty }.joined(separator: "  ")
            }.joined(separator: "\n")
        }
    }
}

struct ProgrammeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "programme", abstract: "The programmes in use: their files, their data, their rules in words.",
        subcommands: [List.self, Show.self, Explain.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The programmes in use.")

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: ProgrammesReply = try await connection.call("ListProgrammes")
            try connection.show(reply) {
                reply.programmes.map { "\($0.id)  \($0.name)  \($0.currency)  \($0.file)" }.joined(separator: "\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A programme's data, as JSON.")

        @Argument(help: "The programme's id.")
        var programme: String

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: ProgrammeDataReply = try await connection.call(
                "ShowProgramme", ProgrammeParameters(programme: programme))
            // Data has one form.
            try connection.showJSON(reply)
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A programme's rules in words.")

        @Argument(help: "The programme's id.")
        var programme: String

        @OptionGroup var words: Words
        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: TextReply = try await connection.call(
                "ExplainProgramme", ProgrammeParameters(programme: programme, language: words.code))
            try connection.show(reply) { reply.text.joined(separator: "\n") }
        }
    }
}
