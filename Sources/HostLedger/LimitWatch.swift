import Synchronization

/// Who waits for news of the limits. A terminal's newest request alone is held: an older one is let go at once.
///
/// What this process commits wakes them at once; what another process commits is seen by the books' data version, asked
/// four times a second while anyone waits.
public final class LimitWatch: Sendable {
    /// One request's place.
    struct Ticket: Sendable {
        fileprivate var terminal: String
        fileprivate var number: UInt64
    }

    enum Outcome: Sendable {
        /// Something was committed.
        case changed
        /// The time is over, a newer request of the terminal came, or nobody waits for the answer any longer.
        case over
    }

    private struct Waiter {
        var dataVersion: Int64
        var continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var generation: UInt64 = 0
        var tickets: UInt64 = 0
        /// The newest request of each terminal.
        var newest: [String: UInt64] = [:]
        var waiters: [UInt64: Waiter] = [:]
        var isPolling = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let dataVersion: @Sendable () async -> Int64?

    /// - Parameter dataVersion: changes whenever another process has changed the books; any number where none does, or where
    ///   its news come by ``notify()``. Nil: can't be told now.
    public init(dataVersion: @escaping @Sendable () async -> Int64?) { self.dataVersion = dataVersion }

    /// A new request of `terminal`: the one before it is let go.
    func enter(_ terminal: String) -> Ticket {
        let (ticket, older) = state.withLock { state in
            state.tickets += 1
            let older = state.newest.updateValue(state.tickets, forKey: terminal).flatMap { state.waiters.removeValue(forKey: $0) }
            return (Ticket(terminal: terminal, number: state.tickets), older)
        }
        older?.continuation.resume(returning: .over)
        return ticket
    }

    func leave(_ ticket: Ticket) {
        state.withLock { state in
            if state.newest[ticket.terminal] == ticket.number { state.newest[ticket.terminal] = nil }
        }
    }

    /// Changes with each ``notify()``: taken before the books are read, so that no news is missed in between.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// How many requests are held now.
    var count: Int { state.withLock { $0.waiters.count } }

    /// Something that terminals may want to know is on stable storage.
    public func notify() { resume { state in
        state.generation += 1
        return Array(state.waiters.keys)
    } }

    /// Lets everyone go, now and later: the server shuts down.
    func close() { resume(.over) { state in
        state.isClosed = true
        return Array(state.waiters.keys)
    } }

    /// Waits until something is committed after `generation` and `dataVersion` were taken, or for `duration`.
    func wait(_ ticket: Ticket, after generation: UInt64, dataVersion: Int64, atMost duration: Duration) async -> Outcome {
        let timer = Task {
            try? await Task.sleep(for: duration)
            self.letGo(ticket)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, poll) = state.withLock { state -> (Outcome?, Bool) in
                    guard !state.isClosed, !Task.isCancelled, state.newest[ticket.terminal] == ticket.number else {
                        return (.over, false)
                    }
                    guard state.generation == generation else { return (.changed, false) }
                    state.waiters[ticket.number] = Waiter(dataVersion: dataVersion, continuation: continuation)
                    defer { state.isPolling = true }
                    return (nil, !state.isPolling)
                }
                if let answer { continuation.resume(returning: answer) }
                if poll { Task { await self.poll() } }
            }
        } onCancel: {
            letGo(ticket)
        }
    }

    private func letGo(_ ticket: Ticket) { resume(.over) { _ in [ticket.number] } }

    private func poll() async {
        while state.withLock({ state in
            state.isPolling = !state.waiters.isEmpty
            return state.isPolling
        }) {
            if let version = await dataVersion() {
                resume { state in state.waiters.filter { $0.value.dataVersion != version }.map(\.key) }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func resume(_ outcome: Outcome = .changed, _ choose: (inout sending State) -> [UInt64]) {
        let chosen = state.withLock { state in
            choose(&state).compactMap { state.waiters.removeValue(forKey: $0)?.continuation }
        }
        for continuation in chosen { continuation.resume(returning: outcome) }
    }
}
