import Core
import Foundation
import HostProtocol
import Payments
import Testing

@testable import Store

@Suite("What was sent and not answered")
struct ForwardedTests {
    let scene: StoreScene

    init() throws {
        scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
    }

    private func after(_ milliseconds: Int64) {
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: milliseconds), anchored: true)
    }

    private func word(_ payment: UUIDv7) throws -> String? { try scene.store.standing(of: [payment]).first?.word }

    @Test("It costs no commit: it is stored with the next answer, and outlives a restart; what is answered at once never is")
    func stored() throws {
        let (first, second) = (try scene.begin(100), try scene.begin(100))
        for payment in [first, second] { try scene.settle(payment, 100) }
        let records = try scene.store.records([1, 2])
        let before = try scene.store.read { $0.totalChangesCount }
        scene.store.noteSent(records.map(\.sequence), at: scene.now.instant)
        after(10)
        scene.store.noteSent([1], at: scene.now.instant)
        #expect(try scene.store.read { $0.totalChangesCount } == before)
        #expect(try word(first) == "forwarded" && word(second) == "forwarded")
        #expect(try scene.store.sends(1) == Sends(count: 2, last: scene.now.instant))
        let lastOfFirst = scene.now.instant
        after(SendLog.unanswered)
        // The host takes a stand on the second alone.
        try scene.store.settle(
            [RecordResult(
                id: records[1].id, bodyHash: Data(JournalChain.bodyHash(Array(records[1].body))), outcome: .applied)],
            at: scene.now.instant)
        scene.store.noteSent([1], at: scene.now.instant)
        #expect(try scene.store.sends(1) == Sends(count: 3, last: scene.now.instant))
        // What a new process finds.
        let copy = try Copy(of: scene)
        #expect(try copy.store.sends(1) == Sends(count: 2, last: lastOfFirst))
        #expect(try copy.store.standing(of: [first, second]).map(\.word) == ["forwarded", "acknowledged"])
        let found = try copy.store.recover(now: scene.now, mint: scene.mint)
        #expect(found == StartRecovery(reversed: [], torn: []))
        #expect(try copy.store.queueSummary().depth == 1)
        #expect(try copy.store.records([1]) == [records[0]])
        #expect(try scene.store.sends(2) == nil && scene.store.sends(9) == nil)
    }

    @Test("What is sent is remembered within bounds")
    func bounds() throws {
        scene.store.noteSent([1, 2], at: UTCInstant(milliseconds: 1))
        scene.store.noteSent(Int64(10)...10_100, at: UTCInstant(milliseconds: 9))
        #expect(scene.store.sendLog[1] == nil && scene.store.sendLog[2] == nil)
        #expect((Int64(10)...10_100).count { scene.store.sendLog[$0] != nil } == SendLog.capacity / 2)
    }

    /// The files as a crash leaves them, with the log cut off after so many bytes.
    private struct Copy {
        let folder: URL
        let store: PaymentStore

        init(of scene: StoreScene, logBytes: Int? = nil) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "kassad-copy-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "store.sqlite").path
            try FileManager.default.copyItem(atPath: scene.store.path, toPath: path)
            var log = try Data(contentsOf: URL(filePath: scene.store.path + "-wal"))
            if let logBytes { log = log.prefix(logBytes) }
            try log.write(to: URL(filePath: path + "-wal"))
            store = PaymentStore(path: path, terminal: "T1", seal: JournalSeal(deviceKey: StoreScene.deviceKey))
        }
    }

    @Test("Whatever of a payment's transactions a crash leaves, its life is whole, and a start brings it to an end that was promised")
    func torn() throws {
        let payment = scene.mint()
        let start = try Data(contentsOf: URL(filePath: scene.store.path + "-wal")).count
        _ = try scene.store.begin(
            PaymentIntent(id: payment, reference: nil, amount: scene.sek(100), startedAt: scene.now.instant))
        try scene.settle(payment, 100)
        let other = try scene.pay(100).sequence
        scene.store.noteSent([1], at: scene.now.instant)
        after(SendLog.unanswered)
        try scene.store.note([], now: scene.now.instant)
        let records = try scene.store.pending(limit: 9)
        #expect(other == 2 && records.count == 2)
        try scene.store.note([.quarantine(sequence: 1, reason: "odd")], now: scene.now.instant)
        _ = try scene.store.requeue(sequence: 1)
        try scene.acknowledge(.declinedLater, reason: "stopped")
        let log = try Data(contentsOf: URL(filePath: scene.store.path + "-wal"))
        // Bytes 8 to 11 of the log's header.
        let page = log[8..<12].reduce(0) { $0 << 8 | Int($1) }
        var words: [String] = []
        for bytes in stride(from: start, through: log.count, by: (page + 24) / 2) {
            let copy = try Copy(of: scene, logBytes: bytes)
            defer {
                copy.store.close()
                try? FileManager.default.removeItem(at: copy.folder)
            }
            let standing = try copy.store.standing(of: [payment]).first
            let word = standing?.word ?? "unknown"
            if words.last != word { words.append(word) }
            let recovered = try copy.store.recover(now: scene.now, mint: scene.mint)
            #expect(recovered.torn.isEmpty && recovered.reversed.contains(payment) == (word == "open"))
            guard case .success(let life)? = standing?.life else {
                #expect(standing == nil, "\(word)")
                continue
            }
            let after = try copy.store.standing(of: [payment]).first?.word
            #expect(after == (word == "open" ? "committed" : word))
            let depth = try copy.store.queueSummary()
            if life.recovery == .forward { #expect(depth.depth > 0) }
            if life.recovery == .show { #expect(depth.quarantined == 1) }
            #expect(try copy.store.walkJournal().fault == nil)
        }
        #expect(words == ["unknown", "open", "committed", "forwarded", "quarantined", "forwarded", "declinedLater"])
    }
}
