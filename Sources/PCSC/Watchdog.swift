import Workers

/// Finds threads that hang in a PC/SC call: `SCardTransmit` and `SCardConnect` know no time-out and can't be cancelled.
/// Sleeps without wake-ups while no tap runs.
final class Watchdog: Sendable {
    private struct Duty: Sendable {
        var lanes: [ObjectIdentifier: ReaderLane] = [:]
        var isStopping = false
        /// Waits for a lane, not for a deadline.
        var isIdle = false
    }

    private let duty = Condition(Duty())
    private let worker: WorkerThread
    /// Nanoseconds a single call may take.
    private let limit: UInt64

    init(limitMilliseconds: UInt64) throws(WorkerError) {
        limit = limitMilliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue
        worker = try WorkerThread(name: "pcsc-watchdog")
        worker.submit { [duty, limit] in Self.run(duty, limit) }
        worker.stop()
    }

    func watch(_ lane: ReaderLane) {
        let wasIdle = duty.withLock { duty in
            duty.lanes[ObjectIdentifier(lane)] = lane
            return duty.isIdle
        }
        // Otherwise the deadline it sleeps to is earlier than this lane's: no wake-up per tap.
        if wasIdle { duty.notify() }
    }

    func unwatch(_ lane: ReaderLane) { duty.withLock { _ = $0.lanes.removeValue(forKey: ObjectIdentifier(lane)) } }

    func stop() { duty.update { $0.isStopping = true } }

    private static func run(_ duty: Condition<Duty>, _ limit: UInt64) {
        while true {
            let lanes: [ReaderLane]? = duty.wait { duty in
                if duty.isStopping { return .some(nil) }
                duty.isIdle = duty.lanes.isEmpty
                return duty.lanes.isEmpty ? nil : .some(Array(duty.lanes.values))
            } ?? nil
            guard let lanes else { return }
            let now = MonotonicClock.nanoseconds
            var next = now &+ limit
            for lane in lanes {
                guard let start = lane.calls.runningSince else { continue }
                if now >= start, now - start >= limit {
                    duty.withLock { _ = $0.lanes.removeValue(forKey: ObjectIdentifier(lane)) }
                    lane.abandon()
                } else {
                    next = min(next, start &+ limit)
                }
            }
            let stopping = duty.wait(until: next) { $0.isStopping ? true : nil }
            if stopping == true { return }
        }
    }
}
