import Core
import Crypto
import Foundation
import HostLink
import SwiftASN1
import X509

/// A certificate with its key and the time for which it counts.
struct HeldCertificate: Sendable {
    var identity: ClientIdentity
    var notBefore: UTCInstant
    var notAfter: UTCInstant
    /// Made here, to be given one by the host.
    var isEnrolment: Bool

    /// When less than a third of its life is left.
    func isDue(at now: UTCInstant) -> Bool {
        notAfter.millisecondsSince(now) < notAfter.millisecondsSince(notBefore) / 3
    }
}

/// Makes what the terminal shows and asks for: keys, requests, and the certificate of its first visit.
enum CertificateMaker {
    /// A key that was made for a certificate, and the request for it (PKCS #10, base64).
    struct Request: Sendable {
        var keyPEM: String
        var text: String
        fileprivate let publicKey: Certificate.PublicKey
    }

    /// RFC 2986: P-256, signed by the new key itself, which proves that this terminal has it.
    static func request(terminal: String) throws -> Request {
        let key = P256.Signing.PrivateKey()
        let request = try CertificateSigningRequest(
            version: .v1, subject: try DistinguishedName { CommonName(terminal) }, privateKey: Certificate.PrivateKey(key),
            attributes: CertificateSigningRequest.Attributes([]), signatureAlgorithm: .ecdsaWithSHA256)
        var der = DER.Serializer()
        try der.serialize(request)
        return Request(
            keyPEM: key.pemRepresentation + "\n", text: Data(der.serializedBytes).base64EncodedString(),
            publicKey: Certificate.PublicKey(key.publicKey))
    }

    /// Of two days, signed with the device key that the host knows: with it, the terminal may ask for a certificate of the
    /// host's and for nothing else.
    static func enrolment(
        terminal: String, deviceKey: Curve25519.Signing.PrivateKey, now: UTCInstant
    ) throws -> HeldCertificate {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(terminal) }
        let start = now.advanced(byMilliseconds: -86_400_000), end = now.advanced(byMilliseconds: 86_400_000)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: start.date, notValidAfter: end.date, issuer: name, subject: name, signatureAlgorithm: .ed25519,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.clientAuth])
            }, issuerPrivateKey: Certificate.PrivateKey(deviceKey))
        return HeldCertificate(
            identity: ClientIdentity(
                certificatePEM: try certificate.serializeAsPEM().pemString + "\n", keyPEM: key.pemRepresentation + "\n"),
            notBefore: start, notAfter: end, isEnrolment: true)
    }

    /// What the host gave for `request`; nil when it is not for this key and terminal.
    static func issued(_ pem: String, for request: Request, terminal: String) -> HeldCertificate? {
        guard let certificate = try? Certificate(pemEncoded: pem), certificate.publicKey == request.publicKey else { return nil }
        return held(ClientIdentity(certificatePEM: pem, keyPEM: request.keyPEM), terminal: terminal)
    }

    /// What was kept; nil when it is no certificate of this terminal with its key.
    static func held(_ identity: ClientIdentity, terminal: String) -> HeldCertificate? {
        guard let certificate = try? Certificate(pemEncoded: identity.certificatePEM),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: identity.keyPEM),
            certificate.publicKey == Certificate.PublicKey(key.publicKey),
            let name = try? DistinguishedName(builder: { CommonName(terminal) }), certificate.subject == name
        else { return nil }
        return HeldCertificate(
            identity: identity, notBefore: UTCInstant(certificate.notValidBefore),
            notAfter: UTCInstant(certificate.notValidAfter), isEnrolment: false)
    }

    /// When a certificate ends; nil when it is none.
    static func expiry(_ pem: String) -> UTCInstant? {
        (try? Certificate(pemEncoded: pem)).map { UTCInstant($0.notValidAfter) }
    }
}

extension UTCInstant {
    fileprivate var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Whole milliseconds, downwards.
    fileprivate init(_ date: Date) { self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded(.down))) }
}
