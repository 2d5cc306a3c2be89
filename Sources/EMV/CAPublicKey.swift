import Core
import Crypto

/// A scheme's certification authority public key (EMV Book 2 §11.2.1, table 30).
public struct CAPublicKey: Sendable, Hashable {
    /// Registered application provider, five bytes.
    public let rid: [UInt8]
    public let index: UInt8
    /// Most significant byte first, at most 248 bytes.
    public let modulus: [UInt8]
    /// 3 or 65537.
    public let exponent: [UInt8]
    /// Last day of use, when the scheme named one.
    public let expiry: CivilDate?

    public enum Failure: Error, Hashable, Sendable {
        case providerLength(bytes: Int)
        case modulusLength(bytes: Int, index: UInt8)
        case unsupportedExponent(index: UInt8)
        case checksumMismatch(index: UInt8)
        /// Two keys of one provider with the same index.
        case duplicate(index: UInt8)
    }

    /// - Parameter checksum: SHA-1 over RID ‖ index ‖ modulus ‖ exponent; a key whose checksum differs is refused.
    public init(
        rid: [UInt8], index: UInt8, modulus: [UInt8], exponent: [UInt8], checksum: [UInt8], expiry: CivilDate? = nil
    ) throws(Failure) {
        guard rid.count == 5 else { throw .providerLength(bytes: rid.count) }
        guard (64...248).contains(modulus.count) else { throw .modulusLength(bytes: modulus.count, index: index) }
        guard exponent == [0x03] || exponent == [0x01, 0x00, 0x01] else { throw .unsupportedExponent(index: index) }
        let computed = Insecure.SHA1.hash(data: rid + [index] + modulus + exponent)
        guard Array(computed) == checksum else { throw .checksumMismatch(index: index) }
        self.rid = rid
        self.index = index
        self.modulus = modulus
        self.exponent = exponent
        self.expiry = expiry
    }
}

/// The keys a terminal trusts, by provider and index.
public struct CAPublicKeyStore: Sendable, Hashable {
    private struct Name: Sendable, Hashable {
        let rid: [UInt8]
        let index: UInt8
    }

    private var keys: [Name: CAPublicKey] = [:]
    private var revoked: Set<RevokedCertificate> = []

    /// A store without keys: nothing authenticates offline.
    public init() {}

    /// - Parameter revoked: issuer certificates that are not to be trusted, whatever key signed them.
    public init(_ list: [CAPublicKey], revoked: Set<RevokedCertificate> = []) throws(CAPublicKey.Failure) {
        self.revoked = revoked
        for key in list {
            guard keys.updateValue(key, forKey: Name(rid: key.rid, index: key.index)) == nil else {
                throw .duplicate(index: key.index)
            }
        }
    }

    public var count: Int { keys.count }

    public func key(rid: [UInt8], index: UInt8) -> CAPublicKey? { keys[Name(rid: rid, index: index)] }

    public func isRevoked(rid: [UInt8], index: UInt8, serial: [UInt8]) -> Bool {
        RevokedCertificate(rid: rid, index: index, serial: serial).map(revoked.contains) ?? false
    }
}
