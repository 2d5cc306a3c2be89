import SmartCard

/// Data objects of one level with their places, as far as they can be read: unlike ``TLV/list(_:limits:)`` it keeps what stands
/// before a fault.
struct ObjectScan {
    struct Object {
        let tag: Tag
        /// Tag, length and value.
        let whole: Range<Int>
        let value: Range<Int>
    }

    /// Where reading stopped.
    struct Broken {
        /// Nil when not even a tag could be read.
        let tag: Tag?
        /// What the length says; nil when it could not be read.
        let length: Int?
        let whole: Range<Int>
        /// What is there of the value.
        let value: Range<Int>
    }

    static let greatestCount = 512

    private(set) var found: [Object] = []
    private(set) var broken: Broken?
    var isWhole: Bool { broken == nil }

    init(_ bytes: [UInt8], _ range: Range<Int>) { scan(bytes, range) }

    private mutating func scan(_ bytes: [UInt8], _ range: Range<Int>) {
        var next = range.lowerBound
        while next < range.upperBound {
            let start = next
            // Padding, EMV Book 3 annex B1.
            guard bytes[start] != 0 else {
                next += 1
                continue
            }
            func stop(_ tag: Tag?, _ length: Int?, at value: Int) {
                broken = Broken(tag: tag, length: length, whole: start..<range.upperBound, value: min(value, range.upperBound)..<range.upperBound)
            }
            guard found.count < Self.greatestCount else { return stop(nil, nil, at: start) }
            var number = UInt32(bytes[next])
            next += 1
            if number & 0x1F == 0x1F {
                var isOpen = true
                for _ in 0..<3 where isOpen {
                    guard next < range.upperBound else { return stop(nil, nil, at: start) }
                    number = number << 8 | UInt32(bytes[next])
                    isOpen = bytes[next] & 0x80 != 0
                    next += 1
                }
                guard !isOpen else { return stop(nil, nil, at: start) }
            }
            let tag = Tag(rawValue: number)
            guard next < range.upperBound else { return stop(tag, nil, at: next) }
            var length = Int(bytes[next])
            next += 1
            if length >= 0x80 {
                let count = length & 0x7F
                guard (1...3).contains(count), range.upperBound - next >= count else { return stop(tag, nil, at: next) }
                length = bytes[next..<next + count].reduce(0) { $0 << 8 | Int($1) }
                next += count
            }
            guard length <= range.upperBound - next else { return stop(tag, length, at: next) }
            found.append(Object(tag: tag, whole: start..<next + length, value: next..<next + length))
            next += length
        }
    }
}
