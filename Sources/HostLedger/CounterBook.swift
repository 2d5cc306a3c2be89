import Core
import Foundation
import GRDB
import HostProtocol

/// Whom a purse gives to, or is filled by. What leaves a purse arrives in one of these, in the purse's own units: the sum
/// over purses and counter-accounts is zero for every entry, and so for ever.
enum CounterAccount: Hashable, CustomStringConvertible {
    /// Openings and adjustments.
    case issuer
    /// What people loaded (WAL-5), and what was paid out to them (WAL-7).
    case loads, redemptions
    /// CARD-19, CARD-20, WAL-7.
    case fees
    /// The markup on other currencies (CARD-16).
    case exchange
    /// What a merchant is owed, holds included.
    case merchant(String)

    var description: String {
        switch self {
        case .issuer: "issuer"
        case .loads: "loads"
        case .redemptions: "redemptions"
        case .fees: "fees"
        case .exchange: "exchange"
        case .merchant(let id): "merchant:\(id)"
        }
    }
}

/// What of a payment is not the merchant's: minor units of the account's currency, as its lines say.
struct ChargeFees: Equatable {
    var fees: Int64 = 0
    var exchange: Int64 = 0

    static let none = ChargeFees()

    init() {}

    /// Sums that leave any payment's range are none.
    init(_ lines: [ChargeLine]?, currency: Currency) {
        for line in lines ?? [] where line.amount.currency == currency && (0...1 << 50).contains(line.amount.minorUnits) {
            switch line.kind {
            case .fee: fees = fees.addingReportingOverflow(line.amount.minorUnits).partialValue
            case .exchangeFee: exchange = exchange.addingReportingOverflow(line.amount.minorUnits).partialValue
            case .purchase, .hold, .refund: break
            }
        }
    }
}

extension LedgerTransaction {
    /// The other side of an entry's movements.
    func post(_ entry: Int64, of account: Account, taken: [PurseShare], _ occasion: Occasion) throws {
        var due: [(CounterAccount, Int64)] = []
        let other: CounterAccount
        switch occasion.kind {
        case "opening", "adjustment": other = .issuer
        case "load": other = .loads
        case "redemption": other = .redemptions
        case "fee": other = .fees
        default:
            other = .merchant(try merchant(of: occasion))
            // What the payment's fees are from now on, less what they are on the books.
            if let fees = occasion.fees, let payment = occasion.charge ?? occasion.payment {
                let booked = try bookedFees(of: payment)
                due = [(.fees, fees.fees - booked.fees), (.exchange, fees.exchange - booked.exchange)]
            }
        }
        for share in taken {
            var rest = share
            // Fees are money: points and vouchers go to the merchant as they are.
            if share.denomination == nil, share.units == share.money {
                for place in due.indices {
                    let part = share.money < 0 ? min(0, max(due[place].1, rest.money)) : max(0, min(due[place].1, rest.money))
                    guard part != 0 else { continue }
                    try post(entry, due[place].0, account, share, units: part, money: part)
                    due[place].1 -= part
                    rest.units -= part
                    rest.money -= part
                }
            }
            if rest.units != 0 || rest.money != 0 {
                try post(entry, other, account, share, units: rest.units, money: rest.money)
            }
        }
    }

    private func post(
        _ entry: Int64, _ ledger: CounterAccount, _ account: Account, _ share: PurseShare, units: Int64, money: Int64
    ) throws {
        try run(
            "INSERT INTO counter (entry, ledger, currency, purse, denomination, units, money) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [entry, ledger.description, account.currency.code, share.purse, share.denomination ?? 0, units, money])
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
