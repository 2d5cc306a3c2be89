/// Sequences that are hidden wherever they come again, such as card numbers (as digits) and names. All are looked for at once: what a
/// search costs does not grow with how many there are.
public struct KnownSequences: Sendable {
    /// So long a part of a sequence is looked for.
    public static let greatestLength = 76

    /// A tree: the node behind a node (its number, times 256) by a symbol. 0 is the root.
    private var next: [Int: Int] = [:]
    private var isEnd = [false]
    private var begins = [Bool](repeating: false, count: 256)

    /// Shorter sequences are left out: they would be found everywhere.
    private let least: Int

    public init(least: Int) { self.least = max(1, least) }

    public init(_ sequences: some Sequence<[UInt8]>, least: Int) {
        self.init(least: least)
        for sequence in sequences { insert(sequence) }
    }

    public mutating func insert(_ sequence: [UInt8]) {
        guard sequence.count >= least else { return }
        var node = 0
        begins[Int(sequence[0])] = true
        for symbol in sequence.prefix(Self.greatestLength) {
            let key = node << 8 | Int(symbol)
            if let known = next[key] {
                node = known
            } else {
                node = isEnd.count
                next[key] = node
                isEnd.append(false)
            }
        }
        isEnd[node] = true
    }

    /// As far as it is looked for.
    public func contains(_ sequence: [UInt8]) -> Bool {
        var node = 0
        for symbol in sequence.prefix(Self.greatestLength) {
            guard let after = next[node << 8 | Int(symbol)] else { return false }
            node = after
        }
        return isEnd[node]
    }

    public var isEmpty: Bool { isEnd.count == 1 }

    /// Where sequences stand in `symbols`, in the order of their beginnings.
    /// - Parameter steps: goes up by the symbols looked at, at most ``greatestLength`` + 1 for each.
    func matches(in symbols: [UInt8], _ steps: inout Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        steps += symbols.count
        for start in symbols.indices where begins[Int(symbols[start])] {
            var node = 0
            for index in start..<symbols.count {
                guard let after = next[node << 8 | Int(symbols[index])] else { break }
                steps += 1
                node = after
                if isEnd[node] { found.append(start..<index + 1) }
            }
        }
        return found
    }
}
