import SwiftASN1

/// The kind and length of a certificate's key, read from its bytes alone: what is too weak is not read as a key elsewhere.
public enum CertificateKey: Sendable, Hashable, CustomStringConvertible {
    /// - Parameter bits: of the modulus.
    case rsa(bits: Int)
    /// Object identifier of the algorithm.
    case other(String)

    /// NIST SP 800-131A: RSA below 2048 bits signs nothing any more.
    public static let fewestRSABits = 2048

    public var isStrong: Bool {
        switch self {
        case .rsa(let bits): bits >= Self.fewestRSABits
        case .other: true
        }
    }

    public var description: String {
        switch self {
        case .rsa(let bits): "RSA key of \(bits) bits"
        case .other(let algorithm): "key of algorithm \(algorithm)"
        }
    }

    /// RFC 5280, 4.1: Certificate, TBSCertificate, SubjectPublicKeyInfo. Nil when it is not built so.
    /// - Parameter certificate: DER.
    public init?(certificate: [UInt8]) {
        guard let whole = try? DER.parse(certificate), let parts = Self.children(whole)?.first.flatMap(Self.children) else {
            return nil
        }
        // The version comes first, where there is one; then serial, signature, issuer, validity, subject, key.
        let version = parts.first?.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) ? 1 : 0
        guard parts.count > version + 5, let info = Self.children(parts[version + 5]), info.count == 2,
            let algorithm = Self.children(info[0])?.first,
            let name = try? ASN1ObjectIdentifier(derEncoded: algorithm)
        else { return nil }
        guard name == [1, 2, 840, 113549, 1, 1, 1] else {
            self = .other("\(name)")
            return
        }
        guard let bits = try? ASN1BitString(derEncoded: info[1]), let key = try? DER.parse(bits.bytes),
            let modulus = Self.children(key)?.first, case .primitive(let bytes) = modulus.content
        else { return nil }
        let significant = bytes.drop { $0 == 0 }
        self = .rsa(bits: significant.count * 8 - (significant.first?.leadingZeroBitCount ?? 0))
    }

    private static func children(_ node: ASN1Node) -> [ASN1Node]? {
        guard case .constructed(let children) = node.content else { return nil }
        return Array(children)
    }
}
