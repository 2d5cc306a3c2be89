/// When the link probes, forwards and syncs: events in, one action out. No sockets, no clock, no randomness of its own.
///
/// Several batches may be on their way at once, and beside them one other request at a time. While the host is away only
/// probes go out, each after a back-off; the first answer of any kind resets that back-off and the queue drains at once,
/// then the limits are synced so that the records are counted (ALL-3). An operation that keeps failing behind good probes has
/// a back-off of its own; batches that fail together count as one failure. While nothing happens a light probe notices a lost
/// host.
///
/// After a long outage attempts are spread over the span that the host asked for, the first one of a new run too: full
/// jitter alone lets all who come back at one moment ask in its first second. A payment's own request never waits for any of
/// this, and its answer ends the wait.
///
/// A sync takes as many requests as it has pages; records that wait go between them. Once a sync has come to its end a
/// long poll beside the machine brings the news (``pollsLimits``), and syncs by the clock are what is left when it fails.
public struct OutboxMachine: Sendable, Equatable {
    private enum Link: Sendable, Hashable { case unknown, up, down(retryAt: Int64) }

    private let settings: Settings
    private var link = Link.unknown
    private var underWay: Operation?
    private var backoff: Backoff
    /// An operation that fails waits by itself, whatever else is answered, until it succeeds: its back-off and the earliest
    /// time of its next try.
    private var batch: OutboxPace
    private var limits: OutboxPace
    /// When there is something to send.
    private var recordsAt = Int64.max
    /// Until when the host wants no batches.
    private var restUntil = Int64.min
    private var batchesAway = 0
    private var silence: HostSilence
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
        silence = HostSilence(settings)
        batch = OutboxPace(Backoff(settings.backoff))
        limits = OutboxPace(Backoff(settings.backoff))
    }

    /// Milliseconds over which the host wants first attempts to be spread, known before anything has happened.
    public mutating func remember(spread milliseconds: Int64) { silence.remember(spread: milliseconds) }

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
        case .started(let depth):
            if depth > 0 { recordsAt = .min }
            silence.began(at: now)
        case .startedAfter(let milliseconds, let depth):
            if depth > 0 { recordsAt = .min }
            silence.began(at: now, after: milliseconds)
            if silence.isLong(at: now) { link = .down(retryAt: now + Backoff.uniform(silence.firstSpan, random: random)) }
        case .spread(let milliseconds): remember(spread: milliseconds)
        case .paced(let milliseconds):
            restUntil = max(restUntil, now + min(max(0, milliseconds), settings.backoff.longestRetryAfter))
        case .recordCommitted, .recordsReturned: recordsAt = .min
        case .limitsDue: nextSync = now
        case .probeWanted:
            nextKeepAlive = now
            if case .down = link { link = .down(retryAt: now) }
            // Whoever asks has a reason to think that things are mended.
            restUntil = .min
            batch.resume()
            limits.resume()
        case .networkChanged:
            nextKeepAlive = now
            // The failures so far were another network's.
            backoff.reset()
            if case .down(let retryAt) = link {
                let wait = silence.isLong(at: now) ? Backoff.uniform(silence.firstSpan, random: random) : 0
                link = .down(retryAt: min(retryAt, now + wait))
            }
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
        case .batchLeft(let more):
            finish(.batch)
            batchesAway += 1
            if more { recordsAt = .min }
        case .batchAnswered(let settled, let remaining):
            returned()
            heard(at: now)
            if remaining > 0 { recordsAt = .min }
            if settled > 0 { nextSync = pollIsOpen ? min(nextSync, now + Self.pollGrace) : now }
            // An answer that moves nothing must not be asked for again at once.
            if settled == 0, remaining > 0 {
                batch.failed(at: now, random: random)
            } else {
                batch.succeeded()
            }
        case .nothingToSend: finish(.batch)
        case .allWait(let milliseconds):
            finish(.batch)
            recordsAt = min(recordsAt, now + min(max(1, milliseconds), Backoff.day))
        case .planFailed:
            finish(.batch)
            recordsAt = .min
            slow(.batch, at: now, random: random, retryAfter: nil)
        case .lost(let operation, let retryAfter):
            // Batches that were on their way together are lost together: one loss.
            if operation == .batch, case .down = link {
                again(operation)
                break
            }
            again(operation)
            // A host whose probes are good may still be too slow for the rest: each operation counts its own losses, or a
            // good probe would start it over and over.
            slow(operation, at: now, random: random, retryAfter: retryAfter)
            // A lost request beside the machine brings the probe forward; it never pushes back one that is due.
            if case .down = link, operation == nil { break }
            fall(at: now, random: random, retryAfter: retryAfter)
        case .failed(let operation, let retryAfter):
            again(operation)
            slow(operation, at: now, random: random, retryAfter: retryAfter)
            if operation == .probe { fall(at: now, random: random, retryAfter: retryAfter) }
        }
        if !pollsLimits { pollIsOpen = false }
        return next(at: now)
    }

    private mutating func slow(_ operation: Operation?, at now: Int64, random: UInt64, retryAfter: Int64?) {
        switch operation {
        case .batch:
            // Of batches that fail together, the first counts.
            if batch.notBefore > now {
                batch.rest(until: now + min(max(0, retryAfter ?? 0), settings.backoff.longestRetryAfter))
            } else {
                batch.failed(at: now, random: random, retryAfter: retryAfter)
            }
        case .limits: limits.failed(at: now, random: random, retryAfter: retryAfter)
        case .probe, nil: break
        }
    }

    private mutating func fall(at now: Int64, random: UInt64, retryAfter: Int64?) {
        link = .down(
            retryAt: now + backoff.failed(random: random, retryAfter: retryAfter, span: silence.laterSpan(at: now)))
    }

    /// A batch has come back; without one on its way it is the one that was to go.
    private mutating func returned() {
        if batchesAway > 0 { batchesAway -= 1 } else { finish(.batch) }
    }

    private mutating func finish(_ operation: Operation?) {
        if operation == underWay { underWay = nil }
    }

    /// What a request that came to nothing leaves to do again.
    private mutating func again(_ operation: Operation?) {
        if operation == .batch { returned() } else { finish(operation) }
        switch operation {
        case .batch: recordsAt = .min
        case .limits:
            sync = .failed
            nextSync = .min
        case .probe, nil: break
        }
    }

    private mutating func heard(at now: Int64) {
        link = .up
        silence.ended(at: now)
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
        let batchAt = batchesAway < settings.batches ? max(recordsAt, batch.notBefore, restUntil) : Int64.max
        if batchAt <= now { return begin(.batch, at: now) }
        // The limits that count the records come after them, and a batch is a sign of life.
        if batchesAway > 0 { return batchAt == .max ? .idle : .wait(ms: batchAt - now) }
        let syncAt = max(nextSync, limits.notBefore)
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
            recordsAt = .max
            return .sendBatch
        case .limits:
            nextSync = now + settings.limitsInterval
            return .syncLimits
        }
    }
}
