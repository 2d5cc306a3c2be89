/// Terminal capabilities, tag 9F33 (EMV Book 4 annex A2): data input, cardholder verification, security.
public struct TerminalCapabilities: BitField {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue & 0xFF_FFFF }

    public static let byteCount = 3

    public static let manualKeyEntry = at(1, 8)
    public static let magneticStripe = at(1, 7)
    public static let contactChip = at(1, 6)
    public static let plaintextPIN = at(2, 8)
    public static let onlinePIN = at(2, 7)
    public static let signature = at(2, 6)
    public static let encipheredPIN = at(2, 5)
    public static let noVerification = at(2, 4)
    public static let staticDataAuthentication = at(3, 8)
    public static let dynamicDataAuthentication = at(3, 7)
    public static let cardCapture = at(3, 6)
    public static let combinedDataAuthentication = at(3, 4)

    public static let names: [(bit: TerminalCapabilities, name: String)] = [
        (.manualKeyEntry, "manual key entry"), (.magneticStripe, "magnetic stripe"), (.contactChip, "IC with contacts"),
        (.plaintextPIN, "plaintext PIN for ICC verification"), (.onlinePIN, "enciphered PIN for online verification"),
        (.signature, "signature (paper)"), (.encipheredPIN, "enciphered PIN for offline verification"),
        (.noVerification, "no CVM required"), (.staticDataAuthentication, "SDA"), (.dynamicDataAuthentication, "DDA"),
        (.cardCapture, "card capture"), (.combinedDataAuthentication, "CDA"),
    ]
}
