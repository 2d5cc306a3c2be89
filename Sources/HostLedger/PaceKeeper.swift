import Core
import HostProtocol
import Synchronization

/// Keeps this host's pace: tells terminals a span that grows with their number, and sends away what ``HostLoad`` has no place
/// for.
public final class PaceKeeper: Sendable {
    /// Milliseconds for which a count of the terminals is good.
    static let freshness: Int64 = 60_000

    private struct State {
        var load: HostLoad
        var number = 0
        /// In the order of their coming.
        var waiting: [(number: Int, turn: CheckedContinuation<Bool, Never>)] = []
        var counted: (terminals: Int, at: UTCInstant)?

        /// Those who enter now.
        mutating func called() -> [CheckedContinuation<Bool, Never>] {
            var called: [CheckedContinuation<Bool, Never>] = []
            while !waiting.isEmpty, load.next() { called.append(waiting.removeFirst().turn) }
            return called
        }
    }

    private let ledger: any LedgerPort
    private let state: Mutex<State>
    private let start = ContinuousClock.now

    public init(ledger: any LedgerPort, limits: HostLoad.Limits = HostLoad.Limits()) {
        self.ledger = ledger
        state = Mutex(State(load: HostLoad(limits)))
    }

    /// May change while the host runs.
    public var limits: HostLoad.Limits {
        get { state.withLock { $0.load.limits } }
        set {
            let (called, gone) = state.withLock { state in
                state.load.limits = newValue
                let called = state.called()
                guard newValue.batches == 0 else { return (called, [CheckedContinuation<Bool, Never>]()) }
                // Nobody would ever call them.
                defer { state.waiting = [] }
                for _ in state.waiting { state.load.gaveUp() }
                return (called, state.waiting.map(\.turn))
            }
            for turn in called { turn.resume(returning: true) }
            for turn in gone { turn.resume(returning: false) }
        }
    }

    /// Batches that wait for a place.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// What terminals are told in answers.
    public func now(_ now: UTCInstant) async throws(LedgerError) -> HostPace {
        var terminals = state.withLock { state in
            state.counted.flatMap { (0..<Self.freshness).contains(now.millisecondsSince($0.at)) ? $0.terminals : nil }
        }
        if terminals == nil {
            let counted = try await ledger.terminalCount()
            state.withLock { $0.counted = (counted, now) }
            terminals = counted
        }
        return state.withLock { state in
            state.load.span = HostPace.spread(terminals: terminals ?? 0, capacity: state.load.limits.capacity)
            return HostPace(spread: state.load.span)
        }
    }

    /// Who is sent away.
    struct Overloaded: Error {
        var status: Int
        /// Seconds.
        var retryAfter: Int64
        /// Of first attempts, in seconds.
        var span: Int64
    }

    /// Does `work` when there is a place for it: at once, after others, or not at all.
    func admit<Value: Sendable>(
        _ errand: HostLoad.Errand, _ work: () async throws(LedgerError) -> Value
    ) async throws(LedgerError) -> Result<Value, Overloaded> {
        let (decision, number, span) = state.withLock { state in
            state.number += 1
            return (state.load.arrived(errand, at: milliseconds), state.number, state.load.span)
        }
        switch decision {
        case .sendAway(let status, let seconds):
            return .failure(Overloaded(status: status, retryAfter: seconds, span: span))
        case .wait: guard await turn(number) else { throw .unavailable("gone") }
        case .enter: break
        }
        defer { leave(errand) }
        return .success(try await work())
    }

    /// - Returns: false when whoever waited has gone.
    private func turn(_ number: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let (called, isGone) = state.withLock { state in
                    guard !Task.isCancelled else {
                        state.load.gaveUp()
                        return ([CheckedContinuation<Bool, Never>](), true)
                    }
                    state.waiting.append((number, turn))
                    // A place may have become free since it was told to wait.
                    return (state.called(), false)
                }
                if isGone { turn.resume(returning: false) }
                for turn in called { turn.resume(returning: true) }
            }
        } onCancel: {
            let gone = state.withLock { state in
                guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                    return CheckedContinuation<Bool, Never>?.none
                }
                state.load.gaveUp()
                return state.waiting.remove(at: index).turn
            }
            gone?.resume(returning: false)
        }
    }

    private func leave(_ errand: HostLoad.Errand) {
        let called = state.withLock { state in
            state.load.left(errand)
            return state.called()
        }
        for turn in called { turn.resume(returning: true) }
    }

    private var milliseconds: Int64 {
        let parts = start.duration(to: .now).components
        return parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
