/// What one client may cost the server. Bytes from a socket are hostile: everything that a peer can stretch has a
/// bound.
public struct VarlinkLimits: Sendable, Hashable {
    /// Bytes of one call without its NUL, 4096…65536; values outside are moved to the nearer end.
    public var maximumCallBytes: Int {
        didSet { maximumCallBytes = Self.bounded(maximumCallBytes) }
    }
    /// Bytes of one reply without its NUL. A handler's larger reply becomes an `InternalError`.
    public var maximumReplyBytes = 1_048_576
    /// Arrays and objects inside one another, the message itself counted.
    public var maximumDepth = 32
    /// Connections served at once. One more takes the place of the longest idle one, if that has been idle for
    /// `idleGrace`; else its first call is answered with ``VarlinkError/tooManyConnections(limit:)``.
    public var maximumConnections = 32
    /// How long a connection without a call in progress keeps its place when others want it.
    public var idleGrace: Duration = .seconds(30)
    /// From the first byte of a call, as far as the server is reading, to its NUL.
    public var readDeadline: Duration = .seconds(2)
    /// For the kernel to take one whole reply; a client that reads slower is disconnected.
    public var writeDeadline: Duration = .seconds(1)

    public init(maximumCallBytes: Int = 16_384) {
        self.maximumCallBytes = Self.bounded(maximumCallBytes)
    }

    /// The range of `maximumCallBytes`.
    public static let callBytes = 4096...65_536

    private static func bounded(_ bytes: Int) -> Int {
        min(max(bytes, callBytes.lowerBound), callBytes.upperBound)
    }
}
