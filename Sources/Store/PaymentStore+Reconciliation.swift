import Core
import Foundation
import GRDB
import HostProtocol

/// How far journal and books have been compared.
public struct ReconciliationState: Sendable, Equatable {
    /// The last UTC day that was compared by itself.
    public var day: CivilDate?
    /// The last number that was compared in a range.
    public var through: Int64
    public var checkedAt: UTCInstant?
    /// What comparisons named and no later one found mended, at most a hundred.
    public var differences: [OpenDifference]

    public init(
        day: CivilDate? = nil, through: Int64 = 0, checkedAt: UTCInstant? = nil, differences: [OpenDifference] = []
    ) {
        self.day = day
        self.through = through
        self.checkedAt = checkedAt
        self.differences = differences
    }
}

/// A difference that a comparison has found, and where it looked.
public struct OpenDifference: Codable, Sendable, Hashable {
    /// Nil: kept by a version that did not note it.
    public var scope: ReconciliationScope?
    public var difference: ReconciliationDifference

    public init(_ difference: ReconciliationDifference, in scope: ReconciliationScope?) {
        self.scope = scope
        self.difference = difference
    }
}

/// The first and the last record of the journal, and when the first was decided.
public struct JournalExtent: Sendable, Equatable {
    public var first: Int64
    public var last: Int64
    public var firstDecided: UTCInstant
}

// What the host has acknowledged: journal without outbox. Read in steps, so that a lane never waits for the whole of it, and
// nothing grows with the journal.
extension PaymentStore {
    /// Journal records looked at in one read.
    public static let reconciliationStep: Int64 = 2000

    /// - Returns: nil when the journal is empty.
    public func journalExtent() throws(StoreError) -> JournalExtent? {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT (SELECT min(sequence) FROM journal) AS first, (SELECT max(sequence) FROM journal) AS last,
                        (SELECT json_extract(CAST(body AS TEXT), '$.decidedAt') FROM journal ORDER BY sequence LIMIT 1) AS decided
                    """)
            guard let row = try Row.fetchOne(statement), let first: Int64 = try row.optional("first") else { return nil }
            return JournalExtent(
                first: first, last: try row.value("last"), firstDecided: UTCInstant(milliseconds: try row.value("decided")))
        }
    }

    /// Adds the acknowledged records of the scope in one step of the journal.
    /// - Parameters:
    ///   - after: the last number looked at before.
    ///   - last: no further than this one.
    /// - Returns: the summary with them, and the last number looked at.
    public func addAcknowledged(
        _ scope: ReconciliationScope, after: Int64, through last: Int64, to summary: ReconciliationSummary
    ) throws(StoreError) -> (ReconciliationSummary, through: Int64) {
        let through = PaymentStore.step(after, last)
        return try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT sequence, id, body_hash, json_extract(body, '$.programme') AS programme,
                        json_extract(body, '$.kind') AS kind, json_extract(body, '$.amount.currency') AS currency,
                        json_extract(body, '$.amount.minorUnits') AS amount,
                        json_extract(body, '$.approved.minorUnits') AS approved
                    FROM (
                        SELECT sequence, id, body_hash, CAST(body AS TEXT) AS body FROM journal
                        WHERE sequence > ? AND sequence <= ? AND sequence NOT IN (SELECT sequence FROM outbox))
                    WHERE json_extract(body, '$.decidedAt') BETWEEN ? AND ? ORDER BY sequence, id
                    """)
            var sums = summary
            let rows = try Row.fetchCursor(
                statement, arguments: [after, through, scope.decided.lowerBound, scope.decided.upperBound])
            while let row = try rows.next() {
                guard let currency = Currency(code: try row.value("currency")) else { throw StoreError.damaged }
                do {
                    try sums.add(
                        PaymentStore.reconciled(row), programme: row.optional("programme"), kind: row.value("kind"),
                        currency: currency, amount: row.value("amount"), approved: row.value("approved"))
                } catch is ReconciliationSummary.Overflow {
                    throw StoreError.damaged
                }
            }
            return (sums, through)
        }
    }

    /// The records of the scope in a part of the journal: those the host has acknowledged, and the ids of those that wait for
    /// it or were refused.
    /// - Parameter range: at most ``reconciliationStep`` numbers.
    public func reconciled(
        _ scope: ReconciliationScope, in range: ClosedRange<Int64>
    ) throws(StoreError) -> (acknowledged: [ReconciledRecord], waiting: Set<UUIDv7>) {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT journal.sequence, id, body_hash, outbox.sequence IS NOT NULL AS waits
                    FROM journal LEFT JOIN outbox USING (sequence)
                    WHERE journal.sequence BETWEEN ? AND ?
                        AND json_extract(CAST(body AS TEXT), '$.decidedAt') BETWEEN ? AND ? ORDER BY journal.sequence, id
                    """)
            var found: (acknowledged: [ReconciledRecord], waiting: Set<UUIDv7>) = ([], [])
            let rows = try Row.fetchCursor(
                statement,
                arguments: [
                    range.lowerBound, range.upperBound, scope.decided.lowerBound, scope.decided.upperBound,
                ])
            while let row = try rows.next() {
                let record = try PaymentStore.reconciled(row)
                if try row.value("waits", as: Bool.self) {
                    found.waiting.insert(record.id)
                } else {
                    found.acknowledged.append(record)
                }
            }
            return found
        }
    }

    /// Puts records that the host lost back into the outbox, with what they weigh on the terminal's exposure (ALL-4). One that
    /// is there already, or whose number has another id, stays as it is.
    /// - Returns: how many wait now that did not before.
    public func forwardAgain(_ records: [ReconciliationDifference]) throws(StoreError) -> Int {
        guard !records.isEmpty else { return 0 }
        let isCurrent = try isCurrent()
        return try write { database in
            let look = try database.cachedStatement(
                sql: """
                    SELECT \(Schema.groupOfBody) AS account, json_extract(CAST(body AS TEXT), '$.kind') AS kind,
                        json_extract(CAST(body AS TEXT), '$.amount.currency') AS currency,
                        json_extract(CAST(body AS TEXT), '$.approved.minorUnits') AS approved,
                        json_extract(CAST(body AS TEXT), '$.original') AS original
                    FROM journal WHERE sequence = ? AND id = ? AND sequence NOT IN (SELECT sequence FROM outbox)
                    """)
            let put = try database.cachedStatement(
                sql: """
                    INSERT INTO outbox (sequence, kind, currency, exposure\(isCurrent ? ", account" : ""))
                    VALUES (?, ?, ?, ?\(isCurrent ? ", ?" : ""))
                    """)
            let holdWaits = try database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM journal JOIN outbox USING (sequence) WHERE payment = ? AND outbox.kind = 'hold')
                    """)
            var count = 0
            for record in records.sorted(by: { $0.sequence < $1.sequence }) where record.kind == .missingAtHost {
                guard let row = try Row.fetchOne(look, arguments: [record.sequence, Data(record.id.bytes)]) else { continue }
                let (kind, currency): (String, String) = (try row.value("kind"), try row.value("currency"))
                let weighs: Set<JournalRecord.Kind> = [.offlineApproval, .deferredApproval, .hold, .completion]
                let approved: Int64 = try row.value("approved")
                var exposure = JournalRecord.Kind(rawValue: kind).map(weighs.contains) == true ? approved : 0
                // A hold that waits too stands for its completion.
                if kind == JournalRecord.Kind.completion.rawValue,
                    let hold = try row.optional("original", as: String.self).flatMap({ UUIDv7($0) }),
                    try Bool.fetchOne(holdWaits, arguments: [Data(hold.bytes)]) == true
                {
                    exposure = 0
                }
                let account: String = try row.value("account")
                try put.execute(arguments: [record.sequence, kind, currency, exposure] + (isCurrent ? [account] : []))
                if exposure != 0 { try PaymentStore.addExposure(database, exposure, currency) }
                count += 1
            }
            return count
        }
    }

    public func reconciliationState() throws(StoreError) -> ReconciliationState {
        try readCurrent { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM reconciliation") else { throw StoreError.damaged }
            let day: String? = try row.optional("day")
            let at: Int64? = try row.optional("checked_at")
            let text: String = try row.value("differences")
            let differences =
                (try? WireJSON.decode([OpenDifference].self, from: Array(text.utf8)))
                ?? (try? WireJSON.decode([ReconciliationDifference].self, from: Array(text.utf8)).map { OpenDifference($0, in: nil) })
            guard let differences else { throw StoreError.damaged }
            return ReconciliationState(
                day: day.flatMap { CivilDate($0) }, through: try row.value("through"),
                checkedAt: at.map { UTCInstant(milliseconds: $0) }, differences: differences)
        }
    }

    public func keep(_ state: ReconciliationState) throws(StoreError) {
        try writeCurrent { database in
            let named = Array(state.differences.prefix(ReconciliationRequest.maximumDifferences))
            try database.execute(
                sql: "UPDATE reconciliation SET day = ?, through = ?, checked_at = ?, differences = ?",
                arguments: [
                    state.day?.description, state.through, state.checkedAt?.milliseconds,
                    String(decoding: try WireJSON.encode(named), as: UTF8.self),
                ])
        }
    }

    private static func step(_ after: Int64, _ last: Int64) -> Int64 {
        let (end, overflow) = after.addingReportingOverflow(reconciliationStep)
        return overflow ? last : min(end, last)
    }

    private static func reconciled(_ row: Row) throws -> ReconciledRecord {
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
        return ReconciledRecord(sequence: try row.value("sequence"), id: id, bodyHash: try row.value("body_hash"))
    }
}
