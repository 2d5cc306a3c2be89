import SmartCard
import Synchronization
import Workers

/// One reader's thread with its PC/SC session. Taps queue on it; a lane that hangs is abandoned as a whole, its callers
/// get ``CardError/stuck``, and it cleans up behind itself should its call ever return.
final class ReaderLane: Sendable {
    private struct Callers: Sendable {
        var next: UInt64 = 0
        var waiting: [UInt64: @Sendable (CardError) -> Void] = [:]
        var isClosed = false
    }

    let calls = CallClock()
    private let worker: WorkerThread
    private let callers = Mutex(Callers())
    // Touched on the worker's thread alone.
    private nonisolated(unsafe) let session: CardSession
    private let onStuck: @Sendable (ReaderLane) -> Void
    private let onReturn: @Sendable (ReaderLane) -> Void

    init(
        reader: String, onStuck: @escaping @Sendable (ReaderLane) -> Void,
        onReturn: @escaping @Sendable (ReaderLane) -> Void
    ) throws(WorkerError) {
        worker = try WorkerThread(name: "pcsc-reader")
        session = CardSession(reader: reader, calls: calls)
        self.onStuck = onStuck
        self.onReturn = onReturn
    }

    /// Queues one tap.
    func tap<Result: Sendable>(
        watchdog: Watchdog, context: @escaping @Sendable () -> TapContext,
        body: @escaping @Sendable (any CardChannel) throws -> Result,
        continuation: CheckedContinuation<Result, any Error>
    ) {
        queue(watchdog: watchdog) { session in
            try Self.run(session, body, context)
        } completion: { continuation.resume(with: $0) }
    }

    /// Queues work with the session; `completion` is called once, with ``CardError/stuck`` when the work hangs.
    func queue<Result: Sendable>(
        watchdog: Watchdog, work: @escaping @Sendable (CardSession) throws -> Result,
        completion: @escaping @Sendable (Swift.Result<Result, any Error>) -> Void
    ) {
        let ticket: UInt64? = callers.withLock { callers in
            guard !callers.isClosed else { return nil }
            callers.next &+= 1
            callers.waiting[callers.next] = { completion(.failure($0)) }
            return callers.next
        }
        guard let ticket else { return completion(.failure(CardError.readerGone)) }
        let accepted = worker.submit { [self] in
            guard !calls.isAbandoned else { return }
            watchdog.watch(self)
            let result = Swift.Result { try work(session) }
            watchdog.unwatch(self)
            if claim(ticket) {
                completion(result)
            } else {
                session.close()
                onReturn(self)
            }
        }
        if !accepted, claim(ticket) { completion(.failure(CardError.readerGone)) }
    }

    /// Gives the thread up. Called by the watchdog.
    func abandon() {
        calls.abandon()
        onStuck(self)
        failAll(.stuck)
        worker.stop()
    }

    /// Ends the lane after what is queued.
    func close() {
        callers.withLock { $0.isClosed = true }
        worker.submit { [self] in session.close() }
        worker.stop()
    }

    /// Blocks until the thread has ended; false when it hangs.
    func join(milliseconds: UInt64) -> Bool { worker.join(milliseconds: milliseconds) }

    private static func run<Result>(
        _ session: CardSession, _ body: (any CardChannel) throws -> Result, _ context: () -> TapContext
    ) throws -> Result {
        try session.begin()
        var context = context()
        context.answerToReset = context.answerToReset ?? session.answerToReset()
        let channel = SessionChannel(session, context)
        defer { channel.invalidate() }
        do {
            let result = try body(channel)
            session.end(reset: false)
            return result
        } catch {
            session.end(reset: true)
            if let error = error as? CardError, error == .serviceLost { session.dropContext() }
            throw error
        }
    }

    /// True for the one who may resume the caller.
    private func claim(_ ticket: UInt64) -> Bool {
        callers.withLock { $0.waiting.removeValue(forKey: ticket) != nil }
    }

    private func failAll(_ error: CardError) {
        let waiting = callers.withLock { callers in
            callers.isClosed = true
            defer { callers.waiting = [:] }
            return callers.waiting
        }
        for fail in waiting.values { fail(error) }
    }
}
