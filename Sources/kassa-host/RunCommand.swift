import ArgumentParser
import Core
import Foundation
import HostLedger
import Logging
import Web

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves terminals until SIGTERM or SIGINT.",
        discussion: """
            Prints `listening on HOST:PORT` once it does; port 0 takes any free port.
            Faults, to try terminals against: `garbage` (200 with unsigned JSON), `captive` (200 with a log-in page), \
            `slow MS` (answers late), `drop-answer` (books what it is asked to, then hangs up).
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "Address and port to listen on.")
    var listen = "127.0.0.1:8444"
    @Option(parsing: .upToNextOption, help: "A fault: garbage, captive, slow MS, drop-answer.")
    var fault: [String] = []

    func run() async throws {
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw ValidationError("--listen must be ADDRESS:PORT")
        }
        let address = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        var logger = Logger(label: "kassa-host") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let identity = try host.directory.identity()
        let service = HostService(
            ledger: try host.directory.ledger(), signingKey: identity.signingKey, clock: { Clock.now }, logger: logger)
        let server = try WebServer(
            WebConfiguration(
                host: address, port: Int(port),
                tls: WebTLS(certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM)),
            responder: HostResponder(service, faults: HostFaults(try parsedFault())), logger: logger)
        try await server.runUntilSignal { port in
            print("listening on \(address):\(port)")
            fflush(nil)
        }
    }

    private func parsedFault() throws -> HostFault? {
        switch (fault.first, fault.count) {
        case (nil, _): return nil
        case ("garbage", 1): return .garbage
        case ("captive", 1): return .captive
        case ("drop-answer", 1): return .dropAnswer
        case ("slow", 2):
            if let milliseconds = Int(fault[1]), (0...3_600_000).contains(milliseconds) { return .slow(milliseconds) }
        default: break
        }
        throw ValidationError("--fault must be garbage, captive, slow MS or drop-answer")
    }
}
