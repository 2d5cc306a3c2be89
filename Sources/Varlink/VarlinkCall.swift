import Synchronization

/// Who is on the other end of a connection: SO_PEERCRED, as the kernel noted it at `connect`.
public struct VarlinkPeer: Sendable, Hashable {
    public let uid: UInt32
    public let gid: UInt32
    /// May have been given to another process since.
    public let pid: Int32

    public init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }
}

/// One call in progress. When the client disconnects or the server stops, the task that the handler runs in is
/// cancelled; of a oneway call, only when the server stops.
public struct VarlinkCall: Sendable {
    /// Fully qualified: `org.kassa.terminal.payment.Pay`.
    public let method: String
    public let peer: VarlinkPeer
    /// The client takes several replies.
    public let wantsMore: Bool
    /// The client takes no reply, not even an error.
    public let isOneway: Bool
    let replies: CallReplies

    /// Sends one reply and returns when the kernel has taken it.
    ///
    /// With `continues` it is one of several: it is sent if the client asked for `more` and dropped otherwise. Without,
    /// it is the final one, sent unless the call is oneway.
    /// - Throws: ``VarlinkCallError`` after the final reply, when the reply is too large or the client is gone;
    ///   `EncodingError`.
    public func reply(_ parameters: some Encodable, continues: Bool) async throws {
        try replies.begin(final: !continues)
        guard !isOneway, wantsMore || !continues else { return }
        try await replies.send(ReplyMessage(parameters: parameters, continues: continues ? true : nil))
    }

    /// Ends the call with an error, unless it has ended.
    func fail(_ error: VarlinkError) async throws {
        guard !replies.isFinished else { return }
        try replies.begin(final: true)
        guard !isOneway else { return }
        try await replies.send(ReplyMessage(error: error.name, parameters: error.parameters))
    }
}

public enum VarlinkCallError: Error, Hashable, Sendable {
    /// The final reply has been given.
    case finished
    /// The reply is longer than ``VarlinkLimits/maximumReplyBytes``.
    case replyTooLong(bytes: Int)
    /// The client has left, or reads too slowly and was disconnected.
    case disconnected
}

/// Where the replies to one call go, and whether the final one has gone.
final class CallReplies: Sendable {
    private let finished = Mutex(false)
    private let maximumBytes: Int
    private let write: @Sendable ([UInt8]) async throws -> Void

    init(maximumBytes: Int, write: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.maximumBytes = maximumBytes
        self.write = write
    }

    var isFinished: Bool { finished.withLock { $0 } }

    func begin(final: Bool) throws(VarlinkCallError) {
        let wasFinished = finished.withLock { finished in
            defer { finished = finished || final }
            return finished
        }
        guard !wasFinished else { throw .finished }
    }

    /// Encodes before anything is written. A final reply that cannot be encoded leaves the call open for an error.
    func send<Parameters: Encodable>(_ reply: ReplyMessage<Parameters>) async throws {
        let bytes: [UInt8]
        do {
            bytes = try VarlinkJSON.encode(reply)
            guard bytes.count <= maximumBytes else { throw VarlinkCallError.replyTooLong(bytes: bytes.count) }
        } catch {
            finished.withLock { $0 = false }
            throw error
        }
        do {
            try await write(bytes)
        } catch {
            throw VarlinkCallError.disconnected
        }
    }
}
