import ArgumentParser
import Diagnostics
import Foundation
import Glibc
import Varlink

extension QueueCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One record in full, without card data.")

        @Argument(help: "The record's id or number.")
        var record: String

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: ShowQueuedReply = try await connection.call("ShowQueued", ShowQueuedParameters(record: record))
            try connection.show(reply) { reply.record.text }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes all that the host has not acknowledged, for `kassa-host records import`.",
            discussion: """
                JSON lines, each signed with the device key; card evidence stays sealed to the host. Nothing leaves the queue: \
                what the host then hears from both sides it books once.
                """)

        @Argument(help: "The file, which must not exist; - for standard output.")
        var file: String

        @OptionGroup var connection: Connection

        func run() async throws {
            let output = try open()
            var count = 0
            try await connection.ask { client in
                var after: Int64?
                repeat {
                    let part: ExportQueueReply = try await client.call(
                        DiagnosticsInterface.method("ExportQueue"), ExportQueueParameters(after: after))
                    for line in part.lines { try output.write(contentsOf: Data((line + "\n").utf8)) }
                    count += part.lines.count
                    after = part.next
                } while after != nil
            }
            guard file != "-" else { return }
            try output.synchronize()
            Connection.prompt("\(max(0, count - 1)) record(s) written to \(file)")
        }

        private func open() throws -> FileHandle {
            guard file != "-" else { return .standardOutput }
            let descriptor = Glibc.open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw ValidationError("\(file) can't be made: \(String(cString: strerror(errno)))") }
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }
}

extension QueuedDetailReply {
    var text: String {
        var lines = [
            "record    #\(sequence)  \(record)", "kind      \(kind)",
            "payment   \(payment)\(reference.map { ", reference \($0)" } ?? "")",
            "amount    \(amount.text), approved \(approved.text)", "decided   \(decidedAt.date) by \(rule) \(reason)",
        ]
        if let original { lines.append("of        \(original)") }
        if let account { lines.append("account   \(account), its record \(accountSequence ?? 0), programme \(programme ?? "-")") }
        lines.append("state     \(state)\(hostReason.map { ": the host says \($0)" } ?? "")")
        let last = lastAttemptMillisecondsAgo.map { ", the last \($0 / 1000) s ago" } ?? ""
        lines.append("tries     \(attempts)\(last)")
        if let nextAttemptInMilliseconds { lines.append("next try  in \(nextAttemptInMilliseconds) ms") }
        lines.append("body      \(bodyBytes) bytes, SHA-256 \(bodyHash)\(carriesEvidence ? ", with sealed card evidence" : "")")
        return lines.joined(separator: "\n")
    }
}
