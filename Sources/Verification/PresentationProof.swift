import Core
import SmartCard
import Tags

/// What the telephone signs to show that it is here now (MOB-3): the token, the step of host time and, over NFC, what this till asks.
/// The labels keep the two apart, and both from payments that a telephone signs with the same key.
enum PresentationProof {
    static let qrLabel = "kassa-receipt-qr-1"
    static let nfcLabel = "kassa-receipt-nfc-1"

    /// Label, zero, digest of the token, step; for NFC the challenge as it went over the air.
    static func message(_ token: ReceiptToken, step: Int64, challenge: HCEReceiptChallenge?) -> [UInt8] {
        Array((challenge == nil ? qrLabel : nfcLabel).utf8) + [0] + token.digest + bytes(step) + (challenge?.encoded ?? [])
    }

    /// Eight bytes, most significant first.
    static func bytes(_ number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) } }

    static func number(_ bytes: some Collection<UInt8>) -> Int64 {
        Int64(bitPattern: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// Why what a telephone shows is not taken for a receipt. It repeats nothing of it.
public enum PresentationError: Error, Sendable, Hashable {
    /// Above ``Presentation/mostBytes``.
    case tooLong
    /// A QR code of something else.
    case notAPresentation
    /// No Base45, or lengths that do not add up.
    case malformed
    case receipt(ReceiptError)
    /// The proof is not of the receipt's telephone, or not over this token, step and challenge.
    case proofNotAuthentic
}
