import ArgumentParser
import Diagnostics
import Foundation
import Glibc
import Varlink

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
        ])
}

struct Connection: ParsableArguments {
    @Option(help: "The diagnostics socket.")
    var socket = ProcessInfo.processInfo.environment["KASSAD_SOCKET"] ?? "/run/kassad/diagnostics"

    @Flag(help: "Print the reply as JSON.")
    var json = false

    /// Connects, asks, and turns what goes wrong into a line on stderr and an exit status.
    func ask<Reply>(_ body: (VarlinkClient) async throws -> Reply) async throws -> Reply {
        do {
            let client = try await VarlinkClient.connect(path: socket)
            let reply = try await body(client)
            await client.close()
            return reply
        } catch let error as VarlinkError {
            throw fail(Connection.words(error), status: 1)
        } catch {
            throw fail("\(error)", status: 2)
        }
    }

    /// The interface's errors in a sentence, with their names for scripts; any other as it came.
    private static func words(_ error: VarlinkError) -> String {
        guard let sentence = sentence(error) else { return error.description }
        return "\(sentence) (\(error.name.split(separator: ".").last ?? ""))"
    }

    private static func sentence(_ error: VarlinkError) -> String? {
        func parameter(_ name: String) -> String {
            if case .string(let text)? = error.parameters[name] { text } else { "" }
        }
        return switch error.name {
        case DiagnosticsInterface.method("UnknownPayment"): "no payment has this id, beginning of an id, or reference"
        case DiagnosticsInterface.method("AmbiguousPayment"): "several payments begin so: give more of the id"
        case DiagnosticsInterface.method("UnknownProgramme"): "no programme has this id: see kassactl programme list"
        case DiagnosticsInterface.method("UnknownRecord"): "no such record, or no more: see kassactl queue, kassactl journal list"
        case DiagnosticsInterface.method("NotCollectable"): QueueCommand.words(error)
        case DiagnosticsInterface.method("Busy"): "\(parameter("lane")) has another payment under way"
        case DiagnosticsInterface.method("NoReader"): "there is no usable reader: see kassactl readers"
        case DiagnosticsInterface.method("NoCard"): "nothing was presented"
        case DiagnosticsInterface.method("StoreUnavailable"): parameter("remedy")
        case DiagnosticsInterface.method("MalformedAmount"): "\(parameter("field")) is not what it should be"
        case DiagnosticsInterface.method("LooksLikeCardNumber"):
            "\(parameter("field")) looks like a card number, and would be kept in the clear: name it otherwise"
        default: nil
        }
    }

    private func fail(_ text: String, status: Int32) -> ExitCode {
        FileHandle.standardError.write(Data("kassactl: \(text)\n".utf8))
        return ExitCode(status)
    }

    /// What the payer is to do, on stderr: at once, and apart from the reply.
    static func prompt(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    /// Prints `reply` as JSON when asked to; else `text`.
    func show(_ reply: some Encodable, text: () -> String) throws {
        guard json else {
            print(text())
            return
        }
        try showJSON(reply)
    }

    func showJSON(_ reply: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(reply), as: UTF8.self))
    }
}
