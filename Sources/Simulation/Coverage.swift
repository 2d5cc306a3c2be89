/// What happens to an account in a simulated shop.
public enum SimulatedEvent: Int, CaseIterable, Sendable {
    // At a lane.
    case begin, payOffline, payDeferred, holdOffline, decline, declineWithFee, torn, abandon
    case askHost, requestLost, onlineApproval, onlineHold, onlineDecline, unknownOutcome
    case completion, release, void, refund, refusedAmendment, repeatedAmendment, failedTransaction
    // At the host.
    case hostExpiry, load, otherTerminal, allowance, removed, returned
    // Between them.
    case booked, bookedAhead, declinedLater, quarantined, answerLost, answerTwice, sentAgain, requeue
    case update, updateLost, oldUpdate, snapshotPage, snapshotFlip
    // To the machine.
    case restart, crash, reopening, nextDay, tidy
}

/// How often each event happened to an account, and after which other one.
public struct Coverage: Sendable {
    private static let size = SimulatedEvent.allCases.count
    private var counts = [Int](repeating: 0, count: size)
    private var pairs = [Int](repeating: 0, count: size * size)
    public private(set) var interleavings = 0
    public private(set) var shortest = Int.max
    public private(set) var events = 0

    public init() {}

    public func count(_ event: SimulatedEvent) -> Int { counts[event.rawValue] }

    public func count(_ event: SimulatedEvent, after: SimulatedEvent) -> Int {
        pairs[after.rawValue * Coverage.size + event.rawValue]
    }

    /// Of all pairs of consecutive events, how many happened.
    public var pairsSeen: Int { pairs.count { $0 > 0 } }
    public static var pairsPossible: Int { size * size }

    mutating func note(_ event: SimulatedEvent, after: SimulatedEvent?) {
        counts[event.rawValue] += 1
        if let after { pairs[after.rawValue * Coverage.size + event.rawValue] += 1 }
        events += 1
    }

    mutating func finished(events: Int) {
        interleavings += 1
        shortest = min(shortest, events)
    }

    public mutating func add(_ other: Coverage) {
        for place in counts.indices { counts[place] += other.counts[place] }
        for place in pairs.indices { pairs[place] += other.pairs[place] }
        interleavings += other.interleavings
        shortest = min(shortest, other.shortest)
        events += other.events
    }

    /// A table for people.
    public var report: String {
        var lines = [
            "\(interleavings) interleavings, \(events) events, the shortest has \(interleavings > 0 ? shortest : 0)",
            "pairs of consecutive events: \(pairsSeen) of \(Coverage.pairsPossible)",
        ]
        for event in SimulatedEvent.allCases {
            let after = SimulatedEvent.allCases.count { count(event, after: $0) > 0 }
            lines.append("\(event): \(count(event)), after \(after) kinds")
        }
        return lines.joined(separator: "\n")
    }
}
