/// A short command APDU (ISO/IEC 7816-4 §5.1): cases 1 to 4 with Lc and Le in one byte each.
public struct CommandAPDU: Sendable, Hashable {
    public let cla: UInt8
    public let ins: UInt8
    public let p1: UInt8
    public let p2: UInt8
    /// At most 255 bytes.
    public let data: [UInt8]
    /// Expected length; 0 asks for up to 256 bytes, nil for none.
    public let le: UInt8?

    /// - Throws: ``CardError/commandTooLong`` above 255 bytes of data.
    public init(_ cla: UInt8, _ ins: UInt8, _ p1: UInt8, _ p2: UInt8, data: [UInt8] = [], le: UInt8? = nil)
        throws(CardError)
    {
        guard data.count <= 255 else { throw .commandTooLong(bytes: data.count) }
        (self.cla, self.ins, self.p1, self.p2) = (cla, ins, p1, p2)
        self.data = data
        self.le = le
    }

    /// SELECT by name (ISO/IEC 7816-4 §11.2.2): `00 A4 04 00 Lc name 00`.
    public static func select(name: [UInt8], next: Bool = false) throws(CardError) -> CommandAPDU {
        try CommandAPDU(0x00, 0xA4, 0x04, next ? 0x02 : 0x00, data: name, le: 0)
    }

    /// The bytes that go over the interface.
    public var bytes: [UInt8] {
        var bytes = [cla, ins, p1, p2]
        if !data.isEmpty { bytes += [UInt8(data.count)] + data }
        if let le { bytes.append(le) }
        return bytes
    }

    /// Reads a short command as a card receives it.
    public init(bytes: [UInt8]) throws(CardError) {
        guard bytes.count >= 4 else { throw .malformedCommand }
        let body = bytes[4...]
        let (cla, ins, p1, p2) = (bytes[0], bytes[1], bytes[2], bytes[3])
        switch body.count {
        case 0: try self.init(cla, ins, p1, p2)
        case 1: try self.init(cla, ins, p1, p2, le: body[4])
        default:
            let lc = Int(body[4])
            guard lc > 0, body.count == lc + 1 || body.count == lc + 2 else { throw .malformedCommand }
            let le = body.count == lc + 2 ? body[body.endIndex - 1] : nil
            try self.init(cla, ins, p1, p2, data: Array(body[5..<(5 + lc)]), le: le)
        }
    }
}

/// A response APDU (ISO/IEC 7816-4 §5.1): data, then SW1 SW2.
public struct ResponseAPDU: Sendable, Hashable {
    public let data: [UInt8]
    public let status: StatusWord

    public init(data: [UInt8] = [], status: StatusWord) {
        self.data = data
        self.status = status
    }

    /// - Throws: ``CardError/emptyResponse`` for fewer than two bytes: drivers answer so when the card has gone.
    public init(bytes: [UInt8]) throws(CardError) {
        guard bytes.count >= 2 else { throw .emptyResponse }
        data = Array(bytes.dropLast(2))
        status = StatusWord(bytes[bytes.count - 2], bytes[bytes.count - 1])
    }

    public var bytes: [UInt8] { data + status.bytes }
}
