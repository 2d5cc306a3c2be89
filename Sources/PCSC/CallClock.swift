import Synchronization
import Workers

/// Since when a thread has been inside a call that can't be cancelled. Written by that thread, read by the watchdog.
final class CallClock: Sendable {
    private let startedAt = Atomic<UInt64>(0)
    private let abandoned = Atomic<Bool>(false)

    /// The watchdog has given the thread up; what its call returns no longer interests anyone.
    var isAbandoned: Bool { abandoned.load(ordering: .acquiring) }

    func abandon() { abandoned.store(true, ordering: .releasing) }

    /// - Parameter allowance: ms that the call may take beyond the watchdog's limit, for a person has to act.
    func time<Result>(allowance: UInt64 = 0, _ call: () -> Result) -> Result {
        startedAt.store(MonotonicClock.deadline(milliseconds: allowance), ordering: .relaxed)
        defer { startedAt.store(0, ordering: .relaxed) }
        return call()
    }

    /// Start of the call in progress in ``MonotonicClock`` nanoseconds, its allowance added; nil between calls.
    var runningSince: UInt64? {
        let start = startedAt.load(ordering: .relaxed)
        return start == 0 ? nil : start
    }
}
