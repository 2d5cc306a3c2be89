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

    /// The last record that the host holds of this terminal: if the journal does not hold it, the store was set back.
    func compare(_ host: JournalPosition) async throws
}

extension OutboxPort {
    /// For outboxes without a journal.
    public func compare(_ host: JournalPosition) async throws {}
}

/// The limit store, as the link sees it.
public protocol LimitCachePort: Sendable {
    /// What the store holds: where the next request of a sync goes on.
    func position() async throws -> LimitCachePosition

    /// Applies a page in one transaction, its time included: a page is also an observation of host time.
    /// - Parameter receivedAtBoot: CLOCK_BOOTTIME in milliseconds when the page had arrived.
    /// - Throws: ``LimitPageRefusal`` when the page is the host's and does not fit; the store is then as it was.
    func apply(_ page: LimitPage, receivedAtBoot: Int64) async throws

    /// Deletes a bounded part of the rows that no page speaks of any more.
    /// - Returns: whether more of them are left.
    func tidy() async throws -> Bool

    /// Signed host time that answers a nonce of ours.
    /// - Parameter atBoot: CLOCK_BOOTTIME in milliseconds when the answer had arrived.
    func observe(hostTime: UTCInstant, atBoot: Int64) async throws
}

/// How far the limit store is.
public struct LimitCachePosition: Sendable, Equatable {
    /// The incarnation of the host's books that ``version`` counts in; 0 with no version.
    public var incarnation: Int64
    /// The version of the newest delta or whole snapshot applied; 0 when there is none.
    public var version: Int64
    /// Where a snapshot that is under way goes on; nil when none is.
    public var snapshot: SnapshotPosition?

    public init(incarnation: Int64 = 0, version: Int64 = 0, snapshot: SnapshotPosition? = nil) {
        self.incarnation = incarnation
        self.version = version
        self.snapshot = snapshot
    }
}

/// Why the store would not take a page that is the host's.
public enum LimitPageRefusal: Error, Hashable, Sendable {
    /// It builds on a version, or goes on from a place in a snapshot, that the store does not hold.
    case gap
    /// It is older than what the store holds: the host's books were set back.
    case stale
    /// A value that no host may send; the field, without its value.
    case malformed(field: String)
}
