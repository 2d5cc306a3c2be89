import Core
import HostProtocol

/// The journal's queue to the host, as the link sees it.
public protocol OutboxPort: Sendable {
    /// Records the host has not answered for, oldest first, without quarantined ones.
    func pending(limit: Int) async throws -> [ForwardedRecord]

    /// How many ``pending(limit:)`` would give without a limit.
    func depth() async throws -> Int

    /// Applied and duplicate records leave the outbox when the body hash is theirs; rejected ones are quarantined. Ids and
    /// hashes that are not in the outbox change nothing.
    func settle(_ results: [RecordResult]) async throws
}

/// The limit store, as the link sees it.
public protocol LimitCachePort: Sendable {
    /// The version of the newest page applied; 0 when there is none.
    func limitVersion() async throws -> Int64

    /// Applies a page in one transaction, its time included: a page is also an observation of host time.
    /// - Parameter receivedAtBoot: CLOCK_BOOTTIME in milliseconds when the page had arrived.
    /// - Throws: ``LimitPageRefusal/gap`` when the page builds on another version than the store's: the link then asks for
    ///   everything.
    func apply(_ page: LimitPage, receivedAtBoot: Int64) async throws

    /// Signed host time that answers a nonce of ours.
    /// - Parameter atBoot: CLOCK_BOOTTIME in milliseconds when the answer had arrived.
    func observe(hostTime: UTCInstant, atBoot: Int64) async throws
}

/// Why the store would not take a page that is the host's.
public enum LimitPageRefusal: Error, Hashable, Sendable {
    /// It builds on a version that the store does not hold.
    case gap
    /// It is older than what the store holds.
    case stale
    /// A value that no host may send; the field, without its value.
    case malformed(field: String)
}
