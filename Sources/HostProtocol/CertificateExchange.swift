import Core
import Crypto
import Foundation

/// What a terminal asks about certificates: a new one for itself, and whether what it knows of the host is still so.
public struct CertificateRequest: Codable, Sendable, Equatable {
    public var nonce: UUIDv7
    /// PKCS #10 (RFC 2986), DER in base64, P-256, signed by its own key; nil when the terminal wants none.
    public var request: String?
    /// ``HostTrust/id`` of what the terminal has stored.
    public var trust: String?

    public init(nonce: UUIDv7, request: String? = nil, trust: String? = nil) {
        self.nonce = nonce
        self.request = request
        self.trust = trust
    }

    /// Most characters of ``request``.
    public static let maximumRequest = 4096
}

public struct CertificateAnswer: Codable, Sendable, Equatable {
    public var type = HostAnswerType.certificates
    public var terminal: String
    public var nonce: UUIDv7
    public var hostTime: UTCInstant
    /// PEM, when one was asked for.
    public var certificate: String?
    /// When it is not what the terminal has stored.
    public var trust: HostTrust?

    public init(
        terminal: String, nonce: UUIDv7, hostTime: UTCInstant, certificate: String? = nil, trust: HostTrust? = nil
    ) {
        self.terminal = terminal
        self.nonce = nonce
        self.hostTime = hostTime
        self.certificate = certificate
        self.trust = trust
    }
}

/// By what a host is known: the certificates it serves now and next, and the key that evidence is sealed to.
public struct HostTrust: Codable, Sendable, Hashable {
    /// PEM, one certificate each; the first is the one that is served, a second the one that will be.
    public var certificates: [String]
    /// X25519, 32 bytes in base64.
    public var sealingKey: String

    public static let mostCertificates = 2
    /// Most characters of one certificate.
    public static let maximumCertificate = 8192

    public init(certificates: [String], sealingKey: Curve25519.KeyAgreement.PublicKey) {
        self.certificates = certificates.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        self.sealingKey = sealingKey.rawRepresentation.base64EncodedString()
    }

    /// SHA-256 over the texts, each with its length, in hexadecimal: equal for equal trust.
    public var id: String {
        var hash = SHA256()
        for text in certificates + [sealingKey] {
            hash.update(data: Data("\(text.utf8.count):\(text)".utf8))
        }
        return Hex.encode(Array(hash.finalize()))
    }

    /// Nil when it is not one, or nothing but bytes that can't be a key.
    public var sealingPublicKey: Curve25519.KeyAgreement.PublicKey? {
        Data(base64Encoded: sealingKey).flatMap { try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0) }
    }

    /// The certificates of a PEM text, one by one; what stands between them is left out.
    public static func certificates(inPEM text: String) -> [String] {
        let begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----"
        return text.components(separatedBy: begin).dropFirst().compactMap { part in
            guard let close = part.range(of: end) else { return nil }
            return begin + String(part[..<close.upperBound])
        }
    }
}
