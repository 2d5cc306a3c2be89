import Core
import Tags

/// A receipt as a telephone shows it, verified: the host signed the token, and the telephone that the token names signed that it
/// shows it in this step, over NFC to this till. What it says is judged by the programme's rules (``ReceiptRules`` of Programmes).
///
/// As the text of a QR code: `KR1:` and Base45 (RFC 9285) of the packed token, eight bytes of step and 64 of proof. All of it is in
/// the alphanumeric alphabet of QR codes: an everyday receipt makes some 900 characters, version 17 at level L, where token and proof
/// as they are would need 20. Sizes and what a proof does not prove: Receipts.md.
public struct Presentation: Sendable, Hashable {
    public enum Form: Sendable, Hashable {
        case qr
        /// The telephone answered this till's fresh challenge.
        case nfc
    }

    public let token: ReceiptToken
    public let form: Form
    /// Host time in milliseconds divided by the programme's step, rounded down, as the telephone reckons it.
    public let step: Int64

    public var receipt: Receipt { token.receipt }

    /// Characters of a QR code's text; what a code can hold is 4,296.
    public static let mostBytes = 4096
    public static let prefix = "KR1:"
    private static let proofBytes = 8 + ReceiptPublicKey.signatureBytes

    /// Reads and verifies what a scanner read. White space around it, which scanners add, is forgiven.
    /// - Parameter keys: the host's.
    public init(qr text: String, keys: ReceiptKeySet) throws(PresentationError) {
        // Bounded before it is looked into: a scanner may send 100 kB.
        guard text.utf8.count <= Self.mostBytes else { throw .tooLong }
        var symbols = Array(text.utf8)[...]
        while let last = symbols.last, Self.isBlank(last) { symbols.removeLast() }
        while let first = symbols.first, Self.isBlank(first) { symbols.removeFirst() }
        guard symbols.starts(with: Self.prefix.utf8) else { throw .notAPresentation }
        guard let packed = PresentationBase45.decode(symbols.dropFirst(Self.prefix.utf8.count)) else { throw .malformed }
        let (text, rest) = try Self.unpack(packed)
        guard rest.count == Self.proofBytes else { throw .malformed }
        try self.init(text, step: PresentationProof.number(rest.prefix(8)), proof: Array(rest.dropFirst(8)), challenge: nil, keys)
    }

    /// Verifies what a telephone answered over NFC.
    /// - Parameter challenge: what it was asked.
    public init(answer: HCEReceiptAnswer, to challenge: HCEReceiptChallenge, keys: ReceiptKeySet) throws(PresentationError) {
        let (text, rest) = try Self.unpack(answer.token)
        guard rest.isEmpty else { throw .malformed }
        try self.init(text, step: answer.step, proof: answer.proof, challenge: challenge, keys)
    }

    private init(
        _ text: [UInt8], step: Int64, proof: [UInt8], challenge: HCEReceiptChallenge?, _ keys: ReceiptKeySet
    ) throws(PresentationError) {
        do throws(ReceiptError) { token = try ReceiptToken(text, keys: keys) } catch { throw .receipt(error) }
        let message = PresentationProof.message(token, step: step, challenge: challenge)
        guard token.receipt.device.isValid(proof, of: message) else { throw .proofNotAuthentic }
        self.step = step
        form = challenge == nil ? .qr : .nfc
    }

    private static func unpack(_ packed: [UInt8]) throws(PresentationError) -> (text: [UInt8], rest: ArraySlice<UInt8>) {
        guard let parts = PresentationPacking.unpack(packed) else { throw .malformed }
        return parts
    }

    /// The space is in Base45's alphabet, so only line ends and tabulators are trimmed at the end.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D || byte == 0x09 }
}

extension Presentation: CustomStringConvertible, CustomReflectable {
    public var description: String { receipt.description }
    public var customMirror: Mirror { Mirror(self, children: ["receipt": receipt, "step": step]) }
}

/// The telephone's side: a receipt with the key that may show it.
public struct PresentationMaker: Sendable {
    public let token: ReceiptToken
    private let key: ReceiptSigningKey

    /// Nil when the receipt names another telephone's key.
    public init?(token: ReceiptToken, key: ReceiptSigningKey) {
        guard token.receipt.device == key.publicKey else { return nil }
        (self.token, self.key) = (token, key)
    }

    /// The text of the QR code for a step.
    /// - Throws: what the crypto library throws; with a sound key it does not.
    public func qr(step: Int64) throws -> String {
        let proof = try key.sign(PresentationProof.message(token, step: step, challenge: nil))
        let bytes = PresentationPacking.pack(token) + PresentationProof.bytes(step) + proof
        return Presentation.prefix + String(decoding: PresentationBase45.encode(bytes), as: UTF8.self)
    }

    public func answer(to challenge: HCEReceiptChallenge, step: Int64) throws -> HCEReceiptAnswer {
        HCEReceiptAnswer(
            token: PresentationPacking.pack(token), step: step,
            proof: try key.sign(PresentationProof.message(token, step: step, challenge: challenge)))
    }
}
