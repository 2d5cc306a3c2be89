import SmartCard

/// A FeliCa Lite-S as an NFC Forum Type 3 tag: an attribute block and blocks of sixteen bytes, by Sony's pseudo commands or
/// by the chip's own where the reader passes them on.
public final class FeliCaTag: VirtualCard {
    public let answerToReset = StorageTag.answerToReset(standard: 0x11, name: 0x003B)
    /// IDm, eight bytes.
    public let uid: [UInt8]
    public var passThrough = PassThrough.refused
    /// Whether the reader knows `FF A4`, `FF B0` and `FF D6` for FeliCa.
    public var knowsPseudoCommands = true
    /// Block 0 holds the attributes.
    public private(set) var blocks: [[UInt8]]
    public private(set) var writtenBlocks: [Int] = []
    /// The service that was selected last: 000B to read, 0009 to write.
    private var service: [UInt8] = []

    /// - Parameters:
    ///   - uid: eight bytes; more or fewer are cut or filled with zeros.
    ///   - count: blocks for the message, 13 in the chip.
    public init(uid: [UInt8], message: [UInt8], blocks count: Int = 13) {
        self.uid = Array((uid + [UInt8](repeating: 0, count: 8)).prefix(8))
        let bytes = message.prefix(count * 16)
        let data = Array(bytes) + [UInt8](repeating: 0, count: count * 16 - bytes.count)
        blocks = [Self.attributes(blocks: count, length: bytes.count)]
            + stride(from: 0, to: data.count, by: 16).map { Array(data[$0..<($0 + 16)]) }
    }

    /// One URI record.
    public convenience init(uid: [UInt8], uri: String) { self.init(uid: uid, message: NTAG21x.message(uri: uri)) }

    /// Version 1.0, four blocks a read, one a write, writable.
    private static func attributes(blocks: Int, length: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x10, 4, 1, UInt8(truncatingIfNeeded: blocks >> 8), UInt8(truncatingIfNeeded: blocks)]
        bytes += [0, 0, 0, 0, 0x00, 0x01]
        bytes += [16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        let sum = bytes.reduce(0) { $0 + Int($1) }
        return bytes + [UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum)]
    }

    /// Replaces a block past all rules.
    public func poke(_ block: Int, _ bytes: [UInt8]) {
        if blocks.indices.contains(block), bytes.count == 16 { blocks[block] = bytes }
    }

    public func reset() { service = [] }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        guard apdu.cla == 0xFF else { return StatusWord.classNotSupported.bytes }
        if let answer = passThrough.answer(apdu, chip: native) { return answer }
        let block = Int(apdu.p1) << 8 | Int(apdu.p2)
        switch apdu.ins {
        case 0xCA: return StorageTag.identify(apdu, uid)
        case 0xA4 where knowsPseudoCommands && apdu.p2 == 0x01 && apdu.data.count == 2:
            service = apdu.data
            return StatusWord.success.bytes
        case 0xB0 where knowsPseudoCommands && service == [0x0B, 0x00]:
            guard blocks.indices.contains(block) else { return StatusWord.fileNotFound.bytes }
            return blocks[block] + StatusWord.success.bytes
        case 0xD6 where knowsPseudoCommands && service == [0x09, 0x00]:
            return write(block, apdu.data) ? StatusWord.success.bytes : StatusWord.fileNotFound.bytes
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    private func write(_ block: Int, _ bytes: [UInt8]) -> Bool {
        guard blocks.indices.contains(block), bytes.count == 16 else { return false }
        writtenBlocks.append(block)
        blocks[block] = bytes
        return true
    }

    /// READ and WRITE WITHOUT ENCRYPTION of one service and one block; nil for frames not meant for this card.
    private func native(_ frame: [UInt8]) -> [UInt8]? {
        guard frame.count >= 16, Int(frame[0]) == frame.count, Array(frame[2..<10]) == uid, frame[10] == 1 else { return nil }
        let isShort = frame[14] & 0x80 != 0
        guard frame.count >= (isShort ? 16 : 17) else { return nil }
        let block = isShort ? Int(frame[15]) : Int(frame[15]) | Int(frame[16]) << 8
        let rest = Array(frame.dropFirst(isShort ? 16 : 17))
        var body: [UInt8] = [0xFF, 0xA6]
        switch (frame[1], Array(frame[11..<13])) {
        case (0x06, [0x0B, 0x00]):
            if blocks.indices.contains(block) { body = [0x00, 0x00, 0x01] + blocks[block] }
        case (0x08, [0x09, 0x00]):
            if write(block, rest) { body = [0x00, 0x00] }
        default: break
        }
        return [UInt8(10 + body.count), frame[1] + 1] + uid + body
    }
}
