import SmartCard

/// A command APDU with the places of its parts, short or extended (ISO/IEC 7816-4 §5.1), when class and instruction are known.
struct CommandParts: Sendable {
    /// What the answer to a command is read by.
    enum Kind: Sendable {
        case select, getProcessingOptions, generateCryptogram, readRecord, getData, getChallenge, identifier, other
    }

    let name: String
    let cla: UInt8
    let ins: UInt8
    let p1: UInt8
    let p2: UInt8
    /// Nil for a command without.
    let data: Range<Int>?
    let le: Int?
    let isExtended: Bool

    init?(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard range.count >= 4 else { return nil }
        let start = range.lowerBound
        (cla, ins, p1, p2) = (bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3])
        guard let name = CommandName.name(cla: cla, ins: ins) else { return nil }
        self.name = name
        let body = start + 4..<range.upperBound
        switch body.count {
        case 0: (data, le, isExtended) = (nil, nil, false)
        case 1: (data, le, isExtended) = (nil, bytes[body.lowerBound] == 0 ? 256 : Int(bytes[body.lowerBound]), false)
        case 3 where bytes[body.lowerBound] == 0:
            let length = Int(bytes[body.lowerBound + 1]) << 8 | Int(bytes[body.lowerBound + 2])
            (data, le, isExtended) = (nil, length == 0 ? 65_536 : length, true)
        case 4... where bytes[body.lowerBound] == 0:
            let length = Int(bytes[body.lowerBound + 1]) << 8 | Int(bytes[body.lowerBound + 2])
            let first = body.lowerBound + 3
            guard length > 0, body.upperBound - first == length || body.upperBound - first == length + 2 else { return nil }
            data = first..<first + length
            isExtended = true
            if body.upperBound - first == length + 2 {
                let wanted = Int(bytes[first + length]) << 8 | Int(bytes[first + length + 1])
                le = wanted == 0 ? 65_536 : wanted
            } else {
                le = nil
            }
        default:
            let length = Int(bytes[body.lowerBound])
            let first = body.lowerBound + 1
            guard length > 0, body.upperBound - first == length || body.upperBound - first == length + 1 else { return nil }
            data = first..<first + length
            isExtended = false
            le = body.upperBound - first == length ? nil : bytes[first + length] == 0 ? 256 : Int(bytes[first + length])
        }
    }

    var kind: Kind {
        switch (cla, ins) {
        case (0xFF, 0xCA): .identifier
        case (_, 0xA4): .select
        case (0x80..., 0xA8): .getProcessingOptions
        case (0x80..., 0xAE): .generateCryptogram
        case (_, 0xB2): .readRecord
        case (_, 0xCA): .getData
        case (_, 0x84): .getChallenge
        default: .other
        }
    }
}
