import Core
import Crypto
import Foundation
import Synchronization

/// Card data sealed to the host with HPKE (RFC 9180): X25519, HKDF-SHA-256, ChaCha20-Poly1305, base mode. The payment id
/// is the additional data, so that evidence can't be moved to another payment.
///
/// The envelope is `KEYID.BASE64`: 16 hexadecimal digits that name the host's key, then the encapsulated key (32 bytes)
/// and the ciphertext with its tag (16 bytes) in base64. Envelopes without a key id were sealed to the host's first key.
public enum SealedEvidence {
    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
    static let info = Data("kassa-evidence-1".utf8)

    /// The first 8 bytes of the SHA-256 of the public key, in hexadecimal.
    public static func keyID(_ key: Curve25519.KeyAgreement.PublicKey) -> String {
        Hex.encode(Array(SHA256.hash(data: key.rawRepresentation).prefix(8)))
    }

    /// Key agreement done ahead of the tap: the expensive half. Seals once: a second message under the same key and nonce
    /// would give both away, so it is refused.
    public final class Prepared: Sendable {
        private let sender: Mutex<HPKE.Sender?>
        private let keyID: String

        public init(recipient: Curve25519.KeyAgreement.PublicKey) throws {
            keyID = SealedEvidence.keyID(recipient)
            sender = Mutex(try HPKE.Sender(recipientKey: recipient, ciphersuite: suite, info: info))
        }

        /// The envelope.
        /// - Throws: ``SealError/alreadyUsed`` the second time.
        public func seal(_ plaintext: [UInt8], payment: UUIDv7) throws -> String {
            let taken = sender.withLock { held in
                defer { held = nil }
                return held
            }
            guard var once = taken else { throw SealError.alreadyUsed }
            let sealed = try once.seal(plaintext, authenticating: payment.bytes)
            return keyID + "." + (once.encapsulatedKey + sealed).base64EncodedString()
        }
    }

    public enum SealError: Error, Hashable, Sendable { case alreadyUsed }

    /// - Throws: ``WireError/malformed(field:)`` when it is not for this key and payment.
    public static func open(
        _ text: String, payment: UUIDv7, key: Curve25519.KeyAgreement.PrivateKey
    ) throws(WireError) -> [UInt8] {
        try open(text, payment: payment, keys: [key])
    }

    /// Opens with the key that the envelope names; one without a name is tried with each.
    /// - Parameter keys: all that the host has had.
    /// - Throws: ``WireError/malformed(field:)`` when it is for none of them and this payment.
    public static func open(
        _ text: String, payment: UUIDv7, keys: [Curve25519.KeyAgreement.PrivateKey]
    ) throws(WireError) -> [UInt8] {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let named = parts.count == 2 ? parts.first.map { name in keys.filter { keyID($0.publicKey) == name } } : keys
        guard let body = parts.last, let bytes = Data(base64Encoded: String(body)), bytes.count >= 48 else {
            throw .malformed(field: "sealedEvidence")
        }
        for key in named ?? [] {
            guard
                var recipient = try? HPKE.Recipient(
                    privateKey: key, ciphersuite: suite, info: info, encapsulatedKey: bytes.prefix(32)),
                let opened = try? recipient.open(bytes.dropFirst(32), authenticating: payment.bytes)
            else { continue }
            return Array(opened)
        }
        throw .malformed(field: "sealedEvidence")
    }
}
