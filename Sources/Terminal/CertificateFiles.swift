import Core
import Crypto
import Foundation
import HostLink
import HostProtocol

/// What the terminal keeps of certificates, in its state directory: each file is replaced as a whole, so that a power cut
/// leaves the old one or the new one.
struct CertificateFiles: Sendable {
    let directory: String
    let terminal: String
    /// Names the trust bundle that the host's announcements belong to: another bundle, another host.
    let bundle: String

    /// - Parameter bundled: what the trust directory says.
    init(stateDirectory: String, terminal: String, bundled: HostTrust, signingKey: Curve25519.Signing.PublicKey) {
        directory = stateDirectory
        self.terminal = terminal
        let text = bundled.id + signingKey.rawRepresentation.base64EncodedString()
        bundle = Hex.encode(Array(SHA256.hash(data: Data(text.utf8))))
    }

    static let currentFile = "client-certificate.pem"
    static let nextFile = "client-certificate-next.pem"
    static let trustFile = "host-trust.json"

    private func path(_ name: String) -> String { directory + "/" + name }

    // MARK: The terminal's own

    /// The one that has worked.
    var current: HeldCertificate? { held(Self.currentFile) }

    /// One that has not been used yet.
    var next: HeldCertificate? { held(Self.nextFile) }

    /// Key and certificate are one file: they change together or not at all.
    private func held(_ name: String) -> HeldCertificate? {
        guard let text = try? String(contentsOfFile: path(name), encoding: .utf8),
            let certificate = HostTrust.certificates(inPEM: text).first,
            let split = text.range(of: "-----BEGIN CERTIFICATE-----")
        else { return nil }
        return CertificateMaker.held(
            ClientIdentity(certificatePEM: certificate + "\n", keyPEM: String(text[..<split.lowerBound])), terminal: terminal)
    }

    func save(next: HeldCertificate) -> Bool {
        DurableFile.replace(path(Self.nextFile), next.identity.keyPEM + next.identity.certificatePEM)
    }

    /// The next one has worked: it takes the place of the other.
    func promote() -> Bool { DurableFile.move(path(Self.nextFile), path(Self.currentFile)) }

    func dropNext() { try? FileManager.default.removeItem(atPath: path(Self.nextFile)) }

    // MARK: The host's

    private struct Stored: Codable {
        var bundle: String
        var trust: HostTrust
    }

    /// What the host said last; nil when it has said nothing since this trust bundle was laid down.
    var trust: HostTrust? {
        guard let bytes = FileManager.default.contents(atPath: path(Self.trustFile)),
            let stored = try? WireJSON.decode(Stored.self, from: Array(bytes)), stored.bundle == bundle,
            stored.trust.sealingPublicKey != nil,
            (1...HostTrust.mostCertificates).contains(stored.trust.certificates.count)
        else { return nil }
        return stored.trust
    }

    func save(trust: HostTrust) -> Bool {
        guard let bytes = try? WireJSON.encode(Stored(bundle: bundle, trust: trust)) else { return false }
        return DurableFile.replace(path(Self.trustFile), String(decoding: bytes, as: UTF8.self))
    }
}
