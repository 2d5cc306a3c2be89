import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("The life of stored payments")
struct StoredLifeTests {
    /// One payment in each state that the tables can hold.
    private struct Gallery {
        let scene: StoreScene
        var payments: [(word: String, payment: UUIDv7)] = []

        init() throws {
            scene = try StoreScene()
            let allowance = OfflineAllowance(amount: 50_000, count: 10, perTransaction: 30_000)
            try scene.page([scene.account(version: 1, allowance: allowance)], version: 1)
            func add(_ word: String, _ payment: UUIDv7) { payments.append((word, payment)) }

            // Acknowledged, voided and reversed first: the host's word is on all that waits then.
            add("acknowledged", try paid())
            let taken = try paid()
            add("voided", taken)
            let unknown = try scene.begin(100)
            _ = try scene.store.settle(scene.closing(unknown, 100)) { [scene] _, _ in
                .hostUnknown(.declined(scene.sek(100), rule: "ALL-10", reason: .hostOutcomeUnknown))
            }
            add("reversed", unknown)
            try scene.acknowledge()
            let void = scene.amendment(.void, taken, 0)
            #expect(try scene.amend(void).decision.approved)
            add("acknowledged", void.payment)
            try scene.acknowledge()

            let bounced = try paid()
            add("declinedLater", bounced)
            try scene.acknowledge(.declinedLater, reason: "stopped")
            // Else it would pay nothing more offline.
            _ = try scene.store.giveUp(bounced, at: scene.now.instant)
            add("quarantined", try paid())
            try scene.acknowledge(.rejected, reason: "odd")
            add("committed", try paid())
            add("forwarded", try paid())
            let sent = try #require(try scene.store.pending(limit: 9).last?.sequence)
            scene.store.noteSent([sent], at: scene.now.instant)
            scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: 5_000), anchored: true)
            // Stored with what the outbox stores next.
            try scene.store.note([], now: scene.now.instant)
            let torn = try scene.begin(100)
            _ = try scene.store.settle(scene.closing(torn, 100)) { [scene] _, _ in
                .torn(.declined(scene.sek(100), rule: "ALL-7", reason: .cardRemoved))
            }
            add("committed", torn)
            let gone = try scene.begin(100)
            try scene.store.abandon(
                gone, decision: .declined(scene.sek(100), rule: "CARD-14", reason: .cancelled), at: scene.now.instant)
            add("abandoned", gone)
            let refused = try scene.begin(100)
            _ = try scene.store.settle(scene.closing(refused, 100)) { [scene] _, _ in
                .local(.declined(scene.sek(100), rule: "ALL-7", reason: .declinedByCard), cardMovedOn: false)
            }
            add("declined", refused)
            add("open", try scene.begin(100))
        }

        private func paid() throws -> UUIDv7 {
            let payment = try scene.begin(100)
            #expect(try scene.settle(payment, 100).decision.approved)
            return payment
        }
    }

    @Test("Each stored payment is in the state that its history led to")
    func states() throws {
        let gallery = try Gallery()
        let found = try gallery.scene.store.standing(of: gallery.payments.map(\.payment))
        #expect(found.map(\.payment) == gallery.payments.map(\.payment))
        #expect(found.map(\.word) == gallery.payments.map(\.word))
        #expect(try gallery.scene.store.standing(of: [gallery.scene.mint()]).isEmpty)
    }

    @Test("A start does what each state asks for: open ones are reversed, once; nothing else changes")
    func recovery() throws {
        let gallery = try Gallery()
        let store = gallery.scene.store
        let open = try #require(gallery.payments.last?.payment)
        store.close()
        var found = try store.recover(now: gallery.scene.now, mint: gallery.scene.mint)
        #expect(found == StartRecovery(reversed: [open], torn: []))
        var words = gallery.payments.map(\.word)
        words[words.count - 1] = "committed"
        #expect(try store.standing(of: gallery.payments.map(\.payment)).map(\.word) == words)
        #expect(try gallery.scene.records().last?.kind == .reversal)
        store.close()
        found = try store.recover(now: gallery.scene.now, mint: gallery.scene.mint)
        #expect(found == StartRecovery(reversed: [], torn: []))
        let summary = try store.queueSummary()
        #expect(summary.depth == 4 && summary.quarantined == 1)
    }

    @Test("Traces that no commit leaves are named and left as they are; a start goes on beside them")
    func torn() throws {
        let gallery = try Gallery()
        let store = gallery.scene.store
        let paid = try #require(gallery.payments.first { $0.word == "committed" }?.payment)
        let open = try #require(gallery.payments.last?.payment)
        try store.write {
            try $0.execute(sql: "UPDATE payment SET state = 'open', decision = NULL WHERE id = ?", arguments: [Data(paid.bytes)])
        }
        #expect(try store.standing(of: [paid]).map(\.word) == ["torn: openWithRecord"])
        let found = try store.recover(now: gallery.scene.now, mint: gallery.scene.mint)
        #expect(found.torn == [paid] && found.reversed == [open])
        let kept = try store.payment(paid)
        #expect(kept?.state == .open)
        for (sql, word) in [
            ("UPDATE payment SET state = 'approved' WHERE id = ?", "torn: closedWithoutDecision"),
            ("UPDATE journal SET payment = randomblob(16) WHERE payment = ?", "torn: closedWithoutDecision"),
        ] {
            try store.write { try $0.execute(sql: sql, arguments: [Data(paid.bytes)]) }
            #expect(try store.standing(of: [paid]).map(\.word) == [word])
        }
        try store.write {
            try $0.execute(
                sql: "UPDATE payment SET decision = (SELECT decision FROM payment WHERE state = 'declinedLater') WHERE id = ?",
                arguments: [Data(paid.bytes)])
        }
        #expect(try store.standing(of: [paid]).map(\.word) == ["torn: approvedWithoutRecord"])
    }

    @Test("No path of a payment takes more than two commits; an amendment takes one, a start one for each open payment")
    func commits() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let counter = CommitCounter()
        try scene.store.read { $0.add(transactionObserver: counter, extent: .databaseLifetime) }
        _ = try scene.begin(1)
        func count(_ path: String, most: Int, _ work: () throws -> Void) throws {
            let before = counter.commits
            try work()
            let made = counter.commits - before
            print("commits of \(path): \(made)")
            #expect(made == most, "\(path)")
        }
        func settle(_ verdict: @escaping (StoreScene) -> Verdict) throws {
            let payment = try scene.begin(100)
            _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in verdict(scene) }
        }
        var paid: UUIDv7?
        try count("an offline approval", most: 2) {
            paid = try scene.begin(100)
            #expect(try scene.settle(#require(paid), 100).decision.approved)
        }
        var held: UUIDv7?
        try count("a hold", most: 2) { held = try scene.hold(100) }
        try count("a decline by the card", most: 2) {
            try settle { .local(.declined($0.sek(100), rule: "ALL-7", reason: .declinedByCard), cardMovedOn: false) }
        }
        try count("a decline after the card moved on", most: 2) {
            try settle { .local(.declined($0.sek(100), rule: "ALL-7", reason: .declinedByCard), cardMovedOn: true) }
        }
        try count("a torn card", most: 2) { try settle { .torn(.declined($0.sek(100), rule: "ALL-7", reason: .cardRemoved)) } }
        try count("a host of unknown outcome", most: 2) {
            try settle { .hostUnknown(.declined($0.sek(100), rule: "ALL-10", reason: .hostOutcomeUnknown)) }
        }
        try count("rules that ask for the host, and its approval", most: 2) {
            let payment = try scene.begin(100)
            let asks = Decision(outcome: .goOnline, approvedAmount: .zero(.sek), rule: "ALL-7", reason: .onlineRequired)
            _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in .local(asks, cardMovedOn: false) }
            let yes = Decision(outcome: .approved, approvedAmount: scene.sek(100), rule: "CARD-21", reason: .approvedOnline)
            let answer = AuthorisationAnswer(
                payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "123456",
                account: try scene.account(version: 2), hostTime: scene.now.instant)
            _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in .host(yes, answer) }
        }
        try count("a cancelled payment", most: 2) {
            let payment = try scene.begin(100)
            try scene.store.abandon(
                payment, decision: .declined(scene.sek(100), rule: "CARD-14", reason: .cancelled), at: scene.now.instant)
        }
        try count("a refund", most: 1) { try scene.amend(.refund, #require(paid), 50) }
        try count("a completion", most: 1) { try scene.amend(.completion, #require(held), 60) }
        _ = try scene.begin(100)
        _ = try scene.begin(100)
        try count("a start with three open payments", most: 3) {
            _ = try scene.store.recover(now: scene.now, mint: scene.mint)
        }
        try count("an answered batch", most: 1) { try scene.acknowledge() }
    }
}

/// Counts transactions that changed anything: what is committed without a change writes nothing and syncs nothing.
private final class CommitCounter: TransactionObserver {
    private(set) var commits = 0
    private var changes: Int?

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) {
        // Rows of every table, also of those that SQLite tells no observer of.
        if db.totalChangesCount != changes { commits += 1 }
        changes = db.totalChangesCount
    }
    func databaseDidRollback(_ db: Database) {}
}
