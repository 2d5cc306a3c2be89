/// A parser that bytes of others reach, as a fuzzer and the tests feed it.
public struct HostileParser: Sendable {
    /// Also its folder in `Fuzz/Corpus`.
    public let name: String
    public let bound: WorkBound
    /// Well-formed inputs, from which the corpus is written.
    public let samples: @Sendable () throws -> [[UInt8]]
    private let feed: @Sendable ([UInt8]) throws -> Int

    /// - Parameter feed: hands one input to the parser, swallows its refusals and throws ``BrokenPromise`` where the parser
    ///   accepted what it must not. Returns how many commands a card got, 0 where there is no card.
    init(
        _ name: String, _ feed: @escaping @Sendable ([UInt8]) throws -> Int, _ samples: @escaping @Sendable () throws -> [[UInt8]],
        within bound: WorkBound = WorkBound()
    ) {
        (self.name, self.bound, self.feed, self.samples) = (name, bound, feed, samples)
    }

    /// A parser without a card.
    init(
        _ name: String, _ feed: @escaping @Sendable ([UInt8]) throws -> Void, _ samples: @escaping @Sendable () throws -> [[UInt8]],
        within bound: WorkBound = WorkBound()
    ) {
        (self.name, self.bound, self.samples) = (name, bound, samples)
        self.feed = { bytes in
            try feed(bytes)
            return 0
        }
    }

    /// - Returns: commands that the card got.
    /// - Throws: ``BrokenPromise``.
    @discardableResult
    public func run(_ input: [UInt8]) throws -> Int {
        let commands = try feed(input)
        guard commands <= bound.commands else { throw BrokenPromise("\(commands) commands for one card") }
        return commands
    }
}

/// What one input may cost. Memory is counted at malloc; an input of n bytes may take `fixed + each * n`.
public struct WorkBound: Sendable {
    public struct Memory: Sendable {
        public let fixed: Int
        public let each: Int

        public init(_ fixed: Int, each: Int) { (self.fixed, self.each) = (fixed, each) }

        public func limit(_ bytes: Int) -> Int { fixed + each * bytes }
    }

    /// Commands that a card may make the terminal send.
    public let commands: Int
    /// All that is ever asked for: every copy counts, so that it bounds the work too.
    public let asked: Memory
    /// What is held at once.
    public let held: Memory
    /// Bytes that an input may leave behind for ever, on the average.
    public let left: Int

    public init(
        commands: Int = 0, asked: Memory = Memory(16_384, each: 512), held: Memory = Memory(16_384, each: 256), left: Int = 0
    ) {
        (self.commands, self.asked, self.held, self.left) = (commands, asked, held, left)
    }
}

/// A parser accepted what it must not, or did more than it may.
public struct BrokenPromise: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

func promise(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    guard holds else { throw BrokenPromise(what()) }
}
