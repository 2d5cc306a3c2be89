import HostProtocol

/// The host as a lane sees it.
public struct HostConnection: Sendable {
    public enum Reply: Sendable {
        case answered(AuthorisationAnswer)
        /// The request surely never left.
        case notReached
        /// Anything else (ALL-10).
        case silent
    }

    /// Whether the host answers now; quick.
    public var probe: @Sendable () async -> Bool
    public var authorise: @Sendable (AuthorisationRequest) async -> Reply
    /// Tells the forwarder that there is something to send.
    public var recordCommitted: @Sendable () -> Void

    public init(
        probe: @escaping @Sendable () async -> Bool, authorise: @escaping @Sendable (AuthorisationRequest) async -> Reply,
        recordCommitted: @escaping @Sendable () -> Void
    ) {
        self.probe = probe
        self.authorise = authorise
        self.recordCommitted = recordCommitted
    }
}
