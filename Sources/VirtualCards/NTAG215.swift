import SmartCard

/// An NTAG215 as a PC/SC reader presents it: the storage-card ATR and the pseudo commands of PC/SC part 3 §3.2.2.1. The
/// card's own commands (READ, GET_VERSION) never reach a PC/SC client, and so are not here. Its memory can't be written.
///
/// Memory: 135 pages of 4 bytes; 0–2 UID and lock bytes, 3 capability container, 4–129 data, 130–134 configuration.
public final class NTAG215: VirtualCard {
    public static let pages = 135
    /// Bytes of the data area: 3E × 8.
    public static let dataBytes = 496

    public enum Failure: Error, Hashable, Sendable {
        /// Not seven bytes starting with 04 (NXP).
        case badUID
        /// The message does not fit into the data area.
        case tooLong(bytes: Int)
    }

    /// ISO/IEC 14443 A part 3 storage card, MIFARE Ultralight family.
    public let answerToReset: [UInt8] = [
        0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00,
        0x00, 0x68,
    ]
    public let uid: [UInt8]
    private let memory: [UInt8]

    /// A tag that carries one URI record.
    public convenience init(uid: [UInt8], uri: String) throws(Failure) {
        try self.init(uid: uid, message: Self.message(uri: uri))
    }

    /// A tag whose data area starts with an NDEF TLV around `message`, whatever that is.
    public convenience init(uid: [UInt8], message: [UInt8]) throws(Failure) {
        let length = message.count
        let header: [UInt8] = length < 0xFF
            ? [0x03, UInt8(length)] : [0x03, 0xFF, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
        guard length + header.count <= Self.dataBytes else { throw .tooLong(bytes: length) }
        try self.init(uid: uid, data: header + message + [0xFE])
    }

    /// A tag with these bytes in its data area, well-formed or not; a terminator that finds no room is cut off.
    public init(uid: [UInt8], data: [UInt8]) throws(Failure) {
        guard uid.count == 7, uid[0] == 0x04 else { throw .badUID }
        guard data.count <= Self.dataBytes + 1 else { throw .tooLong(bytes: data.count) }
        self.uid = uid
        // Check bytes of the cascade levels (ISO/IEC 14443-3 §6.5.4), 88 being the cascade tag.
        let first = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
        let second = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        var memory = Array(uid[0..<3]) + [first] + Array(uid[3...]) + [second, 0x48, 0x00, 0x00]
        memory += [0xE1, 0x10, UInt8(Self.dataBytes / 8), 0x00]
        memory += data.prefix(Self.dataBytes)
        memory += [UInt8](repeating: 0, count: Self.pages * 4 - memory.count)
        self.memory = memory
    }

    public func reset() {}

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        guard apdu.cla == 0xFF else { return StatusWord.classNotSupported.bytes }
        switch (apdu.ins, apdu.p1) {
        case (0xCA, 0x00): return identify(apdu)
        // Historical bytes: a storage card has none.
        case (0xCA, _): return StatusWord.functionNotSupported.bytes
        case (0xB0, _): return read(apdu)
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    private func identify(_ apdu: CommandAPDU) -> [UInt8] {
        guard apdu.data.isEmpty, let le = apdu.le else { return StatusWord.wrongLength.bytes }
        guard le == 0 || Int(le) >= uid.count else { return StatusWord(0x6C, UInt8(uid.count)).bytes }
        // Fewer bytes than asked for: a warning that still carries them.
        return uid + (le == 0 || Int(le) == uid.count ? StatusWord.success : StatusWord(rawValue: 0x6282)).bytes
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

    /// One URI record, with the longest prefix of RTD URI 1.0 table 3 that a till tag is likely to use.
    private static func message(uri: String) -> [UInt8] {
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
