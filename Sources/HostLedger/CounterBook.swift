import Core
import Foundation
import GRDB
import HostProtocol

extension LedgerTransaction {
    /// Both sides of what is to be booked; nil when nothing moves.
    func entry(of account: Account, _ taken: [PurseShare], _ occasion: Occasion) throws -> DoubleEntry? {
        if let other = CounterAccount(entry: occasion.kind) { return try DoubleEntry(taken: taken, other: other) }
        var due = ChargeFees.none
        // What the payment's fees are from now on, less what they are on the books.
        if let fees = occasion.fees, let payment = occasion.charge ?? occasion.payment {
            let booked = try bookedFees(of: payment)
            (due.fees, due.exchange) = (fees.fees - booked.fees, fees.exchange - booked.exchange)
        }
        return try DoubleEntry(taken: taken, other: .merchant(try merchant(of: occasion)), fees: due)
    }

    func post(_ entry: Int64, _ side: DoubleEntry.Side, _ account: Account) throws {
        try run(
            "INSERT INTO counter (entry, ledger, currency, purse, denomination, units, money) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                entry, side.ledger.description, account.currency.code, side.share.purse, side.share.denomination ?? 0,
                side.share.units, side.share.money,
            ])
    }

    /// Of the charge where there is one: the merchant at whom it was bought, whoever the terminal stands at now.
    private func merchant(of occasion: Occasion) throws -> String {
        if let merchant = occasion.merchant { return merchant }
        if let payment = occasion.charge ?? occasion.payment, let charge = try charge(payment) { return charge.merchant }
        guard let terminal = occasion.terminal, try knows(terminal: terminal) else { return "" }
        return try self.terminal(terminal).merchant
    }

    private func bookedFees(of payment: UUIDv7) throws -> ChargeFees {
        var booked = ChargeFees()
        let id = Data(payment.bytes)
        let charge = try row("SELECT charge FROM charge_alias WHERE payment = ?", [id])?["charge"] as Data? ?? id
        for row in try rows(
            """
            SELECT ledger, sum(money) AS money FROM counter JOIN entry ON entry.number = counter.entry
            WHERE ledger IN ('fees', 'exchange')
                AND entry.payment IN (SELECT ?1 UNION SELECT payment FROM charge_alias WHERE charge = ?1) GROUP BY ledger
            """, [charge])
        {
            if row["ledger"] as String == "fees" { booked.fees = row["money"] } else { booked.exchange = row["money"] }
        }
        return booked
    }
}

/// One line of the trial balance: what one side has of one unit. All lines of a unit add up to zero.
public struct TrialLine: Codable, Sendable, Equatable {
    /// `customers`, `issuer`, `loads`, `redemptions`, `fees`, `exchange` or `merchant:ID`.
    public var ledger: String
    public var currency: String
    public var purse: String
    public var denomination: Int64?
    /// In the purse's units.
    public var units: Int64
    /// Minor units of the currency.
    public var money: Int64

    static func all(_ db: Database) throws -> [TrialLine] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT 'customers' AS ledger, account.currency, movement.purse, movement.denomination,
                    sum(movement.units) AS units, sum(movement.money) AS money
                FROM movement JOIN account ON account.id = movement.account GROUP BY 2, 3, 4
                UNION ALL
                SELECT ledger, currency, purse, denomination, sum(units), sum(money) FROM counter GROUP BY 1, 2, 3, 4
                ORDER BY 2, 3, 4, 1
                """
        ).map { row in
            let denomination: Int64 = row["denomination"]
            return TrialLine(
                ledger: row["ledger"], currency: row["currency"], purse: row["purse"],
                denomination: denomination == 0 ? nil : denomination, units: row["units"], money: row["money"])
        }
    }
}
