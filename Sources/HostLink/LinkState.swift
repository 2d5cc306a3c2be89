import Core
import HostProtocol

/// What the link knows of its host.
public struct LinkState: Sendable, Equatable {
    public enum Reach: Sendable, Equatable {
        /// Nothing heard yet since start.
        case starting
        /// - Parameter since: CLOCK_BOOTTIME milliseconds.
        case reachable(since: Int64)
        /// - Parameters:
        ///   - since: CLOCK_BOOTTIME milliseconds.
        ///   - nextAttemptAt: CLOCK_BOOTTIME milliseconds; nil while an attempt is under way.
        case unreachable(since: Int64, reason: LinkFailure, nextAttemptAt: Int64?)
    }

    public var reach = Reach.starting
    /// Whether the link runs, and has decided when to look for the host first.
    public var hasBegun = false
    /// While nothing has been heard: when the host is first looked for, CLOCK_BOOTTIME milliseconds, after a long silence that
    /// others may have had too; nil: now.
    public var firstAttemptAt: Int64?
    /// CLOCK_BOOTTIME milliseconds of the newest answer signed by the host.
    public var lastContact: Int64?
    /// Version of the newest limit page applied in this run, and when (CLOCK_BOOTTIME milliseconds).
    public var lastSync: Sync?
    /// The newest failure of each operation that has not succeeded since.
    public var limitsFailure: LinkFailure?
    public var forwardFailure: LinkFailure?
    /// ``HostTrust/id`` of what the host was known by at its newest sign of life; nil: none, or a host without certificates.
    public var hostTrust: String?
    /// ``TagSecrets/version`` of the keys of closed-loop tags that the host had at its newest sign of life; nil: none.
    public var tagKeys: String?
    /// Records answered for in this run.
    public var settledRecords = 0

    public struct Sync: Sendable, Equatable {
        public var version: Int64
        public var at: Int64
    }

    public init() {}

    public var isReachable: Bool {
        if case .reachable = reach { true } else { false }
    }

    /// Milliseconds until the next attempt; nil when the host is there or an attempt is under way.
    public func nextAttempt(in now: Int64) -> Int64? {
        switch reach {
        case .starting: firstAttemptAt.map { max(0, $0 - now) }
        case .unreachable(_, _, let at): at.map { max(0, $0 - now) }
        case .reachable: nil
        }
    }
}

/// What became of an online authorisation.
public enum AuthorisationOutcome: Sendable, Equatable {
    case answered(AuthorisationAnswer)
    /// The host has surely not seen it.
    case notSent(LinkFailure)
    /// Bytes may have left: whether it was booked is unknown (ALL-10).
    case unknown(LinkFailure)
}
