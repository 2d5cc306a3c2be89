import ArgumentParser
import Core
import Foundation
import HostLedger

struct RecordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Records that terminals forward: brought in by hand, and those declined later.",
        subcommands: [Import.self, Declined.self, Clear.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Applies the queue of a broken terminal, as `kassactl queue export` wrote it.",
            discussion: """
                Each record is applied exactly as if it had been forwarded; what is booked already is not booked again. The \
                file is signed with the terminal's key: a changed line is refused, and then nothing of the file is applied. \
                Bring it in before the terminal is added anew with another key. The host may run meanwhile.

                Exit status 1 when records were rejected or lines are missing.
                """)

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The file.")
        var file: String

        func run() async throws {
            let ledger = try host.directory.ledger()
            let outcome = try await RecordImport(file: URL(fileURLWithPath: file), into: ledger).run(now: Clock.now)
            print(
                "terminal \(outcome.terminal): \(outcome.applied) applied, \(outcome.duplicates) known before, "
                    + "\(outcome.declinedLater) declined, \(outcome.rejected.count) rejected")
            for record in outcome.rejected { print("  #\(record.sequence)  \(record.id)  \(record.reason)") }
            let missing = outcome.expected - outcome.found
            if missing != 0 { print("the file should hold \(outcome.expected) record(s), \(outcome.found) were found") }
            if missing != 0 || !outcome.rejected.isEmpty { throw ExitCode(1) }
        }
    }

    struct Declined: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Payments that terminals approved and this host declined later.")

        @OptionGroup var host: DirectoryOption
        @Flag(help: "Also what has been collected or cleared.")
        var all = false
        @OptionGroup var output: OutputOption

        func run() async throws {
            let declined = try await host.directory.ledger().declined(openOnly: !all)
            if try output.printed(declined) { return }
            for decline in declined {
                print(
                    "\(decline.payment)  \(decline.terminal)  \(money(decline.amount, decline.currency))  "
                        + "\(decline.account ?? "(no account)")  \(decline.reason)  \(decline.state.rawValue)")
            }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Settles a late decline by hand: its terminal lets the card pay offline again after its next sync.")

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The payment's id.")
        var payment: String

        func run() async throws {
            guard let id = UUIDv7(payment) else { throw ValidationError("the payment's id is not one") }
            try await host.directory.ledger().clearDeclined(id, now: Clock.now)
        }
    }
}
