import SmartCard

/// What the contact flow adds (EMV Book 3 annex A).
extension EMVTag {
    public static let issuerScriptTemplate1: Tag = 0x71
    public static let issuerScriptTemplate2: Tag = 0x72
    public static let issuerScriptCommand: Tag = 0x86
    public static let shortFileIdentifier: Tag = 0x88
    public static let authorisationResponseCode: Tag = 0x8A
    public static let cardDOL1: Tag = 0x8C
    public static let cardDOL2: Tag = 0x8D
    public static let verificationMethodList: Tag = 0x8E
    public static let issuerAuthenticationData: Tag = 0x91
    public static let transactionCertificateDOL: Tag = 0x97
    public static let transactionCertificateHash: Tag = 0x98
    public static let transactionStatusInformation: Tag = 0x9B
    public static let applicationEffectiveDate: Tag = 0x5F25
    public static let cardApplicationVersion: Tag = 0x9F08
    public static let terminalApplicationVersion: Tag = 0x9F09
    public static let issuerActionCodeDefault: Tag = 0x9F0D
    public static let issuerActionCodeDenial: Tag = 0x9F0E
    public static let issuerActionCodeOnline: Tag = 0x9F0F
    public static let lastOnlineCounter: Tag = 0x9F13
    public static let lowerOfflineLimit: Tag = 0x9F14
    public static let pinTryCounter: Tag = 0x9F17
    public static let issuerScriptIdentifier: Tag = 0x9F18
    public static let terminalFloorLimit: Tag = 0x9F1B
    public static let upperOfflineLimit: Tag = 0x9F23
    public static let verificationResults: Tag = 0x9F34
    public static let additionalTerminalCapabilities: Tag = 0x9F40
    public static let applicationCurrencyCode: Tag = 0x9F42
    public static let issuerScriptResults: Tag = 0x9F5B
}
