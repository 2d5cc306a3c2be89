import Core
import Crypto
import Foundation
import Synchronization

/// Card data sealed to the host with HPKE (RFC 9180): X25519, HKDF-SHA-256, ChaCha20-Poly1305, base mode. The payment id
/// is the additional data, so that evidence can't be moved to another payment.
public enum SealedEvidence {
    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
    static let info = Data("kassa-evidence-1".utf8)

    /// Key agreement done ahead of the tap: the expensive half. Seals once: a second message under the same key and nonce
    /// would give both away, so it is refused.
    public final class Prepared: Sendable {
        private let sender: Mutex<HPKE.Sender?>

        public init(recipient: Curve25519.KeyAgreement.PublicKey) throws {
            sender = Mutex(try HPKE.Sender(recipientKey: recipient, ciphersuite: suite, info: info))
        }

        /// Encapsulated key (32 bytes), then the ciphertext with its tag, in base64.
        /// - Throws: ``SealError/alreadyUsed`` the second time.
        public func seal(_ plaintext: [UInt8], payment: UUIDv7) throws -> String {
            let taken = sender.withLock { held in
                defer { held = nil }
                return held
            }
            guard var once = taken else { throw SealError.alreadyUsed }
            let sealed = try once.seal(plaintext, authenticating: payment.bytes)
            return (once.encapsulatedKey + sealed).base64EncodedString()
        }
    }

    public enum SealError: Error, Hashable, Sendable { case alreadyUsed }

    /// - Throws: ``WireError/malformed(field:)`` when it is not for this key and payment.
    public static func open(
        _ text: String, payment: UUIDv7, key: Curve25519.KeyAgreement.PrivateKey
    ) throws(WireError) -> [UInt8] {
        guard let bytes = Data(base64Encoded: text), bytes.count >= 48 else { throw .malformed(field: "sealedEvidence") }
        do {
            var recipient = try HPKE.Recipient(
                privateKey: key, ciphersuite: suite, info: info, encapsulatedKey: bytes.prefix(32))
            return Array(try recipient.open(bytes.dropFirst(32), authenticating: payment.bytes))
        } catch {
            throw .malformed(field: "sealedEvidence")
        }
    }
}
