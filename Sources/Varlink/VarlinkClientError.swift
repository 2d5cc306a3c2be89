import Glibc

/// Why a call got no reply. An error that the server replied with is a ``VarlinkError`` instead.
public enum VarlinkClientError: Error, Hashable, Sendable {
    /// Nothing is at the path: the daemon does not run, or serves elsewhere.
    case noSocket(String)
    /// A socket file is there, but nobody listens: the daemon has died.
    case connectionRefused(String)
    case permissionDenied(String)
    /// Empty, with a NUL inside, or longer than a socket address can hold.
    case unusablePath(String, bytes: Int, limit: Int)
    /// The kernel's answer to `connect`, where it is none of the above.
    case system(errno: Int32, path: String)
    /// The server ended the connection, or `close()` or an earlier failure did.
    case closed
    /// No reply in time; the connection is closed, which cancels the call on the server.
    case timeout(Duration)
    /// Another call or stream is in progress on this connection.
    case busy
    /// The call is larger than any server takes (64 KiB), or cannot be encoded.
    case unsendable
    /// The reply lacks `field`, or has another type there.
    case unexpectedReply(field: String)
    /// The stream's consumer fell behind by more replies than are kept for it; the connection is closed.
    case consumerTooSlow(limit: Int)
    case protocolViolation(VarlinkProtocolError)
}

extension VarlinkClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSocket(let path): "\(path) does not exist"
        case .connectionRefused(let path): "nobody listens on \(path)"
        case .permissionDenied(let path): "no permission to connect to \(path)"
        case .unusablePath(let path, let bytes, let limit):
            "socket path \(path.debugDescription) has \(bytes) bytes; 1 to \(limit) without NUL are possible"
        case .system(let code, let path): "connect \(path): \(String(cString: strerror(code)))"
        case .closed: "the connection is closed"
        case .timeout(let limit): "no reply within \(limit)"
        case .busy: "another call is in progress on this connection"
        case .unsendable: "the call is too large or cannot be encoded"
        case .unexpectedReply(let field): "unexpected reply: \(field)"
        case .consumerTooSlow(let limit): "more than \(limit) replies wait to be used"
        case .protocolViolation(let violation): "the server broke the protocol: \(violation)"
        }
    }
}
