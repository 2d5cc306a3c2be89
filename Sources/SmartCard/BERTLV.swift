import Core

/// A BER-TLV tag as EMV uses it (EMV Book 3, Annex B1): one to four bytes, kept as the number they form, `0x9F26`.
public struct Tag: RawRepresentable, Sendable, Hashable, Comparable, ExpressibleByIntegerLiteral {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public init(integerLiteral value: UInt32) { rawValue = value }

    /// The tag's bytes, most significant first, without leading zeros.
    public var bytes: [UInt8] {
        switch rawValue {
        case 0...0xFF: [UInt8(rawValue)]
        case 0x100...0xFFFF: [UInt8(rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)]
        case 0x1_0000...0xFF_FFFF:
            [UInt8(rawValue >> 16), UInt8(truncatingIfNeeded: rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)]
        default: (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * $0)) }
        }
    }

    /// Bit 6 of the first byte: the value is itself a list of TLV objects.
    public var isConstructed: Bool { (bytes.first ?? 0) & 0x20 != 0 }

    public static func < (left: Tag, right: Tag) -> Bool { left.rawValue < right.rawValue }
}

extension Tag: CustomStringConvertible {
    public var description: String { Hex.encode(bytes) }
}

/// One data object. Values stay slices of the response they came from.
public struct TLV: Sendable, Hashable {
    public let tag: Tag
    public let value: ArraySlice<UInt8>

    public init(tag: Tag, value: ArraySlice<UInt8>) {
        self.tag = tag
        self.value = value
    }

    public init(_ tag: Tag, _ value: [UInt8]) { self.init(tag: tag, value: value[...]) }

    /// A constructed object from its parts.
    public init(_ tag: Tag, _ parts: [TLV]) { self.init(tag, parts.flatMap(\.encoded)) }

    /// Tag, length and value in definite form.
    public var encoded: [UInt8] { tag.bytes + TLV.length(value.count) + value }

    static func length(_ count: Int) -> [UInt8] {
        switch count {
        case 0...0x7F: [UInt8(count)]
        case 0x80...0xFF: [0x81, UInt8(count)]
        case 0x100...0xFFFF: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x83, UInt8(truncatingIfNeeded: count >> 16), UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        }
    }
}

/// What a list of data objects may hold.
public struct TLVLimits: Sendable {
    /// Constructed objects inside one another.
    public var depth = 8
    /// Objects in one flattened list.
    public var objects = 512
    /// Bytes of one list.
    public var bytes = 65_536

    public init() {}
    public static let standard = TLVLimits()
}

/// Why bytes are no TLV list. Offsets count from the start of the list that was handed in; values never appear.
public enum TLVError: Error, Hashable, Sendable {
    case truncated(offset: Int)
    /// A tag of more than four bytes.
    case tagTooLong(offset: Int)
    /// An indefinite or a more than three-byte length.
    case unsupportedLength(offset: Int)
    case tooDeep(offset: Int)
    case tooManyObjects(offset: Int)
    case tooLong(bytes: Int)
}

extension TLV {
    /// The objects of one level. Zero bytes before, between and after objects are padding (EMV Book 3, Annex B1).
    /// Every byte must belong to an object or be padding.
    public static func list(_ bytes: ArraySlice<UInt8>, limits: TLVLimits = .standard) throws(TLVError) -> [TLV] {
        guard bytes.count <= limits.bytes else { throw .tooLong(bytes: bytes.count) }
        var reader = ByteReader(bytes)
        var objects: [TLV] = []
        while let next = reader.peek() {
            let start = reader.offset
            do {
                if next == 0 {
                    _ = try reader.byte()
                    continue
                }
                guard objects.count < limits.objects else { throw TLVError.tooManyObjects(offset: start) }
                let tag = try readTag(&reader)
                let count = try readLength(&reader)
                objects.append(TLV(tag: tag, value: try reader.take(count)))
            } catch let error as TLVError {
                throw error
            } catch {
                throw .truncated(offset: start)
            }
        }
        return objects
    }

    public static func list(_ bytes: [UInt8], limits: TLVLimits = .standard) throws(TLVError) -> [TLV] {
        try list(bytes[...], limits: limits)
    }

    /// Every object of every level, parents before their children, without recursion.
    public static func flattened(_ bytes: ArraySlice<UInt8>, limits: TLVLimits = .standard) throws(TLVError) -> [TLV] {
        var found: [TLV] = []
        // Depth first: the stack holds objects still to visit, the next one last.
        var stack = try list(bytes, limits: limits).reversed().map { (object: $0, depth: 1) }
        while let (object, depth) = stack.popLast() {
            let offset = object.value.startIndex - bytes.startIndex
            guard found.count < limits.objects else { throw .tooManyObjects(offset: offset) }
            found.append(object)
            guard object.tag.isConstructed else { continue }
            guard depth < limits.depth else { throw .tooDeep(offset: offset) }
            stack += try list(object.value, limits: limits).reversed().map { ($0, depth + 1) }
        }
        return found
    }

    public static func flattened(_ bytes: [UInt8], limits: TLVLimits = .standard) throws(TLVError) -> [TLV] {
        try flattened(bytes[...], limits: limits)
    }

    private static func readTag(_ reader: inout ByteReader) throws -> Tag {
        let start = reader.offset
        var number = UInt32(try reader.byte())
        guard number & 0x1F == 0x1F else { return Tag(rawValue: number) }
        for _ in 0..<3 {
            let next = try reader.byte()
            number = number << 8 | UInt32(next)
            if next & 0x80 == 0 { return Tag(rawValue: number) }
        }
        throw TLVError.tagTooLong(offset: start)
    }

    private static func readLength(_ reader: inout ByteReader) throws -> Int {
        let start = reader.offset
        let first = try reader.byte()
        guard first & 0x80 != 0 else { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...3).contains(count) else { throw TLVError.unsupportedLength(offset: start) }
        return try reader.take(count).reduce(0) { $0 << 8 | Int($1) }
    }
}
