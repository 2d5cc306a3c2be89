import Glibc

/// State behind a POSIX mutex with a condition variable on the monotonic clock: what a thread of our own waits on.
/// `Synchronization.Mutex` has no condition to wait for.
public final class Condition<State: Sendable>: @unchecked Sendable {
    // Every access to `state` holds `mutex`; both addresses are stable from init to deinit.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    public init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the state without waking anyone.
    public func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes those who wait for it.
    public func update<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        try withLock { state in
            defer { pthread_cond_broadcast(changed) }
            return try body(&state)
        }
    }

    /// Wakes those who wait, for a change made with ``withLock(_:)``.
    public func notify() { pthread_cond_broadcast(changed) }

    /// Blocks the thread until `ready` gives a value; nil when `deadline` passes first. `ready` runs under the lock.
    /// - Parameter deadline: ``MonotonicClock`` nanoseconds; nil waits without limit.
    public func wait<Result>(until deadline: UInt64? = nil, _ ready: (inout State) -> Result?) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = ready(&state) { return result }
            guard let deadline else {
                pthread_cond_wait(changed, mutex)
                continue
            }
            guard MonotonicClock.nanoseconds < deadline else { return nil }
            var time = timespec(
                tv_sec: Int(clamping: deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            pthread_cond_timedwait(changed, mutex, &time)
        }
    }
}

/// CLOCK_MONOTONIC for deadlines and spans within one run.
public enum MonotonicClock {
    public static var nanoseconds: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(clamping: now.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: now.tv_nsec)
    }

    /// The instant `milliseconds` from now, as a deadline; saturates.
    public static func deadline(milliseconds: UInt64) -> UInt64 {
        let (span, tooLong) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, tooLate) = nanoseconds.addingReportingOverflow(span)
        return tooLong || tooLate ? .max : sum
    }
}
