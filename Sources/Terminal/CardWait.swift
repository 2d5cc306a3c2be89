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

/// Waits for a card by events, never by polling.
enum CardWait {
    enum Outcome: Sendable, Equatable {
        case presented(generation: UInt64)
        case timedOut
        case cancelled
        case unavailable
    }

    /// - Parameter newerThan: a card that was read already and must leave before it counts again.
    static func card(
        in reader: any CardReader, newerThan seen: UInt64?, within timeout: Duration, _ cancellation: Cancellation
    ) async -> Outcome {
        // Whoever cancelled is not asked to pay, also when a card lies there already.
        guard !cancellation.isCancelled else { return .cancelled }
        let outcome = await wait(reader, seen, timeout, cancellation)
        return cancellation.isCancelled ? .cancelled : outcome
    }

    private static func wait(
        _ reader: any CardReader, _ seen: UInt64?, _ timeout: Duration, _ cancellation: Cancellation
    ) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                for await event in reader.events() {
                    switch event {
                    case .inserted(_, let generation) where seen.map({ generation > $0 }) ?? true:
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
