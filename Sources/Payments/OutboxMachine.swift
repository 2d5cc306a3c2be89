/// When the link probes, forwards and syncs: events in, one action out. No sockets, no clock, no randomness of its own.
///
/// At most one request is under way. While the host is away only probes go out, each after a back-off; the first answer
/// of any kind resets that back-off and the queue drains at once, batch after batch, then the limits are synced so that
/// the records are counted (ALL-3). An operation that keeps failing behind good probes has a back-off of its own. While
/// nothing happens a light probe notices a lost host.
///
/// A sync takes as many requests as it has pages; records that wait go between them. Once a sync has come to its end a
/// long poll beside the machine brings the news (``pollsLimits``), and syncs by the clock are what is left when it fails.
public struct OutboxMachine: Sendable, Equatable {
    /// Milliseconds.
    public struct Settings: Sendable, Hashable {
        public let backoff: Backoff.Settings
        /// Between two contacts while idle.
        public let keepAlive: Int64
        /// Between two syncs when nothing else asks for one.
        public let limitsInterval: Int64

        public init(
            backoff: Backoff.Settings = Backoff.Settings(), keepAlive: Int64 = 15_000, limitsInterval: Int64 = 60_000
        ) {
            self.backoff = backoff
            self.keepAlive = min(max(1, keepAlive), Backoff.day)
            self.limitsInterval = min(max(1, limitsInterval), Backoff.day)
        }
    }

    public enum Operation: Sendable, Hashable, CaseIterable { case probe, batch, limits }

    public enum Event: Sendable, Hashable {
        /// With the number of records that wait from before.
        case started(depth: Int)
        case recordCommitted
        /// Someone wants a sync now.
        case limitsDue
        /// Someone wants to know now whether the host is there.
        case probeWanted
        case timerFired
        /// An answer of the host: to `operation`, or to a request outside this machine when nil. Of limits: the last page.
        case answered(Operation?)
        /// A page of the sync was dealt with, and the host has more.
        case limitsPage
        /// The long poll has a request open.
        case pollOpened
        /// The long poll was answered. With `more`, the rest is the machine's to sync; without, the poll brings the news
        /// of the next `quiet` milliseconds too.
        case polled(more: Bool, quiet: Int64)
        /// The long poll came to nothing: the host answered what could not be used, or there was no answer.
        case pollFailed(answered: Bool)
        /// The host answered a batch: how many records left the queue, how many wait.
        case batchAnswered(settled: Int, remaining: Int)
        /// There was no record to send after all.
        case nothingToSend
        /// No answer of the host came: the link is down.
        case lost(Operation?, retryAfter: Int64?)
        /// The host answered, or the store failed, in a way that spoils this operation alone.
        case failed(Operation, retryAfter: Int64?)
    }

    public enum Action: Sendable, Hashable {
        case probe, sendBatch, syncLimits
        /// Come back with ``Event/timerFired`` after these milliseconds, or with any other event before.
        case wait(ms: Int64)
        /// Nothing to do until the request under way is answered.
        case idle
    }

    private enum Link: Sendable, Hashable { case unknown, up, down(retryAt: Int64) }

    private struct Pace: Sendable, Hashable {
        private var backoff: Backoff
        private(set) var notBefore = Int64.min

        /// Lets the next try be made at once; failures so far still count.
        mutating func resume() { notBefore = .min }

        init(_ backoff: Backoff) { self.backoff = backoff }

        mutating func succeeded() {
            backoff.reset()
            notBefore = .min
        }

        mutating func failed(at now: Int64, random: UInt64, retryAfter: Int64? = nil) {
            notBefore = now + backoff.failed(random: random, retryAfter: retryAfter)
        }
    }

    private let settings: Settings
    private var link = Link.unknown
    private var underWay: Operation?
    private var backoff: Backoff
    /// An operation that fails waits by itself, whatever else is answered, until it succeeds: its back-off and the earliest
    /// time of its next try.
    private var batch: Pace
    private var limits: Pace
    private var recordsWait = false
    private var nextSync = Int64.min
    private var nextKeepAlive = Int64.min
    private var sync = Sync.never
    private var pollIsOpen = false

    /// How the newest sync stands.
    private enum Sync: Sendable, Hashable { case never, betweenPages, failed, done }

    /// Longest wait, in milliseconds, for an open poll to bring the page that counts records just booked.
    static let pollGrace: Int64 = 1000

    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        backoff = Backoff(settings.backoff)
        batch = Pace(Backoff(settings.backoff))
        limits = Pace(Backoff(settings.backoff))
    }

    /// Whether the last thing heard of the host was an answer.
    public var isReachable: Bool { link == .up }

    /// Whether a long poll may keep a request open beside the machine: the host is there, and the store has all it had.
    public var pollsLimits: Bool { link == .up && sync == .done }

    /// Milliseconds until the next attempt while the host is away; nil when it is not, or when one is under way.
    public func nextAttempt(at now: Int64) -> Int64? {
        guard case .down(let retryAt) = link, underWay == nil else { return nil }
        return max(0, retryAt - now)
    }

    /// - Parameters:
    ///   - now: milliseconds of a clock that never goes back.
    ///   - random: 64 uniform bits, for the jitter.
    public mutating func handle(_ event: Event, at now: Int64, random: UInt64) -> Action {
        switch event {
        case .started(let depth): recordsWait = depth > 0
        case .recordCommitted: recordsWait = true
        case .limitsDue: nextSync = now
        case .probeWanted:
            nextKeepAlive = now
            if case .down = link { link = .down(retryAt: now) }
            // Whoever asks has a reason to think that things are mended.
            batch.resume()
            limits.resume()
        case .timerFired: break
        case .answered(let operation):
            finish(operation)
            if operation == .limits {
                limits.succeeded()
                sync = .done
            }
            heard(at: now)
        case .limitsPage:
            // Failures count on until the last page: a host that spoils each sync half-way is not asked without a pause.
            finish(.limits)
            sync = .betweenPages
            nextSync = now
            heard(at: now)
        case .pollOpened: pollIsOpen = true
        case .polled(let more, let quiet):
            pollIsOpen = false
            if more || sync == .betweenPages {
                sync = .betweenPages
                nextSync = now
            } else {
                sync = .done
                nextSync = now + max(settings.limitsInterval, min(max(0, quiet), Backoff.day))
            }
            heard(at: now)
        case .pollFailed(let answered):
            pollIsOpen = false
            if answered {
                nextSync = now
            } else {
                // Only a probe says that the host is lost.
                nextKeepAlive = now
            }
        case .batchAnswered(let settled, let remaining):
            finish(.batch)
            heard(at: now)
            recordsWait = recordsWait || remaining > 0
            if settled > 0 { nextSync = pollIsOpen ? min(nextSync, now + Self.pollGrace) : now }
            // An answer that moves nothing must not be asked for again at once.
            if settled == 0, remaining > 0 {
                batch.failed(at: now, random: random)
            } else {
                batch.succeeded()
            }
        case .nothingToSend: finish(.batch)
        case .lost(let operation, let retryAfter):
            again(operation)
            // A host whose probes are good may still be too slow for the rest: each operation counts its own losses, or a
            // good probe would start it over and over.
            slow(operation, at: now, random: random, retryAfter: retryAfter)
            // A lost request beside the machine brings the probe forward; it never pushes back one that is due.
            if case .down = link, operation == nil { break }
            link = .down(retryAt: now + backoff.failed(random: random, retryAfter: retryAfter))
        case .failed(let operation, let retryAfter):
            again(operation)
            slow(operation, at: now, random: random, retryAfter: retryAfter)
            if operation == .probe { link = .down(retryAt: now + backoff.failed(random: random, retryAfter: retryAfter)) }
        }
        if !pollsLimits { pollIsOpen = false }
        return next(at: now)
    }

    private mutating func slow(_ operation: Operation?, at now: Int64, random: UInt64, retryAfter: Int64?) {
        switch operation {
        case .batch: batch.failed(at: now, random: random, retryAfter: retryAfter)
        case .limits: limits.failed(at: now, random: random, retryAfter: retryAfter)
        case .probe, nil: break
        }
    }

    private mutating func finish(_ operation: Operation?) {
        if operation == underWay { underWay = nil }
    }

    /// What a request that came to nothing leaves to do again.
    private mutating func again(_ operation: Operation?) {
        finish(operation)
        switch operation {
        case .batch: recordsWait = true
        case .limits:
            sync = .failed
            nextSync = .min
        case .probe, nil: break
        }
    }

    private mutating func heard(at now: Int64) {
        link = .up
        backoff.reset()
        nextKeepAlive = now + settings.keepAlive
    }

    private mutating func next(at now: Int64) -> Action {
        guard underWay == nil else { return .idle }
        switch link {
        case .unknown: return begin(.probe, at: now)
        case .down(let retryAt): return retryAt <= now ? begin(.probe, at: now) : .wait(ms: retryAt - now)
        case .up: break
        }
        let batchAt = recordsWait ? batch.notBefore : Int64.max
        let syncAt = max(nextSync, limits.notBefore)
        if batchAt <= now { return begin(.batch, at: now) }
        if syncAt <= now { return begin(.limits, at: now) }
        if nextKeepAlive <= now { return begin(.probe, at: now) }
        return .wait(ms: min(batchAt, syncAt, nextKeepAlive) - now)
    }

    /// What is asked for while the request is under way is asked for anew: the answer may be older than the wish.
    private mutating func begin(_ operation: Operation, at now: Int64) -> Action {
        underWay = operation
        switch operation {
        case .probe: return .probe
        case .batch:
            recordsWait = false
            return .sendBatch
        case .limits:
            nextSync = now + settings.limitsInterval
            return .syncLimits
        }
    }
}
