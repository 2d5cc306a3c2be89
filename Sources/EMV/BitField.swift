/// Bits of a fixed number of bytes whose meaning EMV names one by one (EMV Book 3 annex C). Byte 1 is the most
/// significant of the raw value; within a byte, b8 is the highest bit.
public protocol BitField: OptionSet, Sendable, Hashable, CustomStringConvertible
where RawValue: FixedWidthInteger & UnsignedInteger & Sendable, Element == Self {
    /// Bytes of the data object.
    static var byteCount: Int { get }
    /// Every bit that has a meaning, from b8 of byte 1 on, with its name in the specification's words.
    static var names: [(bit: Self, name: String)] { get }
}

extension BitField {
    /// Nil for another number of bytes than the object has.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | RawValue($1) })
    }

    /// The object's value.
    public var bytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: rawValue >> RawValue(8 * (Self.byteCount - 1 - $0))) }
    }

    /// The names of the bits that are set; bits without a meaning are left out.
    public var namesOfSetBits: [String] { Self.names.filter { contains($0.bit) }.map(\.name) }

    /// Set bits that have no name.
    public var unnamed: Self { subtracting(Self.names.reduce(into: []) { $0.formUnion($1.bit) }) }

    public var description: String { namesOfSetBits.isEmpty ? "none" : namesOfSetBits.joined(separator: ", ") }

    /// A bit by its place in the specification: bytes from 1, bits from 8 down to 1.
    static func at(_ byte: Int, _ bit: Int) -> Self {
        Self(rawValue: RawValue(1) << RawValue(8 * (byteCount - byte) + bit - 1))
    }
}
