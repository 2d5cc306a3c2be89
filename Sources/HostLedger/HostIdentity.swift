import Core
import Crypto
import Foundation
import HostProtocol
import SwiftASN1
import X509

/// Everything that makes a host this host: the keys and the certificate that its terminals pin.
public struct HostIdentity: Sendable {
    /// Signs every answer.
    public let signingKey: Curve25519.Signing.PrivateKey
    /// Opens card evidence.
    public let sealingKey: Curve25519.KeyAgreement.PrivateKey
    /// 32 bytes, shared with every terminal: names instruments alike.
    public let pseudonymKey: SymmetricKey
    public let tlsKeyPEM: String
    public let certificatePEM: String
    /// What will be served after the next rotation: terminals learn it beforehand.
    public var nextCertificatePEM: String?
    /// Keys that evidence was sealed to before.
    public var formerSealingKeys: [Curve25519.KeyAgreement.PrivateKey] = []

    /// What terminals are told of this host.
    public var trust: HostTrust {
        HostTrust(certificates: [certificatePEM] + (nextCertificatePEM.map { [$0] } ?? []), sealingKey: sealingKey.publicKey)
    }

    public init(
        signingKey: Curve25519.Signing.PrivateKey, sealingKey: Curve25519.KeyAgreement.PrivateKey,
        pseudonymKey: SymmetricKey, tlsKeyPEM: String, certificatePEM: String
    ) {
        self.signingKey = signingKey
        self.sealingKey = sealingKey
        self.pseudonymKey = pseudonymKey
        self.tlsKeyPEM = tlsKeyPEM
        self.certificatePEM = certificatePEM
    }

    /// A new identity with a self-signed P-256 certificate of ten years: no authority stands behind it, terminals pin it.
    /// - Parameter names: DNS names beside `localhost`, 127.0.0.1 and ::1.
    public static func make(names: [String], now: Date) throws -> HostIdentity {
        let tlsKey = P256.Signing.PrivateKey()
        let certificate = try selfSigned(names: names, key: tlsKey, now: now)
        return HostIdentity(
            signingKey: Curve25519.Signing.PrivateKey(), sealingKey: Curve25519.KeyAgreement.PrivateKey(),
            pseudonymKey: SymmetricKey(size: .bits256), tlsKeyPEM: tlsKey.pemRepresentation + "\n",
            certificatePEM: certificate)
    }

    /// When a certificate ends.
    public static func expiry(certificatePEM: String) throws -> UTCInstant {
        UTCInstant(try Certificate(pemEncoded: certificatePEM).notValidAfter)
    }

    /// A certificate to follow this host's, with a key of its own and the same names.
    public func successor(now: Date, days: Int) throws -> (keyPEM: String, certificatePEM: String) {
        let key = P256.Signing.PrivateKey()
        let names = try Certificate(pemEncoded: certificatePEM).extensions.subjectAlternativeNames ?? SubjectAlternativeNames([])
        // Another subject than its forerunner's: BoringSSL looks for the root by its name, and takes the first.
        let identifier = Hex.encode(Array(SHA256.hash(data: key.publicKey.rawRepresentation).prefix(8)))
        let subject = try DistinguishedName {
            CommonName("kassa-host")
            OrganizationalUnitName(identifier)
        }
        let certificate = try Self.selfSigned(subject, Array(names), key: key, now: now, days: days)
        return (key.pemRepresentation + "\n", certificate)
    }

    /// RFC 5280: version 3, subject alternative names, not an authority, for server authentication alone. No key usage:
    /// BoringSSL takes a certificate whose usage lacks certificate signing for one that can't have signed itself, and
    /// then finds no root.
    static func selfSigned(names: [String], key: P256.Signing.PrivateKey, now: Date) throws -> String {
        let subject = try DistinguishedName { CommonName("kassa-host") }
        let loopback6 = [UInt8](repeating: 0, count: 15) + [1]
        var alternatives = Set(names + ["localhost"]).sorted().map { GeneralName.dnsName($0) }
        alternatives.append(.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])))
        alternatives.append(.ipAddress(ASN1OctetString(contentBytes: loopback6[...])))
        return try selfSigned(subject, alternatives, key: key, now: now, days: 3650)
    }

    private static func selfSigned(
        _ subject: DistinguishedName, _ alternatives: [GeneralName], key: P256.Signing.PrivateKey, now: Date, days: Int
    ) throws -> String {
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(Double(days) * 86_400),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(alternatives)
            }, issuerPrivateKey: Certificate.PrivateKey(key))
        return try certificate.serializeAsPEM().pemString + "\n"
    }
}
