import Core
import Foundation
import GRDB
import HostProtocol

/// What one step of a purge did.
public struct PurgeStep: Sendable, Equatable {
    /// Records deleted.
    public var purged = 0
    /// Whether the next step may find more.
    public var goesOn = false
    /// Why it stopped before a record: that one is not what it should be.
    public var fault: JournalFault?

    public init() {}
}

extension PaymentStore {
    /// Most records that one step looks at: lanes that commit meanwhile wait no longer than for one commit of their own.
    public static let recordsPerPurge = 200

    /// Deletes the oldest records, in one transaction of bounded size, and leaves a sealed anchor, so that the rest of the
    /// chain can still be proved. Deleted are only records that the host has acknowledged, and only from the beginning: the
    /// first one that waits, is quarantined, or is younger keeps all that follow. Payments, and what may still be done with
    /// them, stay.
    /// - Parameters:
    ///   - cutoff: records made before it are old.
    ///   - walk: a whole walk, at its end: nothing is deleted that it has not proved.
    ///   - now: anchored in host time, else nothing is deleted: a clock that was set ahead makes no record old.
    public func purgeJournal(
        before cutoff: UTCInstant, proven walk: ChainWalk, now: TrustedTime
    ) throws(StoreError) -> PurgeStep {
        guard walk.isAtEnd, walk.fault == nil, now.anchored else {
            var step = PurgeStep()
            step.fault = walk.fault
            return step
        }
        return try writeCurrent { database in
            let waiting = try Int64.fetchOne(database, sql: "SELECT MIN(sequence) FROM outbox") ?? .max
            let proof = try JournalProof(database, seal)
            var (step, purge) = (PurgeStep(), ChainWalk())
            guard try proof.start(&purge) else {
                step.fault = purge.fault
                return step
            }
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM journal WHERE sequence > ? AND sequence < ? AND sequence <= ? ORDER BY sequence LIMIT ?",
                arguments: [purge.verified, waiting, walk.verified, PaymentStore.recordsPerPurge])
            for row in rows {
                guard let id = UUIDv7(bytes: try row.bytes("id")), id.milliseconds < cutoff.milliseconds else { break }
                guard try proof.take(row, &purge) else {
                    step.fault = purge.fault
                    break
                }
                step.purged += 1
            }
            guard step.purged > 0 else { return step }
            var anchor = JournalAnchor(
                sequence: purge.verified, chain: purge.link, purgedAt: now.instant.milliseconds, seal: nil)
            anchor.seal = seal?.anchor(anchor)
            try database.execute(sql: "DELETE FROM journal WHERE sequence <= ?", arguments: [anchor.sequence])
            try database.execute(
                sql: "INSERT OR REPLACE INTO journal_anchor (one, sequence, chain, purged_at, seal) VALUES (1, ?, ?, ?, ?)",
                arguments: [anchor.sequence, Data(anchor.chain), anchor.purgedAt, anchor.seal])
            step.goesOn = step.purged == PaymentStore.recordsPerPurge && step.fault == nil
            return step
        }
    }
}
