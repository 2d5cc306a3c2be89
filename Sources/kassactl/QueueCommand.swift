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

        @Flag(help: "Only what the host refused, with its reason.")
        var setAside = false

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: QueueReply = try await connection.call(
                "ListQueue", ListQueueParameters(limit: limit, setAside: setAside ? true : nil))
            try connection.show(reply) {
                ([reply.queue.text] + reply.records.map { record in
                    let aside = record.quarantined.map { "  set aside: \($0)" } ?? ""
                    return "#\(record.sequence)  \(record.kind)  \(record.amount.text)  \(record.payment)\(aside)"
                }).joined(separator: "\n")
            }
        }
    }
}
