import ArgumentParser
import CLinux
import Core
import Foundation
import HostLedger
import Logging
import Web

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves terminals until SIGTERM or SIGINT.",
        discussion: """
            Prints `listening on HOST:PORT` once it does; port 0 takes any free port. With --describe, prints \
            `describing on HOST:PORT` before that.
            Faults, to try terminals against: `garbage` (200 with unsigned JSON), `captive` (200 with a log-in page), \
            `slow MS` (answers late), `drop-answer` (books what it is asked to, then hangs up).
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "Address and port to listen on.")
    var listen = "127.0.0.1:8444"
    @Option(help: "Address and port where GET /openapi.json is served to who has no certificate, and nothing else.")
    var describe: String?
    @Option(help: "Seconds after a hold's end in which its completion may still come before the hold is given back.")
    var holdGrace: Int64 = 0
    @Option(help: "Days for which terminals' certificates count, 91 to 825; they ask for a new one when a third is left.")
    var certificateDays = CertificateDesk.defaultDays
    @Option(parsing: .upToNextOption, help: "A fault: garbage, captive, slow MS, drop-answer.")
    var fault: [String] = []

    func validate() throws {
        guard (0...604_800).contains(holdGrace) else { throw ValidationError("--hold-grace must be 0 to 604800 seconds") }
        guard (91...825).contains(certificateDays) else { throw ValidationError("--certificate-days must be 91 to 825") }
    }

    func run() async throws {
        let (address, port) = try Self.place(listen, "--listen")
        kassa_share_heap()
        let logger = Self.logger()
        let identity = try host.directory.identity()
        let ledger = try host.directory.ledger(holdGrace: holdGrace * 1000)
        let certificates = try host.directory.certificateDesk(ledger, identity, days: certificateDays)
        let service = HostService(
            ledger: ledger, signingKey: identity.signingKey, clock: { Clock.now }, logger: logger,
            limits: try host.directory.pace(), certificates: certificates,
            tagKeys: TagKeyDesk(ring: ledger.tagKeys, ledger: ledger, programmes: try host.directory.programmes()))
        let gate = certificates.gate
        let server = try WebServer(
            WebConfiguration(
                host: address, port: port,
                tls: WebTLS(
                    certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM,
                    clients: { chain in
                        do throws(CertificateRefusal) {
                            _ = try await gate.guest(chain, now: Clock.now)
                            return true
                        } catch {
                            logger.notice(
                                "client not let in",
                                metadata: ["certificate": "\(error.rawValue)", "why": "\(CertificateGate.words(error, chain))"])
                            return false
                        }
                    })),
            responder: HostResponder(service, faults: HostFaults(try parsedFault())), logger: logger)
        // Holds end by the clock, whether anyone asks or not: terminals that wait hear of it (CARD-12).
        let expiry = Task {
            while !Task.isCancelled {
                do {
                    try await ledger.expireHolds(now: Clock.now)
                } catch {
                    logger.error("holds not expired", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        defer { expiry.cancel() }
        let (describing, description) = try await startDescribing(identity, logger)
        defer { description?.cancel() }
        let watch = DirectoryWatch(
            directory: host.directory, servers: [server] + (describing.map { [$0] } ?? []), ledger: ledger, certificates: certificates, pace: service.pace,
            logger: logger)
        let watching = Task { await watch.run() }
        defer { watching.cancel() }
        try await server.runUntilSignal { port in
            print("listening on \(address):\(port)")
            fflush(nil)
        }
    }

    private static func logger() -> Logger {
        var logger = Logger(label: "kassa-host") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        return logger
    }

    private static func place(_ text: String, _ option: String) throws -> (address: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ValidationError("\(option) must be ADDRESS:PORT")
        }
        return (text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), Int(port))
    }

    /// - Returns: what serves the description, once it does; nil when nobody asked for it.
    private func startDescribing(_ identity: HostIdentity, _ logger: Logger) async throws -> (WebServer?, Task<Void, any Error>?) {
        guard let describe else { return (nil, nil) }
        let (address, port) = try Self.place(describe, "--describe")
        let server = try WebServer(
            WebConfiguration(
                host: address, port: port, tls: WebTLS(certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM),
                idleTimeout: .seconds(10), maximumConnections: 16),
            responder: DescriptionResponder(), logger: logger)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            defer { announce.finish() }
            try await server.run { announce.yield($0) }
        }
        for await port in ports {
            print("describing on \(address):\(port)")
            return (server, task)
        }
        try await task.value
        return (nil, nil)
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
