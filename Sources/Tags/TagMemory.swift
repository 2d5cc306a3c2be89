import SmartCard

/// What ends a mapping's work: the card is gone, or the memory makes no sense.
enum TagInterruption: Error {
    case card(CardError)
    case problem(TagProblem)
}

/// Memory of a tag as its mapping numbers it: bytes from 0, fetched in lines, stored in blocks. A line is one block or more.
protocol TagMemory: AnyObject {
    var lineBytes: Int { get }
    var blockBytes: Int { get }
    /// At least one byte; fewer than a line at the end of the memory.
    func fetch(line: Int) throws(TagInterruption) -> [UInt8]
    func store(block: Int, _ bytes: [UInt8]) throws(TagInterruption)
}

/// A tag's memory with what has been read of it. Bounded by the area that its mapping walks.
final class TagMemoryCache {
    private let memory: any TagMemory
    private var lines: [Int: [UInt8]] = [:]

    init(_ memory: any TagMemory) { self.memory = memory }

    var blockBytes: Int { memory.blockBytes }

    func byte(_ address: Int) throws(TagInterruption) -> UInt8 {
        let line = address / memory.lineBytes
        let bytes: [UInt8]
        if let known = lines[line] {
            bytes = known
        } else {
            bytes = try memory.fetch(line: line)
            lines[line] = bytes
        }
        let index = address % memory.lineBytes
        guard index < bytes.count else {
            throw .problem(.shortAnswer(page: line * memory.lineBytes / memory.blockBytes, bytes: bytes.count))
        }
        return bytes[index]
    }

    func bytes(_ range: Range<Int>) throws(TagInterruption) -> [UInt8] {
        var bytes: [UInt8] = []
        for address in range { bytes.append(try byte(address)) }
        return bytes
    }

    func block(_ block: Int) throws(TagInterruption) -> [UInt8] {
        try bytes(block * blockBytes..<(block + 1) * blockBytes)
    }

    /// Stores a block; what was known of it is forgotten first, so that the next look asks the tag.
    func store(block: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        lines[block * blockBytes / memory.lineBytes] = nil
        try memory.store(block: block, bytes)
    }
}
