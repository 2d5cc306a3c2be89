import SmartCard
import Synchronization
import Workers

/// A reader that pcscd drives, by name. It may be absent: events say when it comes, and a tap before that throws.
///
/// Taps run one after another on a thread of the reader's own, which keeps a PC/SC context between them. Cancelling the
/// calling task does not end a tap: PC/SC calls can't be cancelled.
public final class PCSCReader: CardReader {
    /// Threads given up per reader before it stays stuck until it is plugged in again.
    private static let mostAbandoned = 4

    private struct State: Sendable {
        var lane: ReaderLane?
        var abandoned = 0
        /// The lane whose call hangs now; nil when it came back, or when the reader has been plugged in anew.
        var hanging: ReaderLane?
        /// Nothing more is tried: a call hangs, or so many have that no further thread is risked.
        var isStuck: Bool { hanging != nil || abandoned >= PCSCReader.mostAbandoned }
        var isClosed = false
        /// In a row, since the reader was plugged in.
        var feedbackFailures = 0
    }

    public let name: String
    private let board: ReaderBoard
    private let watchdog: Watchdog
    private let state = Mutex(State())
    /// Failures in a row after which a reader is spared signals.
    private static let mostFeedbackFailures = 3

    init(name: String, board: ReaderBoard, watchdog: Watchdog) {
        self.name = name
        self.board = board
        self.watchdog = watchdog
    }

    public func events() -> AsyncStream<CardEvent> { board.events(of: name) }

    /// - Throws: ``CardError/stuck`` while an earlier call into the reader has not come back.
    public func withCard<Result: Sendable>(
        _ body: @escaping @Sendable (any CardChannel) throws -> Result
    ) async throws -> Result {
        let lane = try lane()
        return try await withCheckedThrowingContinuation { continuation in
            lane.tap(
                watchdog: watchdog, context: { [board, name] in board.tapContext(of: name) }, body: body,
                continuation: continuation)
        }
    }

    /// Asks the driver which device this is.
    func identify(devices: USBDeviceList, completion: @escaping @Sendable (ReaderIdentity?) -> Void) {
        guard let lane = try? lane() else { return completion(nil) }
        lane.queue(watchdog: watchdog) { [name] session in
            ReaderIdentity(name: name, facts: try session.facts(), devices: devices)
        } completion: { completion(try? $0.get()) }
    }

    /// The reader was plugged in anew, or pcscd started anew: a call that hung has nothing to hang in any more.
    func renew() {
        state.withLock { state in
            state.hanging = nil
            state.feedbackFailures = 0
        }
        publishStuck()
    }

    /// Ends the reader's thread; blocks at most `milliseconds`.
    func close(milliseconds: UInt64) {
        let lane = state.withLock { state in
            state.isClosed = true
            defer { state.lane = nil }
            return state.lane
        }
        lane?.close()
        _ = lane?.join(milliseconds: milliseconds)
    }

    private func lane() throws -> ReaderLane {
        try state.withLock { state in
            guard !state.isClosed else { throw CardError.readerGone }
            guard !state.isStuck else { throw CardError.stuck }
            if let lane = state.lane { return lane }
            let lane = try ReaderLane(
                reader: name, onStuck: { [weak self] in self?.laneIsStuck($0) },
                onReturn: { [weak self] in self?.laneCameBack($0) })
            state.lane = lane
            return lane
        }
    }

    private func laneIsStuck(_ lane: ReaderLane) {
        state.withLock { state in
            if state.lane === lane { state.lane = nil }
            state.abandoned += 1
            state.hanging = lane
        }
        publishStuck()
    }

    /// A call that was given up long ago may come back while a newer one hangs.
    private func laneCameBack(_ lane: ReaderLane) {
        state.withLock { state in
            state.abandoned -= 1
            if state.hanging === lane { state.hanging = nil }
        }
        publishStuck()
    }

    private func publishStuck() { board.setStuck(name, state.withLock { $0.isStuck }) }
}

extension PCSCReader: PayerFeedback {
    /// After the taps that are queued, on the same thread. A reader that another program holds, that hangs or is gone, shows
    /// nothing.
    @discardableResult
    public func show(_ signal: PayerSignal) async -> FeedbackOutcome {
        let context = board.tapContext(of: name)
        let isSpared = state.withLock { $0.feedbackFailures >= Self.mostFeedbackFailures }
        guard let identity = context.identity, let quirks = identity.quirks, let dialect = quirks.feedback else { return .unsupported }
        guard !isSpared, let lane = try? lane() else { return .failed }
        let isShown = await withCheckedContinuation { continuation in
            lane.queue(watchdog: watchdog) { session in
                try session.show(
                    dialect.commands(signal), dialect, hasCard: context.answerToReset != nil, codes: identity.escapeCodes(quirks))
            } completion: { continuation.resume(returning: (try? $0.get()) ?? false) }
        }
        state.withLock { $0.feedbackFailures = isShown ? 0 : $0.feedbackFailures + 1 }
        return isShown ? .shown : .failed
    }
}
