import Synchronization
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct WorkerThreadTests {
    @Test func runsInOrderOnOneThread() async throws {
        let worker = try WorkerThread(name: "test-worker")
        #expect(!worker.isCurrent)
        let values = try await worker.run { [1, 2, 3] }
        #expect(values == [1, 2, 3])
        #expect(try await worker.run { worker.isCurrent })
        worker.stop()
        #expect(worker.join(milliseconds: 1_000))
    }

    @Test func errorsPass() async throws {
        struct Failure: Error {}
        let worker = try WorkerThread(name: "test-worker")
        await #expect(throws: Failure.self) { try await worker.run { throw Failure() } }
        worker.stop()
    }

    @Test func stoppedWorkerRefuses() async throws {
        let worker = try WorkerThread(name: "test-worker")
        worker.stop()
        worker.stop()
        await #expect(throws: WorkerError.stopped) { try await worker.run {} }
        #expect(worker.join(milliseconds: 1_000))
    }

    @Test func whatIsQueuedIsRunBeforeTheEnd() async throws {
        let worker = try WorkerThread(name: "test-worker")
        let counter = Counter()
        for _ in 0..<1_000 { worker.submit { counter.add() } }
        worker.stop()
        #expect(worker.join(milliseconds: 5_000))
        #expect(counter.count == 1_000)
    }

    @Test func carriesAnActor() async throws {
        let worker = try WorkerThread(name: "test-worker")
        let actor = Resident(worker)
        #expect(await actor.isAtHome)
        worker.stop()
    }

    @Test func conditionWaitsUntilTheDeadline() {
        let condition = Condition(0)
        let start = MonotonicClock.nanoseconds
        let value: Int? = condition.wait(until: MonotonicClock.deadline(milliseconds: 30)) { $0 == 1 ? $0 : nil }
        #expect(value == nil)
        #expect(MonotonicClock.nanoseconds - start >= 30_000_000)
    }
}

private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
}

private actor Resident {
    private let worker: WorkerThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { worker.asUnownedSerialExecutor() }
    init(_ worker: WorkerThread) { self.worker = worker }
    var isAtHome: Bool { worker.isCurrent }
}
