import Core
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

    /// The one that an entry's kind names; nil when it is the merchant.
    init?(entry kind: String) {
        switch kind {
        case "opening", "adjustment": self = .issuer
        case "load": self = .loads
        case "redemption": self = .redemptions
        case "fee": self = .fees
        default: return nil
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

/// Why the books move.
struct Occasion {
    var kind: String
    var terminal: String?
    var payment: UUIDv7?
    var record: UUIDv7?
    var valueDate: CivilDate?
    var now: UTCInstant
    /// Whom the money goes to or comes from; nil: the charge's or the terminal's.
    var merchant: String?
    /// What the payment's fees are once this is booked; nil: as they are.
    var fees: ChargeFees?
    /// The payment that is changed, when it is another one.
    var charge: UUIDv7?

    /// Something the host's people did.
    init(_ kind: String, at now: UTCInstant) {
        self.kind = kind
        self.now = now
    }

    init(_ kind: String, terminal: String, payment: UUIDv7, record: UUIDv7?, valueDate: CivilDate?, at now: UTCInstant) {
        self.kind = kind
        self.terminal = terminal
        self.payment = payment
        self.record = record
        self.valueDate = valueDate
        self.now = now
    }
}

/// One entry, both sides of it: what the purses gain, and what the others do.
struct DoubleEntry {
    struct Side: Equatable {
        var ledger: CounterAccount
        var share: PurseShare
    }

    /// A line a purse; negative for what it gives.
    var gains: [PurseShare]
    /// What the others gain of it.
    var sides: [Side]
    /// In minor units of the account's currency.
    var money: Int64

    /// - Parameters:
    ///   - taken: what each purse loses; negative for what it gains.
    ///   - other: who gains it, but for what is due elsewhere.
    ///   - fees: what the payment's fees change by.
    /// - Returns: nil when nothing moves.
    init?(taken: [PurseShare], other: CounterAccount, fees: ChargeFees = .none) throws(RecordRefusal) {
        let taken = try taken.summed()
        guard !taken.isEmpty else { return nil }
        gains = try taken.negated()
        money = try gains.money()
        var due = [(CounterAccount.fees, fees.fees), (.exchange, fees.exchange)]
        sides = []
        for share in taken {
            var rest = share
            // Fees are money: points and vouchers go to the merchant as they are.
            if share.denomination == nil, share.units == share.money {
                for place in due.indices {
                    let part = share.money < 0 ? min(0, max(due[place].1, rest.money)) : max(0, min(due[place].1, rest.money))
                    guard part != 0 else { continue }
                    sides.append(Side(ledger: due[place].0, share: PurseShare(purse: share.purse, units: part, money: part)))
                    due[place].1 -= part
                    rest.units -= part
                    rest.money -= part
                }
            }
            if rest.units != 0 || rest.money != 0 { sides.append(Side(ledger: other, share: rest)) }
        }
    }
}
