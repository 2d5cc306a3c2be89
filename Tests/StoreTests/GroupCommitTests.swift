import Core
import Foundation
import GRDB
import Programmes
import Synchronization
import Testing

@testable import Store

@Suite("Lanes that write at the same time share a commit")
struct GroupCommitTests {
    /// Runs `first` and, while it holds the connection, `others` on threads of their own; they wait until all are there.
    private func together(
        _ scene: StoreScene, _ first: @escaping @Sendable (Database) throws -> Void,
        _ others: [@Sendable (PaymentStore) throws -> Void]
    ) throws -> (first: (any Error)?, others: [(any Error)?]) {
        let store = scene.store
        let commits = try store.connection().commits
        let inside = DispatchSemaphore(value: 0)
        let ended = DispatchGroup()
        let errors = Mutex<[Int: any Error]>([:])
        func start(_ place: Int, _ work: @escaping @Sendable () throws -> Void) {
            ended.enter()
            Thread.detachNewThread {
                do { try work() } catch { errors.withLock { $0[place] = error } }
                ended.leave()
            }
        }
        start(0) {
            try store.write { database in
                inside.signal()
                while commits.waiting < others.count { sched_yield() }
                try first(database)
            }
        }
        inside.wait()
        for (place, work) in others.enumerated() { start(place + 1) { try work(store) } }
        ended.wait()
        return errors.withLock { errors in (errors[0], others.indices.map { errors[$0 + 1] }) }
    }

    private func intent(_ scene: StoreScene, _ reference: String) -> PaymentIntent {
        PaymentIntent(id: scene.mint(), reference: reference, amount: scene.sek(100), startedAt: scene.now.instant)
    }

    private func insert(_ intent: PaymentIntent) -> @Sendable (Database) throws -> Void {
        { database in
            try database.execute(
                sql: "INSERT INTO payment (id, reference, amount, currency, state, started_at) VALUES (?, ?, 1, 'SEK', 'open', 1)",
                arguments: [Data(intent.id.bytes), intent.reference])
        }
    }

    private func begin(_ intent: PaymentIntent) -> @Sendable (PaymentStore) throws -> Void {
        { store in _ = try store.begin(intent) }
    }

    private func stored(_ scene: StoreScene, _ intents: [PaymentIntent]) throws -> [Bool] {
        // As a power cut would leave it.
        scene.store.close()
        return try intents.map { try scene.store.payment($0.id) != nil }
    }

    @Test("Four writers at once need one commit; one alone commits at once")
    func oneCommit() throws {
        let scene = try StoreScene()
        let intents = ["A", "B", "C", "D"].map { intent(scene, $0) }
        let commits = try scene.store.connection().commits
        let before = commits.committed
        let errors = try together(scene, insert(intents[0]), intents.dropFirst().map(begin))
        #expect(errors.first == nil && errors.others.allSatisfy { $0 == nil })
        #expect(commits.committed == before + 1)
        try begin(intent(scene, "E"))(scene.store)
        #expect(commits.committed == before + 2)
        #expect(try stored(scene, intents) == [true, true, true, true])
    }

    @Test("A group is bounded: forty writers, no more than sixteen a commit, and all are stored")
    func bounded() throws {
        let scene = try StoreScene()
        let intents = (0..<40).map { intent(scene, "R\($0)") }
        let commits = try scene.store.connection().commits
        let before = commits.committed
        let errors = try together(scene, insert(intents[0]), intents.dropFirst().map(begin))
        #expect(errors.first == nil && errors.others.allSatisfy { $0 == nil })
        #expect(commits.committed - before >= 3)
        #expect(commits.committed - before < 20)
        #expect(try stored(scene, intents).allSatisfy { $0 })
    }

    @Test("What one of them does wrong undoes that one alone")
    func ownFault() throws {
        let scene = try StoreScene()
        let known = intent(scene, "known")
        _ = try scene.store.begin(known)
        let intents = ["A", "B", "C"].map { intent(scene, $0) }
        let reused = PaymentIntent(
            id: scene.mint(), reference: "known", amount: scene.sek(999), startedAt: scene.now.instant)
        let twice = PaymentIntent(id: known.id, reference: "other", amount: scene.sek(100), startedAt: scene.now.instant)
        let errors = try together(
            scene, insert(intents[0]), [begin(reused), begin(intents[1]), begin(twice), begin(intents[2])])
        #expect(errors.first == nil)
        #expect(errors.others[0] as? StoreError == .referenceReused)
        #expect(errors.others[2] as? StoreError == .failed(code: ResultCode.SQLITE_CONSTRAINT_PRIMARYKEY.rawValue))
        #expect(errors.others[1] == nil && errors.others[3] == nil)
        #expect(try stored(scene, intents + [reused]) == [true, true, true, false])
    }

    @Test("A disk that errs under one of them undoes all, and each is told that nothing is stored")
    func disk() throws {
        let scene = try StoreScene()
        let intents = ["A", "B"].map { intent(scene, $0) }
        let errors = try together(
            scene, insert(intents[0]),
            [
                { store in
                    try store.write { database in
                        try database.execute(sql: "INSERT INTO exposure VALUES ('SEK', 5)")
                        throw DatabaseError(resultCode: .SQLITE_IOERR)
                    }
                }
            ])
        #expect(errors.first as? StoreError == .inputOutput)
        #expect(errors.others.first.flatMap { $0 } as? StoreError == .inputOutput)
        #expect(try stored(scene, intents) == [false, false])
        #expect(try scene.store.queueSummary().exposure == [])
    }

    @Test("A reader sees nothing of a group that is not committed")
    func readers() throws {
        let scene = try StoreScene()
        let intents = ["A", "B"].map { intent(scene, $0) }
        let commits = try scene.store.connection().commits
        let before = commits.committed
        let seen = Mutex<(payments: Int, commits: Int)>((0, 0))
        let errors = try together(
            scene, insert(intents[0]),
            [
                begin(intents[1]),
                { store in
                    // A writer of the same group that reads afterwards, as a till that asks for its own payment.
                    _ = try store.write { _ in 0 }
                    let count = try store.recentPayments(limit: 10).count
                    seen.withLock { $0 = (count, commits.committed) }
                },
            ])
        #expect(errors.first == nil && errors.others.allSatisfy { $0 == nil })
        #expect(seen.withLock { $0.payments } == 2)
        #expect(seen.withLock { $0.commits } > before)
    }

    @Test("Many lanes with many payments: all are stored, and they need fewer commits than transactions")
    func lanes() throws {
        let scene = try StoreScene()
        let lanes = 8
        let each = 40
        let store = scene.store
        let commits = try store.connection().commits
        let before = commits.committed
        let ids = (0..<lanes).map { _ in (0..<each).map { _ in scene.mint() } }
        let (amount, now) = (scene.sek(100), scene.now.instant)
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: lanes) { lane in
            for id in ids[lane] {
                do {
                    _ = try store.begin(PaymentIntent(id: id, reference: nil, amount: amount, startedAt: now))
                    try store.abandon(
                        id, decision: .declined(amount, rule: "ALL-7", reason: .cancelled), at: now)
                } catch {
                    failures.withLock { $0 += 1 }
                }
            }
        }
        #expect(failures.withLock { $0 } == 0)
        let made = commits.committed - before
        #expect(made <= 2 * lanes * each)
        scene.store.close()
        for id in ids.joined() { #expect(try scene.store.payment(id)?.state == .abandoned) }
    }
}
