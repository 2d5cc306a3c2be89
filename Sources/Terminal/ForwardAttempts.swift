import Core
import Synchronization

/// How often each waiting record was handed to the link since the daemon started: a bounded memory for the technician.
final class ForwardAttempts: Sendable {
    struct Tries: Sendable, Equatable {
        var count: Int
        /// CLOCK_BOOTTIME milliseconds.
        var last: Int64
    }

    private let tries = Mutex<[UUIDv7: Tries]>([:])
    private static let capacity = 10_000

    func note(_ records: some Sequence<UUIDv7>, at now: Int64) {
        tries.withLock { tries in
            for record in records { tries[record] = Tries(count: (tries[record]?.count ?? 0) + 1, last: now) }
            guard tries.count > Self.capacity else { return }
            let oldest = tries.sorted { $0.value.last < $1.value.last }.prefix(tries.count - Self.capacity / 2)
            for (record, _) in oldest { tries[record] = nil }
        }
    }

    /// What has left the queue.
    func forget(_ records: some Sequence<UUIDv7>) {
        tries.withLock { tries in
            for record in records { tries[record] = nil }
        }
    }

    subscript(record: UUIDv7) -> Tries? { tries.withLock { $0[record] } }

    var count: Int { tries.withLock { $0.count } }
}
