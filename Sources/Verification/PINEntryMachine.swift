/// One entry of a PIN, key by key: events in, actions out. It counts digits and never sees one: the carrier has the key that was
/// pressed, and puts it into its ``PINBuffer`` when it is told to. So the machine may be copied, compared and logged.
///
/// Nothing is taken before the amount is shown. From one key to the next go thirty seconds at most, and sixty over all; a key that
/// comes at or after that moment comes too late, even when the timer has not fired yet.
public struct PINEntryMachine: Sendable, Hashable {
    /// Milliseconds.
    public static let greatestPause: Int64 = 30_000
    public static let greatestTime: Int64 = 60_000

    public enum Event: Sendable, Hashable {
        /// The payer can read the amount.
        case amountShown
        /// A digit's key; which one, the carrier knows.
        case digit
        case backspace
        case clear
        case enter
        case cancel
        /// Payer or cashier leave the PIN out.
        case bypass
        case timer
        case deviceLost
    }

    public enum Action: Sendable, Hashable {
        /// Put the digit that was just pressed into the buffer.
        case append
        case removeLast
        /// Empty the buffer.
        case clear
        /// Show so many `*`, and nothing else.
        case show(stars: Int)
        /// A tone for a key that does nothing; the same for all.
        case refuse
        /// Wake the machine with ``Event/timer`` at this time.
        case wake(at: Int64)
        case finish(Outcome)
    }

    public enum Outcome: Sendable, Hashable {
        /// The buffer is the PIN.
        case entered
        /// In all that follow the buffer is overwritten.
        case bypassed
        case cancelled
        case timedOut
        case deviceLost
    }

    private enum Phase: Sendable, Hashable {
        case beforeAmount
        case entering(since: Int64, lastKey: Int64)
        case finished(Outcome)
    }

    private let digits: ClosedRange<Int>
    private let allowsBypass: Bool
    private var phase = Phase.beforeAmount
    /// Digits in the carrier's buffer.
    public private(set) var count = 0

    public init<Scope>(_ request: PINEntryRequest<Scope>) {
        digits = request.digits
        allowsBypass = request.allowsBypass
    }

    public var outcome: Outcome? {
        if case .finished(let outcome) = phase { outcome } else { nil }
    }

    /// - Parameter now: milliseconds of a clock that never goes back.
    /// - Returns: what is to be done, in this order; nothing once it is finished.
    public mutating func handle(_ event: Event, at now: Int64) -> [Action] {
        switch phase {
        case .finished: return []
        case .beforeAmount: return beforeAmount(event, at: now)
        case .entering(let since, let lastKey):
            let end = Self.end(since: since, lastKey: lastKey)
            // Giving up is never too late.
            if now >= end, event != .cancel, event != .deviceLost { return finish(.timedOut) }
            return entering(event, since: since, lastKey: lastKey, at: now)
        }
    }

    private mutating func beforeAmount(_ event: Event, at now: Int64) -> [Action] {
        switch event {
        case .amountShown:
            phase = .entering(since: now, lastKey: now)
            return [.show(stars: 0), .wake(at: Self.end(since: now, lastKey: now))]
        case .cancel: return finish(.cancelled)
        case .deviceLost: return finish(.deviceLost)
        // Keys pressed into a display that does not show the amount yet.
        case .digit, .backspace, .clear, .enter, .bypass: return [.refuse]
        case .timer: return []
        }
    }

    private mutating func entering(_ event: Event, since: Int64, lastKey: Int64, at now: Int64) -> [Action] {
        switch event {
        case .digit:
            guard count < digits.upperBound else { return pressed([.refuse], since, now) }
            count += 1
            return pressed([.append, .show(stars: count)], since, now)
        case .backspace:
            guard count > 0 else { return pressed([.refuse], since, now) }
            count -= 1
            return pressed([.removeLast, .show(stars: count)], since, now)
        case .clear:
            count = 0
            return pressed([.clear, .show(stars: 0)], since, now)
        case .enter:
            guard digits.contains(count) else { return pressed([.refuse], since, now) }
            phase = .finished(.entered)
            return [.finish(.entered)]
        case .bypass: return allowsBypass ? finish(.bypassed) : pressed([.refuse], since, now)
        case .cancel: return finish(.cancelled)
        case .deviceLost: return finish(.deviceLost)
        case .amountShown: return []
        case .timer: return [.wake(at: Self.end(since: since, lastKey: lastKey))]
        }
    }

    private mutating func pressed(_ actions: [Action], _ since: Int64, _ now: Int64) -> [Action] {
        phase = .entering(since: since, lastKey: now)
        return actions + [.wake(at: Self.end(since: since, lastKey: now))]
    }

    private mutating func finish(_ outcome: Outcome) -> [Action] {
        phase = .finished(outcome)
        count = 0
        return [.clear, .show(stars: 0), .finish(outcome)]
    }

    private static func end(since: Int64, lastKey: Int64) -> Int64 {
        let (pause, isFar) = lastKey.addingReportingOverflow(greatestPause)
        let (whole, isFarther) = since.addingReportingOverflow(greatestTime)
        return min(isFar ? .max : pause, isFarther ? .max : whole)
    }
}
