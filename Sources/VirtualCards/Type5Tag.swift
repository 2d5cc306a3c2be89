import SmartCard

/// An ISO/IEC 15693 chip as an NFC Forum Type 5 tag: a capability container in its first blocks, TLVs behind it.
public final class Type5Tag: VirtualCard {
    /// ISO/IEC 15693 part 3, ICODE SLI.
    public let answerToReset = StorageTag.answerToReset(standard: 0x0B, name: 0x0014)
    /// Eight bytes, E0 first.
    public let uid: [UInt8]
    public let blockBytes: Int
    public private(set) var memory: [UInt8]
    public private(set) var writtenBlocks: [Int] = []

    /// - Parameters:
    ///   - data: what follows the container, cut to the area.
    ///   - areaBytes: a multiple of 8; above 2040 the container has eight bytes.
    ///   - blockBytes: 4, 8, 16 or 32.
    public init(uid: [UInt8], data: [UInt8], areaBytes: Int = 104, blockBytes: Int = 4, isReadOnly: Bool = false) {
        self.uid = uid
        self.blockBytes = blockBytes
        let access: UInt8 = isReadOnly ? 0x43 : 0x40
        let units = areaBytes / 8
        var memory: [UInt8] = units <= 0xFF
            ? [0xE1, access, UInt8(units), 0x01]
            : [0xE2, access, 0x00, 0x01, 0x00, 0x00, UInt8(truncatingIfNeeded: units >> 8), UInt8(truncatingIfNeeded: units)]
        memory += data.prefix(units * 8)
        let bytes = (memory.count - min(data.count, units * 8) + units * 8 + blockBytes - 1) / blockBytes * blockBytes
        self.memory = memory + [UInt8](repeating: 0, count: bytes - memory.count)
    }

    /// One URI record.
    public convenience init(uid: [UInt8], uri: String) {
        let message = NTAG21x.message(uri: uri)
        let length = message.count
        let header: [UInt8] = length < 0xFF
            ? [0x03, UInt8(length)] : [0x03, 0xFF, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
        self.init(uid: uid, data: header + message + [0xFE], areaBytes: length > 96 ? 1_016 : 104)
    }

    public func reset() {}

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        guard apdu.cla == 0xFF else { return StatusWord.classNotSupported.bytes }
        let block = Int(apdu.p1) << 8 | Int(apdu.p2)
        let start = block * blockBytes
        switch apdu.ins {
        case 0xCA: return StorageTag.identify(apdu, uid)
        case 0xB0:
            guard let le = apdu.le, le == 0 || Int(le) == blockBytes else { return StatusWord.wrongLength.bytes }
            guard start < memory.count else { return StatusWord.fileNotFound.bytes }
            return memory[start..<(start + blockBytes)] + StatusWord.success.bytes
        case 0xD6:
            guard apdu.data.count == blockBytes else { return StatusWord.wrongLength.bytes }
            guard start < memory.count else { return StatusWord.fileNotFound.bytes }
            writtenBlocks.append(block)
            memory.replaceSubrange(start..<(start + blockBytes), with: apdu.data)
            return StatusWord.success.bytes
        default: return StatusWord.instructionNotSupported.bytes
        }
    }
}
