import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

/// What a terminal reckons for itself, by the wire's doc comments: its page, and its own records beyond the counted ones.
private struct TerminalView {
    /// What the record takes; of the end of a hold, what it takes while the hold still stands, and when it does not.
    var effects: [(sequence: Int64, reserved: Int64, expired: Int64, hold: (UUIDv7, Int64)?)] = []

    func available(_ limit: AccountLimit) -> Int64 {
        effects.filter { $0.sequence > limit.countedThrough }.reduce(limit.balance) { sum, effect in
            let gone = effect.hold.map { $0.1 <= limit.countedThrough && !limit.openHolds.contains($0.0) } ?? false
            return sum - (gone ? effect.expired : effect.reserved)
        }
    }
}

@Suite("Holds, refunds and voids at the host")
struct AmendmentTests {
    static let hour: Int64 = 3_600_000

    private func hold(
        _ journal: inout Journal, _ amount: Int64, _ payment: UUIDv7, until end: UTCInstant = Books.noon.advanced(byMilliseconds: hour)
    ) throws -> ForwardedRecord {
        try journal.record(.hold, amount, payment: payment) { $0.expiresAt = end }
    }

    private func end(
        _ journal: inout Journal, _ kind: JournalRecord.Kind, _ amount: Int64, of original: UUIDv7,
        split: [PurseShare]? = nil
    ) throws -> ForwardedRecord {
        try journal.record(kind, amount) { ($0.original, $0.split) = (original, split) }
    }

    @Test("CARD-12: hold 300, complete 240: 60 is released in the same step, in whatever order the records come", arguments: [
        [0, 1], [1, 0],
    ])
    func completion(_ order: [Int]) async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        let records = [try hold(&journal, 30_000, payment), try end(&journal, .completion, 24_000, of: payment)]
        for index in order { #expect(try await books.send([records[index]]) == ["applied"]) }
        let limit = try #require(try await books.account())
        #expect(limit.balance == 76_000)
        #expect(limit.openHolds == [])
        #expect(limit.countedThrough == 2)
        #expect(limit.purchasesOnCountedDay == 1)
        #expect(limit.amountOnCountedDay == 24_000)
        #expect(try books.report().faults == [])
        #expect(try books.report().held == [])
    }

    @Test("CARD-12: a hold reserves, is listed for its own terminal alone, and ends by release, once")
    func release() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try hold(&journal, 30_000, payment)])
        #expect(try await books.account()?.balance == 70_000)
        #expect(try await books.account()?.openHolds == [payment])
        #expect(try await books.account("T2")?.openHolds == [])
        #expect(try books.report().holds.map(\.amount) == [30_000])
        #expect(try await books.send([try end(&journal, .release, 30_000, of: payment)]) == ["applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.account()?.openHolds == [])
        #expect(
            try await books.send([
                try end(&journal, .release, 30_000, of: payment), try end(&journal, .completion, 100, of: payment),
            ]) == ["rejected holdClosed", "rejected holdClosed"])
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("CARD-12: a completion above its hold, or by another terminal, is refused and visible")
    func beyond() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try hold(&journal, 30_000, payment)])
        #expect(try await books.send([try end(&journal, .completion, 30_001, of: payment)]) == ["rejected holdExceeded"])
        var other = Journal(terminal: "T2")
        #expect(
            try await books.send([try end(&other, .completion, 100, of: payment)], from: "T2") == ["rejected notYourPayment"])
        #expect(try books.alarms() == ["rejected", "rejected"])
        #expect(try await books.account("T2")?.balance == 70_000)
    }

    @Test("CARD-12: a hold ends at its instant, not before; its completion then takes the whole final amount")
    func expiry() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try hold(&journal, 30_000, payment)])
        let end = Books.noon.advanced(byMilliseconds: Self.hour)
        #expect(try await books.account(at: end.advanced(byMilliseconds: -1))?.openHolds == [payment])
        let before = try await books.page(at: end.advanced(byMilliseconds: -1)).version
        let change = try await books.page(since: before, at: end)
        #expect(change.accounts.map(\.balance) == [100_000])
        #expect(change.accounts.first?.openHolds == [])
        #expect(try await books.ledger.expireHolds(now: end) == 0)
        #expect(try await books.send([try self.end(&journal, .completion, 24_000, of: payment)]) == ["applied"])
        #expect(try await books.account()?.balance == 76_000)
        #expect(try await books.account()?.purchasesOnCountedDay == 1)
        #expect(try books.report().faults == [])
    }

    @Test("ALL-3: a terminal's own reckoning is right whatever of hold, end and expiry has arrived, in any order", arguments: [
        [0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [2, 3, 1, 0], [2, 0, 1, 3], [0, 3, 2, 1], [1, 3, 0, 2], [3, 0, 2, 1],
    ], [-1, 0, 1, 2, 3, 4])
    func reckoning(_ order: [Int], _ expireBefore: Int) async throws {
        let books = try await Books()
        var journal = Journal()
        let (kept, ended) = (Books.id(), Books.id())
        let deadline = Books.noon.advanced(byMilliseconds: Self.hour)
        let records = [
            try journal.record(.offlineApproval, 1_000), try hold(&journal, 30_000, ended, until: deadline),
            try hold(&journal, 5_000, kept, until: deadline.advanced(byMilliseconds: Self.hour)),
            try end(&journal, .completion, 24_000, of: ended),
        ]
        let view = TerminalView(effects: [
            (1, 1_000, 1_000, nil), (2, 30_000, 30_000, nil), (3, 5_000, 5_000, nil), (4, -6_000, 24_000, (ended, 2)),
        ])
        for (step, index) in (order + [-1]).enumerated() {
            if step == expireBefore { try await books.ledger.expireHolds(now: deadline) }
            // 100,000 less 1,000, the hold that stands and the final amount: however much of it the host knows.
            #expect(view.available(try #require(try await books.account())) == 70_000, "step \(step)")
            if index >= 0 { #expect(try await books.send([records[index]]) == ["applied"]) }
        }
        #expect(try await books.account()?.countedThrough == 4)
        #expect(try await books.account()?.openHolds == [kept])
        #expect(try books.report().faults == [])
    }

    @Test("CARD-13: purchase 100, refunds 60 + 50: the second exceeds it; 60 + 40 are the whole of it")
    func refunds() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        let purchase = try journal.record(.offlineApproval, 10_000, payment: payment)
        let first = try end(&journal, .refund, 6_000, of: payment)
        // Before its purchase: it waits for it.
        #expect(try await books.send([first]) == ["applied"])
        #expect(try books.report().held.map(\.reason) == ["unknownOriginal"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.send([purchase]) == ["applied"])
        #expect(try books.report().held == [])
        #expect(try await books.account()?.balance == 96_000)
        #expect(try await books.send([try end(&journal, .refund, 5_000, of: payment)]) == ["rejected refundExceedsPurchase"])
        #expect(try await books.send([first]) == ["duplicate"])
        // The same merchant's other terminal may give back as well.
        var other = Journal(terminal: "T2")
        #expect(try await books.send([try end(&other, .refund, 4_000, of: payment)], from: "T2") == ["applied"])
        #expect(try await books.account("T2")?.balance == 100_000)
        #expect(
            try await books.send([try end(&other, .refund, 1, of: payment)], from: "T2") == ["rejected refundExceedsPurchase"])
        #expect(try books.report().faults == [])
    }

    @Test("CARD-13: another merchant refunds nothing")
    func otherMerchant() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try journal.record(.offlineApproval, 10_000, payment: payment)])
        try await books.addTerminal("T3", merchant: "M2")
        var other = Journal(terminal: "T3")
        #expect(
            try await books.send([try end(&other, .refund, 100, of: payment)], from: "T3") == ["rejected refundOtherMerchant"])
        #expect(try await books.account()?.balance == 90_000)
    }

    @Test("CARD-2: a refund that would pass the cap is refused and visible; up to it, it is not")
    func cap() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try journal.record(.offlineApproval, 20_000, payment: payment)])
        try await books.ledger.setBalance(Books.sek(1_490_000), account: "A1", now: Books.noon)
        #expect(try await books.send([try end(&journal, .refund, 10_001, of: payment)]) == ["rejected balanceCapExceeded"])
        #expect(try await books.account("T2")?.balance == 1_490_000)
        #expect(try books.alarms() == ["rejected"])
        #expect(try await books.send([try end(&journal, .refund, 10_000, of: payment)]) == ["applied"])
        #expect(try await books.account("T2")?.balance == 1_500_000)
        #expect(try books.report().faults == [])
    }

    @Test("CARD-14: a void gives the whole back once; after a refund there is nothing to void")
    func void() async throws {
        let books = try await Books()
        var journal = Journal()
        let (first, second) = (Books.id(), Books.id())
        try await books.send([
            try journal.record(.offlineApproval, 10_000, payment: first),
            try journal.record(.offlineApproval, 5_000, payment: second),
        ])
        #expect(try await books.send([try end(&journal, .void, 10_000, of: first)]) == ["applied"])
        #expect(try await books.account()?.balance == 95_000)
        #expect(try await books.send([try end(&journal, .void, 10_000, of: first)]) == ["rejected purchaseChanged"])
        #expect(try await books.send([try end(&journal, .refund, 100, of: first)]) == ["rejected purchaseChanged"])
        #expect(try await books.send([try end(&journal, .refund, 100, of: second)]) == ["applied"])
        #expect(try await books.send([try end(&journal, .void, 5_000, of: second)]) == ["rejected purchaseChanged"])
        #expect(try await books.account("T2")?.balance == 95_100)
        #expect(try books.report().faults == [])
    }

    @Test("ALL-10: after refunds and voids of an authorised payment a reversal gives back only what is left", arguments: [
        (JournalRecord.Kind.refund, Int64(4_000)), (.void, 9_500),
    ])
    func reversal(_ kind: JournalRecord.Kind, _ amount: Int64) async throws {
        let books = try await Books()
        var journal = Journal()
        let request = try Books.request(9_500)
        #expect(try await books.authorise(request).approved)
        #expect(try await books.send([try end(&journal, kind, amount, of: request.payment)]) == ["applied"])
        #expect(try await books.send([try journal.record(.reversal, 9_500, payment: request.payment)]) == ["applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try books.report().faults == [])
    }

    @Test("ALL-7: a deferred approval is booked when the rules agree, and declined later when they do not, told again alike")
    func deferred() async throws {
        let books = try await Books()
        var journal = Journal()
        let good = try journal.record(.deferredApproval, 60_000)
        let bad = try journal.record(.deferredApproval, 60_000)
        let other = try journal.record(.deferredApproval, 100) { $0.sealedEvidence = nil }
        #expect(try await books.send([good, bad, other]) == [
            "applied", "declinedLater insufficientFunds", "declinedLater cardDataInvalid",
        ])
        #expect(try await books.send([bad, good]) == ["declinedLater insufficientFunds", "duplicate"])
        let limit = try #require(try await books.account())
        #expect(limit.balance == 40_000)
        #expect(limit.countedThrough == 3)
        #expect(limit.purchasesOnCountedDay == 1)
        #expect(try books.report().faults == [])
        let declined = try WireJSON.decode(JournalRecord.self, from: Array(bad.body)).payment
        #expect(try await books.send([try end(&journal, .refund, 100, of: declined)]) == ["applied"])
        #expect(try await books.send([try end(&journal, .void, 100, of: declined)]) == ["applied"])
        #expect(try await books.account("T2")?.balance == 40_000)
    }

    @Test("CARD-15: the value date follows from when the record was received, by the issuer's rules")
    func valueDate() async throws {
        let books = try await Books()
        var journal = Journal()
        // Friday 20 November 2026, 16:00:01 in Helsinki, and a minute before.
        let late = UTCInstant(milliseconds: 1_795_183_201_000)
        try await books.send([try journal.record(.offlineApproval, 100)], at: late.advanced(byMilliseconds: -60_000))
        try await books.send([try journal.record(.offlineApproval, 100)], at: late)
        let dates = try await books.ledger.read { try $0.rows("SELECT value_date FROM entry WHERE record IS NOT NULL ORDER BY number").map { $0["value_date"] as String } }
        #expect(dates == ["2026-11-20", "2026-11-23"])
    }
}
