/// The data area of a tag that keeps its message in a TLV (NFC Forum Type 2 Tag 1.2 §6, Type 5 Tag 1.0 §4, NXP AN1304): a
/// walk that reads no further than it must. Addresses are bytes of the tag's memory.
struct TLVArea {
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

    static let mostBlocks = 64
    /// Bytes of an area that are looked at, whatever its container says: twice the longest message.
    static let mostBytes = 16_384
    let range: Range<Int>
    /// Whether lock and memory control TLVs mean anything: on Type 2 tags only.
    let hasControls: Bool
    private(set) var reserved: [Range<Int>] = []

    init(_ range: Range<Int>, hasControls: Bool) {
        self.range = range.lowerBound..<min(range.upperBound, range.lowerBound + Self.mostBytes)
        self.hasControls = hasControls
    }

    /// Finds the first NDEF TLV; nil when there is none.
    mutating func ndefValue(_ memory: TagMemoryCache) throws(TagInterruption) -> Value? {
        var address = range.lowerBound
        for _ in 0..<Self.mostBlocks {
            guard let start = skip(address) else { return nil }
            let tag = try memory.byte(start)
            address = start + 1
            if tag == 0x00 { continue }
            if tag == 0xFE { return nil }
            guard let block = try value(&address, memory, keeping: tag == 0x03 || isControl(tag)) else {
                throw .problem(.truncatedBlock(address: start))
            }
            if isControl(tag) { reserve(block.bytes, bits: tag == 0x01) }
            guard tag == 0x03 else { continue }
            let first = block.first
            guard address - first != block.length else {
                return Value(bytes: block.bytes, unskipped: nil, prefersUnskipped: false)
            }
            let plain = try memory.bytes(first..<(first + block.length))
            let endsHere = address < range.upperBound ? try memory.byte(address) == 0xFE : false
            let endsEarlier = try memory.byte(first + block.length) == 0xFE
            return Value(bytes: block.bytes, unskipped: plain, prefersUnskipped: endsEarlier && !endsHere)
        }
        throw .problem(.tooManyBlocks)
    }

    func isControl(_ tag: UInt8) -> Bool { hasControls && (tag == 0x01 || tag == 0x02) }

    /// Length and value of the TLV whose tag is behind `address`, which moves past them; nil when they end outside of the
    /// area. Values that nobody looks at are stepped over unread.
    func value(
        _ address: inout Int, _ memory: TagMemoryCache, keeping: Bool
    ) throws(TagInterruption) -> (first: Int, length: Int, bytes: [UInt8])? {
        guard let length = try length(&address, memory) else { return nil }
        guard !keeping || length <= NDEFMessage.Limits().bytes else { throw .problem(.message(.tooLong(bytes: length))) }
        let first = address
        var bytes: [UInt8] = []
        if keeping { bytes.reserveCapacity(length) }
        for _ in 0..<length {
            guard let next = skip(address) else { return nil }
            if keeping { bytes.append(try memory.byte(next)) }
            address = next + 1
        }
        return (first, length, bytes)
    }

    /// One byte, or FF and two.
    private func length(_ address: inout Int, _ memory: TagMemoryCache) throws(TagInterruption) -> Int? {
        var bytes: [Int] = []
        while bytes.isEmpty || (bytes.count < 3 && bytes[0] == 0xFF) {
            guard let next = skip(address) else { return nil }
            bytes.append(Int(try memory.byte(next)))
            address = next + 1
        }
        let length = bytes.count == 1 ? bytes[0] : bytes[1] << 8 | bytes[2]
        return length <= range.count ? length : nil
    }

    /// The first address from here on that is not reserved; nil at the end of the data area.
    func skip(_ address: Int) -> Int? {
        var address = address
        while let area = reserved.first(where: { $0.contains(address) }) { address = area.upperBound }
        return address < range.upperBound ? address : nil
    }

    /// Lock and memory control TLVs (Type 2 Tag §6.2.2, §6.2.3): position, size, page size. One that is malformed, or that
    /// would reserve the header, is ignored.
    mutating func reserve(_ value: [UInt8], bits: Bool) {
        guard value.count == 3 else { return }
        let pageSize = 1 << Int(value[2] & 0x0F)
        let start = Int(value[0] >> 4) * pageSize + Int(value[0] & 0x0F)
        let size = value[1] == 0 ? 256 : Int(value[1])
        let bytes = bits ? (size + 7) / 8 : size
        guard range.contains(start) else { return }
        reserved.append(start..<(start + bytes))
    }
}
