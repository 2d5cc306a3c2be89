import NIOCore

/// One connection as messages, for use from any task. Closing it ends waiting reads and writes.
struct MessageChannel: Sendable {
    let channel: any Channel
    private let reader: NIOLoopBound<MessageReader>

    /// To be made on the channel's event loop, with `reader` in its pipeline.
    init(channel: any Channel, reader: MessageReader) {
        self.channel = channel
        self.reader = NIOLoopBound(reader, eventLoop: channel.eventLoop)
    }

    /// The next message, without its NUL; nil when the peer has closed. One task at a time.
    /// - Parameters:
    ///   - time: how long to wait; then the channel is closed and `late` is thrown.
    /// - Throws: ``VarlinkProtocolError``; `CancellationError` when the task is cancelled, after which the channel
    ///   gives no further message.
    func next(
        within time: TimeAmount? = nil, late: any Error = VarlinkProtocolError.readDeadline
    ) async throws -> [UInt8]? {
        let promise = channel.eventLoop.makePromise(of: [UInt8]?.self)
        channel.eventLoop.execute { reader.value.next(promise, within: time, late: late) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.eventLoop.execute { reader.value.stop(CancellationError()) }
        }
    }

    /// Writes a message and its NUL, and returns when the kernel has taken all of it.
    /// - Throws: when the channel is closed; after `deadline`, which closes it.
    func write(_ message: [UInt8], deadline: TimeAmount) async throws {
        var buffer = channel.allocator.buffer(capacity: message.count + 1)
        buffer.writeBytes(message)
        buffer.writeInteger(UInt8(0))
        let timer = channel.eventLoop.scheduleTask(in: deadline) {
            reader.value.abandon(VarlinkProtocolError.writeDeadline)
        }
        defer { timer.cancel() }
        try await channel.writeAndFlush(buffer).get()
    }

    /// Ends reading with `error` and closes the channel.
    func abandon(_ error: any Error) {
        channel.eventLoop.execute { reader.value.abandon(error) }
    }

    /// Closes and returns when the descriptor is closed.
    func close() async {
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }
}

extension TimeAmount {
    /// At least a nanosecond, at most about 31 years.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, 0), 1_000_000_000)
        self = .nanoseconds(max(1, bounded * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}
