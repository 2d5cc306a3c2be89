import SmartCard

/// What contact cards add to offline data authentication (EMV Book 2 §5 to §7).
extension EMVTag {
    public static let signedStaticApplicationData: Tag = 0x93
    public static let iccPINCertificate: Tag = 0x9F2D
    public static let iccPINExponent: Tag = 0x9F2E
    public static let iccPINRemainder: Tag = 0x9F2F
    public static let dataAuthenticationCode: Tag = 0x9F45
    public static let dynamicDataObjectList: Tag = 0x9F49
    public static let iccDynamicNumber: Tag = 0x9F4C
}
