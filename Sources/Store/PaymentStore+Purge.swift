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
    /// Why it stopped before a record that is old, or may be.
    public var stop: PurgeStop?

    public init() {}
}

/// What keeps an old record, and with it all that follow.
public enum PurgeStop: Sendable, Hashable {
    /// The host has not acknowledged it.
    case waiting(sequence: Int64)
    /// The host refused it, for this reason.
    case setAside(sequence: Int64, reason: String)
    /// It was made while the clock was ahead of the host's time, and so was every record since: how old it is, is not known.
    case ahead(sequence: Int64)
}

extension PaymentStore {
    /// Most records that one step looks at: lanes that commit meanwhile wait no longer than for one commit of their own.
    public static let recordsPerPurge = 200

    /// Deletes the oldest records, in one transaction of bounded size, and leaves a sealed anchor, so that the rest of the
    /// chain can still be proved. Deleted are only records that the host has acknowledged, and only from the beginning: the
    /// first one that waits, is quarantined, or is younger keeps all that follow. Payments, and what may still be done with
    /// them, stay: ``purgePayments(before:after:now:)`` deletes those that nothing needs any more.
    ///
    /// A record whose id is dated after now was made while the clock was ahead: it is as old as the next one that is not, at
    /// least.
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
                sql: "SELECT * FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
                arguments: [purge.verified, walk.verified, PaymentStore.recordsPerPurge])
            var times = RecordTimes(now: now.instant)
            for row in rows {
                let sequence: Int64 = try row.value("sequence")
                guard let made = try times.made(database, row) else {
                    step.stop = .ahead(sequence: sequence)
                    break
                }
                guard made < cutoff.milliseconds else { break }
                guard sequence < waiting else {
                    step.stop = try PaymentStore.stop(database, at: sequence)
                    break
                }
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

    /// Of the first record of the queue.
    private static func stop(_ database: Database, at sequence: Int64) throws -> PurgeStop {
        let look = "SELECT quarantined FROM outbox WHERE sequence = ?"
        guard let reason = try String.fetchOne(database, sql: look, arguments: [sequence]) else {
            return .waiting(sequence: sequence)
        }
        return .setAside(sequence: sequence, reason: reason)
    }
}

/// When records were made, at the latest, as their ids tell.
private struct RecordTimes {
    let now: UTCInstant
    /// The first record after the last one asked for whose time is not ahead.
    private var next: (sequence: Int64, milliseconds: Int64)?

    init(now: UTCInstant) { self.now = now }

    /// - Returns: milliseconds since 1970; nil when neither the record nor any after it tells.
    mutating func made(_ database: Database, _ row: Row) throws -> Int64? {
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
        guard id.milliseconds > now.milliseconds else { return id.milliseconds }
        let sequence: Int64 = try row.value("sequence")
        if let next, next.sequence > sequence { return next.milliseconds }
        let latest = UUIDv7(milliseconds: now.milliseconds, random: [UInt8](repeating: 0xFF, count: 10))
        // In the order of the journal, which the index of the ids does not have.
        let found = try Row.fetchOne(
            database, sql: "SELECT sequence, id FROM journal WHERE sequence > ? AND +id <= ? ORDER BY sequence LIMIT 1",
            arguments: [sequence, Data(latest.bytes)])
        guard let found, let known = UUIDv7(bytes: try found.bytes("id")) else { return nil }
        next = (try found.value("sequence"), known.milliseconds)
        return known.milliseconds
    }
}
