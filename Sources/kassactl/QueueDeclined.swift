import ArgumentParser
import Diagnostics
import Foundation
import Programmes
import Varlink

extension QueueCommand {
    struct Declined: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Payments that the host declined after this terminal had approved them.")

        @Flag(help: "Also what is not open any more.")
        var all = false

        @Option(help: "How many to list, at most 1000.")
        var limit: Int?

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: ListDeclinedReply = try await connection.ask {
                try await $0.call(
                    DiagnosticsInterface.method("ListDeclined"), ListDeclinedParameters(all: all ? true : nil, limit: limit))
            }
            try connection.show(reply) {
                ([reply.summary.text] + reply.declined.map(\.text)).joined(separator: "\n")
            }
        }
    }

    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes the open amount of a payment that was declined later, from its own card, through the host.",
            discussion: "Exit status as for pay. Once it is collected, the card may pay offline again.")

        @Argument(help: "The payment's id, its beginning, or its reference.")
        var payment: String

        @Option(help: "The till's reference for the collection: the same one never takes it twice.")
        var reference: String?

        @Option(help: "Seconds to wait for the card.")
        var timeout: Int?

        @OptionGroup var words: Words

        @Flag(help: "Print each rule that was looked at.")
        var trace = false

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: PayReply? = try await connection.ask { client in
                var last: PayReply?
                for try await reply in client.stream(
                    DiagnosticsInterface.method("Collect"),
                    CollectParameters(payment: payment, reference: reference, timeoutSeconds: timeout),
                    returning: PayReply.self)
                {
                    if let prompt = reply.prompt { Connection.prompt(PayReply.words(prompt)) }
                    last = reply
                }
                return last
            }
            guard let reply, let outcome = reply.outcome else { throw ExitCode(2) }
            try connection.show(reply) { reply.text(words.language, trace: trace) }
            try Connection.exit(by: outcome)
        }
    }

    struct GiveUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "give-up", abstract: "Asks no more for a payment that was declined later; its card may pay offline again.")

        @Argument(help: "The payment's id, its beginning, or its reference.")
        var payment: String

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: GiveUpDeclinedReply = try await connection.ask {
                try await $0.call(DiagnosticsInterface.method("GiveUpDeclined"), GiveUpDeclinedParameters(payment: payment))
            }
            try connection.show(reply) { reply.declined.text }
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells of late declines as they happen, those that are open first, until interrupted.")

        @OptionGroup var connection: Connection

        func run() async throws {
            try await connection.ask { client in
                for try await news in client.stream(
                    DiagnosticsInterface.method("WatchAnnouncements"), NoParameters(), returning: AnnouncementReply.self)
                {
                    if connection.json {
                        try connection.showLine(news)
                    } else {
                        FileHandle.standardOutput.write(
                            Data("\(news.announcement)  \(news.declined?.text ?? "")\n".utf8))
                    }
                }
            }
        }
    }

    /// Why there is nothing to collect.
    static func words(_ error: VarlinkError) -> String {
        guard case .string(let reason)? = error.parameters["reason"] else { return "it can't be collected" }
        switch reason {
        case "never": return "the host says that this card will never pay it"
        case "later":
            guard case .integer(let until)? = error.parameters["until"] else { return "the host wants a pause before the next try" }
            let date = Date(timeIntervalSince1970: Double(until) / 1000).formatted(.iso8601)
            return "the host wants no other try before \(date)"
        case "notDeclined": return "the host has not declined this payment"
        default: return "nothing is open of it: \(reason)"
        }
    }
}

extension DeclinedReply {
    var text: String {
        let stand: String =
            switch (state, collect) {
            case ("open", "never"): "open, not to be collected"
            case ("open", "later"):
                "open, not before \(Date(timeIntervalSince1970: Double(collectableAt ?? 0) / 1000).formatted(.iso8601))"
            default: state
            }
        return [
            payment, amount.text, reason, stand, reference.map { "reference \($0)" }, collectedBy.map { "by \($0)" },
        ].compactMap { $0 }.joined(separator: "  ")
    }
}

extension DeclinedSummaryReply {
    var text: String {
        open == 0 ? "nothing is open" : "\(open) open: \(amounts.map(\.text).joined(separator: ", "))"
    }
}
