import ArgumentParser
import Core
import Foundation
import HostLedger
import HostProtocol

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "What terminals and books have compared, by terminal and UTC day; exit status 1 when something differs.")

    @OptionGroup var host: DirectoryOption
    @Option(help: "Only this terminal.")
    var terminal: String?
    @Option(help: "Only this UTC day, YYYY-MM-DD.")
    var day: String?
    @OptionGroup var output: OutputOption

    func run() async throws {
        let wanted = day.flatMap { CivilDate($0) }
        guard day == nil || wanted != nil else { throw ValidationError("--day must be YYYY-MM-DD") }
        let report = try ReconciliationReport(path: host.directory.ledgerPath, terminal: terminal, day: wanted)
        if try !output.printed(report) {
            for comparison in report.comparisons { print(text(comparison)) }
            for day in report.days where !day.compared {
                print("\(day.terminal)  \(day.day)  not compared yet  \(day.records) records")
            }
        }
        if report.differs { throw ExitCode(1) }
    }

    private func text(_ comparison: ReconciliationReport.Comparison) -> String {
        let verdict =
            comparison.agrees || comparison.differences == [] ? "agrees"
            : comparison.differences == nil ? "DIFFERS, not named yet" : "DIFFERS"
        var lines = ["\(comparison.terminal)  \(comparison.scope)  \(verdict)  \(comparison.records) records"]
        for line in comparison.hostLines {
            lines.append("  \(line.programme ?? "(no programme)")  \(line.kind)  \(words(line))")
        }
        if !comparison.agrees {
            for line in comparison.terminalLines where !comparison.hostLines.contains(line) {
                lines.append("  terminal: \(line.programme ?? "(no programme)")  \(line.kind)  \(words(line))")
            }
        }
        for difference in comparison.differences ?? [] {
            lines.append("  #\(difference.sequence)  \(difference.kind.rawValue)  \(difference.id)")
        }
        return lines.joined(separator: "\n")
    }

    private func words(_ line: ReconciliationLine) -> String {
        "\(line.count), asked \(money(line.amount, line.currency.code)), approved \(money(line.approved, line.currency.code))"
    }
}
