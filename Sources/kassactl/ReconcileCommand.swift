import ArgumentParser
import Diagnostics

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares the journal with the host's books: counts and sums, and each record where they differ.",
        discussion: """
            Only records that the host has acknowledged are compared. What it lacks is forwarded again. Exit status: 0 both \
            sides agree, 1 they differ, 2 the host can't be asked.
            """)

    @Option(help: "A UTC day, YYYY-MM-DD; default: today.")
    var day: String?

    @Option(help: "A range of record numbers instead, such as 1-250.")
    var records: String?

    @OptionGroup var connection: Connection

    func validate() throws {
        guard day == nil || records == nil else { throw ValidationError("--day or --records, not both") }
    }

    func run() async throws {
        let reply: ReconcileReply = try await connection.call(
            "Reconcile", ReconcileParameters(scope: day ?? records), timeout: .seconds(600))
        try connection.show(reply) { reply.text }
        if reply.unreachable != nil { throw ExitCode(2) }
        if !reply.agrees { throw ExitCode(1) }
    }
}

extension ReconcileReply {
    var text: String {
        if let unreachable { return "\(scope)  the host can't be asked: \(unreachable)" }
        var text = ["\(scope)  \(agrees ? "agrees" : "DIFFERS")  \(records) records"]
        for line in lines {
            let name = "\(line.programme ?? "(no programme)")  \(line.kind)"
            guard line.terminal == line.host, let side = line.terminal else {
                text.append("  \(name)  here \(Self.words(line.terminal))  host \(Self.words(line.host))")
                continue
            }
            text.append("  \(name)  \(Self.words(side))")
        }
        for difference in differences { text.append("  #\(difference.sequence)  \(difference.record)  \(difference.words)") }
        if unnamed > 0 { text.append("  and \(unnamed) more") }
        if forwardedAgain > 0 { text.append("\(forwardedAgain) record(s) that the host lacks will be forwarded again") }
        return text.joined(separator: "\n")
    }

    private static func words(_ side: ReconcileSideReply?) -> String {
        side.map { "\($0.count), asked \($0.amount.text), approved \($0.approved.text)" } ?? "none"
    }
}

extension ReconcileDifferenceReply {
    var words: String {
        switch kind {
        case "missingAtHost": "missing at the host, which had acknowledged it"
        case "unknownAtTerminal": "held by the host, never written here"
        case "bodyDiffers": "held by both, with different contents"
        default: kind
        }
    }
}
