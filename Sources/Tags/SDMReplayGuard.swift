/// What became of a tag's counter.
public enum CounterAdvance: Sendable, Hashable {
    /// It is the highest so far. Taps between the last one and this were read by somebody else, or never arrived: that is
    /// normal, and how many is for statistics alone.
    case advanced(missed: UInt32)
    /// As high has been seen before: a URL that was kept, copied or read out of order.
    case replayed(last: UInt32)
}

/// Remembers the highest counter of each tag, so that each tap counts once.
public protocol SDMReplayGuard: Sendable {
    /// Compares and sets in one step that no other caller gets into, and returns when the result is durable. A counter
    /// never goes back. Called for tags alone whose MAC was good: anybody could move the counter otherwise.
    /// - Parameters:
    ///   - tag: UID, seven bytes; kept as a keyed pseudonym (ALL-5).
    ///   - counter: 24 bits, from 1.
    func advance(tag: [UInt8], to counter: UInt32) throws -> CounterAdvance
}
