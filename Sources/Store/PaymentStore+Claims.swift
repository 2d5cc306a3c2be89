import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// A purchase that the host declined later and what collected it are never both paid (ALL-7): whichever end a payment's claim
// comes to, what the payer pays in all is what was approved once.
extension PaymentStore {
    /// A random id.
    public static func mint(_ now: UTCInstant) -> UUIDv7 {
        UUIDv7(milliseconds: now.milliseconds, random: (0..<10).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// Whether the host takes, by accepting this record, what it had declined before: its books were set back to a copy from
    /// before its decline.
    static func isBounced(_ database: Database, payment: Data) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM payment WHERE id = ? AND state = 'declinedLater')"),
            arguments: [payment]) ?? false
    }

    /// Whether a collection of a payment finds anything to collect.
    static func isOwed(_ database: Database, _ original: UUIDv7) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM declined WHERE payment = ? AND state IN ('open', 'givenUp'))"),
            arguments: [Data(original.bytes)]) ?? false
    }

    /// The purchase is paid after all: nothing is owed, and each collection of it is taken back. A reversal does that whatever
    /// the host's books hold of the collection: the whole of it, what refunds have left of it, or nothing (ALL-10).
    func acceptAfterAll(
        _ database: Database, payment: Data, at time: UTCInstant?, mint: (UTCInstant) -> UUIDv7
    ) throws -> UUIDv7 {
        guard let original = UUIDv7(bytes: Array(payment)) else { throw StoreError.damaged }
        let now = try time ?? PaymentStore.highWater(database)
        try database.cachedStatement(sql: "UPDATE payment SET state = 'approved' WHERE id = ? AND state = 'declinedLater'")
            .execute(arguments: [payment])
        try database.cachedStatement(
            sql: "UPDATE declined SET state = 'cleared', closed_at = ? WHERE payment = ? AND state <> 'cleared'"
        ).execute(arguments: [now.milliseconds, payment])
        let collections = try Row.fetchAll(
            database,
            sql: """
                SELECT id, amount, currency, merchant, programme, account FROM payment
                WHERE original = ? AND kind = 'purchase' AND state = 'approved' ORDER BY id
                """, arguments: [payment])
        for row in collections { try takeBack(database, row, of: original, TrustedTime(instant: now, anchored: false), mint) }
        return original
    }

    private func takeBack(
        _ database: Database, _ row: Row, of original: UUIDv7, _ now: TrustedTime, _ mint: (UTCInstant) -> UUIDv7
    ) throws {
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
        let amount = try PaymentStore.money(row)
        var entry = JournalEntry(
            kind: .reversal, id: mint(now.instant), payment: id, amount: amount,
            decision: .declined(amount, rule: "ALL-7", reason: .collectionNotDue), now: now)
        entry.merchant = try row.optional("merchant") ?? ""
        entry.programme = try row.optional("programme")
        entry.original = original
        if let account = try row.optional("account", as: String.self) {
            let known = try PaymentStore.account(database, id: account, today: nil)
            entry.account = (
                account, try known?.nextSequence ?? PaymentStore.nextSequence(database, account: account, countedThrough: 0)
            )
        }
        _ = try append(database, entry)
        try database.cachedStatement(sql: "UPDATE payment SET state = 'voided', taken = 0 WHERE id = ?")
            .execute(arguments: [Data(id.bytes)])
    }

    /// What a refund or a void gives back of a collection is owed again: the goods of the purchase that it paid are not what
    /// was returned here, as far as anybody can tell. A merchant who took them back gives the claim up. What the host has
    /// cleared stays so.
    static func reopenClaim(_ database: Database, _ original: UUIDv7, givenBack: Money) throws {
        guard givenBack.isPositive else { return }
        try database.cachedStatement(
            sql: """
                UPDATE declined SET amount = CASE state WHEN 'open' THEN amount + ?1 ELSE ?1 END, state = 'open',
                    closed_at = NULL, collected_by = NULL
                WHERE payment = ?2 AND currency = ?3 AND state IN ('open', 'collected', 'givenUp')
                """
        ).execute(arguments: [givenBack.minorUnits, Data(original.bytes), givenBack.currency.code])
    }

    private static func highWater(_ database: Database) throws -> UTCInstant {
        UTCInstant(milliseconds: try Int64.fetchOne(database, sql: "SELECT high_water FROM terminal") ?? 0)
    }
}
