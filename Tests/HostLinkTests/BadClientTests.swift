import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Testing

/// The host before clients that are not its terminals: `openssl s_client`, with a request that is signed as it should be.
@Suite("Bad clients are not let in", .serialized, .timeLimit(.minutes(5)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct BadClientTests {
    /// Files and helpers of one test, around one host.
    struct Bench {
        let tools: OpenSSL
        let host: GatedHost

        init() async throws {
            tools = try OpenSSL()
            host = try await GatedHost()
            try tools.write(host.identity.certificatePEM, "host.pem")
            try tools.write(host.authority.certificatePEM, "ca.pem")
            try tools.write(host.authority.keyPEM, "ca.key")
            try await tools.run(
                OpenSSL.support("bad-certificates"), ["clients", tools.path(""), tools.path("ca.pem"), tools.path("ca.key"), "T1"])
        }

        /// As the host does it, for a request that openssl made.
        func issue(_ name: String, to terminal: String = "T1", now: UTCInstant = Shop.time()) async throws {
            try await tools.run(
                "/usr/bin/openssl",
                ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
                    "-out", "\(name).csr", "-outform", "DER", "-subj", "/CN=anything"])
            let request = Array(try Data(contentsOf: tools.folder.appending(path: "\(name).csr")))
            let issued = try host.authority.issue(request: request, terminal: terminal, now: now, days: 120)
            try await host.book.add(issued, now: now)
            try tools.write(issued.pem, "\(name).pem")
        }

        /// What the host answers to a signed sign of life, over TLS; empty when it hangs up.
        func ask(
            certificate: String?, terminal: String = "T1", path: String = HostPath.health, options: [String] = ["-tls1_3"]
        ) async throws -> String {
            let body = try WireJSON.encode(HealthRequest(nonce: Shop.id()))
            let key = try #require(host.keys[terminal])
            let signature = try HostSignature.signRequest(method: "POST", path: path, body: body, key: key)
            let request = """
                POST \(path) HTTP/1.1\r
                Host: localhost\r
                Connection: close\r
                Content-Length: \(body.count)\r
                \(HostHeader.terminal): \(terminal)\r
                \(HostHeader.signature): \(signature)\r
                \r

                """
            let shown = certificate.map { ["-cert", tools.path("\($0).pem"), "-key", tools.path("\($0).key")] } ?? []
            return try await tools.run(
                "/usr/bin/openssl",
                ["s_client", "-connect", "127.0.0.1:\(host.port)", "-CAfile", tools.path("host.pem"), "-verify_return_error",
                    "-quiet", "-ign_eof"] + options + shown,
                input: request + String(decoding: body, as: UTF8.self), mayFail: true)
        }

        var gate: CertificateGate {
            CertificateGate(authority: host.authority, book: host.book) { _ in nil }
        }

        func end() async {
            await host.close()
            tools.remove()
        }
    }

    /// What the file is called, and why it is refused; nil: BoringSSL refuses it before anyone is asked.
    static let files: [(String, CertificateRefusal?)] = [
        ("wrong-ca", .unknownAuthority), ("self-signed", .unknownAuthority), ("expired", .expired),
        ("not-yet-valid", .notYetValid), ("wrong-usage", .wrongUsage), ("no-signature-usage", nil),
        ("weak-key", .weakKey), ("not-in-book", .notInBook), ("wrong-name", .notInBook), ("garbage", .unknownAuthority),
    ]

    @Test("A certificate that is bad in one way ends the handshake, for that reason", arguments: files)
    func refused(_ name: String, _ reason: CertificateRefusal?) async throws {
        let bench = try await Bench()
        // Openssl itself is made to take short keys.
        #expect(try await bench.ask(certificate: name, options: ["-tls1_3", "-cipher", "DEFAULT@SECLEVEL=0"]) == "")
        #expect(bench.host.seen.value == (reason.map { [$0] } ?? []))
        // The key that goes with it is the reason for nothing: the same client is let in with a good certificate.
        try await bench.issue("good")
        #expect(try await bench.ask(certificate: "good").hasPrefix("HTTP/1.1 200"))
        await bench.end()
    }

    @Test("A key that is too weak is told as what it is, kind and bits, and what is asked for")
    func weakKeys() async throws {
        let bench = try await Bench()
        for (bits, words) in [
            (1024, "RSA key of 1024 bits: terminals' certificates have P-256 keys, and RSA would take at least 2048 bits"),
            (2047, "RSA key of 2047 bits: terminals' certificates have P-256 keys, and RSA would take at least 2048 bits"),
            (2048, "RSA key of 2048 bits: terminals' certificates have P-256 keys"),
        ] {
            try await bench.tools.run(
                "/usr/bin/openssl",
                ["req", "-x509", "-newkey", "rsa:\(bits)", "-nodes", "-subj", "/CN=T1", "-keyout", "rsa.key", "-outform", "DER",
                    "-out", "rsa.der"])
            let leaf = Array(try Data(contentsOf: bench.tools.folder.appending(path: "rsa.der")))
            #expect(CertificateKey(certificate: leaf) == .rsa(bits: bits))
            await #expect(throws: CertificateRefusal.weakKey) { _ = try await bench.gate.guest([leaf], now: Shop.time()) }
            #expect(CertificateGate.words(.weakKey, [leaf]) == words)
            // Cut short or changed, it is no certificate at all; it never traps.
            for length in stride(from: 0, to: leaf.count, by: 7) { _ = CertificateKey(certificate: Array(leaf.prefix(length))) }
            for place in leaf.indices {
                var other = leaf
                other[place] ^= 0xFF
                _ = CertificateKey(certificate: other)
            }
        }
        #expect(CertificateGate.words(.expired, []) == "expired")
        await bench.end()
    }

    @Test("None, TLS 1.2, and words without TLS are not answered; the bench can tell")
    func withoutCertificate() async throws {
        let bench = try await Bench()
        try await bench.issue("good")
        #expect(try await bench.ask(certificate: nil) == "")
        #expect(try await bench.ask(certificate: "good", options: ["-tls1_2"]) == "")
        #expect(bench.host.seen.value.isEmpty)
        let plain = try await bench.tools.run(
            "/usr/bin/curl", ["-s", "-m", "5", "-X", "POST", "http://127.0.0.1:\(bench.host.port)/v1/health"], mayFail: true)
        #expect(plain == "")

        let answer = try await bench.ask(certificate: "good")
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains(#""type":"health""#))
        #expect(bench.host.seen.value == [nil])
        await bench.end()
    }

    @Test("Another terminal's certificate, a revoked one, one that has expired and one of tomorrow open nothing")
    func ofTheBook() async throws {
        let bench = try await Bench()
        try await bench.issue("second", to: "T2")
        let other = try await bench.ask(certificate: "second")
        #expect(other.hasPrefix("HTTP/1.1 403") && other.contains("certificateOtherTerminal"))
        #expect(try await bench.ask(certificate: "second", terminal: "T2").hasPrefix("HTTP/1.1 200"))

        try await bench.issue("good")
        #expect(try await bench.ask(certificate: "good").hasPrefix("HTTP/1.1 200"))
        try await bench.host.book.revoke("T1", bar: true, now: Shop.time())
        #expect(try await bench.ask(certificate: "good") == "")
        #expect(bench.host.seen.value.last == .revoked)

        try await bench.host.book.admit("T1")
        try await bench.issue("third")
        bench.host.ahead.change { $0 = 119 * 86_400_000 }
        #expect(try await bench.ask(certificate: "third").hasPrefix("HTTP/1.1 200"))
        bench.host.ahead.change { $0 = 120 * 86_400_000 + 60_000 }
        #expect(try await bench.ask(certificate: "third") == "")
        #expect(bench.host.seen.value.last == .expired)
        bench.host.ahead.change { $0 = -2 * 3_600_000 }
        #expect(try await bench.ask(certificate: "third") == "")
        #expect(bench.host.seen.value.last == .notYetValid)
        await bench.end()
    }

    @Test("On a connection that is open already, a certificate that is revoked or expires lets nothing more through")
    func openConnection() async throws {
        let bench = try await Bench()
        try await bench.issue("good")
        var configuration = try bench.host.configuration("T1")
        configuration.clientIdentity = ClientIdentity(
            certificatePEM: try bench.tools.text("good.pem"), keyPEM: try bench.tools.text("good.key"))
        let store = MemoryStore()
        let link = try HostLink(
            configuration: configuration, outbox: store, limits: store, bootClock: { BootClock.milliseconds }, logger: Shop.quiet)
        #expect(await link.probe(within: .seconds(10)))
        let handshakes = bench.host.seen.value.count
        bench.host.ahead.change { $0 = 121 * 86_400_000 }
        #expect(await !link.probe(within: .seconds(10)))
        bench.host.ahead.change { $0 = 0 }
        #expect(await link.probe(within: .seconds(10)))
        try await bench.host.book.revoke("T1", bar: true, now: Shop.time())
        #expect(await !link.probe(within: .seconds(10)))
        // All over the one connection: refused in signed words, not by TLS.
        #expect(bench.host.seen.value.count == handshakes)
        await bench.end()
    }

    @Test("What the host issues, openssl verifies: for clients and nothing else, to the name that the host knows")
    func issued() async throws {
        let bench = try await Bench()
        try await bench.issue("good")
        let verify = ["verify", "-x509_strict", "-CAfile", bench.tools.path("ca.pem")]
        #expect(try await bench.tools.run("/usr/bin/openssl", verify + ["-purpose", "sslclient", "good.pem"]).contains("good.pem: OK"))
        #expect(try await !bench.tools.run("/usr/bin/openssl", verify + ["-purpose", "sslserver", "good.pem"], mayFail: true).contains("OK"))
        #expect(try await bench.tools.run("/usr/bin/openssl", ["x509", "-in", "good.pem", "-noout", "-subject"]) == "subject=CN = T1\n")
        await bench.end()
    }

    @Test("The terminal's own answer to a TLS client's refusal: its link says tls, not that the host is away")
    func told() async throws {
        let bench = try await Bench()
        for name in ["wrong-ca", "expired", nil] {
            var configuration = try bench.host.configuration("T1")
            configuration.clientIdentity = try name.map {
                ClientIdentity(certificatePEM: try bench.tools.text("\($0).pem"), keyPEM: try bench.tools.text("\($0).key"))
            }
            let exchange = MemoryStore()
            let link = try HostLink(
                configuration: configuration, outbox: exchange, limits: exchange, bootClock: { BootClock.milliseconds },
                logger: Shop.quiet)
            #expect(await !link.probe(within: .seconds(10)))
            guard case .unreachable(_, .tls, _) = link.state.reach else {
                Issue.record("\(String(describing: name)): \(link.state.reach)")
                continue
            }
        }
        await bench.end()
    }
}
