import Core
import HostProtocol

// What a ``LedgerDesk`` tells, put together by an implementation.
extension LedgerReceipt {
    /// - Parameters:
    ///   - charge: the payment's purchase or hold.
    ///   - currency: of its account.
    ///   - entries: in the order in which they were booked.
    init(_ charge: Charge, currency: Currency, entries: [Entry]) {
        payment = charge.payment.description
        account = charge.account
        self.currency = currency.code
        terminal = charge.terminal
        merchant = charge.merchant
        state = charge.state.rawValue
        charged = charge.amount.minorUnits
        chargedCurrency = charge.amount.currency.code
        refunded = charge.refunded
        self.entries = entries
    }
}

extension LedgerReceipt.Entry {
    /// - Parameter balances: of each line of `double`, after it.
    init(_ double: DoubleEntry, balances: [Int64], _ occasion: Occasion) {
        var sums: [(ledger: String, money: Int64)] = []
        for side in double.sides {
            let name = side.ledger.description
            if let place = sums.firstIndex(where: { $0.ledger == name }) {
                sums[place].money += side.share.money
            } else {
                sums.append((name, side.share.money))
            }
        }
        kind = occasion.kind
        payment = occasion.payment?.description ?? ""
        record = occasion.record?.description
        bookedAt = occasion.now.milliseconds
        valueDate = occasion.valueDate?.description
        amount = double.money
        lines = zip(double.gains, balances).map { gain, balance in
            LedgerReceipt.Line(
                purse: gain.purse, denomination: gain.denomination, units: gain.units, money: gain.money, balance: balance)
        }
        sides = sums.map { LedgerReceipt.Side(ledger: $0.ledger, money: $0.money) }
    }
}
