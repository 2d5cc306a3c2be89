import Payments

/// A region that comes back at one moment, in virtual time: every terminal runs the real ``OutboxMachine``, and the host takes
/// so many requests in each second and refuses the rest at once (503). The same seed gives the same run.
public struct Herd: Sendable {
    /// How terminals come back.
    public struct Policy: Sendable, Hashable {
        public var name: String
        var backoff: Backoff.Settings
        /// Full jitter; false: every sleep is the longest that the back-off has.
        var jitters: Bool
        /// Milliseconds over which first attempts are spread; nil: all at once.
        public var spread: Int64?

        /// The same second's sleep after every refusal.
        public static let fixed = Policy(
            name: "fixed 1 s", backoff: Backoff.Settings(base: 1000, cap: 1000), jitters: false, spread: nil)
        public static let fullJitter = Policy(
            name: "full jitter", backoff: Backoff.Settings(), jitters: true, spread: nil)

        /// As the terminals do it.
        public static func spread(seconds: Int64) -> Policy {
            Policy(
                name: "full jitter, first attempt over \(seconds) s", backoff: Backoff.Settings(), jitters: true,
                spread: seconds * 1000)
        }
    }

    /// When a terminal has what it came for.
    public enum Errand: Sendable, Hashable {
        /// With the first answer: one request, unless it is refused.
        case contact
        /// With its queue forwarded and its limits synced: three requests, unless one is refused.
        case queue

        var requests: Int { self == .contact ? 1 : 3 }
    }

    public struct Outcome: Sendable, Hashable {
        /// Requests in each second, from the region's return on.
        public var perSecond: [Int] = []
        public var requests = 0
        /// Milliseconds after which each terminal was done, ascending.
        public var done: [Int64] = []

        public var peak: Int { perSecond.max() ?? 0 }
        /// Seconds until a share of the terminals was done; nil when fewer ever were.
        public func seconds(share: Double, of terminals: Int) -> Double? {
            let index = Int((Double(terminals) * share).rounded(.up)) - 1
            return done.indices.contains(index) ? Double(done[index]) / 1000 : nil
        }
    }

    public var terminals: Int
    /// Requests that the host takes in a second.
    public var capacity: Int
    public var errand: Errand
    /// Milliseconds from a request to its answer.
    public var latency: Int64 = 20
    /// Milliseconds after which a run ends, whoever is not done.
    public var patience: Int64 = 7_200_000

    public init(terminals: Int, capacity: Int, errand: Errand = .contact) {
        self.terminals = terminals
        self.capacity = capacity
        self.errand = errand
    }

    private struct Terminal {
        var machine: OutboxMachine
        /// Of the newest action: an older timer is off.
        var turn: UInt32 = 0
        var isDone = false
    }

    private struct Event {
        var at: Int64
        var terminal: Int32
        /// Nil: not a timer.
        var turn: UInt32?
        var event: OutboxMachine.Event
    }

    public func run(_ policy: Policy, seed: UInt64) -> Outcome {
        var random = SplitMix64(seed: seed)
        var outcome = Outcome()
        var taken: [Int] = []
        var line = TimeLine<Event>()
        var fresh = OutboxMachine(OutboxMachine.Settings(backoff: policy.backoff))
        if let spread = policy.spread { fresh.remember(spread: spread) }
        var herd = [Terminal](repeating: Terminal(machine: fresh), count: terminals)
        for index in herd.indices {
            let start: OutboxMachine.Event =
                policy.spread == nil ? .started(depth: 1) : .startedAfter(silence: .max, depth: 1)
            line.add(Event(at: 0, terminal: Int32(index), event: start), at: 0)
        }
        while let event = line.next(), event.at < patience, outcome.done.count < terminals {
            let index = Int(event.terminal)
            guard !herd[index].isDone, event.turn == nil || event.turn == herd[index].turn else { continue }
            if isEnd(event.event) {
                herd[index].isDone = true
                outcome.done.append(event.at)
                continue
            }
            var action = herd[index].machine.handle(event.event, at: event.at, random: policy.jitters ? random.next() : .max)
            var operation: OutboxMachine.Operation?
            switch action {
            case .probe: operation = .probe
            case .syncLimits: operation = .limits
            case .sendBatch:
                operation = .batch
                action = herd[index].machine.handle(.batchLeft(more: false), at: event.at, random: 0)
            case .wait, .idle: break
            }
            if let operation {
                let second = Int(event.at / 1000)
                while outcome.perSecond.count <= second {
                    outcome.perSecond.append(0)
                    taken.append(0)
                }
                outcome.perSecond[second] += 1
                outcome.requests += 1
                let isTaken = taken[second] < capacity
                if isTaken { taken[second] += 1 }
                let answer = Event(
                    at: event.at + latency, terminal: event.terminal, event: answer(operation, isTaken: isTaken))
                line.add(answer, at: answer.at)
            }
            herd[index].turn &+= 1
            if case .wait(let milliseconds) = action {
                let timer = Event(
                    at: event.at + milliseconds, terminal: event.terminal, turn: herd[index].turn, event: .timerFired)
                line.add(timer, at: timer.at)
            }
        }
        return outcome
    }

    private func answer(_ operation: OutboxMachine.Operation, isTaken: Bool) -> OutboxMachine.Event {
        guard isTaken else { return .failed(operation, retryAfter: nil) }
        return operation == .batch ? .batchAnswered(settled: 1, remaining: 0) : .answered(operation)
    }

    private func isEnd(_ event: OutboxMachine.Event) -> Bool {
        switch (errand, event) {
        case (.contact, .answered(.probe)), (.queue, .answered(.limits)): true
        default: false
        }
    }
}
