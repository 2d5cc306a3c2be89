import Crypto

/// The host's side: a private key with its id, which signs receipts. Prints nothing of itself.
public struct ReceiptSigningKey: Sendable {
    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    public let id: String
    private let key: Key

    /// Nil for an id that is none.
    public init?(id: String, _ key: Curve25519.Signing.PrivateKey) { self.init(id: id, key: .ed25519(key)) }
    public init?(id: String, _ key: P256.Signing.PrivateKey) { self.init(id: id, key: .p256(key)) }

    private init?(id: String, key: Key) {
        guard ReceiptText.isIdentifier(id) else { return nil }
        (self.id, self.key) = (id, key)
    }

    public var publicKey: ReceiptPublicKey {
        switch key {
        case .ed25519(let key): .ed25519(key.publicKey)
        case .p256(let key): .p256(key.publicKey)
        }
    }

    /// - Throws: what the crypto library throws; with a sound key it does not.
    public func sign(_ message: [UInt8]) throws -> [UInt8] {
        switch key {
        case .ed25519(let key): try Array(key.signature(for: message))
        case .p256(let key): try Array(key.signature(for: message).rawRepresentation)
        }
    }

    /// The receipt's signed form.
    public func token(_ receipt: Receipt) throws -> ReceiptToken {
        ReceiptToken(receipt: receipt, text: try token(claims: ReceiptClaims.write(receipt)))
    }

    /// Signs whatever claims there are: tests make receipts that no host issues.
    func token(claims: [UInt8], type: String = ReceiptToken.type) throws -> [UInt8] {
        var header = ReceiptJSONWriter()
        header.write(
            .object([
                .init(name: "alg", value: .text(publicKey.algorithm)), .init(name: "kid", value: .text(id)),
                .init(name: "typ", value: .text(type)),
            ]))
        let signed = ReceiptBase64URL.encode(header.bytes) + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(claims)
        return signed + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(try sign(signed))
    }
}

extension ReceiptSigningKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "key \(id)" }
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
