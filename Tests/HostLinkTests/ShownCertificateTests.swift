import Foundation
import HostLedger
import Testing
import Web

/// A server whose certificate changes while it listens, before `curl`, with certificates that openssl made.
@Suite("New connections are shown the new certificate", .timeLimit(.minutes(5)))
struct ShownCertificateTests {
    @Test("Each is trusted by who knows it, as soon as it is shown; a key that is another's changes nothing")
    func shown() async throws {
        let tools = try OpenSSL()
        try await tools.run(OpenSSL.support("bad-certificates"), ["hosts", tools.path("")])
        let (first, second) = (try tools.text("good.pem"), try tools.text("same-name-other-key.pem"))
        let shop = try await Shop()
        let server = try WebServer(
            WebConfiguration(
                host: "127.0.0.1", port: 0, tls: WebTLS(certificatePEM: first, keyPEM: try tools.text("good.key"))),
            responder: HostResponder(
                HostService(ledger: shop.ledger, signingKey: shop.identity.signingKey, clock: { Shop.time() }, logger: Shop.quiet)),
            logger: Shop.quiet)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let serving = Task { try await server.run { announce.yield($0) } }
        var port = 0
        for await bound in ports {
            port = bound
            break
        }
        func trusts(_ name: String) async throws -> Bool {
            let text = try await tools.run(
                "/usr/bin/curl", ["-s", "--cacert", tools.path(name), "https://127.0.0.1:\(port)/openapi.json"], mayFail: true)
            return text.contains("Kassa host")
        }
        #expect(try await trusts("good.pem"))
        #expect(try await !trusts("same-name-other-key.pem"))
        try server.show(certificatePEM: second, keyPEM: try tools.text("same-name-other-key.key"))
        #expect(try await trusts("same-name-other-key.pem"))
        #expect(try await !trusts("good.pem"))
        #expect(throws: WebError.badTLS) { try server.show(certificatePEM: first, keyPEM: try tools.text("same-name-other-key.key")) }
        #expect(throws: WebError.badCertificate) { try server.show(certificatePEM: "", keyPEM: try tools.text("good.key")) }
        #expect(throws: WebError.badKey) { try server.show(certificatePEM: first, keyPEM: "") }
        #expect(try await trusts("same-name-other-key.pem"))
        serving.cancel()
        _ = await serving.result
        await shop.close()
        tools.remove()
    }
}
