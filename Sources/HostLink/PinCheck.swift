import NIOSSL
import SwiftASN1
import X509

/// What a certificate must be to be a pin. BoringSSL takes what is pinned as it stands: it looks neither at what the
/// certificate is for nor at the length of its key.
enum PinCheck {
    static func isGood(_ certificate: NIOSSLCertificate) -> Bool { isForServers(certificate) && isStrong(certificate) }

    /// RFC 5280, 4.2.1.12: says nothing, or server authentication.
    private static func isForServers(_ certificate: NIOSSLCertificate) -> Bool {
        do {
            let usages = try Certificate(derEncoded: try certificate.toDERBytes()).extensions.extendedKeyUsage
            return usages.map { $0.contains(.serverAuth) || $0.contains(.any) } ?? true
        } catch {
            return false
        }
    }

    /// An RSA key has 2048 bits or more.
    private static func isStrong(_ certificate: NIOSSLCertificate) -> Bool {
        guard let key = try? certificate.extractPublicKey().toSPKIBytes() else { return false }
        // SubjectPublicKeyInfo of 2048 bits: 294 bytes. The algorithm's name comes first: 1.2.840.113549.1.1.
        let rsa: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01]
        let isRSA = (0..<16).contains { key.dropFirst($0).starts(with: rsa) }
        return !isRSA || key.count >= 294
    }
}
