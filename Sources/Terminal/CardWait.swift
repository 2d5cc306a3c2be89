import SmartCard
import Synchronization

/// A cancellation that can come before anybody waits for it.
final class Cancellation: Sendable {
    private let state = Mutex<(cancelled: Bool, waiters: [AsyncStream<Void>.Continuation])>((false, []))

    func cancel() {
        let waiters = state.withLock { state in
            state.cancelled = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    var isCancelled: Bool { state.withLock { $0.cancelled } }

    /// Lets time pass, less when cancelled.
    func pause(_ time: Duration, _ sleep: @escaping @Sendable (Duration) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sleep(time) }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when cancelled, or when the calling task is.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let already = state.withLock { state in
            if !state.cancelled { state.waiters.append(continuation) }
            return state.cancelled
        }
        if already { continuation.finish() }
        for await _ in stream {}
    }
}

/// Which cards a wait takes, as a value.
struct CardAdmission: Sendable, Equatable {
    /// The newest card that has taken part in a payment: it has to leave before it counts again.
    private(set) var newest: UInt64?
    /// Whether a card that was there when the reader came is one that its payer has presented.
    private var takesFound: Bool
    private var takesOld: Bool

    /// A payment's first card: newer than any of before, and seen to come.
    init(after newest: UInt64?) { (self.newest, takesFound, takesOld) = (newest, false, false) }

    /// Whatever lies there.
    static var any: CardAdmission {
        var admission = CardAdmission(after: nil)
        (admission.takesFound, admission.takesOld) = (true, true)
        return admission
    }

    func takes(_ generation: UInt64) -> Bool {
        if generation == CardEvent.found { return takesFound }
        return takesOld || newest.map { generation > $0 } ?? true
    }

    /// The payment has read this card. Asked for again, it has to leave first; but when the reader goes and comes meanwhile, the
    /// card found there is the one that this payment's payer has presented.
    mutating func took(_ generation: UInt64) {
        newest = max(newest ?? generation, generation)
        takesFound = generation != CardEvent.found
        takesOld = false
    }
}

/// Waits for a card by events, never by polling.
enum CardWait {
    enum Outcome: Sendable, Equatable {
        case presented(generation: UInt64)
        case timedOut
        case cancelled
        case unavailable
    }

    static func card(
        in reader: any CardReader, _ admission: CardAdmission, within timeout: Duration, _ cancellation: Cancellation
    ) async -> Outcome {
        // Whoever cancelled is not asked to pay, also when a card lies there already.
        guard !cancellation.isCancelled else { return .cancelled }
        let outcome = await wait(reader, admission, timeout, cancellation)
        return cancellation.isCancelled ? .cancelled : outcome
    }

    /// Of the card in the field now; nil when there is none.
    static func generation(in reader: any CardReader) async -> UInt64? {
        for await event in reader.events() {
            if case .inserted(_, let generation) = event { return generation }
            return nil
        }
        return nil
    }

    private static func wait(
        _ reader: any CardReader, _ admission: CardAdmission, _ timeout: Duration, _ cancellation: Cancellation
    ) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                for await event in reader.events() {
                    switch event {
                    case .inserted(_, let generation) where admission.takes(generation):
                        return .presented(generation: generation)
                    case .unavailable: return .unavailable
                    case .inserted, .removed, .mute: continue
                    }
                }
                return Task.isCancelled ? nil : .unavailable
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return Task.isCancelled ? nil : .timedOut
            }
            group.addTask {
                await cancellation.wait()
                return cancellation.isCancelled ? .cancelled : nil
            }
            defer { group.cancelAll() }
            for await outcome in group {
                if let outcome { return outcome }
            }
            return .cancelled
        }
    }
}
