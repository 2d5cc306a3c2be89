import Foundation
import HostProtocol
import Programmes
import Store
import Testing
import VirtualCards

@testable import Terminal

@Suite("ALL-2: without the store's word there is no approval", .timeLimit(.minutes(5)))
struct StoreUnavailableTests {
    @Test("A folder that is not there: declined before a card is asked; it appears, and the next payment works")
    func missingFolder() async throws {
        let scene = try LaneScene(synced: false, missingFolder: true)
        let decision = try await scene.pay().result.decision
        #expect(decision.outcome == .declined && decision.rule == "ALL-2" && decision.reason == .storeUnavailable)
        #expect(scene.prompts.withLock { $0.isEmpty })
        #expect(throws: StoreError.notWritable) { try scene.store.open() }

        try FileManager.default.createDirectory(at: scene.folder, withIntermediateDirectories: true)
        try scene.sync()
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
    }

    @Test("The file is no store: declined, and the file is left as it is")
    func damaged() async throws {
        let scene = try LaneScene(synced: false)
        let junk = Data(repeating: 0x5A, count: 4_096)
        try junk.write(to: URL(fileURLWithPath: scene.store.path))
        #expect(try await scene.pay().result.decision.reason == .storeUnavailable)
        #expect(throws: StoreError.damaged) { try scene.store.open() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.store.path)) == junk)
    }

    /// Takes the store away between the intent and the decision, as a disk that fills up does.
    private func lose(_ store: PaymentStore) throws -> PaymentStore {
        let thief = PaymentStore(path: store.path, terminal: "T1")
        store.close()
        try thief.open()
        return thief
    }

    @Test("Lost after the card has spent: declined; when the store is back, a record tells the host, without a restart")
    func lostAfterCard() async throws {
        let scene = try LaneScene()
        let card = StealingCard(try VisaPrepaidCard.make()) { [store = scene.store] in try? lose(store) }
        scene.reader.insert(card)
        let result = try await scene.pay(reference: "R1").result
        scene.reader.remove()
        #expect(result.decision.outcome == .declined && result.decision.reason == .storeUnavailable)
        card.thief?.close()
        let record = try #require(await scene.firstRecord())
        #expect(record.kind == .reversal && record.payment == result.payment && record.approved == scene.sek(0))
        // Its reference never pays again.
        #expect(try await scene.pay(reference: "R1").result.decision.outcome == .declined)
        #expect(try await scene.tap(try VisaPrepaidCard.make()).approved)
    }

    @Test("Lost after the host has said yes: declined, and the host is told to undo it, without a restart (ALL-10)")
    func lostAfterHost() async throws {
        let scene = try LaneScene()
        let held = ThiefSlot()
        let approval = ScriptedHost.approval(scene.account(balance: 90_500, version: 2))
        scene.host.answer { [store = scene.store] request in
            held.keep(try? lose(store))
            return await approval(request)
        }
        scene.reader.insert(try VisaPrepaidCard.make())
        let result = try await scene.pay().result
        #expect(result.decision.outcome == .declined && result.decision.reason == .storeUnavailable)
        held.letGo()
        let record = try #require(await scene.firstRecord())
        #expect(record.kind == .reversal && record.payment == result.payment)
        // The forwarder is told after the commit.
        for _ in 0..<500 where scene.host.now.commits == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(scene.host.now.commits >= 1)
    }
}

extension LaneScene {
    /// The oldest record, as soon as there is one.
    func firstRecord() async -> JournalRecord? {
        for _ in 0..<500 {
            if let record = try? records().first { return record }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }
}
