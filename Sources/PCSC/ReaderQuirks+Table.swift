extension ReaderQuirks {
    private static let acs: [UInt32] = [3500, 1]
    private static let acsKeys = KeyLoading.volatile(slots: 0...1)
    private static let omnikeyKeys = KeyLoading.persistent(slots: 0...0x1F)

    /// Contactless readers of pcsc-lite's CCID list, with what is known of them.
    public static let table: [ReaderQuirks] = [
        // ACS
        ReaderQuirks(0x072F, 0x2200, "ACR122U", .shortAPDU, 271, feedback: .acr122, escapes: acs, keys: acsKeys),
        // Contact readers (ACR38U) bear this number too: what is for the reader's lamps could reach a card in one.
        ReaderQuirks(0x072F, 0x90CC, "ACR38U", .shortAPDU, 271, escapes: acs),
        ReaderQuirks(0x072F, 0x221A, "ACR1251", .extendedAPDU, 522, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x223B, "ACR1252", .extendedAPDU, 522, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x223E, "ACR1252", .extendedAPDU, 522, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x2259, "ACR1252IMP", .extendedAPDU, 522, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x223F, "ACR1255U", .extendedAPDU, 522, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x2224, "ACR1281 ACR1281U", .extendedAPDU, 522, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x2303, "ACR1552", .extendedAPDU, 516, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x2308, "ACR1552", .extendedAPDU, 516, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x2301, "ACR1581", .extendedAPDU, 516, feedback: .acr1252, escapes: acs, keys: acsKeys),
        ReaderQuirks(0x072F, 0x226B, "WALLETMATE", .extendedAPDU, 522, escapes: acs, keys: acsKeys),
        // HID
        ReaderQuirks(0x076B, 0x5022, "5022", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x5023, "5023", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x5422, "5422", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x5427, "5427", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x5127, "5127", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x5321, "5321", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x532A, "5321", .extendedAPDU, 520, keys: omnikeyKeys),
        ReaderQuirks(0x076B, 0x502A, "5025", .extendedAPDU, 520, keys: omnikeyKeys),
        // Identiv
        ReaderQuirks(0x04E6, 0x5790, "3700", .extendedAPDU, 1_034),
        ReaderQuirks(0x04E6, 0x5791, "3701", .extendedAPDU, 1_034),
        ReaderQuirks(0x04E6, 0x5612, "3720", .extendedAPDU, 1_034),
        ReaderQuirks(0x04E6, 0x5724, "4701", .extendedAPDU, 1_034),
        ReaderQuirks(0x04E6, 0x5291, "SCL010", .tpdu, 271),
        ReaderQuirks(0x04E6, 0x5292, "SCL011", .tpdu, 271),
        ReaderQuirks(0x04E6, 0x5293, "SCL01X", .tpdu, 271),
        // Feitian
        ReaderQuirks(0x096E, 0x0608, "502", .extendedAPDU, 271),
        ReaderQuirks(0x096E, 0x060D, "R502", .extendedAPDU, 271),
        ReaderQuirks(0x096E, 0x0623, "BR500", .extendedAPDU, 271),
        ReaderQuirks(0x096E, 0x0622, "VR504", .extendedAPDU, 271),
        // Sony
        ReaderQuirks(0x054C, 0x0DC8, "S300", .extendedAPDU, 522),
        ReaderQuirks(0x054C, 0x0DC9, "S300", .extendedAPDU, 522),
        // Elatec, SpringCard
        ReaderQuirks(0x09D8, 0x0427, "TWN4", .unknown, 64),
        ReaderQuirks(0x09D8, 0x0428, "TWN4", .unknown, 64),
        ReaderQuirks(0x1C34, nil, "SPRINGCARD", .unknown, nil, feedback: .springCard),
    ]
}
