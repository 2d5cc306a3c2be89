import CLinux
import Glibc

/// One named thread that runs what is handed to it, in order: the place for calls that block (PC/SC, fsync, evdev), which
/// must never block the cooperative pool.
///
/// Hand over whole jobs. One ``run(_:)`` costs two thread hops (about 15 µs); a hop per command would be most of a tap.
/// As a `SerialExecutor` it can carry an actor, as a `TaskExecutor` a task tree.
///
/// The thread lives until ``stop()``: it retains the worker, so a worker that is dropped without `stop()` stays.
public final class WorkerThread: SerialExecutor, TaskExecutor {
    private enum Entry: Sendable {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct Queue: Sendable {
        var entries: [Entry] = []
        var isStopping = false
        var hasEnded = false
        var thread: pthread_t?
    }

    public let name: String
    private let queue = Condition(Queue())

    /// Starts the thread. Linux keeps 15 bytes of its name.
    /// - Throws: ``WorkerError/cannotStart`` when the system has no thread left.
    public init(name: String) throws(WorkerError) {
        self.name = name
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { context in
            guard let context else { return nil }
            let worker = Unmanaged<WorkerThread>.fromOpaque(context).takeRetainedValue()
            kassa_name_thread(worker.name)
            worker.loop()
            return nil
        }, context)
        guard code == 0 else {
            Unmanaged<WorkerThread>.fromOpaque(context).release()
            throw .cannotStart(errno: code)
        }
        pthread_detach(thread)
        queue.update { $0.thread = thread }
    }

    /// Runs `body` on the thread and returns what it returns. Not cancellable: a blocking call can't be.
    /// - Throws: what `body` throws; ``WorkerError/stopped`` after ``stop()``.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = submit { continuation.resume(with: Swift.Result { try body() }) }
            if !accepted { continuation.resume(throwing: WorkerError.stopped) }
        }
    }

    /// Queues `work` without waiting for it. False after ``stop()``: the work is dropped.
    @discardableResult
    public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        queue.update { queue in
            guard !queue.isStopping else { return false }
            queue.entries.append(.work(work))
            return true
        }
    }

    /// Lets the thread end after what is queued; returns at once. Idempotent, callable from the thread itself.
    public func stop() {
        queue.update { $0.isStopping = true }
    }

    /// Blocks until the thread has ended, at most `milliseconds`. False when it is still busy, or when asked on the
    /// thread itself.
    @discardableResult
    public func join(milliseconds: UInt64) -> Bool {
        guard !isCurrent else { return false }
        return queue.wait(until: MonotonicClock.deadline(milliseconds: milliseconds)) { $0.hasEnded ? true : nil } ?? false
    }

    /// True on this worker's thread.
    public var isCurrent: Bool {
        queue.wait { $0.thread }.map { pthread_equal($0, pthread_self()) != 0 } ?? false
    }

    // MARK: Executor

    // An actor that outlives stop() would never finish its jobs; they are still taken and run until the thread ends.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.update { $0.entries.append(.job(job)) }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func checkIsolated() { precondition(isCurrent, "not on the worker's thread") }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    private func loop() {
        while let entries = queue.wait(next) {
            for entry in entries {
                switch entry {
                case .work(let work): work()
                case .job(let job):
                    job.runSynchronously(
                        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                }
            }
            if entries.isEmpty { break }
        }
        queue.update { $0.hasEnded = true }
    }

    /// What is queued; an empty array is the end.
    private func next(_ queue: inout Queue) -> [Entry]? {
        guard !queue.entries.isEmpty else { return queue.isStopping ? [] : nil }
        let batch = queue.entries
        queue.entries = []
        return batch
    }
}

public enum WorkerError: Error, Hashable, Sendable {
    /// `pthread_create` failed with this errno.
    case cannotStart(errno: Int32)
    /// The worker has been stopped.
    case stopped
}
