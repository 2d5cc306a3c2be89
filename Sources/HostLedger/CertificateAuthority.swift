import Core
import Crypto
import Foundation
import SwiftASN1
import X509

/// The host's own authority: issues the certificates by which its terminals are let in. Nothing else trusts it.
public struct CertificateAuthority: Sendable {
    public let keyPEM: String
    public let certificatePEM: String
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// A certificate that was issued.
    public struct Issued: Sendable, Hashable {
        public var terminal: String
        public var pem: String
        /// SHA-256 of the DER.
        public var fingerprint: [UInt8]
        /// Hexadecimal.
        public var serial: String
        public var notBefore: UTCInstant
        public var notAfter: UTCInstant
    }

    /// - Throws: when the texts are no P-256 key and the certificate of it.
    public init(keyPEM: String, certificatePEM: String) throws {
        key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        certificate = try Certificate(pemEncoded: certificatePEM)
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw LedgerError.malformed(field: "authority")
        }
        self.keyPEM = keyPEM
        self.certificatePEM = certificatePEM
    }

    /// A new authority of twenty years.
    public static func make(now: Date) throws -> CertificateAuthority {
        let key = P256.Signing.PrivateKey()
        let identifier = Hex.encode(Array(SHA256.hash(data: key.publicKey.rawRepresentation).prefix(8)))
        let subject = try DistinguishedName {
            CommonName("kassa-host terminals")
            OrganizationalUnitName(identifier)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(7300 * 86_400),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            }, issuerPrivateKey: Certificate.PrivateKey(key))
        return try CertificateAuthority(
            keyPEM: key.pemRepresentation + "\n", certificatePEM: try certificate.serializeAsPEM().pemString + "\n")
    }

    /// Issues to `terminal` whatever subject the request names: who asks has proven already who it is.
    /// - Parameters:
    ///   - request: PKCS #10 in DER; its signature proves that who asks has the key.
    ///   - days: from now; an hour before now counts too, for clocks that are behind.
    /// - Throws: ``LedgerError/malformed(field:)`` when it is no request for a P-256 key signed by that key.
    public func issue(request: [UInt8], terminal: String, now: UTCInstant, days: Int) throws(LedgerError) -> Issued {
        guard let asked = try? CertificateSigningRequest(derEncoded: request),
            P256.Signing.PublicKey(asked.publicKey) != nil, asked.publicKey.isValidSignature(asked.signature, for: asked)
        else { throw .malformed(field: "request") }
        let start = now.date.addingTimeInterval(-3600), end = now.date.addingTimeInterval(Double(days) * 86_400)
        do {
            let issued = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: asked.publicKey, notValidBefore: start,
                notValidAfter: end, issuer: certificate.subject,
                subject: try DistinguishedName { CommonName(terminal) }, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.clientAuth])
                    SubjectKeyIdentifier(hash: asked.publicKey)
                    AuthorityKeyIdentifier(keyIdentifier: try authorityKeyIdentifier())
                }, issuerPrivateKey: Certificate.PrivateKey(key))
            let pem = try issued.serializeAsPEM()
            return Issued(
                terminal: terminal, pem: pem.pemString + "\n", fingerprint: Array(SHA256.hash(data: pem.derBytes)),
                serial: Hex.encode(Array(issued.serialNumber.bytes)), notBefore: UTCInstant(issued.notValidBefore),
                notAfter: UTCInstant(issued.notValidAfter))
        } catch {
            throw .unavailable("certificate")
        }
    }

    private func authorityKeyIdentifier() throws -> ArraySlice<UInt8>? {
        try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
    }
}

extension UTCInstant {
    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Whole milliseconds, downwards.
    init(_ date: Date) { self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded(.down))) }
}
