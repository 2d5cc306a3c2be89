import Core
import Foundation
import GRDB

/// What the books hold of one payment, purse by purse. Read through a connection that can't write.
public struct LedgerReceipt: Codable, Sendable {
    public struct Line: Codable, Sendable, Equatable {
        public var purse: String
        public var denomination: Int64?
        /// In the purse's units, negative for what it gave.
        public var units: Int64
        /// Minor units of the account's currency.
        public var money: Int64
        /// In the purse's units, after it.
        public var balance: Int64
    }

    public struct Side: Codable, Sendable, Equatable {
        /// `merchant:ID`, `fees`, `exchange`.
        public var ledger: String
        public var money: Int64
    }

    public struct Entry: Codable, Sendable, Equatable {
        public var kind: String
        public var payment: String
        public var record: String?
        /// Milliseconds since 1970.
        public var bookedAt: Int64
        public var valueDate: String?
        public var amount: Int64
        public var lines: [Line]
        public var sides: [Side]
    }

    public var payment: String
    public var account: String
    public var currency: String
    public var terminal: String
    public var merchant: String
    /// Of the charge: booked, completed, voided, reversed, open, released, expired, declined.
    public var state: String
    /// Minor units, in the currency of the purchase.
    public var charged: Int64
    public var chargedCurrency: String
    public var refunded: Int64
    public var entries: [Entry]

    /// - Parameter payment: of a purchase or hold, or of the completion that ended it.
    /// - Throws: ``LedgerError/refused(_:)`` `unknownPurchase` when nothing was booked under it.
    public init(path: String, payment: UUIDv7) throws(LedgerError) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            self = try DatabaseQueue(path: path, configuration: configuration).read { db in
                try LedgerReceipt(db, payment)
            }
        } catch {
            throw LedgerError(error)
        }
    }

    private init(_ db: Database, _ asked: UUIDv7) throws {
        let id = Data(asked.bytes)
        guard
            let charge = try Row.fetchOne(
                db,
                sql: """
                    SELECT charge.*, account.currency AS unit FROM charge JOIN account ON account.id = charge.account
                    WHERE payment = coalesce((SELECT charge FROM charge_alias WHERE payment = ?1), ?1)
                    """, arguments: [id])
        else { throw LedgerError.refused("unknownPurchase") }
        func text(_ bytes: Data?) -> String? { bytes.flatMap { UUIDv7(bytes: Array($0)) }?.description }
        let own: Data = charge["payment"]
        payment = text(own) ?? ""
        account = charge["account"]
        currency = charge["unit"]
        terminal = charge["terminal"]
        merchant = charge["merchant"]
        state = charge["state"]
        charged = charge["amount"]
        chargedCurrency = charge["currency"]
        refunded = charge["refunded"]
        // Refunds and voids are payments of their own that name this one in their record.
        entries = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM entry WHERE payment = ?1 OR payment IN (SELECT payment FROM charge_alias WHERE charge = ?1)
                    OR (account = ?2 AND kind IN ('refund', 'void', 'release', 'completion') AND record IN (
                        SELECT id FROM record WHERE account = ?2 AND json_valid(CAST(body AS TEXT))
                            AND json_extract(CAST(body AS TEXT), '$.original') IN (?3, ?4)))
                ORDER BY number
                """, arguments: [own, account, payment, asked.description]
        ).map { row in
            let number: Int64 = row["number"]
            let lines = try Row.fetchAll(db, sql: "SELECT * FROM movement WHERE entry = ? ORDER BY number", arguments: [number])
            let sides = try Row.fetchAll(
                db, sql: "SELECT ledger, sum(money) AS money FROM counter WHERE entry = ? GROUP BY ledger ORDER BY min(number)",
                arguments: [number])
            return Entry(
                kind: row["kind"], payment: text(row["payment"]) ?? "", record: text(row["record"]), bookedAt: row["booked_at"],
                valueDate: row["value_date"], amount: row["amount"],
                lines: lines.map {
                    let denomination: Int64 = $0["denomination"]
                    return Line(
                        purse: $0["purse"], denomination: denomination == 0 ? nil : denomination, units: $0["units"],
                        money: $0["money"], balance: $0["balance"])
                },
                sides: sides.map { Side(ledger: $0["ledger"], money: $0["money"]) })
        }
    }
}
