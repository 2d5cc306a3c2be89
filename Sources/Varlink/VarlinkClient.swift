import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A connection to a Varlink service on a Unix socket.
///
/// One call or stream at a time: a second one throws ``VarlinkClientError/busy``; open another client for it. When a
/// call is cancelled or runs into its timeout the connection is closed, by which the server cancels the handler.
public final class VarlinkClient: Sendable {
    /// Bounds on the server's side of the conversation.
    public struct Options: Sendable, Hashable {
        public var connectTimeout: Duration = .seconds(2)
        /// For a reply, where the call does not say otherwise.
        public var callTimeout: Duration = .seconds(30)
        /// Bytes of one reply.
        public var maximumReplyBytes = 4_194_304
        /// Arrays and objects inside one another.
        public var maximumDepth = 64
        /// Replies of a stream kept for a consumer that is behind.
        public var maximumBufferedReplies = 1024

        public init() {}
    }

    private let messages: MessageChannel
    private let options: Options
    private let isBusy = Mutex(false)

    private init(messages: MessageChannel, options: Options) {
        self.messages = messages
        self.options = options
    }

    deinit { messages.channel.close(promise: nil) }

    public static func connect(
        path: String, options: Options = Options(), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(VarlinkClientError) -> VarlinkClient {
        let length = path.utf8.count
        guard length > 0, length <= UnixSocket.maximumPathBytes, !path.utf8.contains(0) else {
            throw .unusablePath(path, bytes: length, limit: UnixSocket.maximumPathBytes)
        }
        do {
            let messages = try await ClientBootstrap(group: group)
                .channelOption(.autoRead, value: false)
                .connectTimeout(TimeAmount(options.connectTimeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let reader = MessageReader(maximumBytes: options.maximumReplyBytes, readDeadline: nil)
                        try channel.pipeline.syncOperations.addHandler(reader)
                        return MessageChannel(channel: channel, reader: reader)
                    }
                }
            return VarlinkClient(messages: messages, options: options)
        } catch {
            throw VarlinkClientError(connecting: error, path: path, timeout: options.connectTimeout)
        }
    }

    public func close() async { await messages.close() }

    /// Calls `interface.Method` and returns its one reply.
    /// - Parameter timeout: for the reply; nil takes ``Options/callTimeout``.
    /// - Throws: ``VarlinkClientError``; the ``VarlinkError`` of the reply; `CancellationError`.
    public func call<Reply: Decodable>(
        _ method: String, _ parameters: some Encodable = VarlinkEmpty(), returning: Reply.Type = Reply.self,
        timeout: Duration? = nil
    ) async throws -> Reply {
        let call = try encode(CallMessage(method: method, parameters: parameters))
        return try await turn {
            try await self.send(call)
            let (reply, continues): (Reply, Bool) = try await self.receive(within: timeout ?? self.options.callTimeout)
            guard !continues else { throw self.abandon(.unexpectedReply(field: "continues")) }
            return reply
        }
    }

    /// Calls `interface.Method` without waiting for an outcome: returns when the kernel has taken the call.
    public func callOneway(_ method: String, _ parameters: some Encodable = VarlinkEmpty()) async throws {
        let call = try encode(CallMessage(method: method, parameters: parameters, oneway: true))
        try await turn { try await self.send(call) }
    }

    /// Calls `interface.Method` with `more`: every reply is an element, the last one ends the stream. Leaving the
    /// stream early closes the connection, by which the server cancels the call.
    /// - Parameter timeout: from one reply to the next; nil waits for as long as the connection lasts.
    public func stream<Reply: Decodable & Sendable>(
        _ method: String, _ parameters: some Encodable = VarlinkEmpty(),
        returning: Reply.Type = Reply.self, timeout: Duration? = nil
    ) -> AsyncThrowingStream<Reply, any Error> {
        let limit = options.maximumBufferedReplies
        let call = Result { try encode(CallMessage(method: method, parameters: parameters, more: true)) }
        return AsyncThrowingStream(bufferingPolicy: .bufferingOldest(limit)) { continuation in
            let task = Task {
                do {
                    let call = try call.get()
                    try await self.turn {
                        try await self.send(call)
                        var continues = true
                        while continues {
                            let reply: Reply
                            (reply, continues) = try await self.receive(within: timeout)
                            if case .dropped = continuation.yield(reply) {
                                throw self.abandon(.consumerTooSlow(limit: limit))
                            }
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func turn<Result>(_ body: () async throws -> Result) async throws -> Result {
        let wasBusy = isBusy.withLock { busy in
            defer { busy = true }
            return busy
        }
        guard !wasBusy else { throw VarlinkClientError.busy }
        defer { isBusy.withLock { $0 = false } }
        return try await body()
    }

    private func encode(_ call: CallMessage<some Encodable>) throws(VarlinkClientError) -> [UInt8] {
        guard let bytes = try? VarlinkJSON.encode(call), bytes.count <= VarlinkLimits.callBytes.upperBound else {
            throw .unsendable
        }
        return bytes
    }

    private func send(_ call: [UInt8]) async throws(VarlinkClientError) {
        do {
            try await messages.write(call, deadline: TimeAmount(options.callTimeout))
        } catch {
            throw .closed
        }
    }

    private func receive<Reply: Decodable>(within timeout: Duration?) async throws -> (Reply, continues: Bool) {
        let message = try await message(within: timeout)
        do {
            let header = try ReplyHeader(message, maximumDepth: options.maximumDepth)
            guard let name = header.error else {
                return (try VarlinkJSON.parameters(Reply.self, of: message), header.continues ?? false)
            }
            let parameters = try VarlinkJSON.parameters([String: VarlinkValue].self, of: message)
            throw VarlinkError(name: name, parameters: parameters)
        } catch let violation as VarlinkProtocolError {
            throw abandon(.protocolViolation(violation))
        } catch let failure as DecodingError {
            throw abandon(.unexpectedReply(field: VarlinkJSON.field(of: failure)))
        }
    }

    private func message(within timeout: Duration?) async throws -> [UInt8] {
        let late = VarlinkClientError.timeout(timeout ?? .zero)
        do {
            let time = timeout.map { TimeAmount($0) }
            guard let message = try await messages.next(within: time, late: late) else {
                throw VarlinkClientError.closed
            }
            return message
        } catch let violation as VarlinkProtocolError {
            throw VarlinkClientError.protocolViolation(violation)
        } catch is CancellationError {
            messages.abandon(VarlinkClientError.closed)
            // An earlier call on this connection may have been the cancelled one.
            guard Task.isCancelled else { throw VarlinkClientError.closed }
            throw CancellationError()
        } catch let error as VarlinkClientError {
            throw error
        } catch {
            throw VarlinkClientError.closed
        }
    }

    /// Closes the connection: what comes after a reply that was not understood cannot be told apart.
    private func abandon(_ error: VarlinkClientError) -> VarlinkClientError {
        messages.abandon(VarlinkClientError.closed)
        return error
    }
}

extension VarlinkClientError {
    fileprivate init(connecting error: any Error, path: String, timeout: Duration) {
        switch (error as? IOError)?.errnoCode {
        case ENOENT, ENOTDIR: self = .noSocket(path)
        case ECONNREFUSED, ENOTSOCK: self = .connectionRefused(path)
        case EACCES, EPERM: self = .permissionDenied(path)
        case .some(let code): self = .system(errno: code, path: path)
        case nil: self = error is ChannelError ? .timeout(timeout) : .closed
        }
    }
}
