/// Replacing the message of a TLV area so that a tag torn away at any command carries the old message or none: length
/// zero first, then the data, and the length last (Type 2 Tag 1.2 §6.4.3, Type 5 Tag 1.0 §7.5).
extension TLVArea {
    /// Where a message may be put.
    private struct Room {
        /// Addresses from the NDEF TLV's tag on, in order. None lies in a block that holds reserved bytes too.
        var cells: [Int]
        /// Another TLV follows: what is left over is filled with null TLVs, as a terminator would hide it.
        var isFollowed = false
    }

    /// Puts `message` into the area, in the place of the one that is there or behind the other TLVs.
    /// - Throws: ``TagProblem/noRoom(bytes:capacity:)`` before anything is written; ``TagProblem/notVerified(page:)`` when the
    ///   tag did not take the data: it then carries an empty message.
    mutating func replace(with message: [UInt8], _ memory: TagMemoryCache) throws(TagInterruption) {
        let room = try room(memory)
        let length = message.count < 0xFF
            ? [UInt8(message.count)]
            : [0xFF, UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)]
        let image = [0x03] + length + message
        guard message.count < 0xFFFF, image.count <= room.cells.count, room.cells.count >= 2 else {
            throw .problem(.noRoom(bytes: message.count, capacity: Self.capacity(room.cells.count)))
        }
        var wanted = Dictionary(uniqueKeysWithValues: zip(room.cells, image))
        if room.isFollowed {
            for cell in room.cells.dropFirst(image.count) { wanted[cell] = 0x00 }
        } else if room.cells.count > image.count {
            wanted[room.cells[image.count]] = 0xFE
        }
        let (tag, size) = (room.cells[0], room.cells[1])
        let lengthBlock = size / memory.blockBytes
        try change([size: 0x00, tag: 0x03].filter { $0.key / memory.blockBytes == lengthBlock }, lengthBlock, memory)
        let tagBlock = tag / memory.blockBytes
        if tagBlock != lengthBlock { try change([tag: 0x03], tagBlock, memory) }
        let blocks = Set(wanted.keys.map { $0 / memory.blockBytes }).subtracting([lengthBlock]).sorted()
        for block in blocks { try change(wanted, block, memory) }
        try change(wanted, lengthBlock, memory)
    }

    /// Message bytes that fit behind tag and length.
    private static func capacity(_ cells: Int) -> Int { max(0, cells - 2 < 0xFF ? cells - 2 : max(cells - 4, 0xFE)) }

    /// Writes a block when it differs from what is wanted, and reads it back.
    private func change(_ wanted: [Int: UInt8], _ block: Int, _ memory: TagMemoryCache) throws(TagInterruption) {
        let old = try memory.block(block)
        var new = old
        for index in new.indices {
            if let byte = wanted[block * memory.blockBytes + index] { new[index] = byte }
        }
        guard new != old else { return }
        try memory.store(block: block, new)
        guard try memory.block(block) == new else { throw .problem(.notVerified(page: block)) }
    }

    /// Walks all TLVs: the first NDEF TLV is the place, else the terminator or the null TLVs at the end.
    private mutating func room(_ memory: TagMemoryCache) throws(TagInterruption) -> Room {
        var address = range.lowerBound
        // Readers count null TLVs, too: a message behind more than they walk would not be found again.
        var passed = 0
        while passed < Self.mostBlocks {
            var nulls = Nulls()
            guard let start = try next(&address, memory, &nulls) else {
                return Room(cells: cells(nulls.first ?? range.upperBound, range.upperBound, memory))
            }
            let tag = try memory.byte(start)
            if tag == 0xFE { return Room(cells: cells(nulls.first ?? start, range.upperBound, memory)) }
            passed += nulls.count + 1
            guard passed <= Self.mostBlocks else { break }
            address = start + 1
            guard let value = try value(&address, memory, keeping: isControl(tag)) else {
                // A message whose length is wrong has nothing behind it that could be kept.
                guard tag == 0x03 else { throw .problem(.truncatedBlock(address: start)) }
                return Room(cells: cells(start, range.upperBound, memory))
            }
            if isControl(tag) { reserve(value.bytes, bits: tag == 0x01) }
            guard tag == 0x03 else { continue }
            let follower = try follower(address, memory, isEmpty: value.length == 0)
            return Room(cells: cells(start, follower ?? range.upperBound, memory), isFollowed: follower != nil)
        }
        throw .problem(.tooManyBlocks)
    }

    /// The TLV behind the message, which stays; nil for none. Behind an empty message that a torn write left lies what the
    /// old one was: unless all of it are TLVs of their own, none of it is.
    private func follower(
        _ start: Int, _ memory: TagMemoryCache, isEmpty: Bool
    ) throws(TagInterruption) -> Int? {
        var (address, nulls, first) = (start, Nulls(), Int?.none)
        for _ in 0..<Self.mostBlocks {
            guard let start = try next(&address, memory, &nulls) else { return first }
            let tag = try memory.byte(start)
            if tag == 0xFE { return first }
            first = first ?? start
            guard isEmpty else { return first }
            address = start + 1
            guard tag == 0xFD || isControl(tag), let value = try value(&address, memory, keeping: false),
                tag == 0xFD || value.length == 3
            else { return nil }
        }
        return nil
    }

    /// Null TLVs that were passed.
    private struct Nulls {
        var first: Int?
        var count = 0
    }

    /// The next TLV that is not null; nil at the end of the area.
    private func next(
        _ address: inout Int, _ memory: TagMemoryCache, _ nulls: inout Nulls
    ) throws(TagInterruption) -> Int? {
        while let start = skip(address) {
            guard try memory.byte(start) == 0x00 else { return start }
            nulls.first = nulls.first ?? start
            nulls.count += 1
            address = start + 1
        }
        return nil
    }

    /// Addresses that may be written, up to the first block that reserved bytes share: its lock bytes stay untouched.
    private func cells(_ start: Int, _ end: Int, _ memory: TagMemoryCache) -> [Int] {
        var cells: [Int] = []
        var next = start
        while let address = skip(next), address < end {
            let block = address / memory.blockBytes * memory.blockBytes
            if reserved.contains(where: { $0.overlaps(block..<(block + memory.blockBytes)) }) { break }
            cells.append(address)
            next = address + 1
        }
        return cells
    }
}
