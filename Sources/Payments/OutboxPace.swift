/// When an operation that keeps failing may be tried again, whatever else the host answers: a back-off of its own.
struct OutboxPace: Sendable, Hashable {
    private var backoff: Backoff
    private(set) var notBefore = Int64.min

    init(_ backoff: Backoff) { self.backoff = backoff }

    mutating func succeeded() {
        backoff.reset()
        notBefore = .min
    }

    mutating func failed(at now: Int64, random: UInt64, retryAfter: Int64? = nil) {
        notBefore = now + backoff.failed(random: random, retryAfter: retryAfter)
    }

    mutating func rest(until time: Int64) { notBefore = max(notBefore, time) }

    /// Lets the next try be made at once; failures so far still count.
    mutating func resume() { notBefore = .min }
}
