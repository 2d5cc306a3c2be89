import ArgumentParser
import Diagnostics
import Foundation
import Varlink

/// What every command has: where the terminal is asked, how the reply is printed, what an error becomes.
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
            throw fail(error.words, status: 1)
        } catch let error as VarlinkClientError {
            throw fail(error.words, status: 2)
        } catch {
            throw fail("\(error)", status: 2)
        }
    }

    /// Calls a method of the interface that has one reply.
    func call<Reply: Decodable & Sendable>(
        _ method: String, _ parameters: some Encodable & Sendable = NoParameters(), timeout: Duration? = nil
    ) async throws -> Reply {
        try await ask { try await $0.call(DiagnosticsInterface.method(method), parameters, timeout: timeout) }
    }

    /// Calls a method that replies several times, and returns the last reply.
    /// - Parameters:
    ///   - timeout: from one reply to the next.
    ///   - each: sees every reply as it comes.
    func follow<Reply: Decodable & Sendable>(
        _ method: String, _ parameters: some Encodable & Sendable = NoParameters(), timeout: Duration? = nil,
        each: (Reply) throws -> Void
    ) async throws -> Reply {
        let last: Reply? = try await ask { client in
            var last: Reply?
            for try await reply in client.stream(
                DiagnosticsInterface.method(method), parameters, returning: Reply.self, timeout: timeout)
            {
                try each(reply)
                last = reply
            }
            return last
        }
        guard let last else { throw fail("the terminal ended without a reply", status: 2) }
        return last
    }

    func fail(_ text: String, status: Int32) -> ExitCode {
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

    /// One JSON object on a line of its own, at once.
    func showLine(_ reply: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(reply) + Data("\n".utf8))
    }
}
