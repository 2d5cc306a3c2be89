import Core
import Crypto

/// A receipt in its signed form: a JWS in compact serialisation (RFC 7515 §3.1), Ed25519 (RFC 8037) or ES256 (RFC 7518 §3.4).
///
/// Reading goes from what costs nothing to what costs most, and nothing is looked into before it is bounded: length, three parts,
/// base64url of one spelling, header, key, algorithm, signature; the claims are read only after the host's signature over them has
/// been verified. The algorithm is the key's: `alg` may only repeat it, so neither `none` nor an HMAC with the public key for its
/// secret is ever tried (RFC 8725 §3.1). `typ` says that it is a receipt and no other token of the same host (RFC 8725 §3.11). No
/// header parameter but `alg`, `kid` and `typ` is understood, hence none is taken; `crit` is told apart.
public struct ReceiptToken: Sendable, Hashable {
    /// Characters of a token. The longest receipt of ASCII comes to about half of it.
    public static let mostBytes = 4096
    public static let mostHeaderBytes = 256
    public static let type = "kassa-receipt+jwt"

    public let receipt: Receipt
    /// `HEADER.PAYLOAD.SIGNATURE`
    public let text: [UInt8]

    init(receipt: Receipt, text: [UInt8]) { (self.receipt, self.text) = (receipt, text) }

    /// Names this token and no other: 32 bytes of SHA-256. A proof is over this.
    public var digest: [UInt8] { Array(SHA256.hash(data: text)) }

    /// Reads and verifies.
    /// - Parameter keys: the host's.
    public init(_ text: [UInt8], keys: ReceiptKeySet) throws(ReceiptError) {
        guard text.count <= Self.mostBytes else { throw .tooLong }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .notThreeParts }
        // Header and payload are read from what was signed, the text.
        guard !parts[0].isEmpty, parts[0].count <= Self.mostHeaderBytes / 3 * 4, let header = ReceiptBase64URL.decode(parts[0]) else {
            throw .malformed(.header)
        }
        let key = try Self.key(header, keys)
        guard !parts[1].isEmpty, let payload = ReceiptBase64URL.decode(parts[1]) else { throw .malformed(.payload) }
        guard let signature = ReceiptBase64URL.decode(parts[2]), signature.count == ReceiptPublicKey.signatureBytes else {
            throw .malformed(.signature)
        }
        guard key.key.isValid(signature, of: Array(text[..<parts[1].endIndex])) else { throw .notAuthentic }
        receipt = try ReceiptClaims.read(payload)
        guard key.from <= receipt.paidAt, receipt.paidAt < key.until else { throw .keyNotInForce }
        self.text = text
    }

    private static func key(_ header: [UInt8], _ keys: ReceiptKeySet) throws(ReceiptError) -> ReceiptHostKey {
        let parameters = try ReceiptMembers(header, .header, [.algorithm, .key, .type, .critical])
        guard !parameters.has(.critical) else { throw .wrong(.critical) }
        guard Array(try parameters.text(.type).utf8) == Array(type.utf8) else { throw .wrong(.type) }
        let id = try parameters.text(.key)
        guard ReceiptText.isIdentifier(id) else { throw .wrong(.key) }
        let algorithm = try parameters.text(.algorithm)
        let key = try keys.key(id)
        guard algorithm == key.key.algorithm else { throw .algorithmNotOfKey }
        return key
    }
}

extension ReceiptToken: CustomStringConvertible, CustomReflectable {
    public var description: String { receipt.description }
    public var customMirror: Mirror { Mirror(self, children: ["receipt": receipt]) }
}
