import Core

// The queue to the host, one record at a time and as a whole.

/// How a flush goes on; the last one has ``ended``.
public struct FlushProgressReply: Codable, Sendable, Equatable {
    public var queue: QueueSummaryReply
    /// Records that have left the queue since the flush began.
    public var settled: Int?
    /// Records that the host refused since, and that are set aside.
    public var refused: Int?
    /// Records that wait.
    public var waiting: Int?
    /// The last failure, in words.
    public var failure: String?
    public var ended: Bool?
    /// Why records are left; nil when none is.
    public var why: String?

    public init(
        queue: QueueSummaryReply, settled: Int? = nil, refused: Int? = nil, waiting: Int? = nil, failure: String? = nil,
        ended: Bool? = nil, why: String? = nil
    ) {
        self.queue = queue
        self.settled = settled
        self.refused = refused
        self.waiting = waiting
        self.failure = failure
        self.ended = ended
        self.why = why
    }
}

public struct ShowQueuedParameters: Codable, Sendable {
    /// The record's id, or its sequence number.
    public var record: String
    public init(record: String) { self.record = record }
}

/// One record in full, without anything of the card.
public struct QueuedDetailReply: Codable, Sendable, Equatable {
    public var sequence: Int64
    public var record: String
    public var payment: String
    public var kind: String
    public var amount: AmountReply
    public var approved: AmountReply
    public var reference: String?
    public var original: String?
    public var programme: String?
    public var account: String?
    public var accountSequence: Int64?
    public var rule: String
    public var reason: String
    public var decidedAt: Int64
    /// `waiting`, `quarantined` or `forwarded`.
    public var state: String
    /// The host's word, for a record that it refused.
    public var hostReason: String?
    /// How often it was in a batch while it waits.
    public var attempts: Int
    public var lastAttemptMillisecondsAgo: Int64?
    public var nextAttemptInMilliseconds: Int64?
    /// Whether sealed card evidence goes with it.
    public var carriesEvidence: Bool
    public var bodyBytes: Int
    /// SHA-256 of the body, in hexadecimal: what the host deduplicates by.
    public var bodyHash: String

    public init(
        sequence: Int64, record: String, payment: String, kind: String, amount: AmountReply, approved: AmountReply,
        reference: String?, original: String?, programme: String?, account: String?, accountSequence: Int64?, rule: String,
        reason: String, decidedAt: Int64, state: String, hostReason: String?, attempts: Int,
        lastAttemptMillisecondsAgo: Int64?, nextAttemptInMilliseconds: Int64?, carriesEvidence: Bool, bodyBytes: Int,
        bodyHash: String
    ) {
        self.sequence = sequence
        self.record = record
        self.payment = payment
        self.kind = kind
        self.amount = amount
        self.approved = approved
        self.reference = reference
        self.original = original
        self.programme = programme
        self.account = account
        self.accountSequence = accountSequence
        self.rule = rule
        self.reason = reason
        self.decidedAt = decidedAt
        self.state = state
        self.hostReason = hostReason
        self.attempts = attempts
        self.lastAttemptMillisecondsAgo = lastAttemptMillisecondsAgo
        self.nextAttemptInMilliseconds = nextAttemptInMilliseconds
        self.carriesEvidence = carriesEvidence
        self.bodyBytes = bodyBytes
        self.bodyHash = bodyHash
    }
}

public struct ShowQueuedReply: Codable, Sendable, Equatable {
    public var record: QueuedDetailReply
    public init(record: QueuedDetailReply) { self.record = record }
}

public struct RetryQueueParameters: Codable, Sendable {
    /// The record's id or sequence number; nil: all that are set aside.
    public var record: String?
    public init(record: String? = nil) { self.record = record }
}

public struct ExportQueueParameters: Codable, Sendable {
    /// Sequence number after which to go on; nil begins with the file's first line.
    public var after: Int64?
    public init(after: Int64? = nil) { self.after = after }
}

/// A part of the file that `kassa-host records import` takes.
public struct ExportQueueReply: Codable, Sendable, Equatable {
    public var lines: [String]
    /// Where to go on; nil at the end.
    public var next: Int64?

    public init(lines: [String], next: Int64?) {
        self.lines = lines
        self.next = next
    }
}
