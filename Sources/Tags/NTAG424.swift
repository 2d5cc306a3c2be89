import SmartCard

/// Names and numbers of NTAG 424 DNA (NT4H2421Gx): an NFC Forum Type 4 tag with five AES-128 keys.
public enum NTAG424 {
    /// The one application, whose keys authenticate.
    public static let application: [UInt8] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]
    public static let uidBytes = 7
    /// Of the NDEF file, whose text the chip fills in at each tap.
    public static let ndefFile: UInt8 = 0x02
    /// Of the file for an application's own data, 128 bytes.
    public static let ownFile: UInt8 = 0x03
    /// ISO identifier of the NDEF file.
    static let ndefFileIdentifier: [UInt8] = [0xE1, 0x04]
    static let ndefFileBytes = 256

    /// `90 INS 00 00 Lc data 00`.
    static func native(_ instruction: UInt8, _ data: [UInt8] = []) throws(CardError) -> CommandAPDU {
        try CommandAPDU(0x90, instruction, 0x00, 0x00, data: data, le: 0x00)
    }

    /// Least significant byte first, as the chip counts.
    static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Three bytes, least significant first; nil above 24 bits.
    static func threeBytes(_ number: Int) -> [UInt8]? {
        guard (0...0xFF_FFFF).contains(number) else { return nil }
        return [UInt8(number & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number >> 16)]
    }
}

extension StatusWord {
    static let chipSuccess = StatusWord(rawValue: 0x9100)
    static let chipMore = StatusWord(rawValue: 0x91AF)
    /// The key has seen too many wrong answers: the chip takes time before it looks at another one.
    static let chipDelay = StatusWord(rawValue: 0x91AD)
    static let chipWrongKey = StatusWord(rawValue: 0x91AE)
}
