import SmartCard

/// A MIFARE Classic 1K formatted for NDEF (NXP AN1304): a directory in sector 0, all other sectors with the public key.
public final class ClassicTag: VirtualCard {
    public let answerToReset = StorageTag.answerToReset(standard: 0x03, name: 0x0001)
    /// Four bytes.
    public let uid: [UInt8]
    /// 64 blocks of sixteen bytes; trailers give back zeros for key A.
    public private(set) var blocks: [[UInt8]]
    public private(set) var writtenBlocks: [Int] = []
    /// Whether the reader keeps keys in non-volatile memory only (`FF 82 20`).
    public var keepsKeysForGood = false
    private var loadedKey: [UInt8] = []
    private var openSector: Int?

    /// - Parameters:
    ///   - data: bytes of the NDEF sectors' data blocks, cut to 720.
    ///   - sectors: how many sectors, from 1 on, the directory gives to NDEF: 1 to 15.
    public init(uid: [UInt8], data: [UInt8], sectors: Int = 15) {
        self.uid = uid
        let identifiers = (1...15).map { $0 <= sectors ? [UInt8]([0x03, 0xE1]) : [0x00, 0x00] }.flatMap { $0 }
        var blocks = [Array((uid + [UInt8](repeating: 0, count: 16)).prefix(16))]
        let directory = [0x01] + identifiers
        blocks.append([Self.checksum(directory)] + directory[0..<15])
        blocks.append(Array(directory[15...]))
        blocks.append(Self.trailer(key: [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5], access: [0x78, 0x77, 0x88, 0xC1]))
        let bytes = data.prefix(720) + [UInt8](repeating: 0, count: max(0, 720 - data.count))
        for sector in 0..<15 {
            for block in 0..<3 { blocks.append(Array(bytes[(sector * 48 + block * 16)...].prefix(16))) }
            let key: [UInt8] = sector < sectors ? [0xD3, 0xF7, 0xD3, 0xF7, 0xD3, 0xF7] : [UInt8](repeating: 0xFF, count: 6)
            blocks.append(Self.trailer(key: key, access: [0x7F, 0x07, 0x88, 0x40]))
        }
        self.blocks = blocks
    }

    /// One URI record.
    public convenience init(uid: [UInt8], uri: String) {
        let message = NTAG21x.message(uri: uri)
        let length = message.count
        let header: [UInt8] = length < 0xFF
            ? [0x03, UInt8(length)] : [0x03, 0xFF, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
        self.init(uid: uid, data: header + message + [0xFE])
    }

    private static func trailer(key: [UInt8], access: [UInt8]) -> [UInt8] {
        key + access + [UInt8](repeating: 0xFF, count: 6)
    }

    /// Bit by bit, x⁸+x⁴+x³+x²+1, preset C7.
    private static func checksum(_ bytes: [UInt8]) -> UInt8 {
        var sum: UInt8 = 0xC7
        for byte in bytes {
            for bit in (0..<8).reversed() {
                let carry = (sum >> 7) ^ (byte >> UInt8(bit) & 1)
                sum = sum << 1 ^ (carry == 1 ? 0x1D : 0)
            }
        }
        return sum
    }

    /// Replaces a block past all rules.
    public func poke(_ block: Int, _ bytes: [UInt8]) {
        if blocks.indices.contains(block), bytes.count == 16 { blocks[block] = bytes }
    }

    public func reset() { (loadedKey, openSector) = ([], nil) }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        guard apdu.cla == 0xFF else { return StatusWord.classNotSupported.bytes }
        let block = Int(apdu.p1) << 8 | Int(apdu.p2)
        switch apdu.ins {
        case 0xCA: return StorageTag.identify(apdu, uid)
        case 0x82:
            guard apdu.data.count == 6 else { return StatusWord.wrongLength.bytes }
            guard apdu.p1 == (keepsKeysForGood ? 0x20 : 0x00) else { return StatusWord.incorrectParameters.bytes }
            loadedKey = apdu.data
            return StatusWord.success.bytes
        case 0x86: return authenticate(apdu)
        case 0xB0:
            guard apdu.le == 16 || apdu.le == 0 else { return StatusWord.wrongLength.bytes }
            guard blocks.indices.contains(block) else { return StatusWord.fileNotFound.bytes }
            guard openSector == block / 4 else { return StatusWord.securityStatusNotSatisfied.bytes }
            let hidden = block % 4 == 3 ? [UInt8](repeating: 0, count: 6) + blocks[block][6...] : blocks[block]
            return hidden + StatusWord.success.bytes
        case 0xD6:
            guard apdu.data.count == 16 else { return StatusWord.wrongLength.bytes }
            guard (1..<64).contains(block) else { return StatusWord.fileNotFound.bytes }
            // Sector 0 is written with key B only.
            guard openSector == block / 4, openSector != 0 else { return StatusWord.securityStatusNotSatisfied.bytes }
            writtenBlocks.append(block)
            blocks[block] = apdu.data
            return StatusWord.success.bytes
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    /// Key A alone; a wrong key closes what was open.
    private func authenticate(_ apdu: CommandAPDU) -> [UInt8] {
        openSector = nil
        guard apdu.data.count == 5, apdu.data[0] == 0x01, apdu.data[3] == 0x60 else { return StatusWord.wrongLength.bytes }
        let block = Int(apdu.data[2])
        guard blocks.indices.contains(block) else { return StatusWord.fileNotFound.bytes }
        guard Array(blocks[block / 4 * 4 + 3].prefix(6)) == loadedKey else { return StatusWord(rawValue: 0x6300).bytes }
        openSector = block / 4
        return StatusWord.success.bytes
    }
}
