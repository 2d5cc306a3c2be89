import Dispatch
import Synchronization

/// Lets threads that write at the same time share one commit, and with it one sync of the disk.
///
/// One thread at a time holds the connection. The writer that gets it first leads: it begins a transaction, does its own part,
/// then the parts of all who wait by then, and commits for all of them. So one lane alone commits at once, and many lanes need
/// one sync for as many payments as came while the disk was busy. The others sleep until the commit is made, so nobody reads or
/// answers with what is not yet on stable storage.
final class GroupCommit: Sendable {
    /// Most parts of one transaction: it bounds what the first of them waits for.
    static let most = 16

    /// What became of a group's transaction.
    enum End {
        case committed
        /// The commit erred: on disk or not.
        case unknown(any Error)
        /// Surely nothing of it is stored.
        case undone(any Error)
    }

    /// One thread's wish. Its closure runs on the leader's thread while its own waits: nothing of it outlives the call.
    final class Job<Transaction>: @unchecked Sendable {
        fileprivate let isWriter: Bool
        fileprivate let wake = DispatchSemaphore(value: 0)
        // Written by whoever holds the connection, before `wake` is signalled; read after it.
        /// Nil once it is done: whoever waits for it must be able to leave with it.
        private var part: ((Transaction) -> (any Error)?)?
        fileprivate var end: End?
        /// Why its own part is not in the transaction.
        fileprivate(set) var failure: (any Error)?

        /// - Parameter part: nil for one that wants the connection for itself.
        init(part: ((Transaction) -> (any Error)?)?) {
            self.part = part
            isWriter = part != nil
        }

        func forget() { part = nil }

        /// Does its part.
        /// - Returns: whether it is in the transaction.
        func take(in transaction: Transaction) -> Bool {
            let work = part
            part = nil
            failure = work?(transaction)
            return failure == nil
        }
    }

    private struct State: ~Copyable {
        var isHeld = false
        var writers: [any Waiting] = []
        var others: [any Waiting] = []
        var commits = 0
    }

    private let state = Mutex(State())

    /// Waits until the connection is this job's, or another has led its part to an end.
    /// - Returns: nil when it has to lead.
    func enter<Transaction>(_ job: Job<Transaction>) -> End? {
        let isFree = state.withLock { state in
            guard state.isHeld else {
                state.isHeld = true
                return true
            }
            if job.isWriter { state.writers.append(job) } else { state.others.append(job) }
            return false
        }
        if isFree { return nil }
        job.wake.wait()
        return job.end
    }

    /// The next part for the leader's transaction; nil when it has to commit: nobody waits, the group is full, or somebody
    /// waits who can't take part.
    func next<Transaction>(after parts: Int, of type: Transaction.Type) -> Job<Transaction>? {
        state.withLock { state in
            guard parts < GroupCommit.most, state.others.isEmpty, let first = state.writers.first as? Job<Transaction> else {
                return nil
            }
            state.writers.removeFirst()
            return first
        }
    }

    /// Gives the connection on, and tells the group what became of its transaction.
    func finish<Transaction>(_ group: [Job<Transaction>], _ end: End) {
        if case .committed = end { state.withLock { $0.commits += 1 } }
        for job in group {
            job.forget()
            job.end = end
            job.wake.signal()
        }
        leave()
    }

    /// Gives the connection to whoever comes next: first who wants it alone, then the longest waiting writer, to lead.
    func leave() {
        let next: (any Waiting)? = state.withLock { state in
            if !state.others.isEmpty { return state.others.removeFirst() }
            if !state.writers.isEmpty { return state.writers.removeFirst() }
            state.isHeld = false
            return nil
        }
        next?.lead()
    }

    /// Runs `work` alone: no transaction is open before, none may be after.
    func alone<Value>(_ work: () throws -> Value) rethrows -> Value {
        _ = enter(Job<Never>(part: nil))
        defer { leave() }
        return try work()
    }

    /// Writers that wait for the connection, for tests.
    var waiting: Int { state.withLock { $0.writers.count } }

    /// Transactions that were committed.
    var committed: Int { state.withLock { $0.commits } }
}

/// A job, whatever its transaction is.
private protocol Waiting: AnyObject, Sendable {
    /// Wakes it with the connection in its hands.
    func lead()
}

extension GroupCommit.Job: Waiting {
    fileprivate func lead() { wake.signal() }
}
