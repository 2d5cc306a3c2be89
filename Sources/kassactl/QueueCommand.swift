import ArgumentParser
import Diagnostics

struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "What waits to be forwarded to the host.",
        subcommands: [
            List.self, Flush.self, Show.self, Retry.self, Export.self, Declined.self, Collect.self, GiveUp.self, Watch.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The oldest records that wait.")

        @Option(help: "How many records to list, at most 1000.")
        var limit: Int?

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: QueueReply = try await connection.call("ListQueue", ListQueueParameters(limit: limit))
            try connection.show(reply) {
                ([reply.queue.text] + reply.records.map { record in
                    let aside = record.quarantined.map { "  set aside: \($0)" } ?? ""
                    return "#\(record.sequence)  \(record.kind)  \(record.amount.text)  \(record.payment)\(aside)"
                }).joined(separator: "\n")
            }
        }
    }
}

struct TagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tag", abstract: "Reads an NFC tag: its UID and URI.")

    @Option(help: "Seconds to wait for a tag.")
    var timeout: Int?

    @OptionGroup var connection: Connection

    func run() async throws {
        let reply: TagReply = try await connection.follow("ReadTag", ReadTagParameters(timeoutSeconds: timeout)) { (reply: TagReply) in
            if reply.prompt != nil { Connection.prompt("Present the tag.") }
        }
        guard reply.uid != nil else { throw ExitCode(2) }
        try connection.show(reply) {
            [reply.uid.map { "uid  \($0)" }, reply.kind.map { "kind \($0)" }, reply.uri.map { "uri  \($0)" }]
                .compactMap { $0 }.joined(separator: "\n")
        }
    }
}
