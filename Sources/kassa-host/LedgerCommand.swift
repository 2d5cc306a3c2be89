import ArgumentParser
import Core
import Foundation
import HostLedger
import Programmes

struct ShowLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Shows the books, while the host runs or not.")

    @OptionGroup var host: DirectoryOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let report = try LedgerReport(path: host.directory.ledgerPath)
        if try output.printed(report) { return }
        print("Accounts")
        for account in report.accounts {
            print("  \(account.account)  \(purses(account))  \(account.status)  \(account.programme)")
        }
        print("Payments")
        for payment in report.payments {
            let sequence = payment.sequence.map { "#\($0)" } ?? "(not confirmed)"
            print(
                "  \(payment.terminal) \(sequence)  \(payment.kind)  \(money(payment.amount, payment.currency))  "
                    + "\(payment.account)  \(payment.payment)")
        }
        print("Totals")
        for total in report.totals { print("  \(total.kind)  \(total.count)  \(money(total.amount, total.currency))") }
        print("Terminals")
        for terminal in report.terminals {
            let missing = terminal.missing.isEmpty ? "none missing" : "missing \(terminal.missing.joined(separator: ", "))"
            print("  \(terminal.terminal)  \(terminal.records) records up to #\(terminal.highestSequence), \(missing)")
        }
        if !report.holds.isEmpty { print("Holds") }
        for hold in report.holds { print("  " + HoldCommand.text(hold)) }
        if report.stops > 0 { print("Stopped instruments  \(report.stops)") }
        if !report.held.isEmpty { print("Held") }
        for held in report.held {
            print(
                "  \(held.terminal) #\(held.sequence)  \(held.kind)  \(money(held.amount, held.currency))  "
                    + "\(held.account ?? "(no account)")  \(held.payment)  \(held.reason)")
        }
        print("Alarms")
        for alarm in report.alarms {
            print("  \(alarm.terminal) \(alarm.sequence.map { "#\($0)" } ?? "")  \(alarm.kind)  \(alarm.detail)")
        }
        if !report.faults.isEmpty { print("The books do not add up") }
        for fault in report.faults { print("  \(fault)") }
    }

    /// A prepaid card's balance; else every purse by its name.
    private func purses(_ account: LedgerReport.Account) -> String {
        guard account.purses.map(\.purse) != ["prepaid"] else { return money(account.balance, account.currency) }
        let plan = try? host.directory.programme(account.programme)
        return account.purses.map { purse in
            if let denomination = purse.denomination {
                return "\(purse.purse) \(purse.units) × \(money(denomination, account.currency))"
            }
            let isPoints = plan?.purses.first { $0.id == purse.purse }?.kind == .points
            return "\(purse.purse) " + (isPoints ? "\(purse.units)" : money(purse.units, account.currency))
        }.joined(separator: ", ")
    }
}

func money(_ units: Int64, _ code: String) -> String {
    Currency(code: code).map { Money(minorUnits: units, currency: $0).description } ?? "\(units) \(code)"
}
