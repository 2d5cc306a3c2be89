/// Reads bytes front to back within bounds. Every read that would pass the end throws with the offset it stood at;
/// the bytes themselves never reach the error.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Bytes read so far.
    public var offset: Int { index - bytes.startIndex }
    public var remaining: Int { bytes.endIndex - index }
    public var isAtEnd: Bool { index == bytes.endIndex }

    public mutating func byte() throws(ByteReaderError) -> UInt8 {
        guard index < bytes.endIndex else { throw .truncated(offset: offset, wanted: 1, available: 0) }
        defer { index += 1 }
        return bytes[index]
    }

    public func peek() -> UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    /// The next `count` bytes; a negative count is an error like one too large.
    public mutating func take(_ count: Int) throws(ByteReaderError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw .truncated(offset: offset, wanted: count, available: remaining)
        }
        defer { index += count }
        return bytes[index..<(index + count)]
    }

    public mutating func uint16() throws(ByteReaderError) -> UInt16 {
        let pair = try take(2)
        return pair.reduce(0) { $0 << 8 | UInt16($1) }
    }

    public mutating func rest() -> ArraySlice<UInt8> {
        defer { index = bytes.endIndex }
        return bytes[index...]
    }
}

public enum ByteReaderError: Error, Hashable, Sendable {
    case truncated(offset: Int, wanted: Int, available: Int)
}
