import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("Late declines (ALL-7)")
struct DeclinedTests {
    let scene: StoreScene

    init() throws {
        scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
    }

    /// A deferred approval, as the rules of a programme that permits it would make it.
    private func deferred(_ amount: Int64, reference: String? = nil) throws -> UUIDv7 {
        let payment = try scene.begin(amount, reference: reference)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(amount), rule: "ALL-7", reason: .approvedDeferred,
            split: [PurseShare(purse: "prepaid", units: amount, money: amount)])
        _ = try scene.store.settle(scene.closing(payment, amount)) { _, _ in .local(decision, cardMovedOn: false) }
        return payment
    }

    private func bounce(
        _ reason: String = "insufficientFunds", retry: CollectionAdvice? = nil, after seconds: Int64? = nil
    ) throws {
        let results = try scene.store.pending(limit: 100).map { record in
            RecordResult(
                id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))), outcome: .declinedLater,
                reason: reason, retry: retry, retryAfter: seconds)
        }
        try scene.store.settle(results, at: scene.now.instant)
    }

    /// A collection that the host approves.
    private func collect(_ original: UUIDv7, _ amount: Int64, approved: Bool = true) throws -> UUIDv7 {
        let payment = try scene.begin(amount)
        var closing = scene.closing(payment, amount)
        closing.request.collects = original
        let decision = Decision(
            outcome: approved ? .approved : .declined, approvedAmount: scene.sek(approved ? amount : 0), rule: "CARD-21",
            reason: approved ? .approvedOnline : .insufficientFunds)
        let answer = AuthorisationAnswer(
            payment: payment, approved: approved, rule: "CARD-21", reason: decision.reason.rawValue, authorisationCode: nil,
            account: nil, hostTime: scene.now.instant)
        _ = try scene.store.settle(closing) { _, terminal in
            #expect(terminal.bounced == BouncedPayment(payment: original, amount: scene.sek(amount)))
            return .host(decision, answer)
        }
        return payment
    }

    @Test("What bounced is listed with amount, reason and advice, and its instrument pays nothing offline until it is closed")
    func listed() throws {
        let payment = try deferred(1_000, reference: "R1")
        try bounce("dailyCountExceeded", retry: .later, after: 3_600)
        let declined = try #require(try scene.store.declined(payment))
        #expect(declined.amount == scene.sek(1_000) && declined.reason == "dailyCountExceeded" && declined.reference == "R1")
        #expect(declined.instrument == scene.instrument && declined.account == "A1" && declined.state == .open)
        #expect(declined.declinedAt == scene.now.instant)
        let hour = scene.now.instant.advanced(byMilliseconds: 3_600_000)
        #expect(declined.retry(at: scene.now.instant) == .notBefore(hour) && declined.retry(at: hour) == .now)
        #expect(try scene.store.declinedSummary() == DeclinedSummary(open: 1, amounts: [scene.sek(1_000)]))
        #expect(try scene.store.openDeclined(instrument: scene.instrument).map(\.payment) == [payment])

        let refused = try scene.pay(500).decision
        #expect(refused.outcome == .declined && refused.rule == "CARD-8" && refused.reason == .unpaidEarlier)
        // Snapshots and deltas of limits change nothing of it; nor does a restart.
        try scene.page([scene.account(version: 2)], version: 2)
        try scene.page([scene.account(version: 3)], version: 3, base: 2)
        scene.store.close()
        #expect(try scene.pay(500).decision.reason == .unpaidEarlier)
        #expect(try scene.store.giveUp(payment, at: scene.now.instant))
        #expect(try !scene.store.giveUp(payment, at: scene.now.instant))
        #expect(try scene.pay(500).decision.approved)
        #expect(try scene.store.declined(openOnly: true, limit: 10) == [])
        #expect(try scene.store.declined(openOnly: false, limit: 10).map(\.state) == [.givenUp])
    }

    @Test("A collection that the host approves lifts the block in the same commit; one that it declines does not")
    func collected() throws {
        let payment = try deferred(1_000)
        try bounce()
        _ = try collect(payment, 1_000, approved: false)
        #expect(try scene.store.declined(payment)?.state == .open)
        let collection = try collect(payment, 1_000)
        let declined = try #require(try scene.store.declined(payment))
        #expect(declined.state == .collected && declined.collectedBy == collection && declined.closedAt == scene.now.instant)
        #expect(try scene.store.payment(collection)?.original == payment)
        let record = try #require(try scene.records().last)
        #expect(record.kind == .onlineApproval && record.original == payment && record.payment == collection)
        #expect(try scene.pay(500).decision.approved)
    }

    @Test("The host clears it by a page, a snapshot's last or a delta", arguments: [0, 1] as [Int64])
    func cleared(base: Int64) throws {
        let payment = try deferred(1_000)
        try bounce()
        var page = scene.limits([try scene.account(version: 2)], version: 2, base: base)
        page.clearedDeclines = [payment]
        try scene.apply(page)
        #expect(try scene.store.declined(payment)?.state == .cleared)
        #expect(try scene.pay(500).decision.approved)
        page.clearedDeclines = Array(repeating: payment, count: LimitPage.maximumClearedDeclines + 1)
        (page.version, page.base) = (3, 2)
        #expect(throws: LimitPageRefusal.malformed(field: "clearedDeclines")) { try scene.apply(page) }
    }

    @Test("A retry that the host forbids stays forbidden; told again, the first word stands")
    func never() throws {
        let payment = try deferred(1_000)
        let record = try #require(try scene.store.pending(limit: 1).first)
        try bounce("lostOrStolen", retry: .never)
        let far = scene.now.instant.advanced(byMilliseconds: 1 << 50)
        #expect(try scene.store.declined(payment)?.retry(at: far) == .never)
        try scene.store.settle([
            RecordResult(
                id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))), outcome: .declinedLater, reason: "other")
        ])
        #expect(try scene.store.declined(payment)?.reason == "lostOrStolen")
        #expect(try scene.store.declined(record: record.id)?.payment == payment)
    }

    @Test("What was voided before the host's word came is owed by nobody; what was refunded in part is owed less")
    func amended() throws {
        let voided = try deferred(1_000)
        let refunded = try deferred(2_000)
        let record = try scene.store.pending(limit: 2)
        #expect(try scene.amend(.void, voided, 1_000).decision.approved)
        #expect(try scene.amend(.refund, refunded, 500).decision.approved)
        try scene.store.settle(
            record.map {
                RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .declinedLater)
            }, at: scene.now.instant)
        #expect(try scene.store.declined(voided) == nil)
        #expect(try scene.store.declined(refunded)?.amount == scene.sek(1_500))
    }

    @Test("Only the instrument that owes is refused, and only what names it collects from another of the same account")
    func otherInstrument() throws {
        let payment = try deferred(1_000)
        try bounce()
        let other = try #require(Pseudonym(bytes: [UInt8](repeating: 9, count: 16)))
        var account = try scene.account(version: 2)
        account.instruments.append(InstrumentBinding(pseudonym: other, kind: .card))
        try scene.page([account], version: 2)
        let stranger = try #require(Pseudonym(bytes: [UInt8](repeating: 8, count: 16)))
        let seen = try scene.store.readCurrent { database in
            try [(other, nil), (other, payment), (stranger, payment)].map { instrument, collects in
                try PaymentStore.bounced(database, instrument: instrument, collects: collects)?.payment
            }
        }
        #expect(seen == [nil, payment, nil])
    }

    @Test("Late declines from before the table was there are carried over, with their instruments")
    func migrated() throws {
        let payment = try deferred(1_000)
        try bounce()
        try scene.store.write { database in
            try database.execute(sql: "DROP TABLE declined; DELETE FROM grdb_migrations WHERE identifier = '5 late declines'")
        }
        scene.store.close()
        let declined = try #require(try scene.store.declined(payment))
        #expect(declined.instrument == scene.instrument && declined.amount == scene.sek(1_000) && declined.state == .open)
        #expect(try scene.pay(500).decision.reason == .unpaidEarlier)
    }

    @Test("A store without the table still takes the host's word, and loses nothing of it")
    func forwardOnly() throws {
        let payment = try deferred(1_000)
        try scene.store.write { try $0.execute(sql: "DROP TABLE declined") }
        try bounce()
        #expect(try scene.store.queueSummary().depth == 0)
        try scene.store.write {
            try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '5 late declines'")
        }
        scene.store.close()
        #expect(try scene.store.declined(payment)?.state == .open)
    }

    @Test("ALL-8: a collection's reference is refused with other content")
    func reference() throws {
        let payment = try deferred(1_000)
        let one = PaymentIntent(
            id: scene.mint(), reference: "C1", request: PurchaseRequest(amount: scene.sek(1_000), collects: payment),
            startedAt: scene.now.instant)
        #expect(try scene.store.begin(one) == .begun)
        let plain = PaymentIntent(
            id: scene.mint(), reference: "C1", request: PurchaseRequest(amount: scene.sek(1_000)), startedAt: scene.now.instant)
        #expect(throws: StoreError.referenceReused) { try scene.store.begin(plain) }
    }
}

@Suite("The queue, one record at a time")
struct QueueRecordTests {
    @Test("A record is found by number and id, and its state follows the queue; one alone is sent again")
    func shown() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        for _ in 0..<2 { try scene.pay(100) }
        let first = try #require(try scene.store.queued("1"))
        #expect(first.state == .waiting && first.record.kind == .offlineApproval)
        #expect(try scene.store.queued(first.record.id.description) == first)
        for name in ["3", "-1", "x", "", "99999999999999999999", scene.mint().description] {
            #expect(try scene.store.queued(name) == nil, "\(name)")
        }
        try scene.acknowledge(.rejected, reason: "malformed:split")
        #expect(try scene.store.queued("2")?.quarantined == "malformed:split")
        #expect(try scene.store.unacknowledged(after: 0, limit: 10).map(\.quarantined) == ["malformed:split", "malformed:split"])
        #expect(try scene.store.requeue(sequence: 2) && !scene.store.requeue(sequence: 2) && !scene.store.requeue(sequence: 3))
        #expect(try scene.store.pending(limit: 10).map(\.sequence) == [2])
        try scene.acknowledge()
        #expect(try scene.store.queued("2")?.state == .forwarded && scene.store.queued("1")?.state == .quarantined)
        #expect(try scene.store.unacknowledgedCount() == 1)
    }

    @Test("A record sent once more by order begins anew: its tries and its wait are forgotten, others' are not")
    func requeuedAnew() throws {
        let scene = try StoreScene()
        for _ in 0..<2 { try scene.pay(100) }
        try scene.store.note(
            [.postpone(sequence: 1, attempts: 4, milliseconds: 3_600_000), .postpone(sequence: 2, attempts: 3, milliseconds: 3_600_000)],
            now: scene.now.instant)
        try scene.store.note([.quarantine(sequence: 1, reason: "unsendable:malformed")], now: scene.now.instant)
        #expect(try scene.store.requeue(sequence: 1))
        let waiting = try scene.store.waiting(after: 0, limit: 9, now: scene.now.instant)
        #expect(waiting.map(\.sequence) == [1, 2] && waiting.map(\.attempts) == [0, 3])
        #expect(waiting.map(\.retryIn) == [0, 3_600_000])
    }

    @Test("ALL-10: an unknown outcome is reversalQueued until the host has acknowledged the reversal, then reversed")
    func reversal() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let payment = try scene.begin(100, reference: "R1")
        _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in
            .hostUnknown(.declined(scene.sek(100), rule: "ALL-10", reason: .hostOutcomeUnknown))
        }
        func stand() throws -> ReversalState? { try scene.store.reversal(of: #require(try scene.store.payment(reference: "R1"))) }
        #expect(try stand() == .queued)
        try scene.acknowledge(.rejected)
        #expect(try stand() == .refused)
        _ = try scene.store.requeue()
        try scene.acknowledge()
        #expect(try stand() == .reversed)
        try scene.pay(100)
        let approved = try #require(try scene.store.recentPayments(limit: 1).first)
        #expect(try scene.store.reversal(of: approved) == nil)
    }
}
