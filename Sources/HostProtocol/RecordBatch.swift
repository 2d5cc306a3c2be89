import Core
import Foundation

/// Records on their way to the host.
public struct RecordBatch: Codable, Sendable, Equatable {
    public var records: [ForwardedRecord]
    /// The lowest sequence that the terminal waits for an answer to, in this batch or any other: a number below it that the
    /// host lacks is lost, one above may be on its way. Nil: batches come one after another, oldest records first.
    public var oldest: Int64?

    public init(records: [ForwardedRecord], oldest: Int64? = nil) {
        self.records = records
        self.oldest = oldest
    }

    /// Most records in one batch.
    public static let maximumCount = 100
}

/// One record as stored, with what identifies it outside its body.
public struct ForwardedRecord: Codable, Sendable, Equatable {
    public var id: UUIDv7
    public var sequence: Int64
    /// The journal's hash chain up to and including this record.
    public var chain: Data
    /// The exact bytes of the encoded ``JournalRecord``.
    public var body: Data

    public init(id: UUIDv7, sequence: Int64, chain: Data, body: Data) {
        self.id = id
        self.sequence = sequence
        self.chain = chain
        self.body = body
    }
}

/// The host's answer to a batch: a result for each record it took a stand on. A record it does not name stays queued.
public struct BatchAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .batch
    public var terminal: String
    public var results: [RecordResult]
    public var hostTime: UTCInstant
    /// The last record of the terminal that the host holds, after this batch; nil: none, or a host that does not tell.
    public var journal: JournalPosition?
    /// Records that can't be processed now: not one of ``results``.
    public var later: [RecordDelay]?
    public var pace: HostPace?

    public init(
        terminal: String, results: [RecordResult], hostTime: UTCInstant, journal: JournalPosition? = nil,
        later: [RecordDelay]? = nil, pace: HostPace? = nil
    ) {
        self.journal = journal
        self.later = later
        self.pace = pace
        self.terminal = terminal
        self.results = results
        self.hostTime = hostTime
    }
}

public struct RecordResult: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable {
        /// Booked now.
        case applied
        /// Booked before, with the same body.
        case duplicate
        /// Not booked and never will be as it stands: the terminal keeps it, visible, out of the way of the others.
        case rejected
        /// A deferred approval that the host has declined (ALL-7): the terminal's part is done, the merchant is told.
        case declinedLater
    }

    public var id: UUIDv7
    /// SHA-256 of the body the host took its stand on; an answer for other bytes does not count.
    public var bodyHash: Data
    public var outcome: Outcome
    /// For rejected and later declined records: a machine-readable word.
    public var reason: String?
    /// For later declined records: whether it may be collected when the instrument returns; nil: at once.
    public var retry: CollectionAdvice?
    /// Seconds from the answer before which it may not be collected, with ``CollectionAdvice/later``.
    public var retryAfter: Int64?

    public init(
        id: UUIDv7, bodyHash: Data, outcome: Outcome, reason: String? = nil, retry: CollectionAdvice? = nil,
        retryAfter: Int64? = nil
    ) {
        self.id = id
        self.bodyHash = bodyHash
        self.outcome = outcome
        self.reason = reason
        self.retry = retry
        self.retryAfter = retryAfter
    }
}

/// What the host says of trying a declined payment once more: with the record that it declines later, and with each
/// collection of it that it declines.
public enum CollectionAdvice: String, Codable, Sendable {
    /// Never: the instrument will not pay it.
    case never
    /// After a time.
    case later
}
