import ArgumentParser

@main
struct Kassactl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kassactl",
        abstract: "Asks and drives a kassad terminal over its diagnostics socket.",
        discussion: """
            Exit status: 0 done (for pay and what follows it: approved), 1 refused (for pay: declined; for status: an error was found), \
            2 the terminal can't be reached or asked, 3 the outcome of a payment is unknown.
            """,
        subcommands: [
            Status.self, Readers.self, Pay.self, Complete.self, Release.self, Refund.self, VoidCommand.self, Payments.self,
            Explain.self, ProgrammeCommand.self, QueueCommand.self, JournalCommand.self, Reconcile.self, TagCommand.self,
            Decode.self, TraceCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch where CommandLine.arguments.dropFirst().first == "decode" && exitCode(for: error) == .validationFailure {
            // What is not understood may be card data: its own message would repeat it.
            Decode.refuseArguments()
        } catch {
            exit(withError: error)
        }
    }
}
