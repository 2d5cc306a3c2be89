import Core

/// Which key of which terminal: what the host needs to find a DUKPT key, and no secret. Ten bytes with a counter of 21 bits for
/// triple DES (ANSI X9.24-1:2009), twelve with one of 32 bits for AES (ANSI X9.24-3:2017).
public struct KeySerialNumber: Sendable, Hashable {
    public let bytes: [UInt8]

    /// Nil for another number of bytes than ten or twelve.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 10 || bytes.count == 12 else { return nil }
        self.bytes = bytes
    }

    /// - Parameter base: the key's part, with a counter that is ignored.
    init(base: [UInt8], counter: UInt32) {
        var bytes = base
        let keeps: UInt32 = base.count == 10 ? ~0x1F_FFFF : 0
        let tail = bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & keeps | counter
        for place in 0..<4 { bytes[bytes.count - 1 - place] = UInt8(truncatingIfNeeded: tail >> (8 * UInt32(place))) }
        self.bytes = bytes
    }

    /// How often the key was advanced; 0 names the initial key.
    public var counter: UInt32 {
        bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & (bytes.count == 10 ? 0x1F_FFFF : .max)
    }
}

extension KeySerialNumber: CustomStringConvertible {
    public var description: String { Hex.encode(bytes) }
}
