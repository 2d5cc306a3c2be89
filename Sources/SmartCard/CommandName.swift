/// What a command is called, by class and instruction (ISO/IEC 7816-4 §5.5.2, EMV Book 3 §6.5, PC/SC part 3, the tags' makers).
public enum CommandName {
    /// Nil for a command that is not known. Secure messaging, chaining and the logical channel in CLA do not matter.
    public static func name(cla: UInt8, ins: UInt8) -> String? {
        switch cla {
        case 0xFF: return reader[ins]
        case 0x90: return desfire[ins]
        case 0x80...0x8F: return proprietary[ins] ?? (cla & 0x0C == 0x0C ? interindustry[ins] : nil)
        case 0x00...0x1F: return interindustry[ins]
        default: return nil
        }
    }

    /// The data of the command are a PIN, a password or a key.
    public static func carriesSecret(cla: UInt8, ins: UInt8) -> Bool {
        switch cla {
        case 0xFF: ins == 0x82
        case 0x90: [0x54, 0xC4, 0x71, 0xAF, 0x0A, 0x1A, 0xAA].contains(ins)
        default: [0x20, 0x21, 0x24, 0x2C].contains(ins)
        }
    }

    private static let interindustry: [UInt8: String] = [
        0x04: "DEACTIVATE FILE", 0x0C: "ERASE RECORD", 0x0E: "ERASE BINARY", 0x10: "PERFORM SCQL OPERATION", 0x20: "VERIFY",
        0x21: "VERIFY", 0x22: "MANAGE SECURITY ENVIRONMENT", 0x24: "CHANGE REFERENCE DATA",
        0x2A: "PERFORM SECURITY OPERATION", 0x2C: "RESET RETRY COUNTER", 0x44: "ACTIVATE FILE", 0x70: "MANAGE CHANNEL",
        0x82: "EXTERNAL AUTHENTICATE", 0x84: "GET CHALLENGE", 0x86: "GENERAL AUTHENTICATE", 0x87: "GENERAL AUTHENTICATE",
        0x88: "INTERNAL AUTHENTICATE", 0xA0: "SEARCH BINARY", 0xA2: "SEARCH RECORD", 0xA4: "SELECT", 0xB0: "READ BINARY",
        0xB1: "READ BINARY", 0xB2: "READ RECORD", 0xB3: "READ RECORD", 0xC0: "GET RESPONSE", 0xC2: "ENVELOPE", 0xCA: "GET DATA",
        0xCB: "GET DATA", 0xD0: "WRITE BINARY", 0xD2: "WRITE RECORD", 0xD6: "UPDATE BINARY", 0xD7: "UPDATE BINARY",
        0xDA: "PUT DATA", 0xDC: "UPDATE RECORD", 0xE2: "APPEND RECORD",
    ]

    private static let proprietary: [UInt8: String] = [
        0x16: "CARD BLOCK", 0x18: "APPLICATION UNBLOCK", 0x1E: "APPLICATION BLOCK", 0x24: "PIN CHANGE/UNBLOCK",
        0x2A: "COMPUTE CRYPTOGRAPHIC CHECKSUM", 0x32: "GET PROCESSING OPTIONS (kernel 8)", 0x50: "INITIALIZE UPDATE",
        0x82: "EXTERNAL AUTHENTICATE", 0xA8: "GET PROCESSING OPTIONS", 0xAE: "GENERATE AC", 0xCA: "GET DATA", 0xD0: "RECOVER AC",
        0xDA: "PUT DATA", 0xDC: "UPDATE RECORD", 0xE2: "STORE DATA", 0xE4: "DELETE", 0xE6: "INSTALL", 0xE8: "LOAD",
        0xEA: "EXCHANGE RELAY RESISTANCE DATA", 0xF2: "GET STATUS",
    ]

    private static let reader: [UInt8: String] = [
        0x00: "reader: direct command (ACS)", 0x70: "reader: vendor command", 0x82: "reader: LOAD KEY",
        0x86: "reader: GENERAL AUTHENTICATE", 0x88: "reader: AUTHENTICATE", 0xB0: "reader: READ BINARY", 0xB1: "reader: READ VALUE",
        0xC2: "reader: TRANSPARENT EXCHANGE", 0xCA: "reader: GET DATA (UID or historical bytes)", 0xD4: "reader: INCREMENT",
        0xD6: "reader: UPDATE BINARY", 0xD7: "reader: VALUE BLOCK", 0xD8: "reader: DECREMENT", 0xF0: "reader: vendor command",
    ]

    private static let desfire: [UInt8: String] = [
        0x0A: "DESFire: AUTHENTICATE", 0x1A: "DESFire: AUTHENTICATE ISO", 0x3C: "DESFire: READ SIGNATURE",
        0x3D: "DESFire: WRITE DATA", 0x51: "DESFire: GET CARD UID", 0x54: "DESFire: CHANGE KEY SETTINGS",
        0x5A: "DESFire: SELECT APPLICATION", 0x5F: "DESFire: CHANGE FILE SETTINGS", 0x60: "DESFire: GET VERSION",
        0x64: "DESFire: GET KEY VERSION", 0x6A: "DESFire: GET APPLICATION IDS", 0x6C: "DESFire: GET VALUE",
        0x6F: "DESFire: GET FILE IDS", 0x71: "DESFire: AUTHENTICATE EV2 FIRST", 0x77: "DESFire: AUTHENTICATE EV2 NON-FIRST",
        0x8D: "DESFire: WRITE DATA", 0xAA: "DESFire: AUTHENTICATE AES", 0xAD: "DESFire: READ DATA", 0xAF: "DESFire: ADDITIONAL FRAME",
        0xBD: "DESFire: READ DATA", 0xC4: "DESFire: CHANGE KEY", 0xC7: "DESFire: COMMIT TRANSACTION",
        0xF5: "DESFire: GET FILE SETTINGS", 0xF6: "DESFire: GET FILE COUNTERS",
    ]
}
