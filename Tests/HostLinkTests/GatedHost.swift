import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Hummingbird
import Programmes
import Synchronization
import Testing
import Web

/// A host that asks its terminals for certificates, over real TLS, with the test's clock.
final class GatedHost: Sendable {
    let identity: HostIdentity
    let authority: CertificateAuthority
    let book: CertificateBook
    let ledger: SQLiteLedger
    let keys = ["T1": Curve25519.Signing.PrivateKey(), "T2": Curve25519.Signing.PrivateKey()]
    let port: Int
    /// Why clients were not let in, in order; nil for those that were.
    let seen: Box<[CertificateRefusal?]>
    /// Milliseconds that the host's clock is ahead.
    let ahead: Box<Int64>
    private let folder: URL
    private let server: Task<Void, any Error>

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gated-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let identity = try HostIdentity.make(names: [], now: Date())
        ledger = try SQLiteLedger(
            path: folder.appending(path: "ledger.sqlite").path, programmes: try Programme.shipped(),
            evidenceKey: identity.sealingKey, pseudonymKey: identity.pseudonymKey)
        for (id, key) in keys {
            try await ledger.setTerminal(
                id, merchant: "M1", signingKey: key.publicKey, programmes: ["epassi-card"],
                risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), now: Shop.time())
        }
        authority = try CertificateAuthority.make(now: Date())
        book = try CertificateBook(path: folder.appending(path: "certificates.sqlite").path)
        let desk = CertificateDesk(authority: authority, book: book, ledger: ledger, trust: identity.trust)
        let ahead = Box<Int64>(0), seen = Box<[CertificateRefusal?]>([])
        let clock = { @Sendable in Shop.time().advanced(byMilliseconds: ahead.value) }
        let service = HostService(
            ledger: ledger, signingKey: identity.signingKey, clock: clock, logger: Shop.quiet, certificates: desk)
        let web = try WebServer(
            WebConfiguration(
                host: "127.0.0.1", port: 0,
                tls: WebTLS(
                    certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM,
                    clients: { chain in
                        do throws(CertificateRefusal) {
                            _ = try await desk.gate.guest(chain, now: clock())
                            seen.change { $0.append(nil) }
                            return true
                        } catch {
                            seen.change { $0.append(error) }
                            return false
                        }
                    })), responder: HostResponder(service), logger: Shop.quiet)
        (self.ahead, self.seen) = (ahead, seen)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        server = Task { try await web.run { announce.yield($0) } }
        var bound = 0
        for await port in ports {
            bound = port
            break
        }
        port = bound
        self.identity = identity
    }

    deinit {
        server.cancel()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What the terminal's own client needs.
    func configuration(_ terminal: String) throws -> HostLinkConfiguration {
        HostLinkConfiguration(
            baseURL: "https://127.0.0.1:\(port)", pinnedCertificatePEM: identity.certificatePEM,
            hostSigningKey: identity.signingKey.publicKey, terminal: terminal, terminalKey: try #require(keys[terminal]))
    }

    func close() async {
        server.cancel()
        _ = await server.result
    }
}

/// A value that several may change.
final class Box<Value: Sendable>: Sendable {
    private let held: Mutex<Value>
    init(_ value: Value) { held = Mutex(value) }
    var value: Value { held.withLock { $0 } }
    func change(_ change: (inout Value) -> Void) { held.withLock { change(&$0) } }
}
