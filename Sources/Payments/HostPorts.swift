import Core
import HostProtocol

/// The journal's queue to the host, as the link sees it.
public protocol OutboxPort: Sendable {
    /// Records that the host has not answered for with a sequence above `after`, by sequence, without quarantined ones.
    func waiting(after: Int64, limit: Int) async throws -> [WaitingRecord]

    /// Those of these records that still wait, by sequence.
    func records(_ sequences: [Int64]) async throws -> [ForwardedRecord]

    /// 0 when no record waits.
    func depth() async throws -> Int

    /// Applied and duplicate records leave the outbox when the body hash is theirs; rejected ones are quarantined. Ids and
    /// hashes that are not in the outbox change nothing.
    /// - Returns: whether that wrote records which wait now, such as the reversal of a purchase that was paid twice.
    func settle(_ results: [RecordResult]) async throws -> Bool

    /// Notes what becomes of records that failed alone: a wait, or quarantine with a reason of this terminal's own.
    func note(_ consequences: [BatchPlanner.Consequence]) async throws

    /// What the last run of the link left behind.
    func memory() async throws -> LinkMemory

    /// The span over which this terminal spreads its first attempt after an outage, in seconds, as the host said it.
    func remember(spread: Int64) async throws

    /// The last record that the host holds of this terminal: if the journal does not hold it, the store was set back.
    func compare(_ host: JournalPosition) async throws
}

extension OutboxPort {
    /// For outboxes without a journal.
    public func compare(_ host: JournalPosition) async throws {}
}

/// A record in the queue, as ``BatchPlanner`` sees it.
public struct WaitingRecord: Sendable, Hashable {
    public var sequence: Int64
    /// Records of one group are forwarded in order: the account, or without one the payment that it all began with.
    public var group: String
    /// Of the body.
    public var bytes: Int
    /// Refusals of the record alone.
    public var attempts: Int
    /// Milliseconds that it waits by itself; 0: none.
    public var retryIn: Int64

    public init(sequence: Int64, group: String, bytes: Int, attempts: Int = 0, retryIn: Int64 = 0) {
        self.sequence = sequence
        self.group = group
        self.bytes = bytes
        self.attempts = attempts
        self.retryIn = retryIn
    }
}

/// What a link knows of its host when it starts.
public struct LinkMemory: Sendable, Hashable {
    /// Milliseconds since the host was last heard: `Int64.max` when that was in another boot of this machine, nil when it
    /// never was.
    public var silence: Int64?
    /// As ``HostPace/spread``, in seconds.
    public var spread: Int64?

    public init(silence: Int64? = nil, spread: Int64? = nil) {
        self.silence = silence
        self.spread = spread
    }
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
