import SmartCard

/// An NTAG213, 215 or 216 as a PC/SC reader presents it: the storage-card ATR, the pseudo commands of PC/SC part 3
/// §3.2.2.1, and the chip's READ, WRITE, GET_VERSION and READ_SIG for readers that pass them on.
///
/// Memory in pages of 4 bytes: 0–2 UID and lock bytes, 3 capability container, from 4 on data, then dynamic lock bytes and
/// configuration. Lock bytes and container are one-time programmable: a write sets bits and clears none.
public final class NTAG21x: VirtualCard {
    public enum Model: Sendable, Hashable, CaseIterable {
        case ntag213, ntag215, ntag216

        public var pages: Int {
            switch self {
            case .ntag213: 45
            case .ntag215: 135
            case .ntag216: 231
            }
        }

        /// Bytes of the data area by the container that the factory writes.
        public var dataBytes: Int {
            switch self {
            case .ntag213: 144
            case .ntag215: 496
            case .ntag216: 872
            }
        }

        /// Byte 6 of the version.
        var storageSize: UInt8 {
            switch self {
            case .ntag213: 0x0F
            case .ntag215: 0x11
            case .ntag216: 0x13
            }
        }
    }

    public enum Failure: Error, Hashable, Sendable {
        /// Not seven bytes starting with 04 (NXP).
        case badUID
        /// The message does not fit into the data area.
        case tooLong(bytes: Int)
    }

    public let answerToReset = StorageTag.answerToReset(standard: 0x03, name: 0x0003)
    public let uid: [UInt8]
    public let model: Model
    /// What the reader does with the chip's own commands.
    public var passThrough = PassThrough.refused
    /// 32 bytes that READ_SIG gives.
    public var signature = [UInt8](repeating: 0, count: 32)
    /// Pages that have been written to, in order.
    public private(set) var writtenPages: [Int] = []
    public private(set) var memory: [UInt8]

    /// A tag that carries one URI record.
    public convenience init(uid: [UInt8], uri: String, model: Model = .ntag215) throws(Failure) {
        try self.init(uid: uid, message: Self.message(uri: uri), model: model)
    }

    /// A tag whose data area starts with an NDEF TLV around `message`, whatever that is.
    public convenience init(uid: [UInt8], message: [UInt8], model: Model = .ntag215) throws(Failure) {
        let length = message.count
        let header: [UInt8] = length < 0xFF
            ? [0x03, UInt8(length)] : [0x03, 0xFF, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
        guard length + header.count <= model.dataBytes else { throw .tooLong(bytes: length) }
        try self.init(uid: uid, data: header + message + [0xFE], model: model)
    }

    /// A tag with these bytes in its data area, well-formed or not; a terminator that finds no room is cut off.
    /// - Parameter container: page 3; nil for what the factory writes.
    public init(
        uid: [UInt8], data: [UInt8], model: Model = .ntag215, container: [UInt8]? = nil
    ) throws(Failure) {
        guard uid.count == 7, uid[0] == 0x04 else { throw .badUID }
        guard data.count <= model.dataBytes + 1 else { throw .tooLong(bytes: data.count) }
        self.uid = uid
        self.model = model
        // Check bytes of the cascade levels (ISO/IEC 14443-3 §6.5.4), 88 being the cascade tag.
        let first = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
        let second = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        var memory = Array(uid[0..<3]) + [first] + Array(uid[3...]) + [second, 0x48, 0x00, 0x00]
        memory += container?.prefix(4) ?? [0xE1, 0x10, UInt8(model.dataBytes / 8), 0x00]
        memory += data.prefix(model.dataBytes)
        memory += [UInt8](repeating: 0, count: model.pages * 4 - memory.count)
        self.memory = memory
    }

    public func reset() {}

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        guard apdu.cla == 0xFF else { return StatusWord.classNotSupported.bytes }
        if let answer = passThrough.answer(apdu, chip: native) { return answer }
        switch apdu.ins {
        case 0xCA: return StorageTag.identify(apdu, uid)
        case 0xB0: return read(apdu)
        case 0xD6: return write(apdu)
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    /// The chip's own commands; nil where it answers NAK and goes back to IDLE.
    private func native(_ frame: [UInt8]) -> [UInt8]? {
        switch frame.first {
        case 0x60 where frame.count == 1: [0x00, 0x04, 0x04, 0x02, 0x01, 0x00, model.storageSize, 0x03]
        case 0x3C where frame == [0x3C, 0x00]: signature
        case 0x30 where frame.count == 2 && Int(frame[1]) < model.pages:
            // Past the last page the chip starts over at page 0.
            (0..<16).map { memory[(Int(frame[1]) * 4 + $0) % memory.count] }
        default: nil
        }
    }

    /// At most four pages at a time, from the page in P1 P2. Beyond the last page the chip starts over at page 0, which
    /// readers hide: they refuse.
    private func read(_ apdu: CommandAPDU) -> [UInt8] {
        guard apdu.data.isEmpty, let le = apdu.le else { return StatusWord.wrongLength.bytes }
        let length = le == 0 ? 16 : Int(le)
        guard length <= 16 else { return StatusWord.wrongLength.bytes }
        let start = (Int(apdu.p1) << 8 | Int(apdu.p2)) * 4
        guard start < memory.count else { return StatusWord.fileNotFound.bytes }
        let chunk = memory[start..<min(start + length, memory.count)]
        return chunk + [UInt8](repeating: 0, count: length - chunk.count) + StatusWord.success.bytes
    }

    /// One page. A page that static lock bytes lock is refused; pages 0 and 1 always are.
    private func write(_ apdu: CommandAPDU) -> [UInt8] {
        guard apdu.data.count == 4 else { return StatusWord.wrongLength.bytes }
        let page = Int(apdu.p1) << 8 | Int(apdu.p2)
        guard (2..<model.pages).contains(page) else { return StatusWord.fileNotFound.bytes }
        writtenPages.append(page)
        guard !isLocked(page) else { return StatusWord(rawValue: 0x6300).bytes }
        let range = page * 4..<(page * 4 + 4)
        let old = memory[range]
        switch page {
        case 2: memory[range] = old.prefix(2) + zip(old.suffix(2), apdu.data.suffix(2)).map { $0 | $1 }
        case 3: memory.replaceSubrange(range, with: zip(old, apdu.data).map { $0 | $1 })
        default: memory.replaceSubrange(range, with: apdu.data)
        }
        return StatusWord.success.bytes
    }

    /// Static lock bits: byte 10 bits 3 to 7 for pages 3 to 7, byte 11 for pages 8 to 15.
    private func isLocked(_ page: Int) -> Bool {
        switch page {
        case 3...7: memory[10] & (1 << UInt8(page)) != 0
        case 8...15: memory[11] & (1 << UInt8(page - 8)) != 0
        default: false
        }
    }

    /// One URI record, with the longest prefix of RTD URI 1.0 table 3 that a till tag is likely to use.
    static func message(uri: String) -> [UInt8] {
        let prefixes: [(UInt8, String)] = [
            (0x01, "http://www."), (0x02, "https://www."), (0x03, "http://"), (0x04, "https://"), (0x05, "tel:"),
            (0x06, "mailto:"),
        ]
        let match = prefixes.first { uri.hasPrefix($0.1) } ?? (0x00, "")
        let payload = [match.0] + uri.utf8.dropFirst(match.1.utf8.count)
        let length = payload.count
        guard length > 255 else { return [0xD1, 0x01, UInt8(length), 0x55] + payload }
        let long = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        return [0xC1, 0x01] + long + [0x55] + payload
    }
}

/// The chip that a shop's tags mostly are: an ``NTAG21x`` unless told otherwise.
public typealias NTAG215 = NTAG21x
