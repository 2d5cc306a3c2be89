import CCrypto
import Core
import Crypto
import Foundation

/// What a host's closed-loop tags are made with, in the one form in which it travels: sealed to one terminal.
///
/// One generation is 32 bytes, the key that deciphers UID and counter and the master key that each tag's own are derived from;
/// the one in use comes first, the one before it may follow. They print nothing of themselves, and their bytes are overwritten
/// at their end.
public struct TagSecrets: Sendable {
    public static let mostGenerations = 2
    static let keyBytes = 16
    private static let generationBytes = 2 * keyBytes

    private let bytes: SymmetricKey

    /// Nil for no generation, more than ``mostGenerations``, or a key that is not 16 bytes. The caller overwrites its own copy.
    public init?(_ generations: [(meta: [UInt8], master: [UInt8])]) {
        guard (1...Self.mostGenerations).contains(generations.count),
            generations.allSatisfy({ $0.meta.count == Self.keyBytes && $0.master.count == Self.keyBytes })
        else { return nil }
        var joined: [UInt8] = []
        // A buffer that grew would leave a copy behind.
        joined.reserveCapacity(generations.count * Self.generationBytes)
        for generation in generations {
            joined += generation.meta
            joined += generation.master
        }
        bytes = SymmetricKey(data: joined)
        joined.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) }
    }

    private init?(opened: Data) {
        guard opened.count % Self.generationBytes == 0,
            (1...Self.mostGenerations).contains(opened.count / Self.generationBytes)
        else { return nil }
        bytes = SymmetricKey(data: opened)
    }

    /// One value for each generation, the one in use first.
    public func map<Value>(_ make: (_ meta: Slice<UnsafeRawBufferPointer>, _ master: Slice<UnsafeRawBufferPointer>) -> Value) -> [Value] {
        bytes.withUnsafeBytes { all in
            stride(from: 0, to: all.count, by: Self.generationBytes).map { start in
                make(all[start..<start + Self.keyBytes], all[start + Self.keyBytes..<start + Self.generationBytes])
            }
        }
    }

    /// Names these keys and no others, and tells nothing of them: 16 hexadecimal digits of HKDF-SHA-256 (RFC 5869).
    public var version: String {
        let name = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: bytes, info: Data("kassa-tag-keys-version-1".utf8), outputByteCount: 8)
        return name.withUnsafeBytes { Hex.encode(Array($0)) }
    }

    public static func isVersion(_ text: String) -> Bool { text.utf8.count == 16 && Hex.decode(text) != nil }
}

extension TagSecrets {
    /// Most characters of an envelope.
    public static let maximumEnvelope = 256

    private static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

    /// Purpose and terminal: what was sealed for another of either does not open.
    private static func info(_ terminal: String) -> Data { Data("kassa-tag-keys-1".utf8) + [0] + Data(terminal.utf8) }

    /// Seals with HPKE (RFC 9180): X25519, HKDF-SHA-256, ChaCha20-Poly1305, base mode; the version is the additional data.
    /// - Returns: the envelope, `KEYID.BASE64` as ``SealedEvidence`` has it.
    public func sealed(to recipient: Curve25519.KeyAgreement.PublicKey, terminal: String) throws -> String {
        var sender = try HPKE.Sender(recipientKey: recipient, ciphersuite: Self.suite, info: Self.info(terminal))
        let sealed = try bytes.withUnsafeBytes { plain in
            try sender.seal(plain.bindMemory(to: UInt8.self), authenticating: Data(version.utf8))
        }
        return SealedEvidence.keyID(recipient) + "." + (sender.encapsulatedKey + sealed).base64EncodedString()
    }

    /// Why an envelope does not open. None says what is in it.
    public enum OpenFailure: String, Error, Hashable, Sendable {
        case malformed
        /// Sealed to another key, as it says itself.
        case anotherKey
        /// Changed since, or sealed for another terminal, purpose or version.
        case notAuthentic
    }

    /// Opens an envelope of ``sealed(to:terminal:)``.
    public init(
        opening envelope: String, version: String, terminal: String, key: Curve25519.KeyAgreement.PrivateKey
    ) throws(OpenFailure) {
        let parts = envelope.split(separator: ".", omittingEmptySubsequences: false)
        guard envelope.utf8.count <= Self.maximumEnvelope, parts.count == 2, let body = Data(base64Encoded: String(parts[1])),
            body.count >= 48
        else { throw .malformed }
        guard parts[0] == SealedEvidence.keyID(key.publicKey) else { throw .anotherKey }
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: key, ciphersuite: Self.suite, info: Self.info(terminal), encapsulatedKey: body.prefix(32)),
            var opened = try? recipient.open(body.dropFirst(32), authenticating: Data(version.utf8))
        else { throw .notAuthentic }
        defer { opened.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        guard let secrets = TagSecrets(opened: opened) else { throw .malformed }
        // The name is made of the keys: a sealed page can't pass for another version of them.
        guard secrets.version == version else { throw .notAuthentic }
        self = secrets
    }
}

extension TagSecrets: CustomStringConvertible, CustomReflectable {
    public var description: String { "TagSecrets" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
