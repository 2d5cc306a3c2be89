import Core
import Foundation
import GRDB
import HostProtocol
import Programmes
import Testing

@testable import Store

@Suite("ALL-5: payments go once their records have gone, their references are over, and nothing needs them")
struct PaymentPurgeTests {
    private func later(_ scene: StoreScene, hours: Int64) {
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: hours * 3_600_000), anchored: true)
    }

    /// What the file says of a payment, in any table.
    private func rows(_ scene: StoreScene, _ payment: UUIDv7) throws -> Int {
        try scene.store.read { database in
            try ["payment WHERE id", "journal WHERE payment", "declined WHERE payment"].reduce(0) {
                try $0 + (Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($1) = ?", arguments: [Data(payment.bytes)]) ?? 0)
            }
        }
    }

    @Test("Nothing of an old, acknowledged payment is left: neither account nor reference; what is young or waits is whole")
    func gone() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let old = try scene.begin(1_000, reference: "till-1")
        try scene.settle(old, 1_000)
        let declined = try scene.begin(1_000, reference: "till-2")
        _ = try scene.store.settle(scene.closing(declined, 1_000)) { _, _ in
            .local(.declined(scene.sek(1_000), rule: "CARD-1", reason: .insufficientFunds), cardMovedOn: false)
        }
        try scene.acknowledge()
        later(scene, hours: 31 * 24)
        let waits = try scene.begin(2_000, reference: "till-3")
        _ = try scene.store.settle(scene.closing(waits, 2_000)) { _, _ in
            .hostUnknown(.declined(scene.sek(2_000), rule: "ALL-10", reason: .hostOutcomeUnknown))
        }
        // The record first.
        #expect(try scene.purgePayments(days: 30) == 1)
        #expect(try rows(scene, old) == 2 && rows(scene, declined) == 0)
        #expect(try scene.purge(days: 30).purged == 1)
        #expect(try scene.purgePayments(days: 30) == 1)
        #expect(try rows(scene, old) == 0 && scene.store.payment(reference: "till-1") == nil)
        later(scene, hours: 31 * 24)
        #expect(try scene.purge(days: 30).stop == .waiting(sequence: 2))
        #expect(try scene.purgePayments(days: 30) == 0)
        #expect(try rows(scene, waits) == 2)
        #expect(try scene.store.walkJournal().fault == nil)
    }

    @Test("ALL-8: a reference lives 48 hours, however few days are kept")
    func reference() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let payment = try scene.begin(1_000, reference: "till-1")
        try scene.settle(payment, 1_000)
        try scene.acknowledge()
        later(scene, hours: 47)
        #expect(try scene.purge(days: 0).purged == 1)
        #expect(try scene.purgePayments(days: 0) == 0)
        #expect(try scene.store.payment(reference: "till-1")?.id == payment)
        later(scene, hours: 2)
        #expect(try scene.purgePayments(days: 0) == 1)
    }

    @Test("Open payments, holds, and claims that are open or lately settled stay, and so does what a kept payment collects")
    func needed() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let open = try scene.begin(500)
        let hold = try scene.hold(500)
        let bounced = try scene.begin(1_000, reference: "till-1")
        _ = try scene.store.settle(scene.closing(bounced, 1_000)) { _, _ in
            .local(
                Decision(outcome: .approved, approvedAmount: scene.sek(1_000), rule: "ALL-7", reason: .approvedDeferred),
                cardMovedOn: true)
        }
        let records = try scene.store.pending(limit: 10)
        try scene.store.settle(
            records.map {
                RecordResult(
                    id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))),
                    outcome: $0.sequence == records.last?.sequence ? .declinedLater : .applied)
            }, at: scene.now.instant)
        #expect(try scene.store.declined(bounced)?.state == .open)
        later(scene, hours: 31 * 24)
        #expect(try scene.purge(days: 30).purged == 2)
        #expect(try scene.purgePayments(days: 30) == 0)
        // Given up today.
        #expect(try scene.store.giveUp(bounced, at: scene.now.instant))
        #expect(try scene.purgePayments(days: 30) == 0)
        // Given up long ago; but a payment of today has collected it.
        try scene.store.write {
            try $0.execute(sql: "UPDATE declined SET closed_at = 0")
            try $0.execute(
                sql: "INSERT INTO payment (id, amount, currency, state, started_at, kind, original) VALUES (?, 1, 'SEK', 'approved', 1, 'purchase', ?)",
                arguments: [Data(scene.mint().bytes), Data(bounced.bytes)])
        }
        #expect(try scene.purgePayments(days: 30) == 0)
        // The collection itself is old now: it goes first, and with the next purge what it has collected.
        later(scene, hours: 31 * 24)
        #expect(try scene.purgePayments(days: 30) + scene.purgePayments(days: 30) == 2)
        #expect(try rows(scene, bounced) == 0)
        #expect(try scene.store.payment(open)?.state == .open && scene.store.payment(hold)?.state == .held)
    }

    @Test("A clock that was ahead keeps no payment for ever: its record has gone; without a host's time nothing goes")
    func ahead() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let truth = scene.now
        later(scene, hours: 3653 * 24)
        let ahead = try scene.begin(1_000)
        _ = try scene.store.settle(scene.closing(ahead, 1_000)) { _, _ in
            .local(
                Decision(outcome: .approved, approvedAmount: scene.sek(1_000), rule: "ALL-7", reason: .approvedOffline),
                cardMovedOn: true)
        }
        scene.now = truth
        try scene.pay(100)
        try scene.acknowledge()
        later(scene, hours: 31 * 24)
        #expect(try scene.purgePayments(days: 30) == 0)
        #expect(try scene.purge(days: 30).purged == 2)
        scene.now = TrustedTime(instant: scene.now.instant, anchored: false)
        #expect(try scene.purgePayments(days: 30) == 0)
        scene.now = TrustedTime(instant: scene.now.instant, anchored: true)
        #expect(try scene.purgePayments(days: 30) == 2)
        #expect(try rows(scene, ahead) == 0)
    }

    @Test("A step touches no more than its bound")
    func bounded() throws {
        let scene = try StoreScene()
        try scene.fillJournal(450)
        try scene.acknowledge(oldest: 450)
        later(scene, hours: 500 * 24)
        try scene.purge(days: 400)
        var (steps, after) = ([Int](), UUIDv7?.none)
        repeat {
            let step = try scene.store.purgePayments(before: scene.now.instant, after: after, now: scene.now)
            steps.append(step.purged)
            after = step.next
        } while after != nil
        #expect(steps.reduce(0, +) == 450 && steps.allSatisfy { $0 <= PaymentStore.recordsPerPurge })
        #expect(try scene.store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM payment") } == 0)
    }
}
