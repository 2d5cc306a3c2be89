import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Payments
import Testing

@testable import HostLink

/// The terminal before hosts that are not its own: `openssl s_server` and plain sockets.
@Suite("Bad hosts are told nothing", .serialized, .timeLimit(.minutes(5)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct BadHostTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the host shows; nil: nothing.
        var served: String?
        /// What the terminal was given.
        var pinned: String
        var options: [String] = []
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "another authority's", served: "wrong-ca", pinned: "good"),
        Case(name: "self-signed", served: "self-signed", pinned: "good"),
        Case(name: "the same name with another key", served: "same-name-other-key", pinned: "good"),
        Case(name: "expired", served: "expired", pinned: "expired"),
        Case(name: "not yet valid", served: "not-yet-valid", pinned: "not-yet-valid"),
        Case(name: "for another name", served: "wrong-name", pinned: "wrong-name"),
        Case(name: "for clients", served: "wrong-usage", pinned: "good"),
        Case(name: "of a short key", served: "weak-key", pinned: "good", options: ["-cipher", "DEFAULT@SECLEVEL=0"]),
        Case(name: "TLS 1.2 alone", served: "good", pinned: "good", options: ["-tls1_2"]),
        Case(name: "none", served: nil, pinned: "good"),
        Case(name: "a terminal's certificate", served: "terminal", pinned: "good"),
    ]

    /// Made once: openssl starts many times for it.
    private static let made = Task {
        let tools = try OpenSSL()
        try await tools.run(OpenSSL.support("bad-certificates"), ["hosts", tools.path("")])
        return tools
    }

    /// A copy for one test.
    private static func bench() async throws -> OpenSSL {
        let made = try await made.value, tools = try OpenSSL()
        for name in try FileManager.default.contentsOfDirectory(atPath: made.folder.path) where name.hasSuffix(".pem") || name.hasSuffix(".key") {
            try FileManager.default.copyItem(atPath: made.path(name), toPath: tools.path(name))
        }
        return tools
    }

    private func host(_ served: String?, _ options: [String], in tools: OpenSSL) async throws -> SideServer {
        let certificate = served.map { ["-cert", tools.path("\($0).pem"), "-key", tools.path("\($0).key")] } ?? ["-nocert"]
        return try await SideServer(
            "/usr/bin/openssl", ["s_server", "-accept", "127.0.0.1:PORT", "-quiet"] + certificate + options, in: tools)
    }

    private func link(_ pinned: String, port: Int) throws -> HostLink {
        let store = MemoryStore()
        return try HostLink(
            configuration: HostLinkConfiguration(
                baseURL: "https://127.0.0.1:\(port)", pinnedCertificatePEM: pinned,
                hostSigningKey: Curve25519.Signing.PrivateKey().publicKey, terminal: "T1",
                terminalKey: Curve25519.Signing.PrivateKey(), timeouts: .init(connect: .seconds(60), probe: .seconds(60))),
            outbox: store, limits: store, bootClock: { BootClock.milliseconds }, logger: Shop.quiet)
    }

    @Test("Refused, with nothing sent", arguments: cases)
    func refused(_ bad: Case) async throws {
        let tools = try await Self.bench()
        defer { tools.remove() }
        if bad.served == "terminal" {
            // A certificate as the host gives it to its terminals, key and all.
            try await tools.run("/usr/bin/openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", "terminal.key", "-out", "terminal.csr", "-outform", "DER", "-subj", "/CN=T1"])
            let request = Array(try Data(contentsOf: tools.folder.appending(path: "terminal.csr")))
            let issued = try CertificateAuthority.make(now: Date()).issue(request: request, terminal: "T1", now: Shop.time(), days: 120)
            try tools.write(issued.pem, "terminal.pem")
        }
        let server = try await host(bad.served, bad.options, in: tools)
        let link = try self.link(try tools.text("\(bad.pinned).pem"), port: server.port)
        #expect(await !link.probe(within: .seconds(60)))
        guard case .unreachable(_, let reason, _) = link.state.reach else {
            Issue.record("\(link.state.reach)")
            return
        }
        #expect(reason == .tls)
        #expect(server.received.isEmpty)
    }

    @Test("The bench can tell: its right host is sent the request")
    func control() async throws {
        let tools = try await Self.bench()
        defer { tools.remove() }
        let server = try await host("good", [], in: tools)
        let link = try self.link(try tools.text("good.pem"), port: server.port)
        async let probe = link.probe(within: .seconds(3))
        #expect(await eventually { server.received.starts(with: Data("POST /v1/health HTTP/1.1".utf8)) })
        #expect(await !probe)
    }

    @Test("A host with two pins is known by both, and by no third; an adopted pin replaces those before it")
    func pins() async throws {
        let tools = try await Self.bench()
        defer { tools.remove() }
        let old = try HostIdentity.make(names: [], now: Date())
        let next = try old.successor(now: Date(), days: 365)
        try tools.write(old.certificatePEM, "old.pem")
        try tools.write(old.tlsKeyPEM, "old.key")
        try tools.write(next.certificatePEM, "next.pem")
        try tools.write(next.keyPEM, "next.key")
        func knows(_ served: String, _ pins: String) async throws -> Bool {
            let server = try await host(served, [], in: tools)
            let link = try self.link(pins, port: server.port)
            let probe = Task { await link.probe(within: .seconds(60)) }
            // Sent, or refused: one of both comes.
            while server.received.isEmpty, link.state.reach == .starting { try await Task.sleep(for: .milliseconds(10)) }
            probe.cancel()
            return !server.received.isEmpty
        }
        let both = old.certificatePEM + next.certificatePEM
        #expect(try await knows("old", both))
        #expect(try await knows("next", both))
        #expect(try await !knows("good", both))
        #expect(try await knows("next", next.certificatePEM))
        #expect(try await !knows("old", next.certificatePEM))

        let server = try await host("next", [], in: tools)
        let link = try self.link(old.certificatePEM, port: server.port)
        #expect(await !link.probe(within: .seconds(60)))
        #expect(server.received.isEmpty)
        try link.adopt(pinnedCertificates: next.certificatePEM, identity: nil)
        async let probe = link.probe(within: .seconds(3))
        #expect(await eventually { !server.received.isEmpty })
        _ = await probe
    }

    @Test("A pin that protects nothing is no pin: a short RSA key, for clients alone, garbage, three certificates, none", arguments: [
        "weak-key", "wrong-usage", "garbage", "three", "none",
    ])
    func noPin(_ name: String) async throws {
        let tools = try await Self.bench()
        defer { tools.remove() }
        let good = try tools.text("good.pem")
        let pins = switch name {
        case "weak-key", "wrong-usage": try tools.text("\(name).pem")
        case "garbage": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        case "three": good + good + good
        default: ""
        }
        #expect(throws: LinkConfigurationError.badCertificate) { try link(pins, port: 1) }
    }

    @Test("No word in the clear to a server without TLS: plain HTTP, garbage", arguments: [
        "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}", "\\x16\\x03\\x03\\xff\\xff garbage \\x00\\x01",
    ])
    func plaintext(_ answer: String) async throws {
        let tools = try await Self.bench()
        defer { tools.remove() }
        let script = """
            import socket, sys
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", PORT)); s.listen()
            while True:
                c, _ = s.accept()
                sys.stdout.buffer.write(c.recv(65536)); sys.stdout.buffer.flush()
                c.sendall(b"\(answer)"); c.settimeout(1)
                try: sys.stdout.buffer.write(c.recv(65536)); sys.stdout.buffer.flush()
                except OSError: pass
                c.close()
            """
        let server = try await SideServer("/usr/bin/python3", ["-c", script], in: tools)
        let link = try self.link(try tools.text("good.pem"), port: server.port)
        #expect(await !link.probe(within: .seconds(10)))
        #expect(!link.state.isReachable && link.state.reach != .starting)
        let received = server.received
        // A ClientHello, and nothing of HTTP or of the terminal.
        #expect(received.first == 0x16)
        for word in ["POST", "HTTP/1", "Kassa-", "nonce"] { #expect(received.range(of: Data(word.utf8)) == nil) }
        #expect(throws: LinkConfigurationError.badURL) {
            try HostLink(
                configuration: HostLinkConfiguration(
                    baseURL: "http://127.0.0.1:\(server.port)", pinnedCertificatePEM: try tools.text("good.pem"),
                    hostSigningKey: Curve25519.Signing.PrivateKey().publicKey, terminal: "T1",
                    terminalKey: Curve25519.Signing.PrivateKey()),
                outbox: MemoryStore(), limits: MemoryStore(), bootClock: { 0 }, logger: Shop.quiet)
        }
    }
}
