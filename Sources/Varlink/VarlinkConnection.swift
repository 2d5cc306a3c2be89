import Logging
import NIOCore
import Synchronization

/// Serves one connection: its calls in order, one at a time, until the client leaves, breaks the protocol, or the task
/// is cancelled.
struct VarlinkConnection: Sendable {
    let messages: MessageChannel
    let peer: VarlinkPeer
    let service: VarlinkService
    let limits: VarlinkLimits
    let registry: ConnectionRegistry
    let logger: Logger

    func serve() async {
        let running = RunningCall()
        messages.channel.closeFuture.whenComplete { _ in running.disconnected() }
        await ending {
            while let message = try await messages.next() {
                registry.setBusy(true, messages.channel)
                try await answer(message, running)
                registry.setBusy(false, messages.channel)
            }
        }
    }

    /// Answers the first call with `TooManyConnections`; a client that sends none within the read deadline gets
    /// nothing.
    func refuse() async {
        await ending {
            guard let message = try await messages.next(within: TimeAmount(limits.readDeadline)) else { return }
            let header = try CallHeader(message, maximumDepth: limits.maximumDepth)
            try await call(header).fail(.tooManyConnections(limit: limits.maximumConnections))
        }
    }

    private func ending(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch let violation as VarlinkProtocolError {
            logger.notice("connection closed", metadata: ["reason": "\(violation)"])
        } catch {
            logger.debug("connection closed", metadata: ["reason": "\(error)"])
        }
        await messages.close()
    }

    private func answer(_ message: [UInt8], _ running: RunningCall) async throws {
        let header = try CallHeader(message, maximumDepth: limits.maximumDepth)
        // Calls that still lie in the buffer of a client that has left would be cancelled before they began.
        guard header.oneway == true || !running.isDisconnected else { return }
        let call = call(header)
        let task = Task { await service.answer(message, call, logger: logger) }
        // A oneway client may leave at once; its call is carried out all the same.
        if !call.isOneway { running.start(task) }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        running.finish()
    }

    private func call(_ header: CallHeader) -> VarlinkCall {
        VarlinkCall(
            method: header.method, peer: peer, wantsMore: header.more ?? false, isOneway: header.oneway ?? false,
            replies: CallReplies(maximumBytes: limits.maximumReplyBytes) { bytes in
                try await messages.write(bytes, deadline: TimeAmount(limits.writeDeadline))
            })
    }
}

/// The call whose handler is to be cancelled when the client leaves.
private final class RunningCall: Sendable {
    private struct State {
        var isDisconnected = false
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    var isDisconnected: Bool { state.withLock { $0.isDisconnected } }

    func start(_ task: Task<Void, Never>) {
        let isDisconnected = state.withLock { state in
            state.task = task
            return state.isDisconnected
        }
        if isDisconnected { task.cancel() }
    }

    func finish() { state.withLock { $0.task = nil } }

    func disconnected() {
        let task = state.withLock { state in
            state.isDisconnected = true
            return state.task
        }
        task?.cancel()
    }
}
