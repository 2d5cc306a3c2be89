import SmartCard

/// Makes visits out of what a reader reports. A telephone flaps: it falls out of the field and comes back within a moment,
/// with another UID, while its holder holds it still. That is one visit. A value: events and times in, changes out.
///
/// A visit says nothing of who visits: another card may have come within the quiet time. Who it is, is read again on each
/// ``Change/returned(generation:)``, and nothing of before holds.
public struct TapDebounce: Sendable, Hashable {
    public enum Change: Sendable, Hashable {
        /// A card came, after the field had been empty.
        case arrived(generation: UInt64)
        /// The same visit: the card fell out and is there again. A session with it is lost.
        case returned(generation: UInt64)
        /// The field has been empty for the quiet time.
        case left
    }

    private enum State: Sendable, Hashable {
        case empty
        case present(answerToReset: [UInt8])
        /// It may come back until then.
        case away(answerToReset: [UInt8], until: Int64)
    }

    /// Milliseconds.
    public let quiet: Int64
    private var state = State.empty

    /// - Parameter quiet: milliseconds, held within 50 to 200: telephones need that much, people don't see it.
    public init(quiet: Int64 = 150) { self.quiet = min(max(quiet, 50), 200) }

    /// When ``passed(at:)`` is to be called next, on the clock of the events; nil: not before another event.
    public var deadline: Int64? {
        guard case .away(_, let until) = state else { return nil }
        return until
    }

    /// - Parameter now: milliseconds of a clock that does not jump.
    public mutating func handle(_ event: CardEvent, at now: Int64) -> [Change] {
        let before = passed(at: now)
        switch (event, state) {
        case (.inserted(let answer, let generation), .empty):
            state = .present(answerToReset: answer)
            return before + [.arrived(generation: generation)]
        case (.inserted(let answer, let generation), .present(let known)), (.inserted(let answer, let generation), .away(let known, _)):
            state = .present(answerToReset: answer)
            return before + (answer == known ? [.returned(generation: generation)] : [.left, .arrived(generation: generation)])
        // A telephone that falls silent for a moment is one that is away for a moment.
        case (.removed, .present(let answer)), (.mute, .present(let answer)):
            let (until, isFar) = now.addingReportingOverflow(quiet)
            state = .away(answerToReset: answer, until: isFar ? .max : until)
            return before
        case (.removed, _), (.mute, _): return before
        case (.unavailable, .empty): return before
        case (.unavailable, _):
            state = .empty
            return before + [.left]
        }
    }

    /// The time is `now`.
    public mutating func passed(at now: Int64) -> [Change] {
        guard let deadline, now >= deadline else { return [] }
        state = .empty
        return [.left]
    }
}
