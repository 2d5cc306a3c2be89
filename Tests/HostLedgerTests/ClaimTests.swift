import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

@Suite("A late decline and what collects it are never both booked (ALL-7)")
struct ClaimTests {
    /// What a terminal holds of a payment that was declined later, and of the collection that the same host approved: the
    /// books that both are sent to are a copy from before.
    private struct Story {
        var journal = Journal()
        let original = Books.id()
        let collection = Books.id()
        let deferred: ForwardedRecord
        let collecting: ForwardedRecord

        init(_ amount: Int64 = 60_000) throws {
            deferred = try journal.record(.deferredApproval, amount, payment: original)
            collecting = try journal.record(.onlineApproval, amount, payment: collection) { [original] in $0.original = original }
        }

        func request(_ amount: Int64, payment: UUIDv7) throws -> AuthorisationRequest {
            var request = try Books.request(amount, payment: payment)
            (request.kind, request.original) = (.collection, original)
            return request
        }
    }

    @Test("Books set back to before the decline take the purchase, and the collection moves nothing, whichever comes first", arguments: [
        false, true,
    ])
    func setBack(isCollectionFirst: Bool) async throws {
        let books = try await Books()
        var story = try Story()
        let records = [story.deferred, story.collecting]
        for record in isCollectionFirst ? records.reversed() : records { #expect(try await books.send([record]) == ["applied"]) }
        #expect(try await books.account()?.balance == 40_000)
        #expect(try books.report().held.isEmpty)
        #expect(try await books.ledger.cases().isEmpty)
        #expect(try books.alarms().contains("collectionOfBooked"))
        // The terminal takes its collection back when it hears that the purchase was booked: there is nothing to give back.
        let reversal = try story.journal.record(.reversal, 60_000, payment: story.collection)
        #expect(try await books.send([reversal, reversal]) == ["applied", "duplicate"])
        #expect(try await books.account()?.balance == 40_000)
        #expect(try books.report().faults == [])
    }

    @Test("A collection that was booked by order stands, and its purchase is declined again, each time it is sent")
    func byOrder() async throws {
        let books = try await Books()
        let story = try Story()
        #expect(try await books.send([story.collecting]) == ["applied"])
        let held = try #require(try await books.ledger.cases().first)
        try await books.ledger.resolveCase(held.number, .booked, by: "J", why: "the payer has the receipt", now: Books.noon)
        for _ in 0..<2 { #expect(try await books.send([story.deferred]) == ["declinedLater collectionNotDue"]) }
        #expect(try await books.account()?.balance == 40_000)
        #expect(try await books.ledger.declined(openOnly: false).map(\.state) == [.collected])
        #expect(try books.report().faults == [])
    }

    @Test("Nobody books a collection by order when its purchase is settled by hand, and nobody books the same payment twice")
    func notByOrder() async throws {
        let books = try await Books()
        var story = try Story()
        try await books.ledger.setBalance(Books.sek(0), account: "A1", now: Books.noon)
        #expect(try await books.send([story.deferred, story.collecting]) == ["declinedLater insufficientFunds", "applied"])
        try await books.ledger.clearDeclined(story.original, now: Books.noon)
        let held = try #require(try await books.ledger.cases().first { $0.kind == .held })
        await #expect(throws: LedgerError.refused("collectionNotDue")) {
            try await books.ledger.resolveCase(held.number, .booked, by: "J", why: "x", now: Books.noon)
        }
        try await books.ledger.resolveCase(held.number, .dismissed, by: "J", why: "settled in cash", now: Books.noon)
        #expect(try await books.account()?.balance == 0)

        try await books.ledger.setBalance(Books.sek(100_000), account: "A1", now: Books.noon)
        let request = try Books.request(5_000)
        #expect(try await books.authorise(request).approved)
        let other = try story.journal.record(.onlineApproval, 6_000, payment: request.payment)
        #expect(try await books.send([other]) == ["rejected amountMismatch"])
        let rejected = try #require(try await books.ledger.cases().first { $0.kind == .rejected })
        await #expect(throws: LedgerError.refused("booked")) {
            try await books.ledger.resolveCase(rejected.number, .booked, by: "J", why: "x", now: Books.noon)
        }
        #expect(try await books.account()?.balance == 95_000)
    }

    @Test("What a refund or a void gives back of a collection is owed again, to the cent; a reversal gives all of it back")
    func reopened() async throws {
        let books = try await Books()
        var story = try Story()
        try await books.ledger.setBalance(Books.sek(0), account: "A1", now: Books.noon)
        #expect(try await books.send([story.deferred]) == ["declinedLater insufficientFunds"])
        try await books.ledger.setBalance(Books.sek(100_000), account: "A1", now: Books.noon)
        func due() async throws -> Int64? { try await books.ledger.declined(openOnly: true).first?.due }
        #expect(try await due() == 60_000)
        let first = story.collection
        #expect(try await books.authorise(story.request(60_000, payment: first)).approved)
        #expect(try await due() == nil)
        #expect(try await books.ledger.cases().isEmpty)
        await #expect(throws: LedgerError.refused("purchaseChanged")) {
            try await books.ledger.clearDeclined(story.original, now: Books.noon)
        }
        let refund = try story.journal.record(.refund, 12_345, payment: Books.id()) { $0.original = first }
        #expect(try await books.send([story.collecting, refund]) == ["applied", "applied"])
        #expect(try await due() == 12_345)
        #expect(try await books.ledger.cases().map(\.kind) == [.declinedLater])
        #expect(try await books.authorise(story.request(12_346, payment: Books.id())).reason == "collectionNotDue")
        let second = Books.id()
        #expect(try await books.authorise(story.request(12_345, payment: second)).approved)
        #expect(try await due() == nil)
        let original = story.original
        let confirmed = try story.journal.record(.onlineApproval, 12_345, payment: second) { $0.original = original }
        let void = try story.journal.record(.void, 12_345, payment: Books.id()) { $0.original = second }
        #expect(try await books.send([confirmed, void]) == ["applied", "applied"])
        #expect(try await due() == 12_345)
        let third = Books.id()
        #expect(try await books.authorise(story.request(12_345, payment: third)).approved)
        let reversal = try story.journal.record(.reversal, 12_345, payment: third)
        #expect(try await books.send([reversal]) == ["applied"])
        #expect(try await due() == 12_345)
        #expect(try await books.account()?.balance == 100_000 - 60_000 + 12_345)
        try await books.ledger.clearDeclined(story.original, now: Books.noon)
        #expect(try await due() == nil)
        #expect(try books.report().faults == [])
    }

    @Test("What has come of a collection that these books forgot, and of its refund, moves nothing once the purchase is booked")
    func forgotten() async throws {
        let books = try await Books()
        var story = try Story()
        let collection = story.collection
        let refund = try story.journal.record(.refund, 1_000, payment: Books.id()) { $0.original = collection }
        let void = try story.journal.record(.void, 60_000, payment: Books.id()) { $0.original = collection }
        #expect(try await books.send([story.deferred, refund, void, story.collecting]).allSatisfy { $0 == "applied" })
        #expect(try await books.account()?.balance == 40_000)
        #expect(try books.report().held.isEmpty)
        #expect(try await books.ledger.cases().isEmpty)
    }
}

@Suite("A reversal of what was booked by order")
struct OrderedReversalTests {
    @Test("ALL-10: what was booked by order is given back by its reversal, exactly once", arguments: [
        JournalRecord.Kind.onlineApproval, .completion,
    ])
    func once(_ kind: JournalRecord.Kind) async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        let record = try journal.record(kind, 7_000, payment: payment) { if kind == .completion { $0.original = Books.id() } }
        #expect(try await books.send([record]) == ["applied"])
        let held = try #require(try await books.ledger.cases().first)
        try await books.ledger.resolveCase(held.number, .booked, by: "J", why: "seen on the receipt", now: Books.noon)
        #expect(try await books.account()?.balance == 93_000)
        let reversal = try journal.record(.reversal, 7_000, payment: payment)
        let again = try journal.record(.reversal, 7_000, payment: payment)
        #expect(try await books.send([reversal, reversal, again]) == ["applied", "duplicate", "applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try books.report().faults == [])
    }

    @Test("A completion is given back by the reversal of its own payment, once; one whose reversal came first takes nothing")
    func completion() async throws {
        let books = try await Books()
        var journal = Journal()
        let (hold, payment) = (Books.id(), Books.id())
        let held = try journal.record(.hold, 9_000, payment: hold)
        let completed = try journal.record(.completion, 7_000, payment: payment) { $0.original = hold }
        #expect(try await books.send([held, completed]) == ["applied", "applied"])
        #expect(try await books.account()?.balance == 93_000)
        let reversal = try journal.record(.reversal, 7_000, payment: payment)
        let again = try journal.record(.reversal, 7_000, payment: payment)
        #expect(try await books.send([reversal, reversal, again]) == ["applied", "duplicate", "applied"])
        #expect(try await books.account()?.balance == 100_000)

        let (second, late) = (Books.id(), Books.id())
        let next = try journal.record(.hold, 9_000, payment: second)
        let early = try journal.record(.reversal, 7_000, payment: late)
        let void = try journal.record(.completion, 7_000, payment: late) { $0.original = second }
        let release = try journal.record(.release, 0, payment: Books.id()) { $0.original = second }
        #expect(try await books.send([next, early, void, release]) == ["applied", "applied", "applied", "applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try books.report().faults == [])
    }
}
