import Core
import Foundation
import Logging
import Store
import Workers

/// Proves and purges the journal in steps: lanes commit between two of them.
struct JournalKeeper: Sendable {
    let store: PaymentStore
    let thread: WorkerThread
    let clock: SystemClock

    static let day: Int64 = 86_400_000

    /// Walks the whole journal.
    func verify() async throws -> ChainWalk {
        var walk = ChainWalk()
        repeat {
            let before = walk
            walk = try await thread.run { [store] in
                var walk = before
                try store.step(&walk)
                return walk
            }
            try Task.checkCancellation()
        } while !walk.isAtEnd && walk.fault == nil
        return walk
    }

    /// Why a purge ended before its end.
    enum Stop: Error, Hashable {
        /// ALL-4: only host time says that a record is old.
        case noHostTime
        case broken(JournalFault.Kind, Int64)

        var sentence: String {
            switch self {
            case .noHostTime: "no host time since boot: what is old is not known"
            case .broken(let kind, let sequence): "record \(sequence): \(kind.sentence); nothing is deleted that is not proved"
            }
        }
    }

    /// Deletes acknowledged records older than `days`, after a walk over all of them.
    /// - Returns: how many, and why not all.
    func purge(olderThan days: Int) async throws -> (purged: Int, stop: Stop?) {
        guard clock.now.anchored else { return (0, .noHostTime) }
        let walk = try await verify()
        if let fault = walk.fault { return (0, .broken(fault.kind, fault.sequence)) }
        var purged = 0
        while true {
            let now = clock.now
            guard now.anchored else { return (purged, .noHostTime) }
            let cutoff = now.instant.advanced(byMilliseconds: -Int64(days) * JournalKeeper.day)
            let step = try await thread.run { [store] in try store.purgeJournal(before: cutoff, proven: walk, now: now) }
            purged += step.purged
            if let fault = step.fault { return (purged, .broken(fault.kind, fault.sequence)) }
            guard step.goesOn else { return (purged, nil) }
            try Task.checkCancellation()
        }
    }
}
