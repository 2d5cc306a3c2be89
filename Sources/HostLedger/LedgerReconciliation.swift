import Core
import Foundation
import GRDB
import HostProtocol

// Both sides count the records of a terminal's present journal in a scope; a difference is named record by record.
extension SQLiteLedger {
    /// Records looked at in one read: others use the books in between.
    static let reconciliationStep = 2000

    /// Compares what a terminal holds of a scope with what the books hold, and keeps the outcome.
    /// - Throws: ``LedgerError/malformed(field:)``.
    public func reconcile(
        _ request: ReconciliationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> ReconciliationAnswer {
        try Self.check(request)
        let image = try await read { try $0.terminal(terminal).image }
        let place = ReconciliationPlace(terminal: terminal, image: image, scope: request.scope)
        if let differences = request.differences {
            try await write { try $0.note(differences, of: request, place, now: now) }
            return answer(request, place, agrees: differences.isEmpty, now: now)
        }
        if request.after != nil {
            let (records, next) = try await read { try $0.page(of: place, after: request.after) }
            var page = answer(request, place, agrees: false, now: now)
            (page.records, page.next) = (records, next)
            return page
        }
        let summary = try await summary(of: place)
        let agrees = summary.digest == request.digest
        let lines = summary.lines
        try await write { try $0.keep(place, agrees: agrees, summary.count, lines, request.lines, now: now) }
        var first = answer(request, place, agrees: agrees, now: now)
        (first.lines, first.digest) = (lines, summary.digest)
        guard !agrees else { return first }
        (first.records, first.next) = try await read { try $0.page(of: place, after: nil) }
        return first
    }

    /// What the books hold of a scope of a terminal's present journal.
    public func summary(of scope: ReconciliationScope, terminal: String) async throws(LedgerError) -> ReconciliationSummary {
        let image = try await read { try $0.terminal(terminal).image }
        return try await summary(of: ReconciliationPlace(terminal: terminal, image: image, scope: scope))
    }

    private func summary(of place: ReconciliationPlace) async throws(LedgerError) -> ReconciliationSummary {
        var summary = ReconciliationSummary()
        guard let bounds = try await read({ try $0.bounds(of: place) }) else { return summary }
        var after = bounds.lowerBound - 1
        while after < bounds.upperBound {
            let (before, from) = (summary, after)
            (summary, after) = try await read { books in
                var sums = before
                let through = try books.add(place, after: from, through: bounds.upperBound, to: &sums)
                return (sums, through)
            }
        }
        return summary
    }

    private func answer(
        _ request: ReconciliationRequest, _ place: ReconciliationPlace, agrees: Bool, now: UTCInstant
    ) -> ReconciliationAnswer {
        ReconciliationAnswer(
            terminal: place.terminal, nonce: request.nonce, agrees: agrees, lines: [], digest: Data(), records: [], next: nil,
            hostTime: now)
    }

    private static func check(_ request: ReconciliationRequest) throws(LedgerError) {
        guard request.scope.isWellFormed else { throw .malformed(field: "scope") }
        guard request.digest.count == 32 else { throw .malformed(field: "digest") }
        guard request.lines.count <= ReconciliationRequest.maximumLines,
            request.lines.allSatisfy({ $0.programme?.utf8.count ?? 0 <= 64 && $0.kind.utf8.count <= 64 })
        else { throw .malformed(field: "lines") }
        guard request.differences?.count ?? 0 <= ReconciliationRequest.maximumDifferences else {
            throw .malformed(field: "differences")
        }
    }
}

/// A scope of one journal.
struct ReconciliationPlace {
    var terminal: String
    var image: Int64
    var scope: ReconciliationScope

    /// Of the statements below.
    var arguments: StatementArguments { [terminal, image, scope.decided.lowerBound, scope.decided.upperBound] }
}

extension LedgerTransaction {
    private static let belongs = "terminal = ? AND image = ? AND decided_at BETWEEN ? AND ?"
    /// The same for a part of the numbers, sought by them: the days of a range are no reason to read all of the journal.
    private static let belongsByNumber = "terminal = ? AND image = ? AND +decided_at BETWEEN ? AND ?"

    /// The first and the last number of the scope that the books hold; nil when they hold none.
    fileprivate func bounds(of place: ReconciliationPlace) throws -> ClosedRange<Int64>? {
        let asked = place.scope.sequences
        let row =
            if place.scope.day != nil {
                try row(
                    """
                    SELECT min(sequence) AS first, max(sequence) AS last FROM record
                    WHERE \(Self.belongs) AND sequence BETWEEN ? AND ?
                    """, place.arguments + [asked.lowerBound, asked.upperBound])
            } else {
                try row(
                    """
                    SELECT (SELECT min(sequence) FROM record WHERE terminal = ?1 AND image = ?2 AND sequence BETWEEN ?3 AND ?4) AS first,
                        (SELECT max(sequence) FROM record WHERE terminal = ?1 AND image = ?2 AND sequence BETWEEN ?3 AND ?4) AS last
                    """, [place.terminal, place.image, asked.lowerBound, asked.upperBound])
            }
        guard let first = row?["first"] as Int64?, let last = row?["last"] as Int64?, first <= last else { return nil }
        return first...last
    }

    /// Adds the records of one step.
    /// - Returns: the number up to which everything has been added.
    fileprivate func add(
        _ place: ReconciliationPlace, after: Int64, through last: Int64, to summary: inout ReconciliationSummary
    ) throws -> Int64 {
        let (end, overflow) = after.addingReportingOverflow(Int64(SQLiteLedger.reconciliationStep))
        let through = overflow ? last : min(end, last)
        for row in try rows(
            """
            SELECT sequence, id, body_hash, kind, currency, amount, approved,
                CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.programme') END AS programme
            FROM record WHERE \(Self.belongsByNumber) AND sequence > ? AND sequence <= ? ORDER BY sequence, id
            """, place.arguments + [after, through])
        {
            guard let currency = Currency(code: row["currency"]) else { throw LedgerError.unavailable("record row") }
            do throws(ReconciliationSummary.Overflow) {
                try summary.add(
                    reconciled(row), programme: row["programme"], kind: row["kind"], currency: currency,
                    amount: row["amount"], approved: row["approved"])
            } catch {
                throw LedgerError.unavailable("sum")
            }
        }
        return through
    }

    private func reconciled(_ row: Row) -> ReconciledRecord {
        // A row whose id is none can't have been written by these books.
        ReconciledRecord(
            sequence: row["sequence"], id: UUIDv7(bytes: Array(row["id"] as Data)) ?? UUIDv7(milliseconds: 0, random: []),
            bodyHash: row["body_hash"])
    }

    fileprivate func page(
        of place: ReconciliationPlace, after: ReconciliationPosition?
    ) throws -> ([ReconciledRecord], ReconciliationPosition?) {
        let asked = place.scope.sequences
        let most = ReconciliationAnswer.maximumRecords
        let found = try rows(
            """
            SELECT sequence, id, body_hash FROM record
            WHERE \(Self.belongsByNumber) AND sequence BETWEEN ? AND ? AND (sequence, id) > (?, ?) ORDER BY sequence, id LIMIT ?
            """,
            place.arguments + [
                max(asked.lowerBound, after?.sequence ?? 0), asked.upperBound, after?.sequence ?? 0,
                Data(after?.id.bytes ?? []), most + 1,
            ]
        ).map { reconciled($0) }
        let page = Array(found.prefix(most))
        let next = found.count > most ? page.last.map { ReconciliationPosition(sequence: $0.sequence, id: $0.id) } : nil
        return (page, next)
    }

    // MARK: What came of it

    fileprivate func keep(
        _ place: ReconciliationPlace, agrees: Bool, _ count: Int64, _ lines: [ReconciliationLine],
        _ terminalLines: [ReconciliationLine], now: UTCInstant
    ) throws {
        try run(
            "INSERT OR REPLACE INTO reconciliation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                place.terminal, place.image, place.scope.description, now.milliseconds, agrees ? 1 : 0, count,
                text(lines), text(terminalLines), agrees ? "[]" : nil,
            ])
        // Days are few; ranges are as many as anyone asks for.
        guard place.scope.day == nil else { return }
        try run(
            """
            DELETE FROM reconciliation WHERE terminal = ?1 AND image = ?2 AND scope NOT GLOB '????-??-??' AND at < (
                SELECT at FROM reconciliation WHERE terminal = ?1 AND image = ?2 ORDER BY at DESC LIMIT 1 OFFSET 999)
            """, [place.terminal, place.image])
    }

    /// Keeps the differences that the books bear out, each with an alarm the first time.
    fileprivate func note(
        _ differences: [ReconciliationDifference], of request: ReconciliationRequest, _ place: ReconciliationPlace,
        now: UTCInstant
    ) throws {
        let real = try differences.filter { try isReal($0, place) }
        for difference in real {
            let detail = "\(difference.kind.rawValue), \(place.scope)"
            guard
                try !holds(
                    "SELECT 1 FROM alarm WHERE kind = ? AND terminal = ? AND record = ? AND detail = ?",
                    [
                        AlarmKind.reconciliationDiffers.rawValue, place.terminal, Data(difference.id.bytes), detail,
                    ])
            else { continue }
            try alarm(
                .reconciliationDiffers, terminal: place.terminal, sequence: difference.sequence, record: difference.id,
                detail, at: now)
            try openCase(
                .reconciliation, terminal: place.terminal, record: difference.id, payment: nil, note: detail, at: now)
        }
        try run(
            "UPDATE reconciliation SET differences = ?, at = ? WHERE terminal = ? AND image = ? AND scope = ?",
            [text(real), now.milliseconds, place.terminal, place.image, place.scope.description])
    }

    private func isReal(_ difference: ReconciliationDifference, _ place: ReconciliationPlace) throws -> Bool {
        let isHeld = try holds(
            "SELECT 1 FROM record WHERE id = ? AND terminal = ? AND sequence = ?",
            [Data(difference.id.bytes), place.terminal, difference.sequence])
        return isHeld == (difference.kind != .missingAtHost)
    }

    private func text(_ value: some Encodable) throws -> String { String(decoding: try WireJSON.encode(value), as: UTF8.self) }
}
