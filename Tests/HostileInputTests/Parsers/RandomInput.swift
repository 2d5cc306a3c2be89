/// SplitMix64: the same inputs in every run of a seed.
public struct RandomInput: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// 0 to `limit` - 1; the slight bias of the remainder does not matter here.
    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(truncatingIfNeeded: next() >> 33) % limit }
}

/// Inputs for a parser, made of its corpus: random bytes, members of the corpus changed in a few places, cut short, and
/// spliced with one another.
public struct InputMaker: Sendable {
    /// More than this is cut off.
    public static let greatestInput = 4096

    private let corpus: [[UInt8]]
    private var random: RandomInput

    public init(corpus: [[UInt8]], seed: UInt64) {
        self.corpus = corpus.filter { !$0.isEmpty }
        random = RandomInput(seed: seed)
    }

    public mutating func next() -> [UInt8] {
        guard !corpus.isEmpty, random.below(8) > 0 else { return noise(random.below(random.below(4) == 0 ? 300 : 40)) }
        var bytes = corpus[random.below(corpus.count)]
        switch random.below(8) {
        case 0: bytes.removeLast(random.below(bytes.count))
        case 1: bytes = splice(bytes)
        default: break
        }
        for _ in 0..<(1 + random.below(4)) { change(&bytes) }
        if bytes.count > Self.greatestInput { bytes.removeLast(bytes.count - Self.greatestInput) }
        return bytes
    }

    private mutating func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private mutating func splice(_ bytes: [UInt8]) -> [UInt8] {
        let other = corpus[random.below(corpus.count)]
        return Array(bytes.prefix(random.below(bytes.count + 1))) + other.suffix(random.below(other.count + 1))
    }

    private static let remarkable: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0xFE, 0xFF, 0x20, 0x22, 0x2D, 0x30, 0x39, 0x7B]

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = noise(1 + random.below(8)) }
        let at = random.below(bytes.count)
        switch random.below(10) {
        case 0, 1: bytes[at] ^= 1 << UInt8(random.below(8))
        case 2: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 3: bytes[at] = Self.remarkable[random.below(Self.remarkable.count)]
        case 4: bytes[at] &+= random.below(2) == 0 ? 1 : 0xFF
        case 5: bytes.remove(at: at)
        case 6: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        case 7:
            // A stretch twice.
            let end = min(bytes.count, at + 1 + random.below(16))
            bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 8: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(16)))
        default:
            let other = random.below(bytes.count)
            bytes.swapAt(at, other)
        }
    }
}
