import NIOCore

/// The end of a channel's pipeline: cuts what arrives into messages and hands them out one by one, when asked.
///
/// Nothing is read from the socket unless somebody waits for a message (the channel's `autoRead` must be off), so a
/// client that sends faster than it is served fills its own socket buffer and no memory here. Confined to the event
/// loop.
final class MessageReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var framer: MessageFramer
    private let readDeadline: TimeAmount?
    private var onActive: ((MessageReader, any Channel) -> Void)?
    private var context: ChannelHandlerContext?
    private var waiting: EventLoopPromise<[UInt8]?>?
    private var deadline: Scheduled<Void>?
    private var patience: Scheduled<Void>?
    private var failure: (any Error)?
    private var ended = false

    /// - Parameters:
    ///   - readDeadline: from the first byte of a message, while somebody waits for it, to its NUL.
    ///   - onActive: called once, when the channel can be read.
    init(
        maximumBytes: Int, readDeadline: TimeAmount?, onActive: ((MessageReader, any Channel) -> Void)? = nil
    ) {
        self.framer = MessageFramer(limit: maximumBytes)
        self.readDeadline = readDeadline
        self.onActive = onActive
    }

    /// Fulfils `promise` with the next message, or nil when the peer has closed. One at a time.
    /// - Parameters:
    ///   - time: how long to wait for the whole message; then the channel is closed and the wait fails with `late`.
    func next(_ promise: EventLoopPromise<[UInt8]?>, within time: TimeAmount?, late: any Error) {
        guard waiting == nil else { return promise.fail(ChannelError.operationUnsupported) }
        waiting = promise
        deliver()
        guard waiting != nil, let context else { return }
        if let time {
            patience = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.abandon(late) }
        }
        context.read()
    }

    /// Ends the wait, now and for ever, with `error`.
    func stop(_ error: any Error) {
        if failure == nil { failure = error }
        settle { $0.fail(error) }
    }

    /// As `stop`, and closes the channel.
    func abandon(_ error: any Error) {
        stop(error)
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        ended = false
    }

    func channelActive(context: ChannelHandlerContext) {
        onActive?(self, context.channel)
        onActive = nil
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.append(unwrapInboundIn(data).readableBytesView)
        deliver()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if waiting != nil { context.read() }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended = true
        deliver()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended = true
        deliver()
        onActive = nil
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func deliver() {
        guard waiting != nil else { return }
        if let failure { return settle { $0.fail(failure) } }
        do {
            if let message = try framer.next() {
                settle { $0.succeed(message) }
            } else if ended {
                settle { $0.succeed(nil) }
            } else if framer.holdsPart, deadline == nil, let readDeadline, let context {
                deadline = context.eventLoop.assumeIsolated().scheduleTask(in: readDeadline) {
                    self.abandon(VarlinkProtocolError.readDeadline)
                }
            }
        } catch {
            abandon(error)
        }
    }

    private func settle(_ outcome: (EventLoopPromise<[UInt8]?>) -> Void) {
        deadline?.cancel()
        deadline = nil
        patience?.cancel()
        patience = nil
        guard let promise = waiting else { return }
        waiting = nil
        outcome(promise)
    }
}
