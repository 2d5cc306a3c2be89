/// A PIN of four to twelve digits (ISO 9564-1 §6) in locked memory: one owner, no copy, no description, no encoding, no `==`,
/// no way to text. It leaves as a PIN block, or through ``isEqualInConstantTime(to:)``.
///
/// A class may own one, as whoever waits for the reader must; but nobody gets it out of there twice.
public struct PIN: ~Copyable, Sendable {
    public static let leastCount = 4

    /// As in ``PINBuffer``: with the length in front, PINs of different lengths differ.
    private let bytes: SecretBytes

    /// - Parameter bytes: of a buffer that holds four digits or more.
    init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// For a host that opens PIN blocks, and for simulated entry. Nil for anything but four to twelve digits 0–9, each a byte
    /// of its own; the caller overwrites its own copy.
    package init?(digits: some Collection<UInt8>) throws(SecretMemoryError) {
        guard digits.count <= PINBuffer.greatestCount else { return nil }
        var buffer = try PINBuffer()
        for digit in digits {
            guard buffer.append(digit) else { return nil }
        }
        guard let pin = buffer.finished() else { return nil }
        self = pin
    }

    /// Lends the digits 0–9, a byte each, for a PIN block. Not for integrators: `package`.
    package borrowing func withDigits<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withBytes { bytes throws(Failure) in try body(UnsafeBufferPointer(rebasing: bytes[1...Int(bytes[0])])) }
    }

    /// Whether both are the same PIN; the time tells nothing of either, not even their lengths.
    public borrowing func isEqualInConstantTime(to other: borrowing PIN) -> Bool { bytes.isEqualInConstantTime(to: other.bytes) }
}
