import ArgumentParser
import CLinux
import Dispatch
import Foundation
import Glibc
import Logging
import Terminal

@main
struct Kassad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kassad",
        abstract: "Takes payments at the till, with or without a network.",
        version: KassaTerminal.version)

    @Option(help: "The configuration file.")
    var config = "/etc/kassa/kassad.toml"

    @Flag(help: "Read all files of the configuration, say of each whether it is good, and exit: 1 when one is not.")
    var check = false

    @Flag(help: "Print this terminal's public key (base64) for enrolment at the host, and exit.")
    var printDeviceKey = false

    @Option(help: "Log level: trace, debug, info, notice, warning, error.")
    var logLevel = "info"

    mutating func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("unknown log level '\(logLevel)'") }
    }

    func run() async throws {
        // Before any secret is read: nothing of this process reaches a core dump or another process.
        let failed = kassa_forbid_dumps()
        guard failed == 0 else { throw Stop("can't forbid core dumps (errno \(failed))") }
        kassa_share_heap()
        _ = umask(0o077)
        signal(SIGPIPE, SIG_IGN)

        if check {
            let found = ConfigurationCheck(configurationFile: config)
            for finding in found.findings { print(finding.line) }
            if !found.isGood { throw ExitCode(1) }
            return
        }
        guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
            throw Stop("\(config): is missing or can't be read")
        }
        let configuration: TerminalConfiguration
        do {
            configuration = try TerminalConfiguration(toml: text, fileName: config)
        } catch {
            throw Stop("\(error)")
        }
        if printDeviceKey {
            print(try TrustBundle.devicePublicKey(stateDirectory: configuration.stateDirectory))
            return
        }
        try await serve(configuration)
    }

    private func serve(_ configuration: TerminalConfiguration) async throws {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let terminal: KassaTerminal
        do {
            terminal = try KassaTerminal(configuration: configuration, logger: Logger(label: "kassad"))
        } catch {
            throw Stop("\(error)")
        }
        let work = Task { try await terminal.run() }
        let signals = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { work.cancel() }
            source.resume()
            return source
        }
        defer { signals.forEach { $0.cancel() } }
        let outcome = await work.result
        await terminal.shutdown()
        if !work.isCancelled, case .failure(let error) = outcome { throw Stop("\(error)") }
    }
}

/// An end that a person is told about in one line.
struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
