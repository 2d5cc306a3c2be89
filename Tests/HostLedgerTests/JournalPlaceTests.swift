import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Records that come before earlier ones of other accounts")
struct JournalPlaceTests {
    private func send(_ books: Books, _ records: [ForwardedRecord], oldest: Int64) async throws {
        let results = try await books.ledger.apply(
            RecordBatch(records: records, oldest: oldest), terminal: "T1", now: Books.noon)
        #expect(results.allSatisfy { $0.outcome == .applied })
    }

    @Test("What the terminal still waits for is on its way, not lost")
    func onItsWay() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = try (0..<8).map { _ in try journal.record(.offlineApproval, 100) }
        try await send(books, [records[4], records[6]], oldest: 1)
        try await send(books, [records[1]], oldest: 1)
        try await send(books, [records[0], records[2], records[3]], oldest: 1)
        try await send(books, [records[5], records[7]], oldest: 6)
        #expect(try books.alarms() == [])
        #expect(try books.report().terminals.first?.missing == [])
        #expect(try books.report().terminals.first?.highestSequence == 8)
    }

    @Test("What it no longer waits for is lost: an alarm for each stretch, once")
    func lost() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = try (0..<10).map { _ in try journal.record(.offlineApproval, 100) }
        try await send(books, [records[4], records[9]], oldest: 2)
        // Number 1 is not waited for any more.
        #expect(try books.report().alarms.map(\.detail) == ["expected 1"])
        try await send(books, [records[5]], oldest: 4)
        #expect(try books.report().alarms.map(\.detail) == ["expected 1", "expected 2"])
        try await send(books, [records[3]], oldest: 4)
        try await send(books, [records[6]], oldest: 7)
        #expect(try books.alarms() == ["sequenceGap", "sequenceGap"])
        try await send(books, [try journal.record(.offlineApproval, 100)], oldest: 11)
        try await send(books, [try journal.record(.offlineApproval, 100)], oldest: 12)
        #expect(try books.report().alarms.map(\.detail) == ["expected 1", "expected 2", "expected 8"])
        #expect(try books.report().terminals.first?.missing == ["1-3", "8-9"])
    }

    @Test("A chain that is broken is noticed whichever of two records comes first", arguments: [[0, 1, 2], [2, 1, 0], [0, 2, 1]])
    func chain(_ order: [Int]) async throws {
        let books = try await Books()
        var journal = Journal()
        var records = try (0..<3).map { _ in try journal.record(.offlineApproval, 100) }
        for index in order { try await send(books, [records[index]], oldest: 1) }
        #expect(try books.alarms() == [])
        records = try (0..<3).map { _ in try journal.record(.offlineApproval, 100) }
        records[1].chain[0] ^= 1
        for index in order { try await send(books, [records[index]], oldest: 4) }
        #expect(Set(try books.alarms()) == ["chainBroken"])
    }
}
