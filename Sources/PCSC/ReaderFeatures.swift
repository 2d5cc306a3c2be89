import SmartCard

/// What a driver offers beyond the cards: tag and control code of each feature (PC/SC part 10 §2.2).
public struct ReaderFeatures: Sendable, Hashable {
    public enum Tag: UInt8, Sendable, Hashable, CaseIterable {
        case verifyPINStart = 0x01
        case verifyPINFinish = 0x02
        case verifyPINDirect = 0x06
        case modifyPINDirect = 0x07
        case pinProperties = 0x0A
        case abort = 0x0B
        case tlvProperties = 0x12
        case escape = 0x13
    }

    public static let none = ReaderFeatures()

    private var codes: [UInt8: UInt32] = [:]

    private init() {}

    /// Reads the answer to `CM_IOCTL_GET_FEATURE_REQUEST`: elements of six bytes `tag 04 code`, the code big-endian. What is
    /// cut off, of another length, or named twice differently is passed over: a driver's answer is not trusted.
    public init(_ answer: [UInt8]) {
        var rest = answer.prefix(6 * 256)
        while rest.count >= 2 {
            let (tag, length) = (rest[rest.startIndex], Int(rest[rest.startIndex + 1]))
            let value = rest.dropFirst(2).prefix(length)
            guard value.count == length else { break }
            rest = rest.dropFirst(2 + length)
            guard length == 4 else { continue }
            let code = value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if codes[tag] == nil { codes[tag] = code }
        }
    }

    /// The control code of a feature; nil when the reader has not got it.
    public func code(_ tag: Tag) -> UInt32? { codes[tag.rawValue] }

    public var isEmpty: Bool { codes.isEmpty }
}

/// What a driver says of the reader itself: the answer to `FEATURE_GET_TLV_PROPERTIES`, elements `tag length value`, numbers
/// little-endian as libccid writes them (PC/SC part 10 §2.6.14).
public struct ReaderProperties: Sendable, Hashable {
    public static let none = ReaderProperties([])

    private var values: [UInt8: [UInt8]] = [:]

    public init(_ answer: [UInt8]) {
        var rest = answer.prefix(4_096)
        while rest.count >= 2 {
            let (tag, length) = (rest[rest.startIndex], Int(rest[rest.startIndex + 1]))
            let value = rest.dropFirst(2).prefix(length)
            guard value.count == length else { break }
            rest = rest.dropFirst(2 + length)
            if values[tag] == nil { values[tag] = Array(value) }
        }
    }

    /// A number of one to four bytes.
    private func number(_ tag: UInt8) -> UInt32? {
        guard let bytes = values[tag], (1...4).contains(bytes.count) else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Bits: 01 the maximum length, 02 the validation key, 04 the time-out.
    public var entryValidation: UInt8? { number(2).map { UInt8(truncatingIfNeeded: $0) } }
    public var smallestPIN: Int? { number(6).map(Int.init) }
    public var largestPIN: Int? { number(7).map(Int.init) }
    /// Most bytes of an APDU's data field; 0 where the reader takes short ones only.
    public var mostAPDUData: Int? { number(10).map(Int.init) }

    /// The keypad as these tell it.
    public var pinpad: Pinpad? {
        // Without the bit of the key, the bit of the most digits.
        let hasKey = entryValidation.map { $0 & 0x02 != 0 || $0 & 0x01 == 0 } ?? true
        return Pinpad(smallest: smallestPIN, largest: largestPIN, hasValidationKey: hasKey)
    }

    public var vendor: UInt16? { number(11).flatMap { UInt16(exactly: $0) } }
    public var product: UInt16? { number(12).flatMap { UInt16(exactly: $0) } }
}
