import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// What later records do to a booked payment: a hold's end (CARD-12), refunds (CARD-13), voids (CARD-14). None of them
// makes a purchase more or less (CARD-3): it was approved when it was made.
extension LedgerTransaction {
    /// The charge that a follow-up names, once it is certain that it may: nil for a payment that was never booked.
    private func original(of record: JournalRecord, sameTerminal: Bool) throws -> (Charge, Account)? {
        guard let id = record.original else { throw RecordRefusal(reason: "malformed:original") }
        guard let charge = try charge(id) else {
            guard try authorisation(id) != nil else { throw RecordRefusal(reason: Reason.unknownPurchase.rawValue) }
            return nil
        }
        let terminal = try self.terminal(record.terminal)
        guard charge.merchant == terminal.merchant else { throw RecordRefusal(reason: Reason.refundOtherMerchant.rawValue) }
        guard !sameTerminal || charge.terminal == terminal.id else { throw RecordRefusal(reason: "notYourPayment") }
        guard charge.account == record.account ?? charge.account, let account = try account(charge.account) else {
            throw RecordRefusal(reason: "accountMismatch")
        }
        return (charge, account)
    }

    /// CARD-12: takes what was bought in the end. A reservation goes in the same step; when its time was over before, it
    /// has been given back and the whole final amount is taken.
    func complete(_ record: JournalRecord, image: Int64, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        if record.payment != record.original, try isReversed(record.payment) {
            try alarm(.approvalAfterReversal, record, "not booked again", at: now)
            return .none
        }
        guard let (hold, account) = try original(of: record, sameTerminal: true), hold.kind == .hold,
            hold.state == .open || hold.state == .expired
        else { throw RecordRefusal(reason: Reason.holdClosed.rawValue) }
        guard record.approved.currency == hold.amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        guard record.approved.minorUnits <= hold.amount.minorUnits else {
            throw RecordRefusal(reason: Reason.holdExceeded.rawValue)
        }
        let taken = try record.split ?? shares(record, of: account, amount: record.approved)
        let reserved = hold.state == .open ? hold.taken : []
        let effect = Effect(
            taken: try (taken + reserved.negated()).summed(), day: hold.day, amount: try taken.money() - reserved.money())
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        (occasion.merchant, occasion.charge) = (hold.merchant, hold.payment)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        try move(account, taken: effect.taken, record: record, occasion)
        try countPurchase(account.id, day: hold.day, purchases: 0, amount: effect.amount)
        if hold.state == .open { try noteEnding(of: hold, by: record, image: image) }
        try setState(.completed, of: hold, amount: record.approved.minorUnits)
        try setShares(taken, of: hold.payment)
        if record.payment != hold.payment {
            try run(
                "INSERT OR IGNORE INTO charge_alias VALUES (?, ?)",
                [Data(record.payment.bytes), Data(hold.payment.bytes)])
            try noteAuthorised(record, account: account.id, day: hold.day)
        }
        return effect
    }

    /// CARD-12: gives the reservation back; nothing when its time was over before.
    func releaseHold(_ record: JournalRecord, image: Int64, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        guard let (hold, account) = try original(of: record, sameTerminal: true), hold.kind == .hold else {
            throw RecordRefusal(reason: Reason.holdClosed.rawValue)
        }
        switch hold.state {
        case .expired:
            try setState(.released, of: hold)
            return .none
        case .open: break
        default: throw RecordRefusal(reason: Reason.holdClosed.rawValue)
        }
        let effect = Effect(
            taken: try hold.taken.negated(), day: hold.day, amount: try -hold.taken.money())
        try move(account, taken: effect.taken, giving(back: hold, record, account, receivedAt: receivedAt, now: now))
        try countPurchase(account.id, day: hold.day, purchases: 0, amount: effect.amount)
        try noteEnding(of: hold, by: record, image: image)
        try setState(.released, of: hold)
        return effect
    }

    /// The whole of a charge goes back to where it came from, its fees too.
    private func giving(
        back charge: Charge, _ record: JournalRecord, _ account: Account, receivedAt: UTCInstant, now: UTCInstant
    ) -> Occasion {
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        (occasion.merchant, occasion.charge, occasion.fees) = (charge.merchant, charge.payment, ChargeFees.none)
        return occasion
    }

    /// While the record that ended the hold has arrived ahead, its terminal's page still shows the hold as open: both the
    /// reservation and its end are that terminal's to reckon.
    private func noteEnding(of hold: Charge, by record: JournalRecord, image: Int64) throws {
        guard let sequence = record.accountSequence, try image == terminal(record.terminal).image else { return }
        try run("UPDATE charge SET ending = ? WHERE payment = ?", [sequence, Data(hold.payment.bytes)])
    }

    /// CARD-13: against a paid purchase of the same merchant, in sum never above it; each purse gets back at most what it
    /// gave, points as points (WAL-3).
    /// - Parameter isCapped: false books it above the programme's cap too: somebody has decided so.
    func refund(
        _ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant, isCapped: Bool = true
    ) throws -> Effect {
        let found = try original(of: record, sameTerminal: false)
        // Nothing was taken, by what the terminal could not know: nothing is given back, and its numbers go on.
        guard let (charge, account) = found, charge.state != .reversed else { return .none }
        if charge.state == .declined {
            try forgive(charge, record.amount.minorUnits, now: now)
            return .none
        }
        guard charge.isPaid else {
            throw RecordRefusal(reason: Reason.purchaseChanged.rawValue)
        }
        let excess = RecordRefusal(reason: Reason.refundExceedsPurchase.rawValue)
        guard record.amount.currency == charge.amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        let (refunded, overflow) = charge.refunded.addingReportingOverflow(record.amount.minorUnits)
        guard !overflow, refunded <= charge.amount.minorUnits else { throw excess }
        let given = try shares(record, of: account, amount: record.amount)
        for share in given {
            guard let place = charge.shares.firstIndex(where: { PurseLine($0.taken) == PurseLine(share) }) else { throw excess }
            let before = charge.shares[place]
            guard share.units <= before.taken.units - before.backUnits, share.money <= before.taken.money - before.backMoney
            else { throw excess }
            try run(
                """
                UPDATE charge_share SET back_units = back_units + ?, back_money = back_money + ?
                WHERE payment = ? AND purse = ? AND denomination = ?
                """,
                [share.units, share.money, Data(charge.payment.bytes), share.purse, share.denomination ?? 0])
        }
        try run("UPDATE charge SET refunded = ? WHERE payment = ?", [refunded, Data(charge.payment.bytes)])
        if isCapped { try checkCap(account, credit: try given.money()) }
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        (occasion.merchant, occasion.charge) = (charge.merchant, charge.payment)
        try move(account, taken: try given.negated(), occasion)
        try reopenCollected(by: charge.payment, now: now)
        // The credit is the host's: its terminal does not reckon with it, and sees it in the next page at once.
        return .none
    }

    /// CARD-14: gives the whole purchase back, once; a part of it can't have been refunded before.
    func void(_ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        guard let (charge, account) = try original(of: record, sameTerminal: true) else { return .none }
        switch charge.state {
        // Nothing was taken, or it has been given back already by what the terminal could not know.
        case .reversed: return .none
        case .declined:
            try forgive(charge, nil, now: now)
            return .none
        case .booked, .completed: break
        default: throw RecordRefusal(reason: Reason.purchaseChanged.rawValue)
        }
        guard charge.refunded == 0 else { throw RecordRefusal(reason: Reason.purchaseChanged.rawValue) }
        let effect = Effect(taken: try charge.taken.negated())
        try move(account, taken: effect.taken, giving(back: charge, record, account, receivedAt: receivedAt, now: now))
        try setState(.voided, of: charge)
        try reopenCollected(by: charge.payment, now: now)
        return effect
    }

    /// CARD-2: a credit never passes the programme's cap on what an account holds in money.
    func checkCap(_ account: Account, credit: Int64) throws {
        guard let programme = programmes[account.programme], let cap = programme.balanceCap else { return }
        let money = Set(programme.purses.filter { $0.kind != .points && $0.kind != .vouchers }.map(\.id))
        var sum = credit
        for purse in try purses(of: account.id) where money.contains(purse.purse) {
            let (next, overflow) = sum.addingReportingOverflow(purse.balance)
            guard !overflow else { throw RecordRefusal(reason: Reason.balanceCapExceeded.rawValue) }
            sum = next
        }
        guard sum <= cap.minorUnits else { throw RecordRefusal(reason: Reason.balanceCapExceeded.rawValue) }
    }
}
