import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("A host that takes back its late decline (ALL-7)")
struct ClaimTests {
    let scene: StoreScene

    init() throws {
        scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
    }

    private func deferred(_ amount: Int64) throws -> UUIDv7 {
        let payment = try scene.begin(amount)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(amount), rule: "ALL-7", reason: .approvedDeferred,
            split: [PurseShare(purse: "prepaid", units: amount, money: amount)])
        _ = try scene.store.settle(scene.closing(payment, amount)) { _, _ in .local(decision, cardMovedOn: false) }
        return payment
    }

    /// Declined later, and no longer in the queue.
    private func bounced(_ amount: Int64) throws -> UUIDv7 {
        let payment = try deferred(amount)
        try answer { _ in .declinedLater }
        #expect(try scene.store.declined(payment)?.state == .open)
        return payment
    }

    private func answer(_ outcome: (JournalRecord) -> RecordResult.Outcome) throws {
        let results = try scene.store.pending(limit: 100).map { record in
            RecordResult(
                id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))),
                outcome: outcome(try WireJSON.decode(JournalRecord.self, from: Array(record.body))), reason: "insufficientFunds")
        }
        try scene.store.settle(results, at: scene.now.instant)
    }

    @discardableResult
    private func collect(_ original: UUIDv7, _ amount: Int64) throws -> (payment: UUIDv7, settled: Settled) {
        let payment = try scene.begin(amount)
        var closing = scene.closing(payment, amount)
        closing.request.collects = original
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(amount), rule: "CARD-21", reason: .approvedOnline,
            split: [PurseShare(purse: "prepaid", units: amount, money: amount)])
        let answer = AuthorisationAnswer(
            payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: nil, account: nil,
            hostTime: scene.now.instant)
        return (payment, try scene.store.settle(closing) { _, _ in .host(decision, answer) })
    }

    /// The host's books are a copy from before: everything is sent once more.
    private func setBack() throws {
        try scene.apply(scene.limits([try scene.account(version: 1)], version: 1, incarnation: 2))
    }

    @Test("Accepted after it was collected: the collection is taken back in the same commit, once", arguments: [
        RecordResult.Outcome.applied, .duplicate,
    ])
    func collected(_ outcome: RecordResult.Outcome) throws {
        let original = try bounced(1_000)
        let collection = try collect(original, 1_000).payment
        try scene.acknowledge()
        try setBack()
        try answer { $0.payment == original ? outcome : .applied }
        let records = try scene.records()
        #expect(records.map(\.kind) == [.reversal])
        let reversal = try #require(records.first)
        #expect(reversal.payment == collection && reversal.original == original && reversal.amount == scene.sek(1_000))
        #expect(reversal.account == "A1" && reversal.approved == scene.sek(0))
        #expect(try scene.store.payment(original)?.state == .approved)
        #expect(try scene.store.payment(collection)?.state == .voided)
        #expect(try scene.store.declined(original)?.state == .cleared)
        #expect(try scene.store.standing(of: [original, collection]).map(\.word) == ["acknowledged", "voided"])
        // Nothing is taken back twice, and what is taken back can't be refunded or voided.
        #expect(try !scene.amend(.void, collection, 0).decision.approved)
        #expect(try !scene.amend(.refund, collection, 100).decision.approved)
        try setBack2()
        try answer { _ in .duplicate }
        #expect(try scene.records().isEmpty)
        #expect(try scene.store.walkJournal().fault == nil)
        #expect(try scene.pay(500).decision.approved)
    }

    private func setBack2() throws {
        try scene.apply(scene.limits([try scene.account(version: 1)], version: 1, incarnation: 3))
    }

    @Test("Accepted while nobody had collected it: the claim ends, given up or not, and the instrument pays offline again", arguments: [
        false, true,
    ])
    func open(isGivenUp: Bool) throws {
        let original = try bounced(1_000)
        if isGivenUp { #expect(try scene.store.giveUp(original, at: scene.now.instant)) }
        try setBack()
        try answer { _ in .applied }
        #expect(try scene.records().isEmpty)
        #expect(try scene.store.declined(original)?.state == .cleared)
        #expect(try scene.store.payment(original)?.state == .approved)
        #expect(try scene.pay(500).decision.approved)
        // A payment like any other now.
        #expect(try scene.amend(.refund, original, 400).decision.approved)
    }

    @Test("Declined again, the collection stands")
    func declinedAgain() throws {
        let original = try bounced(1_000)
        try collect(original, 1_000)
        try setBack()
        try answer { $0.payment == original ? .declinedLater : .applied }
        #expect(try scene.records().isEmpty)
        #expect(try scene.store.declined(original)?.state == .collected)
    }

    @Test("Accepted while the host's word on a collection was on its way: nothing is approved, and the collection is taken back")
    func late() throws {
        let original = try bounced(1_000)
        try setBack()
        try answer { _ in .applied }
        let (payment, settled) = try collect(original, 1_000)
        #expect(settled.decision.outcome == .declined && settled.decision.reason == .collectionNotDue)
        #expect(try scene.records().map(\.kind) == [.reversal] && scene.records().map(\.payment) == [payment])
    }

    @Test("What a void or a refund gives back of a collection is owed again, to the cent; the sum is what was declined")
    func reopened() throws {
        let original = try bounced(1_000)
        let first = try collect(original, 1_000).payment
        #expect(try scene.amend(.refund, first, 300).decision.approved)
        #expect(try scene.store.declined(original)?.state == .open)
        #expect(try scene.store.declined(original)?.amount == scene.sek(300))
        #expect(try scene.amend(.refund, first, 45).decision.approved)
        #expect(try scene.store.declined(original)?.amount == scene.sek(345))
        #expect(try scene.pay(500).decision.reason == .unpaidEarlier)
        let second = try collect(original, 345).payment
        #expect(try scene.store.declined(original)?.state == .collected)
        #expect(try scene.amend(.void, second, 0).decision.approved)
        #expect(try scene.store.declined(original)?.amount == scene.sek(345))
        // What was given up stays so: the claim is of what is given back now.
        #expect(try scene.store.giveUp(original, at: scene.now.instant))
        #expect(try scene.amend(.refund, first, 5).decision.approved)
        #expect(try scene.store.declined(original)?.state == .open)
        #expect(try scene.store.declined(original)?.amount == scene.sek(5))
        // The host's acceptance takes back what is left of every collection.
        let third = try collect(original, 5).payment
        try setBack()
        try answer { _ in .applied }
        let records = try scene.records()
        #expect(records.map(\.kind) == [.reversal, .reversal] && Set(records.map(\.payment)) == [first, third])
        #expect(try scene.store.declined(original)?.state == .cleared)
    }

    @Test("A store that can't be brought up to date sets the record aside rather than let both be booked")
    func forwardOnly() throws {
        let original = try bounced(1_000)
        try collect(original, 1_000)
        try scene.acknowledge()
        try setBack()
        try scene.store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 of a newer daemon')") }
        scene.store.close()
        #expect(try !scene.store.isCurrent())
        try answer { _ in .applied }
        let left = try scene.store.queue()
        #expect(left.map(\.payment) == [original] && left.map(\.quarantined) == ["declinedBefore"])
        try scene.store.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '99%'") }
        scene.store.close()
        #expect(try scene.store.requeue() == 1)
        try answer { _ in .duplicate }
        #expect(try scene.records().map(\.kind) == [.reversal])
    }
}

@Suite("What is sent once more keeps its place")
struct SentAgainTests {
    @Test("Records go back into the queue with their accounts, whoever puts them there", arguments: [false, true])
    func groups(isReconciled: Bool) throws {
        let scene = try StoreScene()
        try scene.page([try scene.account(version: 1)], version: 1)
        try scene.pay(100)
        let stranger = try #require(Pseudonym(bytes: [UInt8](repeating: 8, count: 16)))
        let unknown = try scene.begin(100)
        var closing = scene.closing(unknown, 100)
        closing.instrument = stranger
        _ = try scene.store.settle(closing) { _, _ in
            .local(.declined(scene.sek(100), rule: "CARD-21", reason: .unknownInstrument), cardMovedOn: true)
        }
        let before = try scene.store.waiting(after: 0, limit: 9, now: scene.now.instant).map(\.group)
        #expect(before == ["A1", "payment " + Hex.encode(unknown.bytes)])
        let records = try scene.store.pending(limit: 9)
        try scene.acknowledge()
        if isReconciled {
            let differences = records.map { ReconciliationDifference(.missingAtHost, sequence: $0.sequence, id: $0.id) }
            #expect(try scene.store.forwardAgain(differences) == 2)
        } else {
            try scene.apply(scene.limits([try scene.account(version: 1)], version: 1, incarnation: 2))
        }
        #expect(try scene.store.waiting(after: 0, limit: 9, now: scene.now.instant).map(\.group) == before)
        #expect(try scene.store.queueSummary().exposure == [scene.sek(100)])
    }
}
