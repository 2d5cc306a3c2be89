import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import Store

@Suite("ALL-4: how long the queue has waited is known, and bounded")
struct QueueAgeTests {
    private func later(_ scene: StoreScene, milliseconds: Int64) {
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: milliseconds), anchored: true)
    }

    private func overdue(_ scene: StoreScene, _ store: PaymentStore? = nil) throws -> Int64? {
        try (store ?? scene.store).terminalState(currency: .sek, now: scene.now, hostReachable: false).overdueQueue
    }

    private func reject(_ scene: StoreScene, _ sequence: Int64) throws {
        let record = try #require(try scene.store.pending(limit: 100).first { $0.sequence == sequence })
        try scene.store.settle([
            RecordResult(
                id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))), outcome: .rejected, reason: "odd")
        ])
    }

    @Test("After seven days nothing more is approved offline, until the oldest has gone; what is set aside does not count")
    func capped() throws {
        let scene = try StoreScene()
        let week: Int64 = 7 * 86_400_000
        try scene.page([scene.account(version: 1)], version: 1)
        #expect(try scene.store.oldestWaiting() == nil)
        let first = scene.now.instant
        try scene.pay(100)
        later(scene, milliseconds: 86_400_000 - 1)
        let second = scene.now.instant
        try scene.pay(100)
        #expect(try scene.store.oldestWaiting() == first)
        later(scene, milliseconds: week - 86_400_000)
        #expect(try overdue(scene) == nil)
        later(scene, milliseconds: 1)
        #expect(try overdue(scene) == week)
        // Fresh limits alone don't help.
        try scene.page([scene.account(version: 2)], version: 2)
        let refused = try scene.pay(100).decision
        #expect(!refused.approved && refused.rule == "ALL-4" && refused.reason == .queueTooOld)
        // The host's refusal of one record stops nobody.
        try reject(scene, 1)
        #expect(try scene.store.oldestWaiting() == second && overdue(scene) == nil)
        #expect(try scene.pay(100).decision.approved)
    }

    @Test("The bound is the configuration's; none is none; a record from a clock that was ahead is not old")
    func configured() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        later(scene, milliseconds: 3_600_000)
        scene.store.close()
        for (wait, expected) in [(3_600_000, 3_600_000), (3_600_001, nil), (nil, nil)] as [(Int64?, Int64?)] {
            let store = PaymentStore(path: scene.store.path, terminal: "T1", seal: scene.store.seal, longestWait: wait)
            #expect(try overdue(scene, store) == expected)
            store.close()
        }
        later(scene, milliseconds: -2 * 3_600_000)
        #expect(try overdue(scene) == nil)
    }

    @Test("What is set aside is listed wherever in the queue it is")
    func setAside() throws {
        let scene = try StoreScene()
        try scene.fillJournal(30)
        let last = try #require(try scene.store.pending(limit: 100).last?.sequence)
        try reject(scene, last)
        #expect(try scene.store.queue(limit: 5).allSatisfy { $0.quarantined == nil })
        #expect(try scene.store.queue(limit: 5, setAside: true).map(\.sequence) == [last])
    }
}
