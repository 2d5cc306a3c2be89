import Core
import Crypto
import Foundation
import Glibc
import HostLedger
import HostProtocol

/// Certificates of terminals, and those that follow the host's own.
extension HostDirectory {
    private func file(_ name: String) -> String { url.appendingPathComponent(name).path }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func read(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw HostDirectoryError.unreadable(path) }
        return text
    }

    // MARK: Terminals

    private var authorityKey: String { file("terminal-ca-key.pem") }
    private var authorityCertificate: String { file("terminal-ca-certificate.pem") }

    /// The authority that issues the terminals' certificates; a host made without one gets it at the first call.
    func authority() throws -> CertificateAuthority {
        // Key and certificate are written one after the other: without the certificate, the key was never used.
        if !exists(authorityCertificate) {
            _ = try identity()
            let fresh = try CertificateAuthority.make(now: Date())
            try Self.write(fresh.keyPEM, to: authorityKey)
            try Self.write(fresh.certificatePEM, to: authorityCertificate)
        }
        do {
            return try CertificateAuthority(keyPEM: try read(authorityKey), certificatePEM: try read(authorityCertificate))
        } catch let error as HostDirectoryError {
            throw error
        } catch {
            throw HostDirectoryError.unreadable(authorityKey)
        }
    }

    func certificateBook() throws -> CertificateBook { try CertificateBook(path: file("certificates.sqlite")) }

    /// Gives and judges the certificates of the terminals that `ledger` knows.
    func certificateDesk(_ ledger: SQLiteLedger, _ identity: HostIdentity, days: Int) throws -> CertificateDesk {
        CertificateDesk(
            authority: try authority(), book: try certificateBook(), ledger: ledger, trust: identity.trust, days: days)
    }

    // MARK: The host's own certificate

    private var nextKey: String { file("host-tls-key-next.pem") }
    private var nextCertificate: String { file("host-certificate-next.pem") }

    func nextCertificatePEM() throws -> String? {
        guard exists(nextCertificate), exists(nextKey) else { return nil }
        return try read(nextCertificate)
    }

    /// Makes the certificate that will follow.
    func makeNext(days: Int) throws {
        let next = try identity().successor(now: Date(), days: days)
        try Self.write(next.keyPEM, to: nextKey)
        try Self.write(next.certificatePEM, to: nextCertificate)
    }

    /// Takes the next certificate into use: what a crash leaves half done, the next call ends.
    func switchToNext() throws {
        if exists(nextKey) { try move(nextKey, to: .tlsKey) }
        if exists(nextCertificate) { try move(nextCertificate, to: .certificate) }
    }

    /// Whether a switch was begun and not ended.
    var isHalfSwitched: Bool { exists(nextCertificate) && !exists(nextKey) }

    private func move(_ path: String, to name: Name) throws {
        guard rename(path, file(name.rawValue)) == 0 else { throw HostDirectoryError.unwritable(file(name.rawValue)) }
    }

    // MARK: Sealing keys

    private static let formerPrefix = "host-sealing-former-"

    /// Keys that evidence was sealed to before: records that wait somewhere may still come.
    func formerSealingKeys() throws -> [Curve25519.KeyAgreement.PrivateKey] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [])
            .filter { $0.hasPrefix(Self.formerPrefix) && $0.hasSuffix(".b64") }
        return try names.sorted().map { name in
            let text = try read(file(name)).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let bytes = Data(base64Encoded: text),
                let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
            else { throw HostDirectoryError.unreadable(file(name)) }
            return key
        }
    }

    /// Puts a new sealing key in the place of the one in use, which is kept.
    func rotateSealingKey() throws -> String {
        let old = try identity().sealingKey, fresh = Curve25519.KeyAgreement.PrivateKey()
        let former = file(Self.formerPrefix + SealedEvidence.keyID(old.publicKey) + ".b64")
        try Self.write(old.rawRepresentation.base64EncodedString() + "\n", to: former)
        try Self.write(fresh.rawRepresentation.base64EncodedString() + "\n", to: file(Name.sealingKey.rawValue))
        return SealedEvidence.keyID(fresh.publicKey)
    }
}
