import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Forwarded records")
struct RecordTests {
    @Test("The books are on stable storage before an answer: WAL, synchronous=FULL")
    func durable() async throws {
        let books = try await Books()
        let (level, mode) = try await books.ledger.database.read { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(level == 2)
        #expect(mode == "wal")
    }

    @Test("Invariant 2: a record is booked once, however often it is sent")
    func duplicate() async throws {
        let books = try await Books()
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 10_000)
        #expect(try await books.send([record]) == ["applied"])
        #expect(try await books.send([record, record]) == ["duplicate", "duplicate"])
        #expect(try await books.account()?.balance == 90_000)
        #expect(try await books.account()?.countedThrough == 1)
        #expect(try await books.account()?.purchasesOnCountedDay == 1)
        #expect(try books.alarms() == [])
    }

    @Test("One id with two bodies: the second is refused, the first stays")
    func otherBody() async throws {
        let books = try await Books()
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 10_000)
        try await books.send([record])
        var changed = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
        changed.approved = Books.sek(1)
        let forged = ForwardedRecord(
            id: record.id, sequence: 1, chain: record.chain, body: Data(try WireJSON.encode(changed)))
        #expect(try await books.send([forged]) == ["rejected idReused"])
        #expect(try await books.send([forged]) == ["rejected idReused"])
        #expect(try await books.account()?.balance == 90_000)
        #expect(try books.alarms().contains("idReused"))
    }

    @Test("A gap is applied over, reported, and closes when its records come")
    func gap() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = try (0..<5).map { _ in try journal.record(.offlineApproval, 100) }
        #expect(try await books.send([records[0], records[4]]) == ["applied", "applied"])
        #expect(try books.alarms() == ["sequenceGap"])
        #expect(try books.report().terminals.first?.missing == ["2-4"])
        try await books.send([records[2]])
        #expect(try books.report().terminals.first?.missing == ["2", "4"])
        try await books.send([records[1], records[3]])
        #expect(try books.report().terminals.first?.missing == [])
    }

    @Test("A sequence number used again by another id is an alarm, and still money spent")
    func reusedSequence() async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 100), try journal.record(.offlineApproval, 100)])
        var copy = Journal()
        #expect(try await books.send([try copy.record(.offlineApproval, 500)]) == ["applied"])
        #expect(try await books.send([try copy.record(.offlineApproval, 500)]) == ["applied"])
        #expect(try books.alarms() == ["sequenceReused", "accountSequenceReused", "sequenceReused", "accountSequenceReused"])
        #expect(try await books.account()?.balance == 98_800)
    }

    @Test("A chain that does not continue is an alarm")
    func chain() async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 100)])
        journal.chain = [UInt8](repeating: 9, count: 32)
        #expect(try await books.send([try journal.record(.offlineApproval, 100)]) == ["applied"])
        #expect(try books.alarms() == ["chainBroken"])
    }

    @Test("A poison record in the middle stops none of the others")
    func poison() async throws {
        let books = try await Books()
        var journal = Journal()
        let first = try journal.record(.offlineApproval, 100)
        let wrong = try journal.record(.offlineApproval, 100) { $0.approved = Books.sek(101) }
        let euros = try journal.record(.offlineApproval, 100, currency: .eur)
        var last = try journal.record(.offlineApproval, 100)
        let garbage = ForwardedRecord(id: Books.id(), sequence: 9, chain: Data(repeating: 0, count: 32), body: Data("{".utf8))
        #expect(
            try await books.send([first, wrong, garbage, euros, last])
                == ["applied", "rejected malformed:approved", "rejected malformed", "rejected currencyMismatch", "applied"])
        #expect(try await books.account("T2")?.balance == 99_800)
        // ALL-3: the last one is booked, but not counted past the quarantined ones: its terminal subtracts it itself.
        #expect(try await books.account()?.balance == 99_900)
        #expect(try await books.account()?.countedThrough == 1)
        // The same again: the same answers, nothing twice.
        last.chain = Data(repeating: 1, count: 32)
        #expect(try await books.send([first, wrong, last]) == ["duplicate", "rejected malformed:approved", "duplicate"])
        #expect(try books.alarms().count { $0 == "rejected" } == 3)
        #expect(try books.report().terminals.first?.records == 2)
    }

    @Test("Bodies that contradict themselves are refused by field", arguments: [
        ("terminal", "rejected malformed:terminal"), ("sequence", "rejected malformed:sequence"),
        ("approved", "rejected malformed:approved"), ("negative", "rejected malformed:amount"),
        ("id", "rejected malformed:id"), ("accountSequence", "rejected malformed:accountSequence"),
    ])
    func contradictions(_ what: String, _ result: String) async throws {
        let books = try await Books()
        var journal = Journal()
        let good = try journal.record(.offlineApproval, 100)
        var body = try WireJSON.decode(JournalRecord.self, from: Array(good.body))
        switch what {
        case "terminal": body.terminal = "T2"
        case "sequence": body.sequence = 5
        case "approved": body.approved = Books.sek(101)
        case "negative": body.amount = Books.sek(-100)
        case "id": body.id = Books.id()
        default: body.accountSequence = nil
        }
        let record = ForwardedRecord(
            id: good.id, sequence: 1, chain: good.chain, body: Data(try WireJSON.encode(body)))
        #expect(try await books.send([record]) == [result])
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("ALL-2: what was spent offline is booked even below zero, with an alarm")
    func overspent() async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 90_000), try journal.record(.offlineApproval, 30_000)])
        #expect(try await books.account()?.balance == -20_000)
        #expect(try books.alarms() == ["overspent"])
    }

    @Test("Declines and torn payments are kept and book nothing", arguments: [JournalRecord.Kind.declineAdvice, .torn])
    func nothingToBook(_ kind: JournalRecord.Kind) async throws {
        let books = try await Books()
        var journal = Journal()
        #expect(try await books.send([try journal.record(kind, 5000)]) == ["applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.account()?.countedThrough == 1)
        #expect(try await books.account()?.purchasesOnCountedDay == 0)
        #expect(try books.report().records == [kind.rawValue: 1])
    }

    @Test("Applied records and entries can't be changed or deleted", arguments: [
        "DELETE FROM record", "UPDATE record SET approved = 0", "DELETE FROM entry", "UPDATE entry SET amount = 0",
    ])
    func appendOnly(_ statement: String) async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 100)])
        await #expect(throws: DatabaseError.self) {
            try await books.ledger.database.write { try $0.execute(sql: statement) }
        }
    }
}
