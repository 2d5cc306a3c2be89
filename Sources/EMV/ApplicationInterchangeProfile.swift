/// Application interchange profile, tag 82 (EMV Book 3 annex C1): what the card's application can do. Byte 2 is the
/// contactless kernels'.
public struct ApplicationInterchangeProfile: BitField {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let byteCount = 2

    public static let staticDataAuthentication = at(1, 7)
    public static let dynamicDataAuthentication = at(1, 6)
    public static let cardholderVerification = at(1, 5)
    public static let terminalRiskManagement = at(1, 4)
    public static let issuerAuthentication = at(1, 3)
    /// Kernel 2: the holder verified by the device.
    public static let onDeviceVerification = at(1, 2)
    public static let combinedDataAuthentication = at(1, 1)
    /// Kernel 2: EMV mode rather than magnetic stripe mode.
    public static let emvMode = at(2, 8)
    /// Kernel 2.
    public static let relayResistance = at(2, 1)

    public static let names: [(bit: ApplicationInterchangeProfile, name: String)] = [
        (.staticDataAuthentication, "SDA supported"),
        (.dynamicDataAuthentication, "DDA supported"),
        (.cardholderVerification, "cardholder verification is supported"),
        (.terminalRiskManagement, "terminal risk management is to be performed"),
        (.issuerAuthentication, "issuer authentication is supported"),
        (.onDeviceVerification, "on device cardholder verification is supported (kernel 2)"),
        (.combinedDataAuthentication, "CDA supported"),
        (.emvMode, "EMV mode is supported (kernel 2)"),
        (.relayResistance, "relay resistance protocol is supported (kernel 2)"),
    ]
}
