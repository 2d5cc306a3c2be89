/// Transaction status information, tag 9B (EMV Book 3 annex C6): which functions the terminal has performed.
public struct TSI: BitField {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let byteCount = 2

    public static let dataAuthenticationPerformed = at(1, 8)
    public static let verificationPerformed = at(1, 7)
    public static let cardRiskManagementPerformed = at(1, 6)
    public static let issuerAuthenticationPerformed = at(1, 5)
    public static let terminalRiskManagementPerformed = at(1, 4)
    public static let scriptProcessingPerformed = at(1, 3)

    public static let names: [(bit: TSI, name: String)] = [
        (.dataAuthenticationPerformed, "offline data authentication was performed"),
        (.verificationPerformed, "cardholder verification was performed"),
        (.cardRiskManagementPerformed, "card risk management was performed"),
        (.issuerAuthenticationPerformed, "issuer authentication was performed"),
        (.terminalRiskManagementPerformed, "terminal risk management was performed"),
        (.scriptProcessingPerformed, "script processing was performed"),
    ]
}
