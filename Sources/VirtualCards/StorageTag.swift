import SmartCard

/// What the twins of storage cards share: the ATR that a PC/SC reader makes up for them, its identification command, and
/// the dialects in which it passes the chip's own commands on.
enum StorageTag {
    /// PC/SC part 3 §3.1.3.2.3.2, for a standard (SS) and a card name (NN).
    static func answerToReset(standard: UInt8, name: UInt16) -> [UInt8] {
        let answer: [UInt8] =
            [0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, standard]
            + [UInt8(name >> 8), UInt8(name & 0xFF), 0x00, 0x00, 0x00, 0x00]
        return answer + [answer.dropFirst().reduce(0, ^)]
    }

    /// `FF CA`: the UID; a storage card has no historical bytes.
    static func identify(_ apdu: CommandAPDU, _ uid: [UInt8]) -> [UInt8] {
        guard apdu.p1 == 0x00 else { return StatusWord.functionNotSupported.bytes }
        guard apdu.data.isEmpty, let le = apdu.le else { return StatusWord.wrongLength.bytes }
        guard le == 0 || Int(le) >= uid.count else { return StatusWord(0x6C, UInt8(uid.count)).bytes }
        // Fewer bytes than asked for: a warning that still carries them.
        return uid + (le == 0 || Int(le) == uid.count ? StatusWord.success : StatusWord(rawValue: 0x6282)).bytes
    }
}

/// How a reader passes a chip's own commands on.
public enum PassThrough: Sendable, Hashable {
    case refused
    /// `FF C2`: transparent session and exchange (PC/SC part 3 supplement).
    case transparent
    /// `FF 00 00 00 Lc D4 42` or `D4 40 01`: PN532 behind an ACR122U.
    case acr122

    /// The answer to a pass-through command; nil when it is none, or none of this dialect.
    /// - Parameter chip: the chip's answer to a frame; nil when it stays silent.
    func answer(_ apdu: CommandAPDU, chip: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
        switch (self, apdu.ins) {
        case (.transparent, 0xC2): transparent(apdu, chip)
        case (.acr122, 0x00): direct(apdu, chip)
        default: nil
        }
    }

    private func transparent(_ apdu: CommandAPDU, _ chip: ([UInt8]) -> [UInt8]?) -> [UInt8] {
        guard apdu.p1 == 0x00, let objects = try? TLV.list(apdu.data) else { return StatusWord.wrongLength.bytes }
        let good = TLV(0xC0, [0x00, 0x90, 0x00]).encoded
        guard apdu.p2 == 0x01 else { return good + StatusWord.success.bytes }
        guard let frame = objects.first(where: { $0.tag == 0x95 }) else { return StatusWord.wrongLength.bytes }
        guard let answer = chip(Array(frame.value)) else {
            return TLV(0xC0, [0x01, 0x64, 0x01]).encoded + StatusWord.success.bytes
        }
        return good + TLV(0x92, [0x00]).encoded + TLV(0x96, [0x00, 0x00]).encoded + TLV(0x97, answer).encoded
            + StatusWord.success.bytes
    }

    private func direct(_ apdu: CommandAPDU, _ chip: ([UInt8]) -> [UInt8]?) -> [UInt8] {
        let head = apdu.data.starts(with: [0xD4, 0x40, 0x01]) ? 3 : 2
        guard apdu.data.starts(with: [0xD4]), apdu.data.count > head else { return StatusWord.wrongLength.bytes }
        let code = apdu.data[1] + 1
        // 01: the target has not answered.
        guard let answer = chip(Array(apdu.data.dropFirst(head))) else { return [0xD5, code, 0x01, 0x90, 0x00] }
        return [0xD5, code, 0x00] + answer + StatusWord.success.bytes
    }
}
