import Varlink

/// What the interface needs of a terminal's journal.
public protocol JournalPort: Sendable {
    /// Walks the whole journal.
    func verifyJournal() async throws -> JournalVerdictReply
    /// The newest records, newest first; `limit` is 1…1000.
    func journal(limit: Int) async throws -> JournalReply
    /// - Throws: ``DiagnosticsError/unknownRecord``.
    func journalRecord(sequence: Int64) async throws -> JournalRecordReply
    /// Deletes acknowledged records that are older; `days` is 1…36500.
    func purgeJournal(days: Int) async throws -> JournalPurgeReply
    /// Takes note of what was found of restored images.
    func acknowledgeJournal() async throws -> JournalVerdictReply
}

/// Whether the journal is whole, or what is wrong where first.
public struct JournalVerdictReply: Codable, Sendable, Equatable {
    public var whole: Bool
    public var records: Int
    /// The first and the last record that are there and proved.
    public var firstSequence: Int64?
    public var lastSequence: Int64?
    public var purgedThrough: Int64?
    /// Restored images that the journal knows of.
    public var restored: Int
    public var brokenAt: Int64?
    /// A word, and a sentence for people.
    public var fault: String?
    public var sentence: String

    public init(
        whole: Bool, records: Int, firstSequence: Int64?, lastSequence: Int64?, purgedThrough: Int64?, restored: Int,
        brokenAt: Int64?, fault: String?, sentence: String
    ) {
        self.whole = whole
        self.records = records
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.purgedThrough = purgedThrough
        self.restored = restored
        self.brokenAt = brokenAt
        self.fault = fault
        self.sentence = sentence
    }
}

/// A record without card data: neither instrument nor evidence.
public struct JournalRecordReply: Codable, Sendable, Equatable {
    public var sequence: Int64
    public var record: String
    public var payment: String
    public var kind: String
    public var amount: AmountReply
    public var approved: AmountReply
    public var rule: String
    public var reason: String
    public var decidedAt: Int64
    public var reference: String?
    public var programme: String?
    public var account: String?
    public var original: String?
    /// `waiting`, `quarantined` or `acknowledged`.
    public var queue: String
    /// Hexadecimal.
    public var chain: String
    public var isSealed: Bool

    public init(
        sequence: Int64, record: String, payment: String, kind: String, amount: AmountReply, approved: AmountReply,
        rule: String, reason: String, decidedAt: Int64, reference: String?, programme: String?, account: String?,
        original: String?, queue: String, chain: String, isSealed: Bool
    ) {
        self.sequence = sequence
        self.record = record
        self.payment = payment
        self.kind = kind
        self.amount = amount
        self.approved = approved
        self.rule = rule
        self.reason = reason
        self.decidedAt = decidedAt
        self.reference = reference
        self.programme = programme
        self.account = account
        self.original = original
        self.queue = queue
        self.chain = chain
        self.isSealed = isSealed
    }
}

public struct JournalReply: Codable, Sendable, Equatable {
    public var journal: [JournalRecordReply]
    public init(journal: [JournalRecordReply]) { self.journal = journal }
}

public struct JournalPurgeReply: Codable, Sendable, Equatable {
    public var purged: Int
    /// Why nothing, or not all, was deleted.
    public var stoppedBy: String?
    /// Payments that went with them, and those that never had a record.
    public var payments: Int?

    public init(purged: Int, stoppedBy: String?, payments: Int? = nil) {
        self.purged = purged
        self.stoppedBy = stoppedBy
        self.payments = payments
    }
}

public struct ListJournalParameters: Codable, Sendable {
    public var limit: Int?
    public init(limit: Int? = nil) { self.limit = limit }
}

public struct ShowJournalParameters: Codable, Sendable {
    public var sequence: Int64
    public init(sequence: Int64) { self.sequence = sequence }
}

public struct PurgeJournalParameters: Codable, Sendable {
    public var olderThanDays: Int
    public init(olderThanDays: Int) { self.olderThanDays = olderThanDays }
}

extension DiagnosticsInterface {
    static func journalMethods(_ terminal: any JournalPort) -> [VarlinkMethod] {
        [
            VarlinkMethod("VerifyJournal") { (_: NoParameters, _) in try await terminal.verifyJournal() },
            VarlinkMethod("ListJournal") { (parameters: ListJournalParameters, _) in
                try await terminal.journal(limit: min(max(parameters.limit ?? 20, 1), 1000))
            },
            VarlinkMethod("ShowJournalRecord") { (parameters: ShowJournalParameters, _) in
                try await terminal.journalRecord(sequence: parameters.sequence)
            },
            VarlinkMethod("PurgeJournal") { (parameters: PurgeJournalParameters, _) in
                guard (1...36_500).contains(parameters.olderThanDays) else {
                    throw VarlinkError.invalidParameter("olderThanDays")
                }
                return try await terminal.purgeJournal(days: parameters.olderThanDays)
            },
            VarlinkMethod("AcknowledgeJournal") { (_: NoParameters, _) in try await terminal.acknowledgeJournal() },
        ]
    }

    private static let journalRecordFields = """
            sequence: int,
            record: string,
            payment: string,
            kind: string,
            amount: Amount,
            approved: Amount,
            rule: string,
            reason: string,
            decidedAt: int,
            reference: ?string,
            programme: ?string,
            account: ?string,
            original: ?string,
            # waiting, quarantined, acknowledged
            queue: string,
            chain: string,
            isSealed: bool
        """

    private static let journalVerdictFields = """
            whole: bool,
            records: int,
            firstSequence: ?int,
            lastSequence: ?int,
            purgedThrough: ?int,
            # restored images that the journal knows of
            restored: int,
            # the first record that is not what it should be
            brokenAt: ?int,
            # missing, surplus, body, hash, link, payment, seal, anchor, mark, tail, head
            fault: ?string,
            sentence: string
        """

    static let journalDescription = """
        type JournalRecord (
        \(journalRecordFields)
        )

        # Walks the whole journal: hashes, links, seals, and that no tail was cut off.
        method VerifyJournal() -> (
        \(journalVerdictFields)
        )

        # The newest records first.
        method ListJournal(limit: ?int) -> (journal: []JournalRecord)

        method ShowJournalRecord(sequence: int) -> (
        \(journalRecordFields)
        )

        # Deletes acknowledged records that are older, and the payments that nothing needs any more; what is left can still
        # be proved. stoppedBy: which old record can't go, and why; it keeps all that follow.
        method PurgeJournal(olderThanDays: int) -> (purged: int, stoppedBy: ?string, payments: ?int)

        # Takes note of what was found of restored images: the status tells of them no more.
        method AcknowledgeJournal() -> (
        \(journalVerdictFields)
        )

        """
}
