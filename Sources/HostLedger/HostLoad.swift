import HostProtocol

/// How much the host has on its hands, and whom it sends away: a value, decided by nothing but what came and went.
///
/// Payments go first. An authorisation, and the sign of life that a terminal asks for before it, waits for nothing and counts
/// against no rate, as does a terminal that waits for news; while one is being answered, no second batch is begun. Batches are applied a few at a time, a few more
/// wait for a place, the others are sent away (503). What finds no place, or needs none, and comes faster than the host's
/// capacity is sent away too (429).
///
/// Those who are sent away are told different times to come again, one place after the other at the host's capacity: a herd
/// that came in one second comes back as a queue. The times go round within the span of ``HostPace/spread(terminals:capacity:)``:
/// more places than it has can only be asked for by terminals that were given one already.
public struct HostLoad: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Terminals a second that the host takes back, each with its queue and its limits.
        public var capacity: Int
        /// Batches applied at once; 0: none, payments go on.
        public var batches: Int
        /// Batches that may wait for a place.
        public var waiting: Int

        public static let capacities = 1...1_000_000
        public static let batchCounts = 0...64
        public static let waitingCounts = 0...10_000

        public init(capacity: Int = 100, batches: Int = 4, waiting: Int = 64) {
            self.capacity = min(max(capacity, Self.capacities.lowerBound), Self.capacities.upperBound)
            self.batches = min(max(batches, Self.batchCounts.lowerBound), Self.batchCounts.upperBound)
            self.waiting = min(max(waiting, Self.waitingCounts.lowerBound), Self.waitingCounts.upperBound)
        }
    }

    public enum Errand: Sendable, Hashable {
        /// An authorisation, or a sign of life.
        case payment
        case batch
        /// A long poll of a terminal that has all limits but the next.
        case news
        /// Other limits, reconciliation, certificates: what a terminal asks for that comes back.
        case other
    }

    public enum Decision: Sendable, Hashable {
        case enter
        /// Until ``next()`` lets it in.
        case wait
        /// - Parameter retryAfter: seconds.
        case sendAway(status: Int, retryAfter: Int64)
    }

    public var limits: Limits
    /// As ``HostPace/spread``, in seconds.
    public var span: Int64 = 60
    public private(set) var payments = 0
    public private(set) var batches = 0
    public private(set) var waiting = 0
    /// When the next request would come if all came at the capacity, and the next place of those who are sent away:
    /// microseconds.
    private var expected = Int64.min
    private var nextPlace = Int64.min

    /// Requests of one terminal that comes back: its queue, its limits, its certificates.
    static let requestsOfOne: Int64 = 3
    /// Microseconds of capacity that may come at once.
    static let burst: Int64 = 2_000_000
    private static let second: Int64 = 1_000_000

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    /// - Parameter now: milliseconds of a clock that never goes back.
    public mutating func arrived(_ errand: Errand, at now: Int64) -> Decision {
        let now = now.multipliedReportingOverflow(by: 1000).partialValue
        switch errand {
        case .payment:
            payments += 1
            return .enter
        // Held without work until something changes; then all of them ask again at once, and none has been away.
        case .news: return .enter
        case .other: return isTooFast(at: now) ? sendAway(429, at: now) : .enter
        case .batch:
            // Places are the measure, not the clock: a terminal that drains its queue alone goes as fast as it can.
            if waiting == 0, hasPlace {
                batches += 1
                return .enter
            }
            if isTooFast(at: now) { return sendAway(429, at: now) }
            guard limits.batches > 0, waiting < limits.waiting else { return sendAway(503, at: now) }
            waiting += 1
            return .wait
        }
    }

    /// What entered has been answered.
    public mutating func left(_ errand: Errand) {
        switch errand {
        case .payment: payments = max(0, payments - 1)
        case .batch: batches = max(0, batches - 1)
        case .news, .other: break
        }
    }

    /// Whether one that waits enters now.
    public mutating func next() -> Bool {
        guard waiting > 0, hasPlace else { return false }
        waiting -= 1
        batches += 1
        return true
    }

    /// One that waited has gone.
    public mutating func gaveUp() { waiting = max(0, waiting - 1) }

    /// One batch goes on beside payments: a busy shop must not starve its own queue.
    private var hasPlace: Bool { batches < (payments > 0 ? min(1, limits.batches) : limits.batches) }

    /// The generic cell rate algorithm (ITU-T I.371): what is sent away does not count.
    private mutating func isTooFast(at now: Int64) -> Bool {
        let due = max(expected, now)
        guard due - now <= Self.burst else { return true }
        expected = due + max(1, Self.second / (Int64(limits.capacity) * Self.requestsOfOne))
        return false
    }

    private mutating func sendAway(_ status: Int, at now: Int64) -> Decision {
        let first = now + Self.second, last = now + max(1, span) * Self.second
        let place = (first...last).contains(nextPlace) ? nextPlace : first
        nextPlace = place + max(1, Self.second / Int64(limits.capacity))
        return .sendAway(status: status, retryAfter: (place - now + Self.second - 1) / Self.second)
    }
}
