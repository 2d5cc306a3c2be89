import Core
import Foundation
import HostProtocol
import SmartCard
import Testing

@testable import HostLedger

@Suite("Online authorisation")
struct AuthorisationTests {
    @Test("An approval is booked once: the same request gives the same bytes")
    func idempotent() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        let first = try await books.ledger.authorise(request, terminal: "T1", now: Books.noon)
        let later = Books.noon.advanced(byMilliseconds: 90_000)
        #expect(try await books.ledger.authorise(request, terminal: "T1", now: later) == first)
        let answer = try WireJSON.decode(AuthorisationAnswer.self, from: first)
        #expect(answer.approved)
        #expect(answer.authorisationCode?.count == 6)
        #expect(answer.account?.balance == 90_500)
        #expect(answer.account?.purchasesOnCountedDay == 1)
        #expect(try await books.account()?.balance == 90_500)
    }

    @Test("The same payment id with other content, or from another terminal, is refused")
    func reused() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        _ = try await books.authorise(request)
        let other = try Books.request(9_600, payment: request.payment)
        await #expect(throws: LedgerError.paymentReused) { try await books.authorise(other) }
        await #expect(throws: LedgerError.paymentReused) { try await books.authorise(request, from: "T2") }
        #expect(try await books.account()?.balance == 90_500)
    }

    @Test("Rules of the issuer", arguments: [
        ("CARD-1", "insufficientFunds"), ("CARD-4", "perTransactionLimit"), ("CARD-6", "expired"),
        ("CARD-8", "blocked"), ("CARD-22", "merchantNotEnrolled"), ("CARD-21", "unknownInstrument"),
        ("ALL-7", "cardDataInvalid"), ("ALL-7", "amount"), ("ALL-7", "evidenceOfAnother"),
    ])
    func declines(_ rule: String, _ what: String) async throws {
        let books = try await Books()
        var request = try Books.request(9_500)
        var now = Books.noon
        var reason = what
        switch what {
        case "insufficientFunds": request = try Books.request(100_001)
        case "perTransactionLimit": request = try Books.request(500_001)
        // The card names December 2028: 1 January 2029 in Stockholm is one hour into that month's end in UTC.
        case "expired": now = UTCInstant(milliseconds: 1_861_916_400_000)
        case "blocked": try await books.ledger.setStatus(.blocked, account: "A1")
        case "merchantNotEnrolled": request.programme = "another"
        case "unknownInstrument":
            let pan = "4761739001010127"
            request = try Books.request(9_500, pan: pan)
            request.instrument = PrimaryAccountNumber(digits: pan)?.pseudonym(key: Books.pseudonymKey) ?? Books.instrument
        case "amount":
            request = try Books.request(9_500, shown: 100)
            reason = "cardDataInvalid"
        case "evidenceOfAnother":
            request.sealedEvidence = try Books.request(9_500).sealedEvidence
            reason = "cardDataInvalid"
        default: request = try Books.request(9_500, pan: "4761739001010127")
        }
        let answer = try await books.authorise(request, at: now)
        #expect(!answer.approved)
        #expect(answer.rule == rule)
        #expect(answer.reason == reason)
        #expect(answer.authorisationCode == nil)
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("CARD-6: valid through the last instant of the month in Stockholm")
    func lastInstant() async throws {
        let books = try await Books()
        let last = UTCInstant(milliseconds: 1_861_916_399_999)
        #expect(try await books.authorise(try Books.request(100), at: last).approved)
    }

    @Test("CARD-3: the eleventh purchase of a day is declined, the first of the next is not; declines do not count")
    func dailyCount() async throws {
        let books = try await Books()
        // 23:59:59 in Stockholm on 21 November 2026.
        let evening = UTCInstant(milliseconds: 1_795_301_999_000)
        _ = try await books.authorise(try Books.request(100_001), at: evening)
        for _ in 0..<10 { #expect(try await books.authorise(try Books.request(100), at: evening).approved) }
        #expect(try await books.authorise(try Books.request(100), at: evening).reason == "dailyCountExceeded")
        #expect(try await books.authorise(try Books.request(100), at: evening.advanced(byMilliseconds: 1000)).approved)
    }

    @Test("ALL-10: a reversal gives back once, whenever it comes")
    func reversal() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        _ = try await books.authorise(request)
        var journal = Journal()
        let reversal = try journal.record(.reversal, 9_500, payment: request.payment)
        #expect(try await books.send([reversal]) == ["applied"])
        #expect(try await books.send([reversal]) == ["duplicate"])
        #expect(try await books.send([try journal.record(.reversal, 9_500, payment: request.payment)]) == ["applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.account()?.purchasesOnCountedDay == 0)
    }

    @Test("ALL-10: a reversal before its original makes the original a decline")
    func reversalFirst() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        var journal = Journal()
        #expect(try await books.send([try journal.record(.reversal, 9_500, payment: request.payment)]) == ["applied"])
        let answer = try await books.authorise(request)
        #expect(!answer.approved)
        #expect(answer.rule == "ALL-10")
        #expect(try await books.authorise(request) == answer)
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("Another terminal's payment can't be reversed")
    func notYours() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        _ = try await books.authorise(request)
        var journal = Journal(terminal: "T2")
        let reversal = try journal.record(.reversal, 9_500, payment: request.payment)
        #expect(try await books.send([reversal], from: "T2") == ["rejected notYourPayment"])
        #expect(try await books.account()?.balance == 90_500)
    }

    @Test("The record of an online approval confirms the booking and moves nothing")
    func completion() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        _ = try await books.authorise(request)
        var journal = Journal()
        #expect(try await books.send([try journal.record(.onlineApproval, 9_500, payment: request.payment)]) == ["applied"])
        #expect(try await books.account()?.balance == 90_500)
        #expect(try await books.account()?.countedThrough == 1)
        #expect(try books.report().payments.map(\.sequence) == [1])
        #expect(try books.alarms() == [])
    }

    @Test("A completion after a reversal is an alarm")
    func completionAfterReversal() async throws {
        let books = try await Books()
        let request = try Books.request(9_500)
        _ = try await books.authorise(request)
        var journal = Journal()
        try await books.send([
            try journal.record(.reversal, 9_500, payment: request.payment),
            try journal.record(.onlineApproval, 9_500, payment: request.payment),
        ])
        #expect(try books.alarms() == ["approvalAfterReversal"])
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("ALL-3: what the terminal spent offline and the books do not hold yet is not there to be spent", arguments: [
        // Sent of 30,000 and 40,000; counted at the terminal; its uncounted sum; balance left to ask for.
        (0, 0, 70_000, 30_000), (1, 0, 70_000, 30_000), (2, 0, 70_000, 30_000), (2, 2, 0, 30_000), (1, 1, 40_000, 30_000),
        // A sum smaller than what has been booked, as from a cache that is behind, gives nothing back.
        (2, 0, 30_000, 30_000), (2, 0, 0, 30_000), (0, 0, 100_000, 0), (0, 0, Int64.max, 0),
    ] as [(Int, Int64, Int64, Int64)])
    func uncounted(_ sent: Int, _ from: Int64, _ amount: Int64, _ left: Int64) async throws {
        let books = try await Books()
        var journal = Journal()
        let records = [try journal.record(.offlineApproval, 30_000), try journal.record(.offlineApproval, 40_000)]
        try await books.send(Array(records.prefix(sent)))
        func ask(_ asked: Int64) async throws -> AuthorisationAnswer {
            var request = try Books.request(asked)
            request.uncountedFrom = from
            request.uncountedAmount = amount
            return try await books.authorise(request)
        }
        #expect(try await ask(left + 1).reason == "insufficientFunds")
        if left > 0 { #expect(try await ask(left).approved) }
    }

    @Test("ALL-3: another terminal's spends and another account's say nothing of this one's")
    func uncountedOfOthers() async throws {
        let books = try await Books(allowances: ["T1", "T2"])
        var other = Journal(terminal: "T2")
        try await books.send([try other.record(.offlineApproval, 20_000)], from: "T2")
        try await books.ledger.addAccount(
            "A2", programme: "epassi-card", balance: Books.sek(100_000), instruments: [], now: Books.noon)
        var journal = Journal()
        try await books.send([try journal.record(.offlineApproval, 20_000, account: "A2")])
        var request = try Books.request(60_001)
        (request.uncountedFrom, request.uncountedAmount) = (0, 20_000)
        #expect(try await books.authorise(request).reason == "insufficientFunds")
        request = try Books.request(60_000)
        (request.uncountedFrom, request.uncountedAmount) = (0, 20_000)
        #expect(try await books.authorise(request).approved)
    }

    @Test("Asked again, a payment's uncounted sum may have changed; half of it, or less than nothing, is malformed")
    func uncountedFields() async throws {
        let books = try await Books()
        var request = try Books.request(9_500)
        (request.uncountedFrom, request.uncountedAmount) = (0, 5)
        let answer = try await books.authorise(request)
        (request.uncountedFrom, request.uncountedAmount) = (1, 0)
        #expect(try await books.authorise(request) == answer)
        (request.uncountedFrom, request.uncountedAmount) = (nil, nil)
        #expect(try await books.authorise(request) == answer)
        for (from, amount, field) in [
            (nil, 5, "uncountedFrom"), (5, nil, "uncountedFrom"), (-1, 5, "uncountedFrom"), (0, -1, "uncountedAmount"),
        ] as [(Int64?, Int64?, String)] {
            var wrong = try Books.request(9_500)
            (wrong.uncountedFrom, wrong.uncountedAmount) = (from, amount)
            await #expect(throws: LedgerError.malformed(field: field)) { try await books.authorise(wrong) }
        }
        #expect(try await books.account()?.balance == 90_500)
    }

    @Test("A configured verifier has the last word on the cryptogram")
    func verifier() async throws {
        struct Never: CryptogramVerifier {
            func verifies(_ evidence: CardEvidence, cardNumber: PrimaryAccountNumber) -> Bool { evidence[0x9F26] == nil }
        }
        let books = try await Books()
        let strict = try SQLiteLedger(
            path: books.path, programmes: Array(books.ledger.programmes.values), evidenceKey: Books.sealing,
            pseudonymKey: Books.pseudonymKey, verifier: Never())
        let bytes = try await strict.authorise(try Books.request(100), terminal: "T1", now: Books.noon)
        #expect(try WireJSON.decode(AuthorisationAnswer.self, from: bytes).reason == "cardNotAuthentic")
    }
}
