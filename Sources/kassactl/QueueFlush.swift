import ArgumentParser
import Diagnostics
import Foundation
import Glibc

extension QueueCommand {
    struct Flush: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forwards what waits now, and shows how it goes.",
            discussion: """
                On a terminal one line follows the queue; with --json each step is an object on a line of its own. Exit status \
                1 when something is left, with the reason.
                """)

        @OptionGroup var connection: Connection

        func run() async throws {
            let isTerminal = isatty(STDOUT_FILENO) != 0
            // The daemon speaks at least every ten seconds while anything moves, and ends when nothing does.
            let last: FlushProgressReply = try await connection.follow("FlushQueue", timeout: .seconds(120)) {
                (reply: FlushProgressReply) in
                if connection.json {
                    try connection.showLine(reply)
                } else if isTerminal {
                    FileHandle.standardOutput.write(Data("\r\u{1B}[K\(reply.progress)".utf8))
                } else if reply.ended != true {
                    print(reply.progress)
                }
            }
            if !connection.json {
                if isTerminal { print() }
                print(last.queue.text)
                if let why = last.why { print("not sent: \(why)") }
            }
            if last.queue.approvals + last.queue.advices > 0 { throw ExitCode(1) }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends records that the host refused once more, when the cause has been mended.",
            discussion: "Exit status 1 when something is left, with the reason.")

        @Argument(help: "The record's id or number; without it all that are set aside.")
        var record: String?

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: FlushReply = try await connection.call(
                "RetryQueue", RetryQueueParameters(record: record), timeout: .seconds(120))
            try connection.show(reply) { reply.queue.text + (reply.why.map { "\nnot sent: \($0)" } ?? "") }
            if reply.queue.quarantined > 0 || reply.why != nil { throw ExitCode(1) }
        }
    }
}

extension FlushProgressReply {
    var progress: String {
        let waiting = waiting ?? queue.approvals + queue.advices
        let refused = (refused ?? 0) > 0 ? ", \(refused ?? 0) refused" : ""
        return "\(settled ?? 0) settled\(refused), \(waiting) waiting" + (failure.map { "; \($0)" } ?? "")
    }
}
