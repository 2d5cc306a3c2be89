import Foundation

/// Lets threads that write at the same time share one commit, and with it one sync of the disk.
///
/// One thread at a time holds the connection. A writer whose work is done does not commit while another writer waits: it
/// hands the open transaction on, and the last of the group commits for all of them. So one lane alone commits at once, and
/// many lanes need one sync for as many payments as came while the disk was busy. What is in the open transaction is nobody's
/// to read or to answer with before the commit: readers wait for the end of the group.
final class GroupCommit: @unchecked Sendable {
    /// Most members of a group: it bounds what the first of them waits for.
    static let most = 16

    /// Several writers' transaction. Guarded by the gate's condition.
    final class Group {
        fileprivate var members = 0
        fileprivate var end: End?
    }

    /// What became of a group's transaction.
    enum End {
        case committed
        /// The commit erred: on disk or not.
        case unknown
        /// Surely nothing of it is stored.
        case undone(any Error)
    }

    /// A writer's place: it holds the connection until ``passOn(_:)`` or ``finish(_:_:)``.
    struct Place {
        fileprivate let group: Group
        /// Whoever is first begins the transaction; the others' work is a savepoint in it.
        let isFirst: Bool
    }

    private let condition = NSCondition()
    // All below is guarded by `condition`.
    private var isHeld = false
    private var group: Group?
    private var writersWaiting = 0
    private var othersWaiting = 0
    /// After a group one that is no writer comes first, if it waits.
    private var isOthersTurn = false
    private var commits = 0

    /// Waits for the connection, as a member of the open group or the first of a new one.
    func enter() -> Place {
        condition.lock()
        defer { condition.unlock() }
        writersWaiting += 1
        while isHeld || (group == nil && isOthersTurn) { condition.wait() }
        writersWaiting -= 1
        isHeld = true
        if let group { return Place(group: group, isFirst: false) }
        let new = Group()
        group = new
        return Place(group: new, isFirst: true)
    }

    /// Runs `work` alone: no transaction is open before, none may be after.
    func alone<Value>(_ work: () throws -> Value) rethrows -> Value {
        condition.lock()
        othersWaiting += 1
        while isHeld || group != nil { condition.wait() }
        othersWaiting -= 1
        isOthersTurn = false
        isHeld = true
        condition.unlock()
        defer {
            condition.lock()
            isHeld = false
            condition.broadcast()
            condition.unlock()
        }
        return try work()
    }

    /// For a writer whose part is done: hands the transaction on to one that waits.
    /// - Parameter succeeded: whether its part is in the transaction.
    /// - Returns: false when nobody is there to take it, or the group is full: then this writer has to commit.
    func passOn(_ place: Place, succeeded: Bool) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if succeeded { place.group.members += 1 }
        // One that waits and does not write would wait for one writer after the other.
        guard writersWaiting > 0, othersWaiting == 0, place.group.members < GroupCommit.most else { return false }
        isHeld = false
        condition.broadcast()
        return true
    }

    /// Writers that wait for the connection, for tests.
    var waiting: Int {
        condition.lock()
        defer { condition.unlock() }
        return writersWaiting
    }

    /// Transactions that were committed.
    var committed: Int {
        condition.lock()
        defer { condition.unlock() }
        return commits
    }

    /// Tells the group what became of its transaction, and lets go of the connection.
    func finish(_ place: Place, _ end: End) {
        condition.lock()
        defer { condition.unlock() }
        place.group.end = end
        if case .committed = end { commits += 1 }
        group = nil
        isHeld = false
        isOthersTurn = othersWaiting > 0
        condition.broadcast()
    }

    /// Waits until whoever got the transaction has ended it.
    func end(of place: Place) -> End {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let end = place.group.end { return end }
            condition.wait()
        }
    }
}
