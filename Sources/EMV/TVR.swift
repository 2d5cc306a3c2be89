/// Terminal verification results, tag 95 (EMV Book 3 annex C5): what the terminal found wrong, or only noteworthy.
public struct TVR: BitField {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFF_FFFF_FFFF }

    public static let byteCount = 5

    // Byte 1
    public static let dataAuthenticationNotPerformed = at(1, 8)
    public static let staticDataAuthenticationFailed = at(1, 7)
    public static let cardDataMissing = at(1, 6)
    public static let onExceptionFile = at(1, 5)
    public static let dynamicDataAuthenticationFailed = at(1, 4)
    public static let combinedDataAuthenticationFailed = at(1, 3)
    public static let staticDataAuthenticationSelected = at(1, 2)
    // Byte 2
    public static let applicationVersionsDiffer = at(2, 8)
    public static let applicationExpired = at(2, 7)
    public static let applicationNotYetEffective = at(2, 6)
    public static let serviceNotAllowed = at(2, 5)
    public static let newCard = at(2, 4)
    // Byte 3
    public static let verificationFailed = at(3, 8)
    public static let unrecognisedVerificationMethod = at(3, 7)
    public static let pinTryLimitExceeded = at(3, 6)
    public static let pinPadMissing = at(3, 5)
    public static let pinNotEntered = at(3, 4)
    public static let onlinePINCaptured = at(3, 3)
    // Byte 4
    public static let floorLimitExceeded = at(4, 8)
    public static let lowerOfflineLimitExceeded = at(4, 7)
    public static let upperOfflineLimitExceeded = at(4, 6)
    public static let selectedAtRandom = at(4, 5)
    public static let forcedOnline = at(4, 4)
    // Byte 5
    public static let defaultTDOLUsed = at(5, 8)
    public static let issuerAuthenticationFailed = at(5, 7)
    public static let scriptFailedBeforeFinalCryptogram = at(5, 6)
    public static let scriptFailedAfterFinalCryptogram = at(5, 5)

    public static let names: [(bit: TVR, name: String)] = [
        (.dataAuthenticationNotPerformed, "offline data authentication was not performed"),
        (.staticDataAuthenticationFailed, "SDA failed"),
        (.cardDataMissing, "ICC data missing"),
        (.onExceptionFile, "card appears on terminal exception file"),
        (.dynamicDataAuthenticationFailed, "DDA failed"),
        (.combinedDataAuthenticationFailed, "CDA failed"),
        (.staticDataAuthenticationSelected, "SDA selected"),
        (.applicationVersionsDiffer, "ICC and terminal have different application versions"),
        (.applicationExpired, "expired application"),
        (.applicationNotYetEffective, "application not yet effective"),
        (.serviceNotAllowed, "requested service not allowed for card product"),
        (.newCard, "new card"),
        (.verificationFailed, "cardholder verification was not successful"),
        (.unrecognisedVerificationMethod, "unrecognised CVM"),
        (.pinTryLimitExceeded, "PIN try limit exceeded"),
        (.pinPadMissing, "PIN entry required and PIN pad not present or not working"),
        (.pinNotEntered, "PIN entry required, PIN pad present, but PIN was not entered"),
        (.onlinePINCaptured, "online CVM captured"),
        (.floorLimitExceeded, "transaction exceeds floor limit"),
        (.lowerOfflineLimitExceeded, "lower consecutive offline limit exceeded"),
        (.upperOfflineLimitExceeded, "upper consecutive offline limit exceeded"),
        (.selectedAtRandom, "transaction selected randomly for online processing"),
        (.forcedOnline, "merchant forced transaction online"),
        (.defaultTDOLUsed, "default TDOL used"),
        (.issuerAuthenticationFailed, "issuer authentication failed"),
        (.scriptFailedBeforeFinalCryptogram, "script processing failed before final GENERATE AC"),
        (.scriptFailedAfterFinalCryptogram, "script processing failed after final GENERATE AC"),
    ]
}
