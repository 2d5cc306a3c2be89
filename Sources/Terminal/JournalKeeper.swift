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
        /// An old record that can't go keeps all that follow.
        case kept(PurgeStop)

        var sentence: String {
            switch self {
            case .noHostTime: "no host time since boot: what is old is not known"
            case .kept(.waiting(let sequence)): "record \(sequence) is old and still waits for the host; it keeps all that follow"
            case .kept(.setAside(let sequence, let reason)):
                "record \(sequence) is old and was refused by the host (\(reason)); it keeps all that follow:"
                    + " kassactl queue show \(sequence), then queue retry"
            case .kept(.ahead(let sequence)):
                "record \(sequence) was made while the clock was ahead, and none after it says when that was:"
                    + " its age counts from the next payment"
            case .broken(let kind, let sequence): "record \(sequence): \(kind.sentence); nothing is deleted that is not proved"
            }
        }
    }

    /// What a purge deleted, and why not all.
    struct Purged: Sendable, Equatable {
        var records = 0
        /// Payments whose records are gone, and those that never had one.
        var payments = 0
        var stop: Stop?
    }

    /// Deletes acknowledged records older than `days`, after a walk over all of them, and the payments that nothing needs any
    /// more (ALL-5).
    func purge(olderThan days: Int) async throws -> Purged {
        var purged = Purged()
        guard clock.now.anchored else {
            purged.stop = .noHostTime
            return purged
        }
        let walk = try await verify()
        if let fault = walk.fault {
            purged.stop = .broken(fault.kind, fault.sequence)
            return purged
        }
        var goesOn = true
        while goesOn {
            let (now, cutoff) = times(days)
            guard now.anchored else {
                purged.stop = .noHostTime
                return purged
            }
            let step = try await thread.run { [store] in try store.purgeJournal(before: cutoff, proven: walk, now: now) }
            purged.records += step.purged
            purged.stop = step.fault.map { Stop.broken($0.kind, $0.sequence) } ?? step.stop.map { Stop.kept($0) }
            goesOn = step.goesOn
            try Task.checkCancellation()
        }
        var after: UUIDv7?
        repeat {
            let (now, cutoff) = times(days)
            let place = after
            let step = try await thread.run { [store] in try store.purgePayments(before: cutoff, after: place, now: now) }
            purged.payments += step.purged
            after = step.next
            try Task.checkCancellation()
        } while after != nil
        return purged
    }

    private func times(_ days: Int) -> (now: TrustedTime, cutoff: UTCInstant) {
        let now = clock.now
        return (now, now.instant.advanced(byMilliseconds: -Int64(days) * JournalKeeper.day))
    }
}
