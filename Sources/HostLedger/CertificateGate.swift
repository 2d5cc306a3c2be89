import Core
import Crypto
import Foundation
import SwiftASN1
import X509

/// Why a client certificate does not let anyone in.
public enum CertificateRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case missing, malformed, weakKey, unknownAuthority, wrongUsage, notYetValid, expired
    /// Issued by the authority's key, and not by this host.
    case notInBook
    case revoked
    /// A terminal's own certificate, where one of the host's is needed.
    case enrolmentOnly
    /// Not that of the terminal that speaks.
    case otherTerminal
}

/// Who stands at the door: looks at what a TLS client shows.
///
/// Two kinds of certificate let a terminal in. The host's authority issues the one it works with. To be given that one,
/// the first time or when it has lost or outlived it, it shows one that it has signed with its device key, the Ed25519 key
/// that `terminal add` made known here; with it, it may ask for a certificate and nothing else.
public struct CertificateGate: Sendable {
    public struct Guest: Sendable, Hashable {
        public var terminal: String
        /// Whether it may only ask for a certificate.
        public var isEnrolling: Bool
    }

    /// Most bytes of a certificate, DER.
    static let maximumSize = 8192

    private let authority: CertificateAuthority
    private let book: CertificateBook
    private let deviceKey: @Sendable (String) async -> Curve25519.Signing.PublicKey?

    /// - Parameter deviceKey: of a terminal that the host knows.
    public init(
        authority: CertificateAuthority, book: CertificateBook,
        deviceKey: @escaping @Sendable (String) async -> Curve25519.Signing.PublicKey?
    ) {
        self.authority = authority
        self.book = book
        self.deviceKey = deviceKey
    }

    /// - Parameter chain: DER, the leaf first; what follows it is not needed and not looked at.
    public func guest(_ chain: [[UInt8]], now: UTCInstant) async throws(CertificateRefusal) -> Guest {
        guard let leaf = chain.first else { throw .missing }
        guard leaf.count <= Self.maximumSize else { throw .malformed }
        // A key that is too weak to be read as one is no reason to call the certificate malformed.
        if let key = CertificateKey(certificate: leaf), !key.isStrong { throw .weakKey }
        guard let certificate = try? Certificate(derEncoded: leaf), certificate.version == .v3,
            let name = Self.commonName(certificate.subject)
        else { throw .malformed }
        guard P256.Signing.PublicKey(certificate.publicKey) != nil else { throw .weakKey }
        let isIssued =
            certificate.issuer == authority.certificate.subject
            && authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
        if !isIssued {
            guard certificate.issuer == certificate.subject, let key = await deviceKey(name),
                Certificate.PublicKey(key).isValidSignature(certificate.signature, for: certificate)
            else { throw .unknownAuthority }
        }
        guard Self.isForClients(certificate) else { throw .wrongUsage }
        guard now.date >= certificate.notValidBefore else { throw .notYetValid }
        guard now.date < certificate.notValidAfter else { throw .expired }
        guard isIssued else {
            guard (try? await book.isBarred(name)) == false else { throw .revoked }
            return Guest(terminal: name, isEnrolling: true)
        }
        try await checkBook(leaf, terminal: name)
        return Guest(terminal: name, isEnrolling: false)
    }

    /// A refusal in words for whoever keeps the host: of a weak key, which key it is and what is asked for.
    public static func words(_ refusal: CertificateRefusal, _ chain: [[UInt8]]) -> String {
        guard refusal == .weakKey, let leaf = chain.first, let key = CertificateKey(certificate: leaf) else {
            return refusal.rawValue
        }
        return "\(key): terminals' certificates have P-256 keys\(key.isStrong ? "" : ", and RSA would take at least 2048 bits")"
    }

    /// The same for a guest who was let in before, on an open connection: what may have changed meanwhile.
    public func check(_ leaf: [UInt8]?, terminal: String, mayEnrol: Bool, now: UTCInstant) async throws(CertificateRefusal) {
        guard let leaf else { throw .missing }
        let entry: CertificateBook.Entry?
        do { entry = try await book.entry(fingerprint: Array(SHA256.hash(data: leaf))) } catch { throw .notInBook }
        guard let entry else {
            let guest = try await guest([leaf], now: now)
            guard guest.terminal == terminal else { throw .otherTerminal }
            guard mayEnrol else { throw .enrolmentOnly }
            return
        }
        guard entry.terminal == terminal else { throw .otherTerminal }
        guard entry.revokedAt == nil else { throw .revoked }
        guard now >= entry.notBefore else { throw .notYetValid }
        guard now < entry.notAfter else { throw .expired }
    }

    private func checkBook(_ leaf: [UInt8], terminal: String) async throws(CertificateRefusal) {
        let entry: CertificateBook.Entry?
        do { entry = try await book.entry(fingerprint: Array(SHA256.hash(data: leaf))) } catch { throw .notInBook }
        guard let entry else { throw .notInBook }
        guard entry.terminal == terminal else { throw .otherTerminal }
        guard entry.revokedAt == nil else { throw .revoked }
    }

    /// RFC 5280, 4.2.1: no authority, for digital signatures and client authentication, nothing critical beside.
    private static func isForClients(_ certificate: Certificate) -> Bool {
        let known: Set<ASN1ObjectIdentifier> = [
            .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage,
        ]
        guard certificate.extensions.allSatisfy({ !$0.critical || known.contains($0.oid) }),
            let usages = try? certificate.extensions.extendedKeyUsage, usages.contains(.clientAuth)
        else { return false }
        do {
            if case .isCertificateAuthority = try certificate.extensions.basicConstraints { return false }
            return try certificate.extensions.keyUsage?.digitalSignature ?? false
        } catch {
            return false
        }
    }

    /// The only part of the name.
    private static func commonName(_ name: DistinguishedName) -> String? {
        let parts = name.flatMap { Array($0) }
        guard parts.count == 1, let only = parts.first, only.type == .RDNAttributeType.commonName else { return nil }
        return String(only.value)
    }
}
