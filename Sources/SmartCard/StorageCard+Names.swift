extension StorageCard {
    /// What a PC/SC reader means by SS and NN (PC/SC part 3 supplement; readers' own numbers where they are known).
    public var title: String? { Self.names[name] }

    /// How the reader talks to it.
    public var standardName: String? {
        switch standard {
        case 0x00: "no standard named"
        case 0x01...0x03: "ISO/IEC 14443 A, part \(standard)"
        case 0x05...0x07: "ISO/IEC 14443 B, part \(standard - 4)"
        case 0x09...0x0C: "ISO/IEC 15693, part \(standard - 8)"
        case 0x0D...0x10: "contact memory card"
        case 0x11: "FeliCa"
        default: nil
        }
    }

    private static let names: [UInt16: String] = [
        0x0001: "MIFARE Classic 1K", 0x0002: "MIFARE Classic 4K", 0x0003: "MIFARE Ultralight or NTAG", 0x0004: "SLE55R",
        0x0006: "SR176", 0x0007: "SRIX4K", 0x0008: "AT88RF020", 0x0012: "Tag-it", 0x0013: "LRI512", 0x0014: "ICODE SLI",
        0x0016: "ICODE 1", 0x0021: "LRI64", 0x0024: "LRI12", 0x0025: "LRI128", 0x0026: "MIFARE Mini", 0x0027: "my-d", 0x0028: "my-d",
        0x0029: "my-d", 0x002A: "my-d", 0x002B: "my-d", 0x002F: "Jewel", 0x0030: "Topaz (type 1 tag)", 0x0035: "ICODE SLI-L",
        0x0036: "MIFARE Plus SL1 2K", 0x0037: "MIFARE Plus SL1 4K", 0x0038: "MIFARE Plus SL2 2K", 0x0039: "MIFARE Plus SL2 4K",
        0x003A: "MIFARE Ultralight C", 0x003B: "FeliCa", 0x003C: "MLX90129", 0x003D: "MIFARE Ultralight EV1",
        0xF004: "Jewel or Topaz (ACR122U)", 0xF011: "FeliCa 212 kbit/s (ACR122U)", 0xF012: "FeliCa 424 kbit/s (ACR122U)",
        0xFF20: "ISO/IEC 14443 A with SAK 20, such as DESFire without ATS (ACR122U)", 0xFF40: "peer-to-peer, SAK 40 (ACR122U)",
        0xFF88: "MIFARE Classic by Infineon, SAK 88 (ACR122U)",
    ]
}
