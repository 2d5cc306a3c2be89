import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("The payment store")
struct PaymentStoreTests {
    @Test("Invariant 1: WAL, synchronous FULL and an exclusive lock are in force, also after a reopening")
    func pragmas() throws {
        let scene = try StoreScene()
        for _ in 0..<2 {
            #expect(try scene.store.pragma("synchronous") == "2")
            #expect(try scene.store.pragma("journal_mode") == "wal")
            #expect(try scene.store.pragma("locking_mode") == "exclusive")
            #expect(try scene.store.pragma("foreign_keys") == "1")
            scene.store.close()
        }
    }

    @Test("ALL-2: an approval leaves journal, outbox, spend and exposure, in one commit")
    func approval() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let settled = try scene.pay(9_500)
        #expect(settled.decision.approved)
        #expect(settled.sequence == 1)
        let pending = try scene.store.pending(limit: 10)
        #expect(pending.map(\.sequence) == [1])
        let record = try WireJSON.decode(JournalRecord.self, from: Array(pending[0].body))
        #expect(record.kind == .offlineApproval)
        #expect(record.accountSequence == 1 && record.account == "A1" && record.merchant == "M1")
        #expect(record.approved == scene.sek(9_500))
        #expect(try scene.store.queueSummary() == QueueSummary(
            approvals: 1, advices: 0, quarantined: 0, exposure: [scene.sek(9_500)]))
        #expect(try scene.state().uncounted.offlineAmount == 9_500)
    }

    @Test("Everything survives a reopening; the chain is whole and sequence numbers have no gap")
    func reopening() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        for _ in 0..<3 {
            try scene.pay(100)
            scene.store.close()
        }
        #expect(try scene.store.pending(limit: 10).map(\.sequence) == [1, 2, 3])
        #expect(try scene.store.firstBrokenLink() == nil)
        #expect(try scene.state().uncounted.offlineCount == 3)
        #expect(try scene.store.limitVersion() == 1)
    }

    @Test("A changed record breaks the chain at its place")
    func tampering() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        for _ in 0..<3 { try scene.pay(100) }
        try scene.store.write { database in
            try database.execute(
                sql: "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '100', '900') AS BLOB) WHERE sequence = 2")
        }
        #expect(try scene.store.firstBrokenLink() == 2)
        try scene.store.write { database in
            try database.execute(sql: "DELETE FROM outbox WHERE sequence = 1")
            try database.execute(sql: "DELETE FROM journal WHERE sequence = 1")
        }
        #expect(try scene.store.firstBrokenLink() == 1)
    }

    @Test("ALL-7: a decline after a TC is journalled and forwarded; one before the card moved is not")
    func declines() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1, allowance: nil)], version: 1)
        #expect(try scene.pay(100).decision.reason == .onlineRequired)
        #expect(try scene.store.queueSummary().advices == 1)
        let payment = try scene.begin(100)
        let settled = try scene.store.settle(scene.closing(payment, 100)) { _, _ in
            .local(.declined(scene.sek(100), rule: "ALL-7", reason: .declinedByCard), cardMovedOn: false)
        }
        #expect(settled.sequence == nil)
        #expect(try scene.store.queueSummary().depth == 1)
        #expect(try scene.store.payment(payment)?.decision?.reason == .declinedByCard)
    }

    @Test("goOnline writes nothing: the payment is still open")
    func goOnline() throws {
        let scene = try StoreScene()
        let payment = try scene.begin(100)
        let decision = Decision(outcome: .goOnline, approvedAmount: .zero(.sek), rule: "ALL-7", reason: .onlineRequired)
        _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in .local(decision, cardMovedOn: false) }
        #expect(try scene.store.payment(payment)?.state == .open)
        #expect(try scene.store.queueSummary().depth == 0)
    }

    @Test("A payment is settled once")
    func once() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let payment = try scene.begin(100)
        let verdict = Verdict.local(.declined(scene.sek(100), rule: "ALL-7", reason: .cardRemoved), cardMovedOn: true)
        _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in verdict }
        #expect(throws: StoreError.wrongState) {
            _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in verdict }
        }
        #expect(try scene.store.pending(limit: 10).count == 1)
    }

    @Test("ALL-8: the same reference and amount give the payment back, another amount is refused")
    func reference() throws {
        let scene = try StoreScene()
        let first = try scene.begin(100, reference: "till-1")
        let again = PaymentIntent(id: scene.mint(), reference: "till-1", amount: scene.sek(100), startedAt: scene.now.instant)
        guard case .known(let stored) = try scene.store.begin(again) else {
            Issue.record("expected the known payment")
            return
        }
        #expect(stored.id == first)
        var other = again
        other.amount = scene.sek(101)
        #expect(throws: StoreError.referenceReused) { _ = try scene.store.begin(other) }
    }

    @Test("Invariant 4: payments left open are closed at start, each with a reversal, once")
    func recovery() throws {
        let scene = try StoreScene()
        let first = try scene.begin(100)
        let second = try scene.begin(200)
        scene.store.close()
        let found = try scene.store.recoverOpenPayments(
            now: scene.now, mint: scene.mint)
        #expect(Set(found) == [first, second])
        let records = try scene.store.pending(limit: 10).map { try WireJSON.decode(JournalRecord.self, from: Array($0.body)) }
        #expect(records.map(\.kind) == [.reversal, .reversal])
        #expect(Set(records.map(\.payment)) == [first, second])
        #expect(try scene.store.payment(first)?.state == .declined)
        #expect(
            try scene.store.recoverOpenPayments(
                now: scene.now, mint: scene.mint
            ).isEmpty)
    }

    @Test("An approval by the host needs no spend row: its statement replaces the cached balance")
    func online() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let payment = try scene.begin(9_500)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(9_500), rule: "CARD-21", reason: .approvedOnline)
        let answer = AuthorisationAnswer(
            payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "123456",
            account: try scene.account(balance: 90_500, version: 2), hostTime: scene.now.instant)
        let settled = try scene.store.settle(scene.closing(payment, 9_500)) { _, _ in .host(decision, answer) }
        #expect(settled.authorisationCode == "123456")
        #expect(try scene.state().available() == scene.sek(90_500))
        #expect(try scene.store.queueSummary().exposure.isEmpty)
        // The page that was under way when the authorisation was made is older: it changes nothing.
        try scene.page([scene.account(balance: 100_000, version: 1)], version: 3, base: 1)
        #expect(try scene.state().available() == scene.sek(90_500))
    }

    @Test("An approval whose statement a page has overtaken is in the cache; one without a statement is subtracted like a local spend")
    func onlineWithoutStatement() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 5)], version: 5)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(9_500), rule: "CARD-21", reason: .approvedOnline)
        for statement in [try scene.account(balance: 90_500, version: 2), nil] {
            let payment = try scene.begin(9_500)
            let answer = AuthorisationAnswer(
                payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "123456",
                account: statement, hostTime: scene.now.instant)
            _ = try scene.store.settle(scene.closing(payment, 9_500)) { _, _ in .host(decision, answer) }
        }
        let state = try scene.state()
        #expect(try state.available() == scene.sek(90_500))
        #expect(state.uncounted.offlineAmount == 0 && state.uncounted.offlineCount == 0)
        #expect(state.uncounted.purchasesToday == 1)
    }

    @Test("A host restored from a backup counts its versions anew in a new incarnation: its snapshot replaces the cache")
    func restoredHost() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 500)], version: 500)
        var blocked = try scene.account(balance: 70_000, version: 301)
        blocked.status = .lostOrStolen
        try scene.apply(scene.limits([blocked], version: 301, incarnation: 2))
        #expect(try scene.state().limit.status == .lostOrStolen)
        #expect(try scene.state().limit.balance == 70_000)
        #expect(try scene.store.limitPosition() == (2, 301))
    }

    @Test("What a call that had been given up on has stored can be looked up, with its sequence number")
    func lookUp() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        let open = try scene.begin(100)
        #expect(try scene.store.lookUp(open) == nil)
        let payment = try scene.begin(100)
        let decision = Decision(outcome: .approved, approvedAmount: scene.sek(100), rule: "ALL-7", reason: .approvedOffline)
        _ = try scene.store.settle(scene.closing(payment, 100)) { _, _ in .local(decision, cardMovedOn: true) }
        #expect(throws: StoreError.wrongState) {
            try scene.store.abandon(payment, decision: decision, at: scene.now.instant)
        }
        let found = try #require(try scene.store.lookUp(payment))
        #expect(found.decision == decision && found.sequence == 1 && !found.online)
    }

    @Test("Refused records go out again when the technician says so")
    func requeue() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.acknowledge(.rejected, reason: "malformed")
        #expect(try scene.store.requeue() == 1)
        #expect(try scene.store.pending(limit: 10).map(\.sequence) == [1])
    }

    @Test("ALL-4: limits dated ahead of the clock are no fresher than old ones")
    func datedAhead() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        scene.now = TrustedTime(
            instant: scene.now.instant.advanced(byMilliseconds: -3_600_000), anchored: true)
        #expect(try scene.pay(100).decision.reason == .limitsTooOld)
    }

    @Test("A damaged row is an error with a remedy, not a trap", arguments: [
        "UPDATE account SET currency = 'XXX'", "UPDATE account SET status = 'odd'",
        "UPDATE terminal SET facts = x'00'",
    ])
    func damagedRow(_ damage: String) throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.store.write { try $0.execute(sql: damage) }
        scene.store.close()
        #expect(throws: StoreError.self) { try scene.pay(100) }
        #expect(try scene.store.queueSummary().depth == 0)
    }

    @Test("Bad input: a file that can't be opened or is no store gives a typed error, and the next call tries again")
    func unusable() throws {
        let scene = try StoreScene()
        let missing = PaymentStore(path: scene.folder.path + "/none/store.sqlite", terminal: "T1")
        #expect(throws: StoreError.notWritable) { try missing.open() }
        try FileManager.default.createDirectory(atPath: scene.folder.path + "/none", withIntermediateDirectories: true)
        #expect(throws: Never.self) { try missing.open() }
        missing.close()

        let garbage = scene.folder.path + "/garbage.sqlite"
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: garbage))
        #expect(throws: StoreError.damaged) { try PaymentStore(path: garbage, terminal: "T1").open() }
        #expect(try Data(contentsOf: URL(filePath: garbage)) == Data(repeating: 0x41, count: 8192))
    }

    @Test("A second process is shut out of the live file")
    func exclusive() throws {
        let scene = try StoreScene()
        try scene.begin(100)
        #expect(throws: StoreError.locked) { try PaymentStore(path: scene.store.path, terminal: "T1").open() }
        #expect(try scene.store.queueSummary().depth == 0)
    }

    @Test("ALL-5: neither card number nor its parts reach the file")
    func personalData() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(9_500)
        scene.store.close()
        for file in try FileManager.default.contentsOfDirectory(atPath: scene.folder.path) {
            let bytes = try Data(contentsOf: scene.folder.appending(path: file))
            #expect(bytes.range(of: Data("4761739001010010".utf8)) == nil)
            #expect(bytes.range(of: Data([0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10])) == nil)
        }
    }
}
