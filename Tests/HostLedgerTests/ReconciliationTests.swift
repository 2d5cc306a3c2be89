import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

@Suite("The host's side of a reconciliation")
struct HostReconciliationTests {
    /// What a terminal that wrote these records sends.
    private func request(
        _ records: [ForwardedRecord], _ scope: ReconciliationScope, after: ReconciliationPosition? = nil,
        differences: [ReconciliationDifference]? = nil
    ) throws -> ReconciliationRequest {
        var summary = ReconciliationSummary()
        for record in records {
            let body = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
            try summary.add(
                mark(record), programme: body.programme, kind: body.kind.rawValue, currency: body.amount.currency,
                amount: body.amount.minorUnits, approved: body.approved.minorUnits)
        }
        return ReconciliationRequest(
            nonce: Books.id(), scope: scope, lines: summary.lines, digest: summary.digest, after: after,
            differences: differences)
    }

    private func mark(_ record: ForwardedRecord) -> ReconciledRecord {
        ReconciledRecord(
            sequence: record.sequence, id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))))
    }

    private let day = ReconciliationScope(day: CivilDate(daysSince1970: Books.noon.milliseconds / 86_400_000))

    @Test("The same records in a day and in a range agree, line by line; another day is empty")
    func agrees() async throws {
        let books = try await Books()
        var journal = Journal()
        var records = [try journal.record(.offlineApproval, 9_500), try journal.record(.torn, 100, account: nil)]
        records.append(try journal.record(.offlineApproval, 500) { $0.programme = "smartum" })
        let tomorrow = Books.noon.advanced(byMilliseconds: 86_400_000)
        let late = try journal.record(.offlineApproval, 700, at: tomorrow)
        try await books.send(records + [late])
        let asked = try request(records, day)
        let answer = try await books.ledger.reconcile(asked, terminal: "T1", now: Books.noon)
        #expect(answer.agrees && answer.records.isEmpty && answer.nonce == asked.nonce)
        #expect(answer.lines == asked.lines && answer.lines.map(\.count) == [1, 1, 1])
        #expect(answer.digest == asked.digest)
        let range = ReconciliationScope(first: 2, last: 4)
        #expect(
            try await books.ledger.reconcile(
                request([records[1], records[2], late], range), terminal: "T1", now: Books.noon
            ).agrees)
        let before = ReconciliationScope(day: CivilDate(daysSince1970: 1))
        #expect(try await books.ledger.reconcile(request([], before), terminal: "T1", now: Books.noon).agrees)
        // Another terminal's are its own.
        #expect(try await books.ledger.reconcile(request([], day), terminal: "T2", now: Books.noon).agrees)
        let report = try ReconciliationReport(path: books.path)
        #expect(report.comparisons.count == 4 && !report.differs)
        #expect(report.days.map(\.compared) == [false, true])
        #expect(try books.alarms().contains("reconciliationDiffers") == false)
    }

    @Test("A difference gives the host's list, page by page, each record once")
    func pages() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = try (0..<2500).map { _ in try journal.record(.torn, 100, account: nil) }
        for start in stride(from: 0, to: records.count, by: 100) { try await books.send(Array(records[start..<start + 100])) }
        let short = Array(records.dropLast())
        var asked = try request(short, day)
        var found: [ReconciledRecord] = []
        var pages = 0
        while true {
            let answer = try await books.ledger.reconcile(asked, terminal: "T1", now: Books.noon)
            #expect(!answer.agrees)
            #expect(answer.lines.map(\.count) == (pages == 0 ? [2500] : []))
            found += answer.records
            pages += 1
            guard let next = answer.next else { break }
            asked.after = next
        }
        #expect(pages == 3)
        #expect(found == records.map(mark))
    }

    @Test("Differences that the books bear out raise one alarm each; others none")
    func alarms() async throws {
        let books = try await Books()
        var journal = Journal()
        let kept = try journal.record(.offlineApproval, 9_500)
        let lost = try journal.record(.offlineApproval, 700)
        try await books.send([kept])
        let asked = try request([lost], day)
        #expect(try await !books.ledger.reconcile(asked, terminal: "T1", now: Books.noon).agrees)
        #expect(try ReconciliationReport(path: books.path).comparisons.map(\.differences) == [nil])
        let true1 = ReconciliationDifference(.missingAtHost, sequence: lost.sequence, id: lost.id)
        let true2 = ReconciliationDifference(.unknownAtTerminal, sequence: kept.sequence, id: kept.id)
        let told = try request(
            [lost], day,
            differences: [
                true1, true2, ReconciliationDifference(.missingAtHost, sequence: kept.sequence, id: kept.id),
                ReconciliationDifference(.unknownAtTerminal, sequence: lost.sequence, id: lost.id),
            ])
        for _ in 0..<2 { _ = try await books.ledger.reconcile(told, terminal: "T1", now: Books.noon) }
        let report = try ReconciliationReport(path: books.path, terminal: "T1")
        #expect(report.comparisons.map(\.differences) == [[true1, true2]] && report.differs)
        let alarms = try books.report().alarms.filter { $0.kind == "reconciliationDiffers" }
        #expect(alarms.map(\.record) == [lost.id.description, kept.id.description])
        #expect(alarms.map(\.detail) == ["missingAtHost, 2026-11-21", "unknownAtTerminal, 2026-11-21"])
        // The record comes after all, and the day agrees.
        try await books.send([lost])
        #expect(try await books.ledger.reconcile(request([kept, lost], day), terminal: "T1", now: Books.noon).agrees)
        #expect(try !ReconciliationReport(path: books.path).differs)
    }

    @Test("A replaced terminal's old journal is not compared with its new one")
    func replaced() async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 9_500)])
        try await books.addTerminal("T1", merchant: "M1")
        var fresh = Journal()
        let record = try fresh.record(.offlineApproval, 500)
        try await books.send([record])
        #expect(try await books.ledger.reconcile(request([record], day), terminal: "T1", now: Books.noon).agrees)
    }

    @Test("What is no request is refused by its field")
    func malformed() async throws {
        let books = try await Books()
        func refused(_ change: (inout ReconciliationRequest) -> Void) async throws -> String? {
            var asked = try request([], day)
            change(&asked)
            do {
                _ = try await books.ledger.reconcile(asked, terminal: "T1", now: Books.noon)
                return nil
            } catch LedgerError.malformed(let field) {
                return field
            }
        }
        #expect(try await refused { _ in } == nil)
        #expect(try await refused { $0.scope.first = 1 } == "scope")
        #expect(try await refused { $0.scope = ReconciliationScope(first: 3, last: 2) } == "scope")
        #expect(try await refused { $0.digest = Data([1]) } == "digest")
        let line = ReconciliationLine(programme: nil, kind: "torn", currency: .sek, count: 1, amount: 1, approved: 0)
        #expect(try await refused { $0.lines = Array(repeating: line, count: 1001) } == "lines")
        let difference = ReconciliationDifference(.missingAtHost, sequence: 1, id: Books.id())
        #expect(try await refused { $0.differences = Array(repeating: difference, count: 101) } == "differences")
    }
}
