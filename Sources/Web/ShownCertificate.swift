import NIOSSL
import Synchronization

/// The certificate that a server shows, which may change while it listens.
final class ShownCertificate: Sendable {
    private struct Pair: Sendable {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
    }

    private let pair: Mutex<Pair>

    init(_ tls: WebTLS) throws(WebError) {
        pair = Mutex(try Self.read(certificatePEM: tls.certificatePEM, keyPEM: tls.keyPEM))
    }

    func show(certificatePEM: String, keyPEM: String) throws(WebError) {
        let fresh = try Self.read(certificatePEM: certificatePEM, keyPEM: keyPEM)
        pair.withLock { $0 = fresh }
    }

    var chain: [NIOSSLCertificate] { pair.withLock { $0.chain } }

    /// TLS 1.3 alone.
    var settings: TLSConfiguration { Self.settings(pair.withLock { $0 }) }

    /// For one connection.
    var forConnection: NIOSSLContextConfigurationOverride {
        let pair = pair.withLock { $0 }
        var changes = NIOSSLContextConfigurationOverride()
        changes.certificateChain = pair.chain.map { .certificate($0) }
        changes.privateKey = .privateKey(pair.key)
        return changes
    }

    private static func settings(_ pair: Pair) -> TLSConfiguration {
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain.map { .certificate($0) }, privateKey: .privateKey(pair.key))
        settings.minimumTLSVersion = .tlsv13
        return settings
    }

    /// - Throws: ``WebError/badTLS`` also when the key is not the certificate's.
    private static func read(certificatePEM: String, keyPEM: String) throws(WebError) -> Pair {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8)), !chain.isEmpty else {
            throw .badCertificate
        }
        guard let key = try? NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem) else { throw .badKey }
        let pair = Pair(chain: chain, key: key)
        // BoringSSL compares the two when it takes them.
        guard (try? NIOSSLContext(configuration: settings(pair))) != nil else { throw .badTLS }
        return pair
    }
}
