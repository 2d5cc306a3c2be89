import Core
import Foundation

/// Which records of a terminal's present journal two sides compare: those decided on one day in UTC, whatever programme and
/// zone they belong to, or those of a range of numbers. One of the two.
public struct ReconciliationScope: Codable, Sendable, Hashable {
    /// The UTC day of ``JournalRecord/decidedAt``.
    public var day: CivilDate?
    /// The first and the last sequence number, both inclusive.
    public var first: Int64?
    public var last: Int64?

    public init(day: CivilDate) { self.day = day }

    public init(first: Int64, last: Int64) {
        self.first = first
        self.last = last
    }

    /// Either a day or an ascending range from 1, not both.
    public var isWellFormed: Bool {
        switch (day, first, last) {
        case (_?, nil, nil): true
        case (nil, let first?, let last?): first >= 1 && last >= first
        default: false
        }
    }

    /// Milliseconds since 1970 in which the records were decided; everything for a range.
    public var decided: ClosedRange<Int64> {
        guard let day else { return Int64.min ... .max }
        let start = day.daysSince1970 * 86_400_000
        return start...start + 86_399_999
    }

    /// The numbers that may belong; everything for a day.
    public var sequences: ClosedRange<Int64> {
        guard let first, let last, first <= last else { return 1 ... .max }
        return first...last
    }
}

extension ReconciliationScope: CustomStringConvertible {
    /// `2026-11-21`, or `1-250`.
    public var description: String { day?.description ?? "\(first ?? 0)-\(last ?? 0)" }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        if let day = CivilDate(text) {
            self.init(day: day)
            return
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int64(parts[0]), let last = Int64(parts[1]) else { return nil }
        self.init(first: first, last: last)
        guard isWellFormed else { return nil }
    }
}

/// Count and sums of the records of one programme, kind and currency.
public struct ReconciliationLine: Codable, Sendable, Hashable {
    /// Nil: the records name none, such as torn payments.
    public var programme: String?
    public var kind: String
    public var currency: Currency
    public var count: Int64
    /// Minor units: what was asked for, and what was approved.
    public var amount: Int64
    public var approved: Int64

    public init(
        programme: String?, kind: String, currency: Currency, count: Int64, amount: Int64, approved: Int64
    ) {
        self.programme = programme
        self.kind = kind
        self.currency = currency
        self.count = count
        self.amount = amount
        self.approved = approved
    }
}

/// One record as both sides name it.
public struct ReconciledRecord: Codable, Sendable, Hashable {
    public var sequence: Int64
    public var id: UUIDv7
    /// SHA-256 of the body.
    public var bodyHash: Data

    public init(sequence: Int64, id: UUIDv7, bodyHash: Data) {
        self.sequence = sequence
        self.id = id
        self.bodyHash = bodyHash
    }

    /// The order of lists and digests: by number, then by id.
    public static func precedes(_ left: ReconciledRecord, _ right: ReconciledRecord) -> Bool {
        (left.sequence, left.id) < (right.sequence, right.id)
    }
}

/// A place in the host's list: the page begins after it.
public struct ReconciliationPosition: Codable, Sendable, Hashable {
    public var sequence: Int64
    public var id: UUIDv7

    public init(sequence: Int64, id: UUIDv7) {
        self.sequence = sequence
        self.id = id
    }
}

/// One record on which the two sides do not agree.
public struct ReconciliationDifference: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The host acknowledged it, and does not hold it.
        case missingAtHost
        /// The host holds it as this terminal's, and the terminal never wrote it.
        case unknownAtTerminal
        /// Both hold it, with different bodies.
        case bodyDiffers
    }

    public var kind: Kind
    public var sequence: Int64
    public var id: UUIDv7

    public init(_ kind: Kind, sequence: Int64, id: UUIDv7) {
        self.kind = kind
        self.sequence = sequence
        self.id = id
    }
}

/// What the terminal holds of a scope: the records that the host has acknowledged, not those that wait or were refused.
public struct ReconciliationRequest: Codable, Sendable, Equatable {
    /// Echoed, so that an old answer can't be played back.
    public var nonce: UUIDv7
    public var scope: ReconciliationScope
    public var lines: [ReconciliationLine]
    /// ``ReconciliationSummary/digest`` over the terminal's records.
    public var digest: Data
    /// Where the host's list goes on; nil asks for its beginning.
    public var after: ReconciliationPosition?
    /// Once the lists were compared: what was found, at most ``maximumDifferences``; the host raises its alarms by it.
    public var differences: [ReconciliationDifference]?

    public static let maximumLines = 1000
    public static let maximumDifferences = 100

    public init(
        nonce: UUIDv7, scope: ReconciliationScope, lines: [ReconciliationLine], digest: Data,
        after: ReconciliationPosition? = nil, differences: [ReconciliationDifference]? = nil
    ) {
        self.nonce = nonce
        self.scope = scope
        self.lines = lines
        self.digest = digest
        self.after = after
        self.differences = differences
    }
}

/// What the host holds of the same scope.
public struct ReconciliationAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .reconciliation
    public var terminal: String
    public var nonce: UUIDv7
    /// The digests are the same: so are the records, and with them the lines.
    public var agrees: Bool
    public var lines: [ReconciliationLine]
    public var digest: Data
    /// On a difference: the host's records, a page of at most ``maximumRecords``, in the order of
    /// ``ReconciledRecord/precedes(_:_:)``.
    public var records: [ReconciledRecord]
    /// Where the next page begins; nil: this is the last one.
    public var next: ReconciliationPosition?
    public var hostTime: UTCInstant

    public static let maximumRecords = 1000

    public init(
        terminal: String, nonce: UUIDv7, agrees: Bool, lines: [ReconciliationLine], digest: Data,
        records: [ReconciledRecord], next: ReconciliationPosition?, hostTime: UTCInstant
    ) {
        self.terminal = terminal
        self.nonce = nonce
        self.agrees = agrees
        self.lines = lines
        self.digest = digest
        self.records = records
        self.next = next
        self.hostTime = hostTime
    }
}
