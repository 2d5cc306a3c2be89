import Core
import Foundation
import HostLink
import HostProtocol
import Programmes
import Synchronization
import Testing
import Workers

@testable import Store
@testable import Terminal

/// A host's books made of values, with small pages.
private final class ListedHost: Sendable {
    struct Held: Sendable {
        var record: ReconciledRecord
        var body: JournalRecord
    }

    let pageSize: Int
    let state = Mutex((held: [Held](), told: [[ReconciliationDifference]](), asked: 0))
    /// Scopes for which it is away.
    let away = Mutex<(@Sendable (ReconciliationScope) -> Bool)?>(nil)
    /// How often the link was told that records wait again.
    let returned = Mutex(0)

    init(pageSize: Int = 7) { self.pageSize = pageSize }

    func take(_ records: [ForwardedRecord]) throws {
        for record in records {
            let held = Held(
                record: ReconciledRecord(
                    sequence: record.sequence, id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body)))),
                body: try WireJSON.decode(JournalRecord.self, from: Array(record.body)))
            state.withLock { $0.held.append(held) }
        }
    }

    func answer(_ request: ReconciliationRequest) throws -> ReconciliationAnswer {
        let all = state.withLock { state in
            state.asked += 1
            if let told = request.differences { state.told.append(told) }
            return state.held
        }.filter {
            request.scope.sequences.contains($0.record.sequence)
                && request.scope.decided.contains($0.body.decidedAt.milliseconds)
        }.sorted { ReconciledRecord.precedes($0.record, $1.record) }
        var summary = ReconciliationSummary()
        // The lines come with the first page.
        for held in all where request.after == nil {
            try summary.add(
                held.record, programme: held.body.programme, kind: held.body.kind.rawValue,
                currency: held.body.amount.currency, amount: held.body.amount.minorUnits,
                approved: held.body.approved.minorUnits)
        }
        let agrees = request.after == nil && summary.digest == request.digest
        let rest = all.map(\.record).filter { record in
            request.after.map { ($0.sequence, $0.id) < (record.sequence, record.id) } ?? true
        }
        let page = Array(rest.prefix(agrees ? 0 : pageSize))
        let next = rest.count > page.count && !agrees ? page.last : nil
        return ReconciliationAnswer(
            terminal: "T1", nonce: request.nonce, agrees: agrees, lines: summary.lines, digest: summary.digest,
            records: page, next: next.map { ReconciliationPosition(sequence: $0.sequence, id: $0.id) },
            hostTime: UTCInstant(milliseconds: 1))
    }
}

@Suite("The terminal's side of a reconciliation")
struct ReconcilerTests {
    private final class Scene {
        let folder: URL
        let store: PaymentStore
        let thread: WorkerThread
        let host: ListedHost
        let reconciler: Reconciler
        /// 2026-11-21 12:00 UTC.
        static let noon = UTCInstant(milliseconds: 1_795_262_400_000)

        init(pageSize: Int = 7) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "kassad-reconcile-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            store = PaymentStore(path: folder.appending(path: "store.sqlite").path, terminal: "T1")
            thread = try WorkerThread(name: "store")
            let host = ListedHost(pageSize: pageSize)
            self.host = host
            reconciler = Reconciler(
                store: store, thread: thread,
                exchange: { request in
                    if host.away.withLock({ $0?(request.scope) ?? false }) { throw LinkFailure.timeout }
                    return try host.answer(request)
                }, nonce: { Fresh.id(at: Self.noon) }, recordsReturned: { host.returned.withLock { $0 += 1 } })
        }

        deinit {
            store.close()
            thread.stop()
            try? FileManager.default.removeItem(at: folder)
        }

        /// Records as payments leave them.
        func commit(_ count: Int, at time: UTCInstant = noon, kind: JournalRecord.Kind = .offlineApproval) throws {
            let amount = Money(minorUnits: 100, currency: .sek)
            try store.write { database in
                for _ in 0..<count {
                    var entry = JournalEntry(
                        kind: kind, id: Fresh.id(at: time), payment: Fresh.id(at: time), amount: amount,
                        decision: .declined(amount, rule: "ALL-10", reason: .cancelled),
                        now: TrustedTime(instant: time, anchored: true))
                    entry.programme = "epassi-card"
                    _ = try self.store.append(database, entry)
                }
            }
        }

        /// The host takes everything that waits, and says so.
        func drain(except lost: (ForwardedRecord) -> Bool = { _ in false }) throws {
            while true {
                let waiting = try store.pending(limit: 100)
                guard !waiting.isEmpty else { return }
                try host.take(waiting.filter { !lost($0) })
                try store.settle(
                    waiting.map {
                        RecordResult(
                            id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
                    })
            }
        }
    }

    private let day = ReconciliationScope(day: CivilDate(daysSince1970: 1_795_262_400_000 / 86_400_000))

    @Test("Both sides hold the same: one exchange, and the lines are equal")
    func agrees() async throws {
        let scene = try Scene()
        try scene.commit(30)
        try scene.commit(5, kind: .torn)
        try scene.commit(4, at: Scene.noon.advanced(byMilliseconds: 86_400_000))
        try scene.drain()
        let outcome = try await scene.reconciler.compare(day)
        #expect(outcome.agrees && outcome.records == 35)
        #expect(outcome.lines == outcome.hostLines && outcome.lines.map(\.count) == [30, 5])
        #expect(scene.host.state.withLock { $0.asked } == 1)
    }

    @Test("Records that the host acknowledged and lost are named, told to it, and wait again; then both agree")
    func lost() async throws {
        let scene = try Scene()
        try scene.commit(600)
        try scene.drain { [3, 7, 8, 250, 600].contains($0.sequence) }
        #expect(try scene.store.queueSummary().depth == 0)
        let outcome = try await scene.reconciler.compare(ReconciliationScope(first: 1, last: 600))
        #expect(outcome.comparison.differences.map(\.sequence) == [3, 7, 8, 250, 600])
        #expect(outcome.comparison.counts == [.missingAtHost: 5])
        #expect(outcome.forwardedAgain == 5 && scene.host.returned.withLock { $0 } == 1)
        #expect(scene.host.state.withLock { $0.told.first?.count } == 5)
        #expect(try scene.store.pending(limit: 100).map(\.sequence) == [3, 7, 8, 250, 600])
        // While they wait they are no difference.
        #expect(try await scene.reconciler.compare(day).agrees)
        try scene.drain()
        let after = try await scene.reconciler.compare(day)
        #expect(after.agrees && after.records == 600)
    }

    @Test("What the host has and this terminal never wrote, and what has another body, is named and left to people")
    func foreign() async throws {
        let scene = try Scene(pageSize: 2)
        try scene.commit(9)
        try scene.drain()
        let strange = Fresh.id(at: Scene.noon)
        scene.host.state.withLock { state in
            var copy = state.held[3]
            copy.record.id = strange
            state.held.append(copy)
            state.held[5].record.bodyHash[0] ^= 1
        }
        let outcome = try await scene.reconciler.compare(day)
        #expect(outcome.comparison.counts == [.unknownAtTerminal: 1, .bodyDiffers: 1])
        #expect(Set(outcome.comparison.differences.map(\.sequence)) == [4, 6])
        #expect(outcome.comparison.differences.contains(ReconciliationDifference(.unknownAtTerminal, sequence: 4, id: strange)))
        #expect(outcome.forwardedAgain == 0)
        #expect(try scene.store.queueSummary().depth == 0)
    }

    @Test("Each day is compared once it is over and everything has been sent, with what was numbered since")
    func catchUp() async throws {
        let scene = try Scene()
        let dayLength: Int64 = 86_400_000
        #expect(try await scene.reconciler.due(at: Scene.noon).isEmpty)
        try scene.commit(3)
        try scene.commit(3, at: Scene.noon.advanced(byMilliseconds: 2 * dayLength))
        let later = Scene.noon.advanced(byMilliseconds: 3 * dayLength)
        #expect(try await scene.reconciler.due(at: Scene.noon.advanced(byMilliseconds: dayLength)).isEmpty, "records wait")
        try scene.drain { $0.sequence == 2 }
        #expect(try await scene.reconciler.due(at: later).map(\.description) == ["2026-11-21", "2026-11-22", "2026-11-23", "1-6"])
        let outcomes = try await scene.reconciler.catchUp(at: later)
        #expect(outcomes.map(\.agrees) == [false, true, true, true], "what waits again is left out of the range")
        let state = try scene.store.reconciliationState()
        #expect(state.day?.description == "2026-11-23" && state.through == 6 && state.checkedAt == later)
        #expect(state.differences == [OpenDifference(ReconciliationDifference(.missingAtHost, sequence: 2, id: try id(2, scene)), in: day)])
        #expect(try await scene.reconciler.due(at: later).isEmpty)
        try scene.drain()
        let next = later.advanced(byMilliseconds: dayLength)
        #expect(try await scene.reconciler.due(at: next).map(\.description) == ["2026-11-24"])
        #expect(try await scene.reconciler.catchUp(at: next).map(\.scope.description) == ["2026-11-21", "2026-11-24"], "what was open comes with it")
        #expect(try scene.store.reconciliationState().differences.isEmpty)
        // A year without a host: the last month is made up for.
        #expect(try await scene.reconciler.due(at: next.advanced(byMilliseconds: 365 * dayLength)).count == 31)
    }

    private func id(_ sequence: Int, _ scene: Scene) throws -> UUIDv7 {
        try #require(try scene.store.queued("\(sequence)")).record.id
    }

    @Test("The host goes after the first day: what that day came to is kept and told, and the rest is made up for")
    func goesInBetween() async throws {
        let scene = try Scene()
        let dayLength: Int64 = 86_400_000
        try scene.commit(3)
        try scene.commit(3, at: Scene.noon.advanced(byMilliseconds: dayLength))
        try scene.drain { $0.sequence == 2 }
        let later = Scene.noon.advanced(byMilliseconds: 2 * dayLength)
        scene.host.away.withLock { $0 = { $0.description == "2026-11-22" } }
        await #expect(throws: LinkFailure.timeout) { try await scene.reconciler.catchUp(at: later) }
        let state = try scene.store.reconciliationState()
        #expect(state.day?.description == "2026-11-21" && state.differences.map(\.difference.sequence) == [2])
        #expect(scene.host.returned.withLock { $0 } == 1, "the link hears that record 2 waits again")
        scene.host.away.withLock { $0 = nil }
        try scene.drain()
        #expect(try await scene.reconciler.catchUp(at: later).allSatisfy(\.agrees))
        #expect(try scene.store.reconciliationState().differences.isEmpty)
    }

    @Test("What only people can mend stays open on later days, until both sides agree about it")
    func staysOpen() async throws {
        let scene = try Scene()
        let dayLength: Int64 = 86_400_000
        try scene.commit(3)
        try scene.drain()
        scene.host.state.withLock { $0.held[1].record.bodyHash[0] ^= 1 }
        for days in 1...3 {
            try scene.commit(1, at: Scene.noon.advanced(byMilliseconds: Int64(days) * dayLength))
            try scene.drain()
            _ = try await scene.reconciler.catchUp(at: Scene.noon.advanced(byMilliseconds: Int64(days + 1) * dayLength))
            let open = try scene.store.reconciliationState().differences
            #expect(open.map(\.difference.kind) == [.bodyDiffers] && open.map(\.scope) == [day])
        }
        // Support has put the books right, and the technician looks.
        scene.host.state.withLock { $0.held[1].record.bodyHash[0] ^= 1 }
        try await scene.reconciler.noteMended(try await scene.reconciler.compare(day))
        #expect(try scene.store.reconciliationState().differences.isEmpty)
    }

    @Test("A record that waits for days holds up no comparison; what a version before noted is read")
    func waitsForDays() async throws {
        let scene = try Scene()
        let dayLength: Int64 = 86_400_000
        try scene.commit(2)
        #expect(try await scene.reconciler.due(at: Scene.noon.advanced(byMilliseconds: dayLength)).isEmpty)
        let later = Scene.noon.advanced(byMilliseconds: 3 * dayLength)
        #expect(try await scene.reconciler.due(at: later).map(\.description).first == "2026-11-21")
        #expect(try await scene.reconciler.catchUp(at: later).allSatisfy(\.agrees))
        let old = try WireJSON.encode([ReconciliationDifference(.bodyDiffers, sequence: 1, id: try id(1, scene))])
        try scene.store.write { try $0.execute(sql: "UPDATE reconciliation SET differences = ?", arguments: [String(decoding: old, as: UTF8.self)]) }
        #expect(try scene.store.reconciliationState().differences.map(\.scope) == [nil])
    }

    @Test("A day of 100,000 records is read in steps; the one that the host lost is found")
    func large() async throws {
        let scene = try Scene()
        try scene.commit(1)
        try scene.drain()
        try scene.store.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                    INSERT INTO journal (sequence, id, payment, body, body_hash, chain)
                    SELECT i, randomblob(16), payment, body, randomblob(32), chain FROM n, journal WHERE sequence = 1
                    """)
        }
        let (store, day) = (scene.store, day)
        let own = try store.reconciled(day, in: 1...100_000).acknowledged
        #expect(own.count == 100_000)
        let held = own.filter { $0.sequence != 77_777 }
        let reconciler = Reconciler(
            store: store, thread: scene.thread,
            exchange: { request in
                let from = request.after.map { after in held.firstIndex { $0.sequence > after.sequence } ?? held.count } ?? 0
                let page = Array(held[from..<min(from + ReconciliationAnswer.maximumRecords, held.count)])
                let isLast = from + page.count == held.count
                return ReconciliationAnswer(
                    terminal: "T1", nonce: request.nonce, agrees: false, lines: [], digest: Data(), records: page,
                    next: isLast ? nil : page.last.map { ReconciliationPosition(sequence: $0.sequence, id: $0.id) },
                    hostTime: Scene.noon)
            }, nonce: { Fresh.id(at: Scene.noon) })
        let outcome = try await reconciler.compare(day)
        #expect(outcome.records == 100_000 && outcome.lines.map(\.count) == [100_000])
        #expect(outcome.comparison.differences.map(\.sequence) == [77_777])
    }
}
