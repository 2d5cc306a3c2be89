import SmartCard

/// How a kind of tag keeps its NDEF message.
protocol TagMapping {
    var kind: TagKind { get }
    /// The message's bytes; nil or none when the tag is ready for a message and carries none.
    func message() throws(TagInterruption) -> TLVArea.Value?
    /// Replaces the message, or refuses before anything is written.
    func replace(with message: [UInt8]) throws(TagInterruption)
}

extension TLVArea.Value {
    /// A message that lies in one piece.
    init(_ bytes: [UInt8]) { self.init(bytes: bytes, unskipped: nil, prefersUnskipped: false) }
}

extension StorageCard {
    /// MIFARE Classic 1K, 4K and Mini; MIFARE Plus in security level 1.
    var isClassic: Bool { standard == 0x03 && [0x0001, 0x0002, 0x0026, 0x0036, 0x0037].contains(name) }
    /// FeliCa; ACR122U has names of its own.
    var isFeliCa: Bool { (standard == 0x11 && name == 0x003B) || [0xF011, 0xF012].contains(name) }
    /// ISO/IEC 15693.
    var isVicinity: Bool { (0x09...0x0C).contains(standard) }
    /// Of 32 sectors of four blocks, the rest of sixteen.
    var isClassic4K: Bool { [0x0002, 0x0037].contains(name) }
    /// Five sectors.
    var isClassicMini: Bool { name == 0x0026 }
}
