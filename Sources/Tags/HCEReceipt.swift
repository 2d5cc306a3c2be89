import Core
import SmartCard

/// What a till asks a telephone that shows a receipt (MOB-3): only an answer made for this terminal, this nonce and this amount is
/// good, so nothing that was recorded before is.
public struct HCEReceiptChallenge: Sendable, Hashable {
    public static let nonceBytes = 16
    public static let mostTerminalBytes = 64

    /// The terminal's id.
    public let terminal: String
    /// 16 bytes, fresh for each tap.
    public let nonce: [UInt8]
    public let amount: Money

    /// Nil for a nonce of another length, and for an id of none or more than 64 bytes.
    public init?(terminal: String, nonce: [UInt8], amount: Money) {
        guard nonce.count == Self.nonceBytes, (1...Self.mostTerminalBytes).contains(terminal.utf8.count) else { return nil }
        (self.terminal, self.nonce, self.amount) = (terminal, nonce, amount)
    }

    /// Data of PRESENT RECEIPT, and what the proof is over: `E3 { 84 nonce, 8B terminal, 89 currency, 8A minor units }`.
    public var encoded: [UInt8] {
        let units = UInt64(bitPattern: amount.minorUnits)
        let number = amount.currency.numeric
        return TLV(
            0xE3,
            [
                TLV(0x84, nonce), TLV(0x8B, Array(terminal.utf8)), TLV(0x89, [UInt8(number >> 8), UInt8(number & 0xFF)]),
                TLV(0x8A, (0..<8).map { UInt8(truncatingIfNeeded: units >> UInt64(56 - 8 * $0)) }),
            ]
        ).encoded
    }
}

/// What it answers, not yet believed.
public struct HCEReceiptAnswer: Sendable, Hashable {
    /// The packed token.
    public let token: [UInt8]
    /// Of host time, as the telephone reckons it.
    public let step: Int64
    /// 64 bytes
    public let proof: [UInt8]

    public init(token: [UInt8], step: Int64, proof: [UInt8]) { (self.token, self.step, self.proof) = (token, step, proof) }

    /// `E4 { 97 token, 98 step, 96 proof }`, in this order.
    public init(_ answer: [UInt8]) throws(HCEFailure) {
        guard answer.count <= HCEApplication.mostReceiptBytes, let outer = try? TLV.list(answer), outer.count == 1,
            outer[0].tag == 0xE4, let list = try? TLV.list(outer[0].value), list.map(\.tag) == [0x97, 0x98, 0x96],
            !list[0].value.isEmpty, list[1].value.count == 8
        else { throw .malformed(.answer) }
        guard list[2].value.count == 64 else { throw .malformed(.signature) }
        token = Array(list[0].value)
        step = Int64(bitPattern: list[1].value.reduce(0) { $0 << 8 | UInt64($1) })
        proof = Array(list[2].value)
    }
}

/// How the tap of a telephone that was to show a receipt ended.
public enum HCEReceiptOutcome: Sendable, Hashable {
    case shown(HCEReceiptAnswer)
    /// 6A88: it has none to show.
    case noReceipt
    /// The telephone does not have our application, or is no telephone.
    case notOurs(StatusWord)
    /// 6985: the holder has to unlock it, and tap again.
    case unlock
    case refused(HCEFailure)
    /// It left before it was done.
    case tryAgain(CardError)
}
