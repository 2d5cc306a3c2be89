import ArgumentParser
import Diagnostics
import Foundation
import Programmes

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
            let reply: ListDeclinedReply = try await connection.call(
                "ListDeclined", ListDeclinedParameters(all: all ? true : nil, limit: limit))
            try connection.show(reply) {
                ([reply.summary.text] + reply.declined.map(\.text)).joined(separator: "\n")
            }
        }
    }

    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes the open amount of a payment that was declined later, from its own card, through the host.",
            discussion: "Exit status as for pay. Once it is collected, the card may pay offline again.")

        @Argument(help: "The payment's id, its beginning, or the till's reference.")
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
            try await connection.take(
                "Collect", CollectParameters(payment: payment, reference: reference, timeoutSeconds: timeout), words,
                trace: trace)
        }
    }

    struct GiveUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "give-up", abstract: "Asks no more for a payment that was declined later; its card may pay offline again.")

        @Argument(help: "The payment's id, its beginning, or the till's reference.")
        var payment: String

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: GiveUpDeclinedReply = try await connection.call(
                "GiveUpDeclined", GiveUpDeclinedParameters(payment: payment))
            try connection.show(reply) { reply.declined.text }
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells of late declines as they happen, those that are open first, until interrupted.")

        @OptionGroup var connection: Connection

        func run() async throws {
            let _: AnnouncementReply = try await connection.follow("WatchAnnouncements") { (news: AnnouncementReply) in
                guard !connection.json else { return try connection.showLine(news) }
                FileHandle.standardOutput.write(Data("\(news.announcement)  \(news.declined?.text ?? "")\n".utf8))
            }
        }
    }
}

extension DeclinedReply {
    var text: String {
        let stand: String =
            switch (state, collect) {
            case ("open", "never"): "open, not to be collected"
            case ("open", "later"):
                "open, not before \((collectableAt ?? 0).date)"
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
