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
        var isStuck = false
        var isClosed = false
    }

    public let name: String
    private let board: ReaderBoard
    private let watchdog: Watchdog
    private let state = Mutex(State())

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
                watchdog: watchdog, answerToReset: { [board, name] in board.answerToReset(of: name) }, body: body,
                continuation: continuation)
        }
    }

    /// The reader was plugged in anew, or pcscd started anew: a call that hung has nothing to hang in any more.
    func renew() {
        state.withLock { state in
            if state.abandoned < Self.mostAbandoned { state.isStuck = false }
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
                onReturn: { [weak self] _ in self?.laneCameBack() })
            state.lane = lane
            return lane
        }
    }

    private func laneIsStuck(_ lane: ReaderLane) {
        state.withLock { state in
            if state.lane === lane { state.lane = nil }
            state.abandoned += 1
            state.isStuck = true
        }
        publishStuck()
    }

    private func laneCameBack() {
        state.withLock { state in
            state.abandoned -= 1
            state.isStuck = false
        }
        publishStuck()
    }

    private func publishStuck() { board.setStuck(name, state.withLock { $0.isStuck }) }
}
