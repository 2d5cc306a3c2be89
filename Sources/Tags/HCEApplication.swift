import Core
import SmartCard

/// The application by which a telephone is a card to us (host card emulation): an identifier of our own, one command, one
/// answer, in pieces where it is long.
public enum HCEApplication {
    /// F0: nobody's registered identifier, as ISO/IEC 7816-5 leaves free.
    public static let identifier: [UInt8] = [0xF0, 0x4B, 0x41, 0x53, 0x53, 0x41, 0x01]
    /// What SELECT answers: a template with the version, `E0 { 80 01 }`.
    public static let version: UInt8 = 1
    /// AUTHENTICATE: `80 88 00 00 Lc E1 {…} 00`, answered with `E2 {…}` and 61xx where more waits for GET RESPONSE.
    static let authenticate: UInt8 = 0x88
    /// PRESENT RECEIPT: `80 8A 00 00 Lc E3 {…} 00`, answered with `E4 {…}` in the same way.
    static let presentReceipt: UInt8 = 0x8A

    /// Bytes of a whole answer and pieces it may come in.
    static let mostBytes = 1_024
    static let mostPieces = 16
    /// The same of a receipt: a token that a QR code could not hold is none.
    static let mostReceiptBytes = 3_072
    static let mostReceiptPieces = 32

    /// Labels of what is signed: no signature of ours stands for another.
    public static let credentialLabel = "kassa-phone-credential-1"
    public static let paymentLabel = "kassa-phone-payment-1"

    /// `E0 { 80 01 … }`
    static func knowsVersion(_ data: [UInt8]) -> Bool {
        guard data.count <= 64, let outer = try? TLV.list(data), outer.count == 1, outer[0].tag == 0xE0,
            let list = try? TLV.list(outer[0].value)
        else { return false }
        return list.first { $0.tag == 0x80 }.map { Array($0.value) } == [version]
    }

    /// Data of AUTHENTICATE: nonce, payment, currency, amount.
    static func challenge(_ context: TapContext) -> [UInt8] {
        let terms = context.terms
        return TLV(
            0xE1,
            [
                TLV(0x84, context.nonce), TLV(0x88, Array(terms[..<16])), TLV(0x89, Array(terms[16..<18])),
                TLV(0x8A, Array(terms[18...])),
            ]
        ).encoded
    }
}

/// How the payer consented on the telephone (CARD-17).
public enum HCEVerification: UInt8, Sendable, Hashable, CaseIterable {
    /// The telephone was unlocked, or did not have to be; nobody was asked.
    case none = 0
    /// The holder proved to the telephone who they are, for this payment.
    case holder = 1
}
