import SmartCard

/// Tags of the contactless flow (EMV Book 3 annex A; Book C-3 annex A). Those of the `visa` group mean something else
/// to other kernels.
public enum EMVTag {
    // Selection
    public static let fciTemplate: Tag = 0x6F
    public static let fciProprietaryTemplate: Tag = 0xA5
    public static let fciIssuerDiscretionaryData: Tag = 0xBF0C
    public static let directoryEntry: Tag = 0x61
    /// ADF name in a directory entry.
    public static let applicationIdentifier: Tag = 0x4F
    public static let applicationLabel: Tag = 0x50
    public static let dedicatedFileName: Tag = 0x84
    public static let applicationPriorityIndicator: Tag = 0x87
    public static let extendedSelection: Tag = 0x9F29
    public static let kernelIdentifier: Tag = 0x9F2A
    public static let languagePreference: Tag = 0x5F2D
    public static let processingOptionsDataObjectList: Tag = 0x9F38

    // Templates
    public static let recordTemplate: Tag = 0x70
    public static let responseTemplateFormat1: Tag = 0x80
    public static let responseTemplateFormat2: Tag = 0x77
    public static let commandTemplate: Tag = 0x83

    // Cardholder and application
    public static let track2EquivalentData: Tag = 0x57
    public static let primaryAccountNumber: Tag = 0x5A
    public static let cardholderName: Tag = 0x5F20
    public static let applicationExpirationDate: Tag = 0x5F24
    public static let issuerCountryCode: Tag = 0x5F28
    public static let panSequenceNumber: Tag = 0x5F34
    public static let applicationInterchangeProfile: Tag = 0x82
    public static let applicationFileLocator: Tag = 0x94
    public static let applicationUsageControl: Tag = 0x9F07

    // Cryptogram
    public static let issuerApplicationData: Tag = 0x9F10
    public static let applicationCryptogram: Tag = 0x9F26
    public static let cryptogramInformationData: Tag = 0x9F27
    public static let applicationTransactionCounter: Tag = 0x9F36

    // Offline data authentication
    public static let caPublicKeyIndex: Tag = 0x8F
    public static let issuerPublicKeyCertificate: Tag = 0x90
    public static let issuerPublicKeyRemainder: Tag = 0x92
    public static let issuerPublicKeyExponent: Tag = 0x9F32
    public static let iccPublicKeyCertificate: Tag = 0x9F46
    public static let iccPublicKeyExponent: Tag = 0x9F47
    public static let iccPublicKeyRemainder: Tag = 0x9F48
    public static let staticDataAuthenticationTagList: Tag = 0x9F4A
    public static let signedDynamicApplicationData: Tag = 0x9F4B

    // Terminal
    public static let amountAuthorised: Tag = 0x9F02
    public static let amountOther: Tag = 0x9F03
    public static let terminalCountryCode: Tag = 0x9F1A
    public static let terminalVerificationResults: Tag = 0x95
    public static let transactionCurrencyCode: Tag = 0x5F2A
    public static let transactionDate: Tag = 0x9A
    public static let transactionType: Tag = 0x9C
    public static let terminalCapabilities: Tag = 0x9F33
    public static let terminalType: Tag = 0x9F35
    public static let unpredictableNumber: Tag = 0x9F37
    public static let posEntryMode: Tag = 0x9F39

    /// Objects whose value is the terminal's alone: it has sent it, or tells it to the host. A card that returns one
    /// would put its own number or amount into the record of the transaction (pre-play).
    static func isTerminalSourced(_ tag: Tag) -> Bool {
        switch tag {
        case amountAuthorised, amountOther, terminalCountryCode, terminalVerificationResults, transactionCurrencyCode,
            transactionDate, transactionType, terminalCapabilities, terminalType, unpredictableNumber, posEntryMode,
            terminalTransactionQualifiers: true
        default: false
        }
    }

    // visa: kernel 3
    public static let applicationProgramIdentifier: Tag = 0x9F5A
    public static let availableOfflineSpendingAmount: Tag = 0x9F5D
    public static let terminalTransactionQualifiers: Tag = 0x9F66
    public static let cardAuthenticationRelatedData: Tag = 0x9F69
    public static let cardTransactionQualifiers: Tag = 0x9F6C
    public static let formFactorIndicator: Tag = 0x9F6E
    public static let customerExclusiveData: Tag = 0x9F7C
}
