import ArgumentParser
import Diagnostics

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The terminal's journal: whether it is whole, and what is in it.",
        subcommands: [Verify.self, List.self, Show.self, Purge.self, Acknowledge.self], defaultSubcommand: Verify.self)

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walks the whole journal: hashes, links, seals, its end. Exit status 1 when it is not whole.")

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: JournalVerdictReply = try await connection.call("VerifyJournal", timeout: .seconds(3600))
            try connection.show(reply) { reply.sentence }
            if !reply.whole { throw ExitCode(1) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest records, without card data.")

        @Option(help: "How many to list, at most 1000.")
        var limit: Int?

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: JournalReply = try await connection.call("ListJournal", ListJournalParameters(limit: limit))
            try connection.show(reply) {
                reply.journal.isEmpty ? "no records" : reply.journal.map(\.line).joined(separator: "\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One record, without card data.")

        @Argument(help: "The record's sequence.")
        var sequence: Int64

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: JournalRecordReply = try await connection.call(
                "ShowJournalRecord", ShowJournalParameters(sequence: sequence))
            try connection.show(reply) { reply.text }
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes old records that the host has acknowledged; what is left can still be proved.",
            discussion: "Payments go with their records. Exit status 1 when an old record can't go: it keeps all that follow.")

        @Option(help: "Days: older records are deleted, from the first one on.")
        var olderThan: Int

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: JournalPurgeReply = try await connection.call(
                "PurgeJournal", PurgeJournalParameters(olderThanDays: olderThan), timeout: .seconds(3600))
            try connection.show(reply) {
                "\(reply.purged) record(s), \(reply.payments ?? 0) payment(s) deleted" + (reply.stoppedBy.map { "; stopped: \($0)" } ?? "")
            }
            if reply.stoppedBy != nil { throw ExitCode(1) }
        }
    }

    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes note of a restored image: the status tells of it no more.")

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: JournalVerdictReply = try await connection.call("AcknowledgeJournal", timeout: .seconds(3600))
            try connection.show(reply) { reply.sentence }
            if !reply.whole { throw ExitCode(1) }
        }
    }
}

extension JournalRecordReply {
    var line: String {
        let date = decidedAt.date
        return "\(sequence)  \(date)  \(kind)  \(amount.text)  \(payment)  \(rule) \(reason)  \(queue)"
    }

    var text: String {
        let date = decidedAt.date
        var lines = [
            "record    \(sequence) \(record), \(queue)", "kind      \(kind)", "amount    \(amount.text), approved \(approved.text)",
            "rule      \(rule) \(reason)", "decided   \(date)", "payment   \(payment)",
        ]
        if let original { lines.append("of        \(original)") }
        if let reference { lines.append("reference \(reference)") }
        if let programme { lines.append("programme \(programme)\(account.map { ", account \($0)" } ?? "")") }
        lines.append("chain     \(chain)\(isSealed ? "" : ", from before seals")")
        return lines.joined(separator: "\n")
    }
}
