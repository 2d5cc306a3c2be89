import Core
import Crypto

/// A public key that signs receipts or proofs: Ed25519 (RFC 8032) or P-256 (FIPS 186-5). It comes and goes as a JWK (RFC 7517,
/// RFC 7518 §6.2, RFC 8037 §2).
public enum ReceiptPublicKey: Sendable {
    case ed25519(Curve25519.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)

    /// Bytes of a signature of either kind; P-256's is r ‖ s (RFC 7518 §3.4).
    public static let signatureBytes = 64

    /// The one algorithm of this key.
    public var algorithm: String {
        switch self {
        case .ed25519: "EdDSA"
        case .p256: "ES256"
        }
    }

    /// Whether this key signed the message. False for a signature of another length.
    public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch self {
        case .ed25519(let key): return key.isValidSignature(signature, for: message)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }

    /// 32 bytes x of Ed25519, or x ‖ y, 64 bytes, of P-256.
    var coordinates: [UInt8] {
        switch self {
        case .ed25519(let key): Array(key.rawRepresentation)
        case .p256(let key): Array(key.rawRepresentation)
        }
    }
}

extension ReceiptPublicKey: Hashable {
    public static func == (left: ReceiptPublicKey, right: ReceiptPublicKey) -> Bool {
        left.algorithm == right.algorithm && left.coordinates == right.coordinates
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(algorithm)
        hasher.combine(coordinates)
    }
}

/// The members of a JWK that a receipt's keys have. Others, such as `use` or `d`, are refused where a token is read: whoever sends a
/// private key along has lost it.
public struct ReceiptJWK: Sendable, Hashable, Codable {
    public var kty: String
    public var crv: String
    public var x: String
    public var y: String?

    public init(_ key: ReceiptPublicKey) {
        let coordinates = key.coordinates
        func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: ReceiptBase64URL.encode(bytes), as: UTF8.self) }
        switch key {
        case .ed25519: (kty, crv, x, y) = ("OKP", "Ed25519", text(coordinates[...]), nil)
        case .p256: (kty, crv, x, y) = ("EC", "P-256", text(coordinates.prefix(32)), text(coordinates.dropFirst(32)))
        }
    }

    init(kty: String, crv: String, x: String, y: String?) { (self.kty, self.crv, self.x, self.y) = (kty, crv, x, y) }

    /// Nil for another kind of key, a coordinate that is not 32 bytes, and a point that is not on the curve.
    public var key: ReceiptPublicKey? {
        guard let x = Self.coordinate(x) else { return nil }
        switch (kty, crv, y) {
        case ("OKP", "Ed25519", nil): return (try? Curve25519.Signing.PublicKey(rawRepresentation: x)).map { .ed25519($0) }
        case ("EC", "P-256", let y?):
            guard let y = Self.coordinate(y) else { return nil }
            return (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map { .p256($0) }
        default: return nil
        }
    }

    private static func coordinate(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 43 else { return nil }
        return ReceiptBase64URL.decode(Array(text.utf8)[...])
    }
}

extension ReceiptJWK {
    /// Members of a JWK inside a token; nil for one too many, one too few or another type.
    init?(_ members: [ReceiptJSON.Member]) {
        var texts: [String: String] = [:]
        for member in members {
            guard case .text(let text) = member.value else { return nil }
            texts[member.name] = text
        }
        guard let kty = texts["kty"], let crv = texts["crv"], let x = texts["x"], texts.count == (texts["y"] == nil ? 3 : 4) else { return nil }
        self.init(kty: kty, crv: crv, x: x, y: texts["y"])
    }

    var members: [ReceiptJSON.Member] {
        let pairs = [("kty", kty), ("crv", crv), ("x", x)] + (y.map { [("y", $0)] } ?? [])
        return pairs.map { ReceiptJSON.Member(name: $0.0, value: .text($0.1)) }
    }
}
