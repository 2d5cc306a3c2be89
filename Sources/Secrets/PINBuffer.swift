/// A PIN while its keys are pressed: none to twelve digits in locked memory (``SecretBytes``). The carrier of the entry machine
/// owns it; what is shown is ``count`` and nothing else.
public struct PINBuffer: ~Copyable, Sendable {
    public static let greatestCount = 12

    /// How many digits, then the digits 0–9, a byte each; beyond them zeros.
    private var bytes: SecretBytes

    public init() throws(SecretMemoryError) { bytes = try SecretBytes(count: 1 + Self.greatestCount) }

    public var count: Int { bytes.withBytes { Int($0[0]) } }

    /// - Parameter digit: 0–9, no character code.
    /// - Returns: false when it is no digit or there are twelve; then nothing has changed.
    @discardableResult
    public mutating func append(_ digit: UInt8) -> Bool {
        bytes.withMutableBytes { bytes in
            guard digit <= 9, Int(bytes[0]) < Self.greatestCount else { return false }
            bytes[0] += 1
            bytes[Int(bytes[0])] = digit
            return true
        }
    }

    public mutating func removeLast() {
        bytes.withMutableBytes { bytes in
            guard bytes[0] > 0 else { return }
            bytes[Int(bytes[0])] = 0
            bytes[0] -= 1
        }
    }

    public mutating func clear() { bytes.wipe() }

    /// The PIN; the digits move, they are not copied. Nil for less than four digits, which are gone then.
    public consuming func finished() -> PIN? {
        guard count >= PIN.leastCount else { return nil }
        return PIN(bytes)
    }
}
