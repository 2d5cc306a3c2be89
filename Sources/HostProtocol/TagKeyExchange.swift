import Core
import Crypto
import Foundation

/// What a terminal asks about the keys of closed-loop tags: those of the host, sealed to a key of its own.
public struct TagKeyRequest: Codable, Sendable, Equatable {
    public var nonce: UUIDv7
    /// X25519, 32 bytes in base64: what the keys are to be sealed to. The request's signature says that it is the terminal's.
    public var recipient: String
    /// ``TagKeyAnswer/version`` of what the terminal has kept; nil: nothing that it can open.
    public var known: String?

    public init(nonce: UUIDv7, recipient: Curve25519.KeyAgreement.PublicKey, known: String? = nil) {
        self.nonce = nonce
        self.recipient = recipient.rawRepresentation.base64EncodedString()
        self.known = known
    }

    /// Nil for anything but 32 bytes in base64, and for a point of small order: what is sealed to one, everybody opens.
    public var recipientKey: Curve25519.KeyAgreement.PublicKey? {
        guard let bytes = Data(base64Encoded: recipient),
            let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes),
            // RFC 9180 §7.1.4 and RFC 7748 §6.1 have the agreed secret looked at, which swift-crypto does not. Scalars are multiples
            // of 8: with such a point every one of them agrees on zero, this one too.
            let any = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: [UInt8](repeating: 0x42, count: 32)),
            let agreed = try? any.sharedSecretFromKeyAgreement(with: key), agreed.withUnsafeBytes({ $0.contains { $0 != 0 } })
        else { return nil }
        return key
    }
}

public struct TagKeyAnswer: Codable, Sendable, Equatable {
    public var type = HostAnswerType.tagKeys
    public var terminal: String
    public var nonce: UUIDv7
    public var hostTime: UTCInstant
    /// ``TagSecrets/version`` of the keys that the host uses now.
    public var version: String
    /// The envelope; nil when the terminal has kept this version.
    public var sealed: String?

    /// The ``FailureAnswer/reason`` of a host that has no such keys.
    public static let noKeys = "noTagKeys"
    /// The ``FailureAnswer/reason`` for a terminal whose merchant no programme with tags is enrolled with.
    public static let notEnrolled = "notEnrolled"

    public init(terminal: String, nonce: UUIDv7, hostTime: UTCInstant, version: String, sealed: String? = nil) {
        self.terminal = terminal
        self.nonce = nonce
        self.hostTime = hostTime
        self.version = version
        self.sealed = sealed
    }
}
