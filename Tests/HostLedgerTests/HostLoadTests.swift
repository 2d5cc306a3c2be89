import Foundation
import HostProtocol
import Synchronization
import Testing

@testable import HostLedger

@Suite("How much a host takes at once")
struct HostLoadTests {
    fileprivate func load(_ batches: Int, _ waiting: Int, capacity: Int = 1000) -> Load {
        Load(HostLoad(HostLoad.Limits(capacity: capacity, batches: batches, waiting: waiting)))
    }

    @Test("So many batches are applied, so many wait, the next is sent away; who leaves lets the next one in")
    func bounds() {
        let load = self.load(2, 3)
        let decisions = (0..<7).map { _ in load.arrived(.batch, at: 0) }
        #expect(decisions.prefix(5) == [.enter, .enter, .wait, .wait, .wait])
        #expect(decisions.suffix(2) == [.sendAway(status: 503, retryAfter: 1), .sendAway(status: 503, retryAfter: 2)])
        #expect(!load.next())
        load.left(.batch)
        #expect(load.next() && !load.next())
        #expect(load.batches == 2 && load.waiting == 2)
        // Nobody overtakes those who wait.
        load.left(.batch)
        #expect(load.arrived(.batch, at: 1) == .wait)
        load.gaveUp()
        #expect(load.waiting == 2)
    }

    @Test("Payments always enter; while one is answered a second batch is not begun, and the queue does not starve")
    func payments() {
        let load = self.load(4, 9)
        #expect(load.arrived(.payment, at: 0) == .enter)
        #expect(load.arrived(.batch, at: 0) == .enter)
        #expect(load.arrived(.batch, at: 0) == .wait)
        #expect(!load.next())
        for _ in 0..<10_000 { #expect(load.arrived(.payment, at: 0) == .enter) }
        for _ in 0..<10_001 { load.left(.payment) }
        #expect(load.payments == 0 && load.next())
        let closed = self.load(0, 9)
        #expect(closed.arrived(.batch, at: 0) == .sendAway(status: 503, retryAfter: 1))
        #expect(closed.arrived(.payment, at: 0) == .enter && closed.arrived(.other, at: 0) == .enter)
    }

    @Test("A herd that comes in one second is told to come back at the capacity, over no more than the span")
    func herd() {
        let load = self.load(1, 0, capacity: 100)
        load.span = HostPace.spread(terminals: 10_000, capacity: 100)
        #expect(load.arrived(.batch, at: 0) == .enter)
        var seconds: [Int64: Int] = [:]
        for _ in 0..<10_000 {
            guard case .sendAway(_, let wait) = load.arrived(.batch, at: 0) else {
                Issue.record("let in")
                continue
            }
            seconds[wait, default: 0] += 1
        }
        #expect(seconds.values.allSatisfy { $0 <= 101 }, "\(seconds)")
        #expect(seconds.keys.max() ?? 0 <= load.span && seconds.keys.min() == 1 && seconds.count >= 100)
        // Asking again while the span is full goes round: nobody is ever told to wait longer than it.
        for _ in 0..<50_000 {
            guard case .sendAway(_, let wait) = load.arrived(.batch, at: 0) else { continue }
            #expect((1...load.span).contains(wait))
        }
    }

    @Test("What comes faster than the capacity is sent away with 429; as soon as time has passed it is not")
    func rate() {
        let load = self.load(1, 9, capacity: 2)
        // Three requests a terminal, two terminals a second, two seconds at once.
        let first = (0..<20).map { _ in load.arrived(.other, at: 0) }
        #expect(first.count { $0 == .enter } == 13, "\(first)")
        #expect(first.last.map { if case .sendAway(429, _) = $0 { true } else { false } } == true)
        #expect(load.arrived(.payment, at: 0) == .enter)
        // A batch enters where there is a place, however fast they come; who would wait comes too fast.
        for _ in 0..<1000 {
            #expect(load.arrived(.batch, at: 0) == .enter)
            load.left(.batch)
        }
        #expect(load.arrived(.batch, at: 0) == .enter)
        if case .sendAway(429, _) = load.arrived(.batch, at: 0) {} else { Issue.record("waits") }
        for _ in 0..<10_000 { #expect(load.arrived(.news, at: 0) == .enter) }
        #expect((0..<20).count { _ in load.arrived(.other, at: 1000) == .enter } == 6)
        #expect((0..<20).count { _ in load.arrived(.other, at: 1_000_000) == .enter } == 13)
    }

    /// Lets those who come wait until it is opened.
    private final class Gate: Sendable {
        private let state = Mutex<(open: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
        let entered = Mutex(0)

        func pass() async {
            entered.withLock { $0 += 1 }
            await withCheckedContinuation { turn in
                let isOpen = state.withLock { state in
                    if !state.open { state.waiting.append(turn) }
                    return state.open
                }
                if isOpen { turn.resume() }
            }
        }

        func open() {
            for turn in state.withLock({ state in
                state.open = true
                defer { state.waiting = [] }
                return state.waiting
            }) { turn.resume() }
        }
    }

    private func until(_ holds: () -> Bool) async -> Bool {
        for _ in 0..<2000 {
            if holds() { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test("The keeper: one works, two wait, a fourth is sent away, a payment goes past them; one that gives up frees its place")
    func keeper() async throws {
        let books = try await Books()
        let keeper = PaceKeeper(ledger: books.ledger, limits: HostLoad.Limits(capacity: 1000, batches: 1, waiting: 2))
        let gate = Gate(), done = Mutex(0)
        let batch = { @Sendable () async throws -> Bool in
            let result = try await keeper.admit(.batch) { () throws(LedgerError) in
                await gate.pass()
                done.withLock { $0 += 1 }
            }
            return if case .success = result { true } else { false }
        }
        let first = Task { try await batch() }
        #expect(await until { gate.entered.withLock { $0 } == 1 })
        let second = Task { try await batch() }, third = Task { try await batch() }
        #expect(await until { keeper.waiting == 2 })
        guard case .failure(let overload) = try await keeper.admit(.batch, { () throws(LedgerError) in }) else {
            Issue.record("let in")
            return
        }
        #expect(overload.status == 503 && overload.retryAfter == 1 && overload.span == 60)
        guard case .success(7) = try await keeper.admit(.payment, { () throws(LedgerError) in 7 }) else {
            Issue.record("a payment was sent away")
            return
        }
        #expect(gate.entered.withLock { $0 } == 1)
        third.cancel()
        await #expect(throws: LedgerError.unavailable("gone")) { try await third.value }
        #expect(keeper.waiting == 1)
        gate.open()
        #expect(try await first.value)
        #expect(try await second.value)
        #expect(done.withLock { $0 } == 2 && keeper.waiting == 0)
        #expect(try await batch())
    }

    @Test("A host that takes no batches any more sends those who wait away too")
    func closed() async throws {
        let books = try await Books()
        let keeper = PaceKeeper(ledger: books.ledger, limits: HostLoad.Limits(capacity: 1000, batches: 1, waiting: 2))
        let gate = Gate()
        let first = Task { _ = try await keeper.admit(.batch) { () throws(LedgerError) in await gate.pass() } }
        #expect(await until { gate.entered.withLock { $0 } == 1 })
        let second = Task { _ = try await keeper.admit(.batch) { () throws(LedgerError) in await gate.pass() } }
        #expect(await until { keeper.waiting == 1 })
        keeper.limits = HostLoad.Limits(capacity: 1000, batches: 0, waiting: 2)
        await #expect(throws: LedgerError.unavailable("gone")) { try await second.value }
        gate.open()
        try await first.value
        #expect(try await keeper.now(Books.noon).spread == 60)
    }
}

/// `#expect` takes no mutating calls.
private final class Load {
    private var load: HostLoad

    init(_ load: HostLoad) { self.load = load }

    var batches: Int { load.batches }
    var waiting: Int { load.waiting }
    var payments: Int { load.payments }
    var span: Int64 {
        get { load.span }
        set { load.span = newValue }
    }

    func arrived(_ errand: HostLoad.Errand, at now: Int64) -> HostLoad.Decision { load.arrived(errand, at: now) }
    func left(_ errand: HostLoad.Errand) { load.left(errand) }
    func next() -> Bool { load.next() }
    func gaveUp() { load.gaveUp() }
}
