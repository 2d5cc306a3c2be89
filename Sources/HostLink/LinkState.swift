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
    /// CLOCK_BOOTTIME milliseconds of the newest answer signed by the host.
    public var lastContact: Int64?
    /// Version of the newest limit page applied in this run, and when (CLOCK_BOOTTIME milliseconds).
    public var lastSync: Sync?
    /// The newest failure of each operation that has not succeeded since.
    public var limitsFailure: LinkFailure?
    public var forwardFailure: LinkFailure?
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
        guard case .unreachable(_, _, let at?) = reach else { return nil }
        return max(0, at - now)
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
