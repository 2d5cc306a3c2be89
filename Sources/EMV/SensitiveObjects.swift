import SmartCard

/// Card numbers, tracks and names in bytes whose structure is lost: a tag, a length that fits, and a value of the tag's form, at any
/// place.
enum SensitiveObjects {
    static func find(in bytes: [UInt8], _ region: Range<Int>) -> [(content: TagContent, value: Range<Int>)] {
        var found: [(TagContent, Range<Int>)] = []
        for start in region where found.count < 256 {
            let tagLength = bytes[start] & 0x1F == 0x1F ? 2 : 1
            guard start + tagLength < region.upperBound else { break }
            let tag = Tag(rawValue: bytes[start..<start + tagLength].reduce(0) { $0 << 8 | UInt32($1) })
            guard let content = contents[tag] else { continue }
            let first = start + tagLength + 1
            let last = first + Int(bytes[start + tagLength])
            guard last <= region.upperBound, first < last, holds(content, bytes[first..<last]) else { continue }
            found.append((content, first..<last))
        }
        return found
    }

    private static let contents: [Tag: TagContent] = [
        0x56: .track1, 0x57: .track2, 0x5A: .accountNumber, 0x5F20: .name, 0x9F0B: .name, 0x9F1F: .secret, 0x9F20: .secret,
        0x9F6B: .track2,
    ]

    private static func holds(_ content: TagContent, _ value: ArraySlice<UInt8>) -> Bool {
        let nibbles = value.lazy.flatMap { [$0 >> 4, $0 & 0x0F] }
        switch content {
        case .accountNumber:
            return (4...10).contains(value.count) && nibbles.drop { $0 <= 9 }.allSatisfy { $0 == 0x0F } && nibbles.prefix { $0 <= 9 }.count >= 8
        case .track2: return value.count <= 19 && (8...19).contains(nibbles.prefix { $0 <= 9 }.count) && nibbles.drop { $0 <= 9 }.first == 0x0D
        case .name, .track1: return (2...76).contains(value.count) && value.allSatisfy { (0x20...0x7E).contains($0) }
        default: return (1...60).contains(value.count)
        }
    }
}
