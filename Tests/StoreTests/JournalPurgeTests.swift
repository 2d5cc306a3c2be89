import Core
import Foundation
import GRDB
import HostProtocol
import Programmes
import Testing

@testable import Store

@Suite("A purge keeps the rest provable, and everything that is still needed")
struct JournalPurgeTests {
    private func later(_ scene: StoreScene, days: Int64) {
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: days * 86_400_000), anchored: true)
    }

    @Test("Deleted is the acknowledged prefix that is old: not what waits, is quarantined, comes after such, or is young")
    func prefix() throws {
        let scene = try StoreScene()
        try scene.fillJournal(700)
        later(scene, days: 401)
        #expect(try scene.purge(days: 400).purged == 0)
        // One of them is refused, all before and many after it are acknowledged.
        let waiting = try scene.store.pending(limit: 600)
        try scene.store.settle(
            waiting.map { record in
                RecordResult(
                    id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))),
                    outcome: record.sequence == 451 ? .rejected : .applied, reason: "odd")
            })
        #expect(try scene.purge(days: 402) == PurgeStep())
        let stopped = try scene.purge(days: 400)
        #expect(stopped.purged == 450 && stopped.stop == .setAside(sequence: 451, reason: "odd"))
        var walk = try scene.store.walkJournal()
        #expect(walk.isAtEnd && (walk.records, walk.first, walk.verified, walk.purgedThrough) == (250, 451, 700, 450))
        // Refused records go out again, and later purges go on from the anchor.
        #expect(try scene.store.requeue() == 1)
        try scene.acknowledge(oldest: 1)
        let waits = try scene.purge(days: 400)
        #expect(waits.purged == 150 && waits.stop == .waiting(sequence: 601))
        try scene.pay(100)
        try scene.acknowledge(oldest: 1000)
        let young = try scene.purge(days: 400)
        #expect(young.purged == 100 && young.stop == nil)
        walk = try scene.store.walkJournal()
        #expect(walk.isAtEnd && (walk.records, walk.first, walk.verified, walk.purgedThrough) == (1, 701, 701, 700))
        let (path, copy) = try scene.copy("purged.sqlite")
        copy.close()
        #expect(try JournalSealTests.python(path, key: StoreScene.deviceKey) == "whole 1 records through 701")
    }

    @Test("A step touches no more than its bound")
    func bounded() throws {
        let scene = try StoreScene()
        try scene.fillJournal(450)
        try scene.acknowledge(oldest: 450)
        later(scene, days: 500)
        let walk = try scene.store.walkJournal()
        var steps: [Int] = []
        var goesOn = true
        while goesOn {
            let step = try scene.store.purgeJournal(before: scene.now.instant, proven: walk, now: scene.now)
            steps.append(step.purged)
            goesOn = step.goesOn
        }
        #expect(steps == [200, 200, 50])
        #expect(try scene.store.walkJournal().records == 0)
    }

    @Test("A clock that no host stands behind makes nothing old")
    func untrusted() throws {
        let scene = try StoreScene()
        try scene.fillJournal(5)
        try scene.acknowledge(oldest: 5)
        later(scene, days: 3653)
        #expect(try scene.purge(days: 400, anchored: false).purged == 0)
        #expect(try scene.purge(days: 400).purged == 5)
    }

    @Test("What is not proved is not deleted: a purge never makes a forgery good")
    func forged() throws {
        let scene = try StoreScene()
        try scene.fillJournal(20)
        try scene.acknowledge(oldest: 20)
        later(scene, days: 500)
        let good = try scene.store.walkJournal()
        try scene.store.write { try $0.execute(sql: "UPDATE journal SET payment = randomblob(16) WHERE sequence = 8") }
        #expect(try scene.purge(days: 400).purged == 0)
        // Changed between the walk and the purge.
        let step = try scene.store.purgeJournal(before: scene.now.instant, proven: good, now: scene.now)
        #expect(step.purged == 7 && step.fault == JournalFault(sequence: 8, kind: .payment))
        #expect(try scene.store.walkJournal().fault == JournalFault(sequence: 8, kind: .payment))
        #expect(try scene.store.walkJournal().purgedThrough == 7)
    }

    @Test("Payments whose records are gone are told, explained and amended as before")
    func payments() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let payment = try scene.begin(1_000, reference: "till-1")
        let settled = try scene.settle(payment, 1_000)
        let hold = try scene.hold(500)
        try scene.acknowledge()
        later(scene, days: 500)
        try scene.page([scene.account(version: 2, countedThrough: 2)], version: 2)
        #expect(try scene.purge(days: 400).purged == 2)
        #expect(try scene.store.lookUp(payment)?.decision == settled.decision)
        #expect(try scene.store.payment(reference: "till-1")?.decision?.trace == settled.decision.trace)
        #expect(try scene.store.standing(of: [payment, hold]).map(\.word) == ["acknowledged", "acknowledged"])
        let again = PaymentIntent(id: scene.mint(), reference: "till-1", amount: scene.sek(1_000), startedAt: scene.now.instant)
        guard case .known(let known) = try scene.store.begin(again) else {
            Issue.record("the reference is forgotten")
            return
        }
        #expect(known.id == payment)
        #expect(try scene.store.earlier(payment)?.state == .paid)
        #expect(try scene.amend(.refund, payment, 400).decision.approved)
        #expect(try scene.store.walkJournal().fault == nil)
    }
}
