import Core
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Payments
import Synchronization
import Testing

/// A host that books records in memory, wrongly if told so, and notes every request.
private final class RecordingHost: Sendable {
    struct State {
        /// Sequences of each batch, in the order in which they came.
        var batches: [[Int64]] = []
        var booked: [Int64] = []
        var accounts: [Int64: String] = [:]
        /// Batches open now, and the most there ever were.
        var open = 0
        var mostOpen = 0
        /// Accounts of the batches that are open.
        var busy: [String] = []
        var overlaps = 0
        var authorisations = 0
        var oldest: [Int64] = []
    }

    enum Stand: Sendable { case book, later(Int64), refuse(Int), unnamed }

    let state = Mutex(State())
    var now: State { state.withLock { $0 } }
    /// What becomes of a batch; `refuse` is for all of it.
    let stand: @Sendable (JournalRecord) -> Stand
    /// Answers a batch once this says so.
    let gate: @Sendable (Int) async throws -> Void

    init(
        gate: @escaping @Sendable (Int) async throws -> Void = { _ in },
        stand: @escaping @Sendable (JournalRecord) -> Stand = { _ in .book }
    ) {
        self.gate = gate
        self.stand = stand
    }

    func answer(_ path: String, _ body: [UInt8]) async throws -> ScriptedHost.Reply {
        switch path {
        case HostPath.health: return .signed(try ForgedAnswerTests.health(body))
        case HostPath.limits: return .signed(try ForgedAnswerTests.page(body) { _ in })
        case HostPath.authorisations:
            state.withLock { $0.authorisations += 1 }
            let request = try WireJSON.decode(AuthorisationRequest.self, from: body)
            return .signed(
                try WireJSON.encode(
                    AuthorisationAnswer(
                        payment: request.payment, approved: true, rule: "ALL-4", reason: "approved",
                        authorisationCode: "123456", account: nil, hostTime: Shop.time())))
        default: break
        }
        let batch = try WireJSON.decode(RecordBatch.self, from: body)
        let records = try batch.records.map { try WireJSON.decode(JournalRecord.self, from: Array($0.body)) }
        let accounts = Set(records.compactMap(\.account))
        let number = state.withLock { state in
            state.batches.append(records.map(\.sequence))
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            if !accounts.isDisjoint(with: state.busy) { state.overlaps += 1 }
            state.busy += accounts
            state.oldest.append(batch.oldest ?? 0)
            return state.batches.count
        }
        defer {
            state.withLock { state in
                state.open -= 1
                for account in accounts { state.busy.firstIndex(of: account).map { _ = state.busy.remove(at: $0) } }
            }
        }
        try await gate(number)
        var answer = BatchAnswer(terminal: "T1", results: [], hostTime: Shop.time(), later: [])
        for record in records {
            guard case .refuse(let status) = stand(record) else { continue }
            return .refused(status, try WireJSON.encode(FailureAnswer(reason: "malformed", field: "records")))
        }
        for (record, forwarded) in zip(records, batch.records) {
            switch stand(record) {
            case .refuse: break
            case .later(let seconds): answer.later?.append(RecordDelay(id: record.id, retryAfter: seconds))
            case .unnamed: break
            case .book:
                answer.results.append(
                    RecordResult(
                        id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(forwarded.body))), outcome: .applied))
                state.withLock {
                    $0.booked.append(record.sequence)
                    $0.accounts[record.sequence] = record.account
                }
            }
        }
        return .signed(try WireJSON.encode(answer))
    }

    func shop() async throws -> Shop {
        try await Shop { identity in ScriptedHost(key: identity.signingKey) { try await self.answer($0, $1) } }
    }

    /// Whether each account's records were booked in the order of their numbers, each once.
    var isInOrder: Bool {
        let state = now
        var last: [String: Int64] = [:]
        for sequence in state.booked {
            let account = state.accounts[sequence] ?? ""
            guard sequence > last[account] ?? 0 else { return false }
            last[account] = sequence
        }
        return true
    }
}

@Suite("Forwarding: several batches at once, in order per account", .timeLimit(.minutes(5)))
struct ForwardingTests {
    @Test("A queue of many accounts goes in four batches at once, each account in order and once")
    func parallel() async throws {
        let host = RecordingHost(gate: { _ in try await Task.sleep(for: .milliseconds(10)) })
        let shop = try await host.shop()
        try shop.commit(900, accounts: 60)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        #expect(host.now.booked.count == 900)
        #expect(host.isInOrder)
        #expect(host.now.overlaps == 0)
        #expect(host.now.mostOpen <= 4)
        #expect(link.state.settledRecords == 900)
        #expect(shop.store.now.mostRead <= 500)
        await shop.close()
    }

    @Test("The real host books them once each, and takes none for lost")
    func realHost() async throws {
        let shop = try await Shop()
        try shop.commit(400, accounts: 30)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        let report = try shop.report()
        #expect(report.terminals.first?.records == 400)
        #expect(report.terminals.first?.missing == [])
        // Accounts that the host does not know: accepted, and held.
        #expect(Set(report.alarms.map(\.kind)).isSubset(of: ["heldUnknownAccount"]))
        await shop.close()
    }

    @Test("R13: one record that spoils its batch is set aside; the others go, and it costs a few requests")
    func poison() async throws {
        let host = RecordingHost(stand: { $0.sequence == 250 ? .refuse(400) : .book })
        let shop = try await host.shop()
        try shop.commit(500, accounts: 500)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.count == 1 })
            // Its last tries need a host that is known to book others meanwhile.
            try shop.commit(1, account: "Z")
            link.recordCommitted()
            #expect(await eventually { shop.store.now.setAside[250] == "unsendable:malformed" })
            #expect(await eventually { shop.store.now.queue.map(\.sequence) == [250] })
        }
        let spoilt = host.now.batches.filter { $0.contains(250) }
        // One whose answer was lost on a busy machine goes again as it was.
        #expect(Set(spoilt.filter { $0.count > 1 }).count <= 7)
        #expect(spoilt.count { $0 == [250] } >= 5)
        #expect(spoilt.last == [250])
        // Five hundred records in four parts are at most two batches each; then the sound parts of its halves, and Z.
        #expect(host.now.batches.count { !$0.contains(250) } <= 8 + 14 + 4)
        #expect(host.isInOrder)
        await shop.close()
    }

    @Test("A record that can't be processed now waits by itself, with its account behind it", arguments: [true, false])
    func later(_ isNamed: Bool) async throws {
        let held = Mutex(true)
        let host = RecordingHost(stand: { record in
            guard record.account == "B3", held.withLock({ $0 }) else { return .book }
            return isNamed ? .later(3600) : .unnamed
        })
        let shop = try await host.shop()
        try shop.commit(300, accounts: 30)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.count == 10 })
            #expect(!host.now.accounts.values.contains("B3"))
            #expect(shop.store.now.setAside.isEmpty)
            if isNamed { #expect(await eventually { shop.store.now.waits.values.contains(3_600_000) }) }
            held.withLock { $0 = false }
            // Someone has mended the cause.
            link.probeSoon()
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        #expect(host.isInOrder)
        await shop.close()
    }

    @Test("A record that is put back into the queue goes, though later ones have been sent")
    func returns() async throws {
        let shop = try await Shop()
        try shop.commit(3, accounts: 3)
        let aside = try #require(shop.store.now.queue.first)
        shop.store.state.withLock { $0.setAside[aside.sequence] = "rejected" }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.map(\.sequence) == [aside.sequence] })
            // As `queue retry` does.
            shop.store.state.withLock { $0.setAside = [:] }
            link.recordsReturned()
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        await shop.close()
    }

    @Test("A quarantine that the store could not keep is come to again")
    func quarantineNotKept() async throws {
        let host = RecordingHost(stand: { $0.sequence == 1 ? .refuse(400) : .book })
        let shop = try await host.shop()
        try shop.commit(2, accounts: 2)
        // Each refusal alone is noted before it; the fifth note is the quarantine.
        shop.store.state.withLock { $0.failsQuarantines = 1 }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.map(\.sequence) == [1] })
            // Its last tries need a host that books others meanwhile.
            #expect(
                await eventually {
                    guard shop.store.now.setAside[1] == nil else { return true }
                    try? shop.commit(1, account: "Z")
                    link.recordCommitted()
                    return false
                })
            #expect(shop.store.now.setAside == [1: "unsendable:malformed"] && shop.store.now.failsQuarantines == 0)
        }
        await shop.close()
    }

    @Test("What settling writes is forwarded without waiting for another payment")
    func writtenBySettling() async throws {
        let host = RecordingHost()
        let shop = try await host.shop()
        try shop.commit(2, accounts: 1)
        shop.store.state.withLock { $0.written = [$0.queue.removeLast()] }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { host.now.booked == [1, 2] })
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        await shop.close()
    }

    @Test("A log-in page that asks for an hour's patience gets a minute, and a payment's none of the queue's time")
    func patienceOfStrangers() async throws {
        let isPortal = Mutex(true)
        let host = RecordingHost()
        let shop = try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                isPortal.withLock { $0 } && path == HostPath.authorisations
                    ? .stranger(503, retryAfter: 3600) : try await host.answer(path, body)
            }
        }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.isReachable })
            let outcome = await link.authorise(try shop.request(100), timeout: .seconds(20))
            #expect(outcome == .unknown(.notOurHost(status: 503, .signature)))
            isPortal.withLock { $0 = false }
            guard case .answered = await link.authorise(try shop.request(100), timeout: .seconds(20)) else {
                Issue.record("the host is there again")
                return
            }
            try shop.commit(1, account: "Z")
            link.recordCommitted()
            #expect(await eventually { host.now.booked == [1] })
        }
        await shop.close()
    }

    @Test("A payment is authorised while every batch of a long queue hangs at the host")
    func payments() async throws {
        let opened = Count()
        let isOpen = Mutex(false)
        let host = RecordingHost(gate: { _ in
            opened.add()
            while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
        })
        let shop = try await host.shop()
        try shop.commit(600, accounts: 100)
        let link = try shop.link(probe: .seconds(30))
        try await running(link) {
            #expect(await eventually { opened.value == 4 })
            for _ in 0..<20 {
                guard case .answered(let answer) = await link.authorise(try shop.request(100), timeout: .seconds(20)) else {
                    Issue.record("a payment waits for the queue")
                    break
                }
                #expect(answer.approved)
            }
            // Not one batch was answered meanwhile.
            #expect(host.now.authorisations == 20 && host.now.open == 4 && host.now.booked.isEmpty)
            isOpen.withLock { $0 = true }
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        #expect(host.isInOrder)
        await shop.close()
    }

    @Test("A host that is away in between: the queue goes on where it was, nothing is booked twice by the real books")
    func resumes() async throws {
        let shop = try await Shop()
        try shop.commit(400, accounts: 20)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.count < 400 })
            shop.faults.current = .dropAnswer
            #expect(await eventually { !link.state.isReachable || shop.store.now.queue.isEmpty })
            shop.faults.current = nil
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        // Another run of the link finds nothing to do.
        let again = try shop.link()
        try await running(again) { #expect(await eventually { again.state.lastSync != nil }) }
        #expect(try shop.report().terminals.first?.records == 400)
        #expect(try shop.report().terminals.first?.missing == [])
        await shop.close()
    }

    @Test("The host's span reaches the terminal's memory, and comes back with the next run")
    func spread() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        try await running(link) { #expect(await eventually { shop.store.now.spread == 60 }) }
        // A link that was not up for long tries at once; one that was spreads its first attempt.
        shop.store.state.withLock { $0.silence = 1000 }
        let soon = try shop.link()
        try await running(soon) { #expect(await eventually { soon.state.isReachable }) }
        await shop.close()
    }
}
