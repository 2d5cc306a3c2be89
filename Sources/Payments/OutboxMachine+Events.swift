extension OutboxMachine {
    /// Milliseconds.
    public struct Settings: Sendable, Hashable {
        public let backoff: Backoff.Settings
        /// Between two contacts while idle.
        public let keepAlive: Int64
        /// Between two syncs when nothing else asks for one.
        public let limitsInterval: Int64
        /// Most batches on their way at once.
        public let batches: Int
        /// Silence of the host above which attempts are spread. Shorter ones end before a herd has formed: its terminals
        /// have tried a few times at most, and a host that restarts answers their probes.
        public let longOutage: Int64
        /// Longest span of a host; no more than the back-off's cap where that is below ``defaultSpread``.
        public let longestSpread: Int64

        /// Of a first attempt when no host has named a span: the least that any host of the fleet would ask for.
        public static let defaultSpread: Int64 = 60_000

        public init(
            backoff: Backoff.Settings = Backoff.Settings(), keepAlive: Int64 = 15_000, limitsInterval: Int64 = 60_000,
            batches: Int = 4, longOutage: Int64 = 120_000, longestSpread: Int64 = 3_600_000
        ) {
            self.batches = min(max(1, batches), 64)
            self.longOutage = max(0, longOutage)
            self.longestSpread =
                backoff.cap < Self.defaultSpread ? backoff.cap : min(max(0, longestSpread), Backoff.day)
            self.backoff = backoff
            self.keepAlive = min(max(1, keepAlive), Backoff.day)
            self.limitsInterval = min(max(1, limitsInterval), Backoff.day)
        }
    }

    /// Of ``batch``, under way means that it is being put together.
    public enum Operation: Sendable, Hashable, CaseIterable { case probe, batch, limits }

    public enum Event: Sendable, Hashable {
        /// With the number of records that wait from before.
        case started(depth: Int)
        /// The same, after so many milliseconds without a word of the host: longer than anyone can tell when the machine
        /// was off.
        case startedAfter(silence: Int64, depth: Int)
        /// The span of the host for first attempts, in milliseconds: remembered from before, or from an answer.
        case spread(Int64)
        /// The host asks that the queue rest for these milliseconds.
        case paced(Int64)
        case recordCommitted
        /// Records wait again that had left the queue, or had been set aside.
        case recordsReturned
        /// Someone wants a sync now.
        case limitsDue
        /// Someone wants to know now whether the host is there.
        case probeWanted
        /// The machine sees a network that it did not see before, as others may at the same moment.
        case networkChanged
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
        /// A batch is on its way. With `more`, another one may follow it.
        case batchLeft(more: Bool)
        /// The host answered a batch: how many records left the queue, how many wait.
        case batchAnswered(settled: Int, remaining: Int)
        /// There was no record to send after all.
        case nothingToSend
        /// Whatever waits, waits by itself: the first for so many milliseconds.
        case allWait(Int64)
        /// The store could not be read for a batch.
        case planFailed
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
}
