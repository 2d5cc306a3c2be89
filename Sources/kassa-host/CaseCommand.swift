import ArgumentParser
import Core
import Foundation
import HostLedger

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "What people at the host have to decide: held and refused records, late declines, disputes.",
        subcommands: [Open.self, List.self, Resolve.self], defaultSubcommand: List.self)

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens a dispute; cases of records open by themselves.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The payment it is about.")
        var payment: String?
        @Option(help: "What it is about. No card numbers, no names.")
        var note: String
        @Option(help: "Who opens it.")
        var by: String

        func run() async throws {
            let id = payment.flatMap { UUIDv7($0) }
            guard payment == nil || id != nil else { throw ValidationError("--payment is no payment's id") }
            let number = try await host.directory.ledger().openCase(payment: id, note: note, by: by, now: Clock.now)
            print("case \(number) opened")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Open cases, oldest first.")

        @OptionGroup var host: DirectoryOption
        @Flag(help: "Resolved ones too.")
        var all = false
        @OptionGroup var output: OutputOption

        func run() async throws {
            let cases = try await host.directory.ledger().cases(openOnly: !all)
            if try output.printed(cases) { return }
            for item in cases {
                var text = "\(item.number)  \(item.kind.rawValue)  \(item.terminal ?? "-")  \(item.payment ?? "-")  \(item.note)"
                if let outcome = item.outcome {
                    text += "  \(outcome.rawValue) by \(item.resolvedBy ?? ""): \(item.why ?? "")"
                }
                print(text)
            }
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a case, with who decided and why.",
            discussion: """
                --book puts a held or refused record into the books, whatever kept it out; --dismiss lets it count without \
                moving anything; --close ends a case without a record. The account's numbers go on, and the terminal lets \
                a refused record go when it sends it again (kassactl queue retry).
                """)

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The case's number.")
        var number: Int64
        @Flag var book = false
        @Flag var dismiss = false
        @Flag var close = false
        @Option(help: "Who decides.")
        var by: String
        @Option(help: "Why.")
        var why: String

        func validate() throws {
            guard [book, dismiss, close].count(where: { $0 }) == 1 else {
                throw ValidationError("one of --book, --dismiss and --close")
            }
        }

        func run() async throws {
            let outcome: SupportCase.Outcome = book ? .booked : dismiss ? .dismissed : .closed
            try await host.directory.ledger().resolveCase(number, outcome, by: by, why: why, now: Clock.now)
            print("case \(number) \(outcome.rawValue)")
        }
    }
}

struct ReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "What was booked for a payment, purse by purse.")

    @OptionGroup var host: DirectoryOption
    @Argument(help: "The payment's id, or that of the completion of a hold.")
    var payment: String
    @OptionGroup var output: OutputOption

    func run() async throws {
        guard let id = UUIDv7(payment) else { throw ValidationError("PAYMENT is no payment's id") }
        let receipt = try LedgerReceipt(path: host.directory.ledgerPath, payment: id)
        if try output.printed(receipt) { return }
        print("\(receipt.state.uppercased())  \(money(receipt.charged, receipt.chargedCurrency))  \(receipt.payment)")
        print("merchant \(receipt.merchant), terminal \(receipt.terminal), account \(receipt.account)")
        if receipt.refunded > 0 { print("refunded \(money(receipt.refunded, receipt.chargedCurrency))") }
        for entry in receipt.entries {
            let date = entry.valueDate.map { ", value date \($0)" } ?? ""
            print("\(entry.kind)  \(money(entry.amount, receipt.currency))\(date)")
            for line in entry.lines {
                let name = line.denomination.map { "\(line.purse) of \(money($0, receipt.currency))" } ?? line.purse
                let units = line.denomination == nil && line.units == line.money ? "" : "\(line.units) units, "
                print("  \(name)  \(units)\(money(line.money, receipt.currency)), then \(line.balance)")
            }
            for side in entry.sides { print("  \(side.ledger)  \(money(side.money, receipt.currency))") }
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Whether the books add up, with the trial balance; exit status 1 when they do not.")

    @OptionGroup var host: DirectoryOption

    func run() async throws {
        let report = try LedgerReport(path: host.directory.ledgerPath)
        for line in report.trial {
            let unit = line.denomination.map { "\(line.purse) of \(money($0, line.currency))" } ?? line.purse
            print("\(line.currency)  \(unit)  \(line.ledger)  \(line.units)  \(money(line.money, line.currency))")
        }
        for fault in report.faults { print(fault) }
        print(report.faults.isEmpty ? "The books add up." : "The books do not add up.")
        if !report.faults.isEmpty { throw ExitCode(1) }
    }
}
