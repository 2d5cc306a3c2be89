import Core
import Foundation
import GRDB
import HostProtocol

/// What one step over the payments did.
public struct PaymentPurgeStep: Sendable, Equatable {
    /// Payments deleted.
    public var purged = 0
    /// Where the next step goes on; nil at the end.
    public var next: UUIDv7?

    public init() {}
}

extension PaymentStore {
    /// ALL-8: a till may ask about its reference for so long, whatever is purged.
    public static let referenceLife: Int64 = 48 * 3_600_000

    /// Deletes payments that are old, with what they say of accounts and references (ALL-5), in one transaction of bounded size.
    ///
    /// Kept, however old, is what something still needs:
    /// - an open payment: a start closes it; a hold that has not ended: its end is due here (CARD-12);
    /// - a payment with a record in the journal: the purge of the journal comes first, and the queue, the technician and an
    ///   answer of the host look the payment up;
    /// - a payment that the host declined later, until that is settled and old: its instrument pays nothing offline before (ALL-7);
    /// - a payment that a later one, itself kept, has collected: when the collection is taken back the claim is open again.
    ///
    /// A deleted purchase can't be refunded or taken back here any more: the host does that. Nor is the reference known
    /// any more, which may then pay anew.
    /// - Parameters:
    ///   - cutoff: payments before it are old; none is that is younger than ``referenceLife``.
    ///   - after: where the step before ended.
    ///   - now: anchored in host time, else nothing is deleted.
    public func purgePayments(
        before cutoff: UTCInstant, after: UUIDv7?, now: TrustedTime
    ) throws(StoreError) -> PaymentPurgeStep {
        guard now.anchored else { return PaymentPurgeStep() }
        let old = min(cutoff, now.instant.advanced(byMilliseconds: -PaymentStore.referenceLife))
        let (oldest, newest) = (Data(id(old)), Data(id(now.instant.advanced(byMilliseconds: 1))))
        return try writeCurrent { database in
            var step = PaymentPurgeStep()
            let start = after.map { Data($0.bytes) } ?? Data(count: 16)
            // Ids from a time when the clock was ahead come after all that are true. Their payments are old when their
            // record was, which has been purged; of one that never had a record nothing tells how old it is.
            let isAhead = !start.lexicographicallyPrecedes(newest)
            let isOver = isAhead ? "IN ('approved', 'completed', 'released', 'voided', 'declinedLater')" : "NOT IN ('open', 'held')"
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, state \(isOver)
                        AND NOT EXISTS (SELECT 1 FROM journal WHERE payment = candidate.id)
                        AND NOT EXISTS (SELECT 1 FROM declined WHERE payment = candidate.id
                            AND (state = 'open' OR closed_at IS NULL OR closed_at >= ?1))
                        AND NOT EXISTS (SELECT 1 FROM payment WHERE kind = 'purchase' AND original IS NOT NULL
                            AND original = candidate.id) AS goes
                    FROM payment AS candidate WHERE id > ?2 AND id < ?3 ORDER BY id LIMIT ?4
                    """,
                arguments: [
                    old.milliseconds, start, isAhead ? Data(repeating: 0xFF, count: 16) : oldest, PaymentStore.recordsPerPurge,
                ])
            for row in rows where try row.value("goes", as: Bool.self) {
                let payment = Data(try row.bytes("id"))
                try database.cachedStatement(sql: "DELETE FROM declined WHERE payment = ?").execute(arguments: [payment])
                try database.cachedStatement(sql: "DELETE FROM payment WHERE id = ?").execute(arguments: [payment])
                step.purged += 1
            }
            if rows.count == PaymentStore.recordsPerPurge {
                step.next = UUIDv7(bytes: try rows.last?.bytes("id") ?? [])
            } else if !isAhead, cutoff <= old {
                step.next = UUIDv7(bytes: Array(newest))
            }
            return step
        }
    }

    /// The first id of a time.
    private func id(_ time: UTCInstant) -> [UInt8] { UUIDv7(milliseconds: max(0, time.milliseconds), random: []).bytes }
}
