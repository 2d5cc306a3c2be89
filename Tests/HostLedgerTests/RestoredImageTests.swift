import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import HostLedger
@testable import Store

@Suite("A terminal that is restored from an image of its disk")
struct RestoredImageTests {
    /// A real store in a file, against the real books.
    private final class Till {
        let books: Books
        let folder: URL
        private(set) var store: PaymentStore
        private let programme: Programme
        private var hostTime = Books.noon
        let now = TrustedTime(instant: Books.noon, anchored: true)

        init() async throws {
            books = try await Books()
            folder = FileManager.default.temporaryDirectory.appending(path: "kassad-image-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            programme = try #require(try Programme.shipped().first { $0.id == "epassi-card" })
            store = Till.open(folder)
            try await books.ledger.setAllowance(
                OfflineAllowance(amount: 100_000, count: 100, perTransaction: 30_000), account: "A1", terminal: "T1")
            try await sync()
        }

        deinit {
            store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        private static func open(_ folder: URL) -> PaymentStore {
            PaymentStore(
                path: folder.appending(path: "store.sqlite").path, terminal: "T1",
                seal: JournalSeal(deviceKey: [UInt8](repeating: 3, count: 32)))
        }

        /// Keeps an image of the disk.
        func image() throws {
            store.close()
            try? FileManager.default.removeItem(at: folder.appending(path: "image"))
            try FileManager.default.copyItem(at: folder.appending(path: "store.sqlite"), to: folder.appending(path: "image"))
        }

        func restore() throws {
            store.close()
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store.path + suffix) }
            try FileManager.default.copyItem(at: folder.appending(path: "image"), to: folder.appending(path: "store.sqlite"))
            store = Till.open(folder)
        }

        func lose() {
            store.close()
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store.path + suffix) }
            store = Till.open(folder)
        }

        /// The host's page, over the wire's form.
        func sync() async throws {
            let page = try await books.page()
            try store.apply(page, anchor: TrustedClock.Anchor(hostTime: Books.noon, bootMilliseconds: 1, bootID: "boot"))
        }

        @discardableResult
        func pay(_ amount: Int64) throws -> (payment: UUIDv7, sequence: Int64?) {
            let (payment, settled) = try tap(amount)
            #expect(settled.decision.approved, "\(settled.decision.reason)")
            return (payment, settled.sequence)
        }

        func tap(_ amount: Int64) throws -> (payment: UUIDv7, settled: Settled) {
            let payment = Books.id()
            _ = try store.begin(
                PaymentIntent(id: payment, reference: nil, amount: Books.sek(amount), startedAt: now.instant))
            let closing = PaymentClosing(
                payment: payment, record: Books.id(), request: PurchaseRequest(amount: Books.sek(amount)),
                programme: programme, instrument: Books.instrument,
                sealedEvidence: try Books.evidence(payment, amount: amount), now: now, hostReachable: false)
            let settled = try store.settle(closing) { account, terminal in
                .local(
                    programme.decide(
                        closing.request,
                        evidence: InstrumentEvidence(
                            cryptogram: .tc, authentication: .passed, verification: .device,
                            expiry: CivilDate(year: 2028, month: 12, day: 31)),
                        account: account, terminal: terminal, now: now), cardMovedOn: true)
            }
            return (payment, settled)
        }

        /// The first exchange with the host: its word on the journal.
        func hear() async throws -> JournalComparison {
            guard let position = try await books.ledger.journalPosition(of: "T1") else { return .agrees }
            let told = try WireJSON.decode(
                HealthAnswer.self,
                from: WireJSON.encode(HealthAnswer(terminal: "T1", nonce: Books.id(), hostTime: Books.noon, journal: position)))
            return try store.compare(try #require(told.journal), now: now)
        }

        /// Forwards all that waits.
        func forward() async throws -> [String] {
            hostTime = hostTime.advanced(byMilliseconds: 1)
            let results = try await books.ledger.apply(
                RecordBatch(records: try store.pending(limit: 100)), terminal: "T1", now: hostTime)
            try store.settle(results)
            return results.map(\.outcome.rawValue)
        }

        func whole() throws -> Bool {
            let walk = try store.walkJournal()
            return walk.isAtEnd && walk.fault == nil
        }
    }

    @Test("The store and the host agree while nothing was restored, whatever waits")
    func agreement() async throws {
        let till = try await Till()
        #expect(try await till.hear() == .agrees)
        try till.pay(100)
        #expect(try await till.hear() == .agrees)
        _ = try await till.forward()
        #expect(try await till.hear() == .agrees)
        try till.pay(200)
        try till.image()
        try till.restore()
        #expect(try await till.hear() == .agrees)
        #expect(try till.store.unseenMarks().isEmpty)
        #expect(try till.books.alarms() == [])
    }

    @Test("Told by the host before it pays: the numbers go on after the host's, nothing collides, the chain stays provable")
    func beforePaying() async throws {
        let till = try await Till()
        try till.pay(100)
        _ = try await till.forward()
        try till.image()
        for amount: Int64 in [200, 300, 400] { try till.pay(amount) }
        _ = try await till.forward()
        try till.restore()
        #expect(try await till.books.account()?.balance == 99_000)

        guard case .restored(let mark) = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        #expect((mark.after, mark.hostSequence, mark.resumes) == (1, 4, 4))
        #expect(try await till.hear() == .noted)
        #expect(try till.store.unseenMarks() == [mark])
        #expect(try till.whole())
        try await till.sync()
        #expect(try till.pay(500).sequence == 5)
        #expect(try await till.forward() == ["applied"])
        #expect(try await till.hear() == .agrees)
        #expect(try await till.books.account()?.balance == 98_500)
        // The host has seen nothing odd: no number twice, none left out, the chain goes on.
        #expect(try till.books.alarms() == [])
        #expect(try till.books.report().terminals.first?.missing == [])
        #expect(try till.whole())
        try till.store.seeMarks()
        #expect(try till.store.unseenMarks().isEmpty)
        till.store.close()
        #expect(try till.whole())
    }

    @Test("Paying before it hears of the host: its new payments are booked though their numbers are old, and both sides say so")
    func afterPaying() async throws {
        let till = try await Till()
        try till.pay(100)
        _ = try await till.forward()
        try till.image()
        for amount: Int64 in [200, 300, 400] { try till.pay(amount) }
        _ = try await till.forward()
        try till.restore()
        let fresh = try till.pay(1_000)
        #expect(fresh.sequence == 2)

        guard case .restored(let mark) = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        #expect((mark.after, mark.hostSequence, mark.resumes) == (2, 4, 4))
        // The page counts more of the account than this store has spent, and not what it has spent: nothing is approved yet.
        try await till.sync()
        #expect(try till.tap(2_000).settled.decision.reason == .limitsUntrusted)
        #expect(try await till.forward() == ["applied", "applied"])
        // One page may have been made before the answer; the next can't have been.
        try await till.sync()
        #expect(try till.store.terminalState(currency: .sek, now: till.now, hostReachable: false).isRestored)
        try await till.sync()
        #expect(try till.pay(2_000).sequence == 6)
        #expect(try await till.forward() == ["applied"])
        // 100 + 200 + 300 + 400 + 1000 + 2000, each once.
        #expect(try await till.books.account()?.balance == 96_000)
        #expect(try await till.forward() == [])
        let alarms = try till.books.alarms()
        #expect(alarms.contains("sequenceReused") && !alarms.contains("chainBroken") && !alarms.contains("sequenceGap"))
        #expect(try await till.hear() == .agrees)
        #expect(try till.whole())
        #expect(try till.store.unseenMarks().map(\.number) == [1])
    }

    @Test("Gone further than the host before it hears: the other link at the host's last number tells")
    func beyond() async throws {
        let till = try await Till()
        try till.image()
        try till.pay(100)
        _ = try await till.forward()
        try till.restore()
        for amount: Int64 in [1_000, 2_000, 4_000] { try till.pay(amount) }
        guard case .restored(let mark) = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        // No number has to be left out.
        #expect((mark.after, mark.hostSequence, mark.resumes) == (3, 1, 3))
        #expect(try await till.hear() == .noted)
        #expect(try await till.forward() == ["applied", "applied", "applied"])
        #expect(try await till.books.account()?.balance == 100_000 - 7_100)
        #expect(try till.books.alarms().contains("sequenceReused"))
        #expect(try await till.hear() == .agrees)
        #expect(try till.whole())
    }

    @Test("As many as the host holds, but others: the first that came is what the host tells")
    func sameNumber() async throws {
        let till = try await Till()
        try till.image()
        try till.pay(100)
        _ = try await till.forward()
        try till.restore()
        try till.pay(1_000)
        // Forwarded before the host's word was heard.
        #expect(try await till.forward() == ["applied"])
        guard case .restored(let mark) = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        #expect((mark.after, mark.hostSequence) == (1, 1))
        try await till.sync()
        #expect(try till.pay(2_000).sequence == 2)
        #expect(try await till.forward() == ["applied"])
        #expect(try await till.books.account()?.balance == 100_000 - 3_100)
        #expect(try await till.hear() == .agrees)
        #expect(try till.whole())
    }

    @Test("A store that was lost goes on after all that the host holds")
    func lost() async throws {
        let till = try await Till()
        for amount: Int64 in [100, 200] { try till.pay(amount) }
        _ = try await till.forward()
        till.lose()
        guard case .restored(let mark) = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        #expect((mark.after, mark.resumes) == (0, 2))
        try await till.sync()
        #expect(try till.pay(400).sequence == 3)
        #expect(try await till.forward() == ["applied"])
        #expect(try till.books.alarms() == [])
        #expect(try await till.books.account()?.balance == 100_000 - 700)
        #expect(try till.whole())
    }

    @Test("Restored twice, and two machines with one key: each time the numbers go on, and it is told")
    func again() async throws {
        let till = try await Till()
        try till.image()
        for round in 1...3 {
            try till.pay(100)
            _ = try await till.forward()
            try till.restore()
            guard case .restored = try await till.hear() else {
                Issue.record("not noticed in round \(round)")
                return
            }
            try await till.sync()
            try till.image()
        }
        #expect(try till.store.unseenMarks().count == 3)
        #expect(try till.pay(100).sequence == 4)
        #expect(try await till.forward() == ["applied"])
        #expect(try till.books.alarms() == [])
        #expect(try till.whole())
    }

    @Test("ALL-4: found to be restored, nothing is approved offline from its limits, also after a restart, until new ones come; ids never collide")
    func doubted() async throws {
        let till = try await Till()
        try till.pay(100)
        _ = try await till.forward()
        try till.image()
        for amount: Int64 in [25_000, 24_000] { try till.pay(amount) }
        _ = try await till.forward()
        let before = try till.books.recordIDs()
        try till.restore()
        guard case .restored = try await till.hear() else {
            Issue.record("not noticed")
            return
        }
        till.store.close()
        // By the image's limits there is money for it; by the books there is not.
        try await till.books.ledger.setBalance(Books.sek(1_000), account: "A1", now: Books.noon)
        let refused = try till.tap(20_000).settled.decision
        #expect(refused.outcome == .declined && refused.rule == "ALL-4" && refused.reason == .limitsUntrusted)
        #expect(refused.trace.last == RuleVerdict(rule: "ALL-4", passed: false, inputs: [RuleInput(.status, "restored")]))
        try await till.sync()
        #expect(try till.tap(20_000).settled.decision.reason == .insufficientFunds)
        try till.pay(500)
        #expect(try await till.forward().allSatisfy { $0 == "applied" })
        let after = try till.books.recordIDs()
        #expect(after.isSuperset(of: before) && after.count == before.count + 3)
        #expect(try await till.books.account()?.balance == 500)
        #expect(try till.books.alarms() == [])
    }

    @Test("Answers of hosts that do not tell, and of ones that tell more, are read as before")
    func compatible() throws {
        let old = #"{"hostTime":1,"nonce":"01900000-0000-7000-8000-000000000000","terminal":"T1","type":"health"}"#
        #expect(try WireJSON.decode(HealthAnswer.self, from: Array(old.utf8)).journal == nil)
        let batch = #"{"hostTime":1,"results":[],"terminal":"T1","type":"batch"}"#
        #expect(try WireJSON.decode(BatchAnswer.self, from: Array(batch.utf8)).journal == nil)
        for (sequence, length, isSound) in [(1, 32, true), (0, 32, false), (-1, 32, false), (Int64.max, 32, false), (1, 31, false)] {
            let position = JournalPosition(sequence: Int64(sequence), chain: Data(count: length))
            #expect(position.isWellFormed == isSound)
        }
    }
}
