import Core
import Foundation
import HostLedger
import HostProtocol
import Testing

/// What any books have to keep of late declines and of what collects them, by the port alone (ALL-7).
@Suite("The books' contract: a late decline and what collects it")
struct LedgerClaimContractTests {
    private struct Story {
        let books: LedgerContract
        var journal = Journal()
        let original = Books.id()
        let collection = Books.id()

        init(_ kind: BooksKind) async throws { books = try await LedgerContract(kind) }

        func request(_ amount: Int64, payment: UUIDv7 = Books.id()) throws -> AuthorisationRequest {
            var request = try Books.request(amount, payment: payment)
            (request.kind, request.original) = (.collection, original)
            return request
        }

        func collect(_ amount: Int64, payment: UUIDv7 = Books.id(), from terminal: String = "T1") async throws -> String {
            let answer = try await books.authorise(request(amount, payment: payment), from: terminal)
            return answer.approved ? "approved" : answer.reason
        }

        mutating func record(
            _ kind: JournalRecord.Kind, _ amount: Int64, payment: UUIDv7 = Books.id(), of original: UUIDv7? = nil
        ) throws -> ForwardedRecord {
            try journal.record(kind, amount, payment: payment) { $0.original = original }
        }

        var balance: Int64? { get async throws { try await books.account(at: "T2")?.balance } }
    }

    @Test("Books that took the purchase after all never take its collection, whichever of the two comes first", arguments: BooksKind.allCases, [
        false, true,
    ])
    func setBack(_ kind: BooksKind, isCollectionFirst: Bool) async throws {
        var story = try await Story(kind)
        let deferred = try story.record(.deferredApproval, 60_000, payment: story.original)
        let collecting = try story.record(.onlineApproval, 60_000, payment: story.collection, of: story.original)
        for record in isCollectionFirst ? [collecting, deferred] : [deferred, collecting] {
            #expect(try await story.books.send([record]) == ["applied"])
        }
        #expect(try await story.balance == 40_000)
        // Its terminal takes it back: there is nothing to give back.
        let reversal = try story.record(.reversal, 60_000, payment: story.collection, of: story.original)
        #expect(try await story.books.send([reversal, reversal]) == ["applied", "duplicate"])
        #expect(try await story.balance == 40_000)
        #expect(try await story.collect(60_000) == "collectionNotDue")
        #expect(try await story.books.imbalance() == [:])
    }

    @Test("What is owed is what was approved, less what was given back early and what collections hold, to the cent", arguments: BooksKind.allCases)
    func owed(_ kind: BooksKind) async throws {
        var story = try await Story(kind)
        let (books, original, first) = (story.books, story.original, story.collection)
        try await books.ledger.setStatus(.suspended, account: "A1")
        #expect(try await books.send([try story.record(.deferredApproval, 60_000, payment: original)]) == ["declinedLater suspended"])
        #expect(try await story.collect(60_000) == "suspended")
        try await books.ledger.setStatus(.active, account: "A1")
        // A refund from before the terminal heard of the decline.
        #expect(try await books.send([try story.record(.refund, 1_000, of: original)]) == ["applied"])
        #expect(try await story.collect(59_001) == "collectionNotDue")
        #expect(try await story.collect(59_000, from: "T2") == "collectionNotDue")
        #expect(try await story.collect(59_000, payment: first) == "approved")
        #expect(try await story.collect(1) == "collectionNotDue")
        #expect(try await story.balance == 41_000)
        // Given back in part: so much is owed again.
        let confirmed = try story.record(.onlineApproval, 59_000, payment: first, of: original)
        #expect(try await books.send([confirmed, try story.record(.refund, 12_345, of: first)]) == ["applied", "applied"])
        #expect(try await story.collect(12_346) == "collectionNotDue")
        let second = Books.id()
        #expect(try await story.collect(12_345, payment: second) == "approved")
        let void = try story.record(.void, 12_345, of: second)
        #expect(try await books.send([try story.record(.onlineApproval, 12_345, payment: second, of: original), void])
            == ["applied", "applied"])
        let third = Books.id()
        #expect(try await story.collect(12_345, payment: third) == "approved")
        #expect(try await books.send([try story.record(.reversal, 12_345, payment: third, of: original)]) == ["applied"])
        #expect(try await story.balance == 100_000 - 59_000 + 12_345)
        #expect(try await story.collect(12_345) == "approved")
        #expect(try await story.collect(1) == "collectionNotDue")
        #expect(try await story.balance == 41_000)
        // Sent again, the decline is told as what it is, and nothing moves.
        #expect(try await books.imbalance() == [:])
    }

    @Test("A void of what was declined meanwhile leaves nothing to collect", arguments: BooksKind.allCases)
    func voided(_ kind: BooksKind) async throws {
        var story = try await Story(kind)
        try await story.books.ledger.setStatus(.suspended, account: "A1")
        let deferred = try story.record(.deferredApproval, 60_000, payment: story.original)
        let void = try story.record(.void, 60_000, of: story.original)
        #expect(try await story.books.send([deferred, void]) == ["declinedLater suspended", "applied"])
        try await story.books.ledger.setStatus(.active, account: "A1")
        #expect(try await story.collect(1) == "collectionNotDue")
        #expect(try await story.balance == 100_000)
    }

    @Test("A completion is given back by the reversal of its own payment, once; one whose reversal came first takes nothing", arguments: BooksKind.allCases)
    func completion(_ kind: BooksKind) async throws {
        var story = try await Story(kind)
        let (hold, payment, second, late) = (Books.id(), Books.id(), Books.id(), Books.id())
        let records = [
            try story.record(.hold, 9_000, payment: hold), try story.record(.completion, 7_000, payment: payment, of: hold),
        ]
        #expect(try await story.books.send(records) == ["applied", "applied"])
        #expect(try await story.balance == 93_000)
        let reversal = try story.record(.reversal, 7_000, payment: payment)
        #expect(try await story.books.send([reversal, reversal]) == ["applied", "duplicate"])
        #expect(try await story.balance == 100_000)
        let reversed = [
            try story.record(.hold, 9_000, payment: second), try story.record(.reversal, 7_000, payment: late),
            try story.record(.completion, 7_000, payment: late, of: second), try story.record(.release, 0, of: second),
        ]
        #expect(try await story.books.send(reversed) == ["applied", "applied", "applied", "applied"])
        #expect(try await story.balance == 100_000)
        #expect(try await story.books.imbalance() == [:])
    }
}
