import Core
import Crypto
import Foundation

/// Counts, sums and a digest over records, fed one by one in the order of ``ReconciledRecord/precedes(_:_:)``: the size of
/// the lines alone, however many records there are.
public struct ReconciliationSummary: Sendable {
    private struct Key: Hashable {
        var programme: String?
        var kind: String
        var currency: Currency
    }

    private var totals: [Key: (count: Int64, amount: Int64, approved: Int64)] = [:]
    private var hash = SHA256()
    public private(set) var count: Int64 = 0

    public init() { hash.update(data: Data("kassa-reconciliation-1".utf8)) }

    /// A sum that leaves 64 bits is no sum: nothing can be told of such records.
    public struct Overflow: Error, Hashable, Sendable {}

    public mutating func add(
        _ record: ReconciledRecord, programme: String?, kind: String, currency: Currency, amount: Int64, approved: Int64
    ) throws(Overflow) {
        let key = Key(programme: programme, kind: kind, currency: currency)
        let before = totals[key] ?? (0, 0, 0)
        let (asked, tooMuch) = before.amount.addingReportingOverflow(amount)
        let (given, tooMany) = before.approved.addingReportingOverflow(approved)
        guard !tooMuch, !tooMany else { throw Overflow() }
        totals[key] = (before.count + 1, asked, given)
        count += 1
        let number = UInt64(bitPattern: record.sequence)
        hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) })
        hash.update(data: record.id.bytes)
        hash.update(data: record.bodyHash)
    }

    /// By programme, kind and currency, so that equal sums are equal lists.
    public var lines: [ReconciliationLine] {
        totals.map { key, total in
            ReconciliationLine(
                programme: key.programme, kind: key.kind, currency: key.currency, count: total.count, amount: total.amount,
                approved: total.approved)
        }.sorted { ($0.programme ?? "", $0.kind, $0.currency.code) < ($1.programme ?? "", $1.kind, $1.currency.code) }
    }

    /// SHA-256 over a label, then each record's number (8 bytes, big endian), id (16 bytes) and body hash (32 bytes).
    public var digest: Data { Data(hash.finalize()) }
}

/// Compares two lists of records window by window: what is given at once is all that either side holds in a range of
/// numbers. Names the first ``limit`` differences, and counts all of them.
public struct ReconciliationComparison: Sendable, Equatable {
    public let limit: Int
    public private(set) var differences: [ReconciliationDifference] = []
    public private(set) var counts: [ReconciliationDifference.Kind: Int] = [:]

    public init(limit: Int = 10_000) { self.limit = limit }

    public var total: Int { counts.values.reduce(0, +) }
    public var isEmpty: Bool { counts.isEmpty }

    /// - Parameters:
    ///   - terminal: acknowledged records of the window, in order.
    ///   - host: the host's records of the window, in order.
    ///   - waiting: ids of the window's records that wait in the terminal's outbox or were refused: that the host holds
    ///     them already is no difference, their answer is on its way.
    public mutating func add(terminal: [ReconciledRecord], host: [ReconciledRecord], waiting: Set<UUIDv7> = []) {
        var (own, theirs) = (terminal[...], host[...])
        while true {
            switch (own.first, theirs.first) {
            case (nil, nil): return
            case (let mine?, let other?) where mine.sequence == other.sequence && mine.id == other.id:
                if mine.bodyHash != other.bodyHash { note(.bodyDiffers, mine) }
                own.removeFirst()
                theirs.removeFirst()
            case (let mine?, let other?) where ReconciledRecord.precedes(mine, other):
                note(.missingAtHost, mine)
                own.removeFirst()
            case (let mine?, nil):
                note(.missingAtHost, mine)
                own.removeFirst()
            case (_, let other?):
                if !waiting.contains(other.id) { note(.unknownAtTerminal, other) }
                theirs.removeFirst()
            }
        }
    }

    private mutating func note(_ kind: ReconciliationDifference.Kind, _ record: ReconciledRecord) {
        counts[kind, default: 0] += 1
        if differences.count < limit {
            differences.append(ReconciliationDifference(kind, sequence: record.sequence, id: record.id))
        }
    }
}
