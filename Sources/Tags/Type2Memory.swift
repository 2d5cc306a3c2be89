/// The data area of a Type 2 tag (NFC Forum Type 2 Tag 1.2 §6): a walk over its TLVs that reads no further than it must.
/// Addresses are bytes from the start of page 0; the data area starts at 16.
struct Type2Memory {
    /// Bytes 12 to 15 of the tag.
    struct CapabilityContainer: Sendable, Hashable {
        /// Bytes in the data area: third byte × 8.
        let dataBytes: Int

        /// Nil when the tag is not formatted for NDEF, or for a later major version.
        init?(_ bytes: some Collection<UInt8>) {
            let bytes = Array(bytes)
            guard bytes.count == 4, bytes[0] == 0xE1, bytes[1] >> 4 == 1 else { return nil }
            dataBytes = Int(bytes[2]) * 8
        }
    }

    enum Failure: Error, Hashable, Sendable {
        /// The length of the TLV at this address points past the data area.
        case truncated(address: Int)
        /// More TLVs than a tag has use for.
        case tooManyBlocks
    }

    /// The NDEF TLV's value.
    struct Value: Sendable, Hashable {
        /// With the areas left out that control TLVs reserve.
        let bytes: [UInt8]
        /// As if nothing were reserved, when that differs. Widespread writers copy a lock control TLV of another chip onto
        /// the tag and then write straight through it.
        let unskipped: [UInt8]?
        /// The terminator stands behind `unskipped` and not behind `bytes`: the tag was written straight through.
        let prefersUnskipped: Bool
    }

    private static let mostBlocks = 64
    private let end: Int
    private var reserved: [Range<Int>] = []

    init(_ container: CapabilityContainer) { end = 16 + container.dataBytes }

    /// Finds the first NDEF TLV; nil when there is none.
    /// - Parameter byte: the byte at an address, which may read from the tag.
    mutating func ndefValue<Failed: Error>(
        byte: (Int) throws(Failed) -> UInt8, failure: (Failure) -> Failed
    ) throws(Failed) -> Value? {
        var address = 16
        for _ in 0..<Self.mostBlocks {
            guard let start = skip(address) else { return nil }
            let tag = try byte(start)
            address = start + 1
            if tag == 0x00 { continue }
            if tag == 0xFE { return nil }
            guard let length = try length(&address, byte) else { throw failure(.truncated(address: start)) }
            let first = address
            var value: [UInt8] = []
            value.reserveCapacity(length)
            for _ in 0..<length {
                guard let next = skip(address) else { throw failure(.truncated(address: start)) }
                // Only control and NDEF values are looked at; others are stepped over unread.
                if (0x01...0x03).contains(tag) { value.append(try byte(next)) }
                address = next + 1
            }
            switch tag {
            case 0x03:
                guard address - first != length else {
                    return Value(bytes: value, unskipped: nil, prefersUnskipped: false)
                }
                var plain: [UInt8] = []
                for position in first..<(first + length) { plain.append(try byte(position)) }
                let endsHere = address < end ? try byte(address) == 0xFE : false
                let endsEarlier = try byte(first + length) == 0xFE
                return Value(bytes: value, unskipped: plain, prefersUnskipped: endsEarlier && !endsHere)
            case 0x01: reserve(value, bits: true)
            case 0x02: reserve(value, bits: false)
            default: break
            }
        }
        throw failure(.tooManyBlocks)
    }

    /// One byte, or FF and two.
    private func length<Failed: Error>(
        _ address: inout Int, _ byte: (Int) throws(Failed) -> UInt8
    ) throws(Failed) -> Int? {
        var bytes: [Int] = []
        while bytes.isEmpty || (bytes.count < 3 && bytes[0] == 0xFF) {
            guard let next = skip(address) else { return nil }
            bytes.append(Int(try byte(next)))
            address = next + 1
        }
        let length = bytes.count == 1 ? bytes[0] : bytes[1] << 8 | bytes[2]
        return length <= end - 16 ? length : nil
    }

    /// The first address from here on that is not reserved; nil at the end of the data area.
    private func skip(_ address: Int) -> Int? {
        var address = address
        while let area = reserved.first(where: { $0.contains(address) }) { address = area.upperBound }
        return address < end ? address : nil
    }

    /// Lock and memory control TLVs (§6.2.2, §6.2.3): position, size, page size. One that is malformed, or that would
    /// reserve the header, is ignored.
    private mutating func reserve(_ value: [UInt8], bits: Bool) {
        guard value.count == 3 else { return }
        let pageSize = 1 << Int(value[2] & 0x0F)
        let start = Int(value[0] >> 4) * pageSize + Int(value[0] & 0x0F)
        let size = value[1] == 0 ? 256 : Int(value[1])
        let bytes = bits ? (size + 7) / 8 : size
        guard start >= 16, start < end else { return }
        reserved.append(start..<(start + bytes))
    }
}
