import Core
import HostProtocol
import Programmes

// What later records do to a booked payment: a hold's end (CARD-12), refunds (CARD-13), voids (CARD-14). None of them
// makes a purchase more or less (CARD-3): it was approved when it was made.
extension LedgerRules {
    /// The charge that a follow-up names, once it is certain that it may: nil for a payment that was never booked.
    private func original(
        of record: JournalRecord, _ facts: RecordFacts, sameTerminal: Bool
    ) throws(RecordRefusal) -> (Charge, BookAccount)? {
        guard record.original != nil else { throw RecordRefusal(reason: "malformed:original") }
        guard let charge = facts.charge else {
            guard facts.isOriginalAuthorised else { throw RecordRefusal(reason: Reason.unknownPurchase.rawValue) }
            return nil
        }
        guard charge.merchant == facts.terminal.merchant else {
            throw RecordRefusal(reason: Reason.refundOtherMerchant.rawValue)
        }
        guard !sameTerminal || charge.terminal == facts.terminal.id else { throw RecordRefusal(reason: "notYourPayment") }
        guard charge.account == record.account ?? charge.account, let account = facts.account, account.id == charge.account
        else { throw RecordRefusal(reason: "accountMismatch") }
        return (charge, account)
    }

    /// CARD-12: takes what was bought in the end. A reservation goes in the same step; when its time was over before, it
    /// has been given back and the whole final amount is taken.
    func completion(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) throws(RecordRefusal) -> Booking {
        if record.payment != record.original, facts.authorisation?.state == .reversed {
            return Booking(changes: [.alarm(.approvalAfterReversal, "not booked again")])
        }
        guard let (hold, account) = try original(of: record, facts, sameTerminal: true), hold.kind == .hold,
            hold.state == .open || hold.state == .expired
        else { throw RecordRefusal(reason: Reason.holdClosed.rawValue) }
        guard record.approved.currency == hold.amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        guard record.approved.minorUnits <= hold.amount.minorUnits else {
            throw RecordRefusal(reason: Reason.holdExceeded.rawValue)
        }
        let taken = try shares(record, of: account, facts.purses, amount: record.approved)
        let reserved = hold.state == .open ? hold.taken : []
        let effect = Effect(
            taken: try (taken + reserved.negated()).summed(), day: hold.day, amount: try taken.money() - reserved.money())
        var occasion = occasion(record, programme: account.programme, when)
        (occasion.merchant, occasion.charge) = (hold.merchant, hold.payment)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        var changes: [BookChange] = [
            .move(account, taken: effect.taken, occasion),
            .count(account: account.id, day: hold.day, purchases: 0, amount: effect.amount),
        ]
        if hold.state == .open { changes += ending(of: hold, by: record, facts, when) }
        changes.append(.complete(hold.payment, amount: record.approved.minorUnits, shares: taken))
        if record.payment != hold.payment {
            changes += [.alias(record.payment, of: hold.payment), .authorised(account: account.id, day: hold.day)]
        }
        return Booking(changes: changes, effect: effect)
    }

    /// CARD-12: gives the reservation back; nothing when its time was over before.
    func holdRelease(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) throws(RecordRefusal) -> Booking {
        guard let (hold, account) = try original(of: record, facts, sameTerminal: true), hold.kind == .hold else {
            throw RecordRefusal(reason: Reason.holdClosed.rawValue)
        }
        switch hold.state {
        case .expired: return Booking(changes: [.charge(hold.payment, state: .released)])
        case .open: break
        default: throw RecordRefusal(reason: Reason.holdClosed.rawValue)
        }
        let effect = Effect(taken: try hold.taken.negated(), day: hold.day, amount: try -hold.taken.money())
        return Booking(
            changes: [
                .move(account, taken: effect.taken, giving(back: hold, record, account, when)),
                .count(account: account.id, day: hold.day, purchases: 0, amount: effect.amount),
            ] + ending(of: hold, by: record, facts, when) + [.charge(hold.payment, state: .released)],
            effect: effect)
    }

    /// While the record that ended the hold has arrived ahead, its terminal's page still shows the hold as open: both the
    /// reservation and its end are that terminal's to reckon.
    private func ending(
        of hold: Charge, by record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion
    ) -> [BookChange] {
        guard let sequence = record.accountSequence, when.image == facts.terminal.image else { return [] }
        return [.ending(hold.payment, sequence: sequence)]
    }

    /// The whole of a charge goes back to where it came from, its fees too.
    private func giving(
        back charge: Charge, _ record: JournalRecord, _ account: BookAccount, _ when: RecordOccasion
    ) -> Occasion {
        var occasion = occasion(record, programme: account.programme, when)
        (occasion.merchant, occasion.charge, occasion.fees) = (charge.merchant, charge.payment, ChargeFees.none)
        return occasion
    }

    /// CARD-13: against a paid purchase of the same merchant, in sum never above it; each purse gets back at most what it
    /// gave, points as points (WAL-3).
    /// - Parameter isCapped: false books it above the programme's cap too: somebody has decided so.
    func refund(
        _ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion, isCapped: Bool = true
    ) throws(RecordRefusal) -> Booking {
        let found = try original(of: record, facts, sameTerminal: false)
        // Nothing was taken, by what the terminal could not know: nothing is given back, and its numbers go on.
        guard let (charge, account) = found, charge.state != .reversed else { return .nothing }
        if charge.state == .declined { return forgiving(charge, facts.claim, record.amount.minorUnits) }
        guard charge.isPaid else {
            throw RecordRefusal(reason: Reason.purchaseChanged.rawValue)
        }
        let excess = RecordRefusal(reason: Reason.refundExceedsPurchase.rawValue)
        guard record.amount.currency == charge.amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        let (refunded, overflow) = charge.refunded.addingReportingOverflow(record.amount.minorUnits)
        guard !overflow, refunded <= charge.amount.minorUnits else { throw excess }
        let given = try shares(record, of: account, facts.purses, amount: record.amount)
        for share in given {
            guard let before = charge.shares.first(where: { PurseLine($0.taken) == PurseLine(share) }),
                share.units <= before.taken.units - before.backUnits, share.money <= before.taken.money - before.backMoney
            else { throw excess }
        }
        if isCapped { try checkCap(account, facts.purses, credit: try given.money()) }
        var occasion = occasion(record, programme: account.programme, when)
        (occasion.merchant, occasion.charge) = (charge.merchant, charge.payment)
        // The credit is the host's: its terminal does not reckon with it, and sees it in the next page at once.
        return Booking(changes: [
            .giveBack(charge.payment, shares: given, refunded: refunded),
            .move(account, taken: try given.negated(), occasion), .reopenCollected(by: charge.payment),
        ])
    }

    /// What its terminal gave back of a payment before it heard that it was declined is not owed.
    /// - Parameter amount: minor units; nil: all of it.
    private func forgiving(_ charge: Charge, _ claim: LateClaim?, _ amount: Int64?) -> Booking {
        guard let claim else { return .nothing }
        let (sum, overflow) = charge.refunded.addingReportingOverflow(amount ?? claim.approved)
        return Booking(changes: [.forgive(charge.payment, overflow ? claim.approved : min(claim.approved, sum))])
    }

    /// CARD-14: gives the whole purchase back, once; a part of it can't have been refunded before.
    func void(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) throws(RecordRefusal) -> Booking {
        guard let (charge, account) = try original(of: record, facts, sameTerminal: true) else { return .nothing }
        switch charge.state {
        // Nothing was taken, or it has been given back already by what the terminal could not know.
        case .reversed: return .nothing
        case .declined: return forgiving(charge, facts.claim, nil)
        case .booked, .completed: break
        default: throw RecordRefusal(reason: Reason.purchaseChanged.rawValue)
        }
        guard charge.refunded == 0 else { throw RecordRefusal(reason: Reason.purchaseChanged.rawValue) }
        let effect = Effect(taken: try charge.taken.negated())
        return Booking(
            changes: [
                .move(account, taken: effect.taken, giving(back: charge, record, account, when)),
                .charge(charge.payment, state: .voided), .reopenCollected(by: charge.payment),
            ], effect: effect)
    }

    /// CARD-2: a credit never passes the programme's cap on what an account holds in money.
    func checkCap(_ account: BookAccount, _ purses: [PurseBalance], credit: Int64) throws(RecordRefusal) {
        guard let programme = programmes[account.programme], let cap = programme.balanceCap else { return }
        let money = Set(programme.purses.filter { $0.kind != .points && $0.kind != .vouchers }.map(\.id))
        var sum = credit
        for purse in purses where money.contains(purse.purse) {
            let (next, overflow) = sum.addingReportingOverflow(purse.balance)
            guard !overflow else { throw RecordRefusal(reason: Reason.balanceCapExceeded.rawValue) }
            sum = next
        }
        guard sum <= cap.minorUnits else { throw RecordRefusal(reason: Reason.balanceCapExceeded.rawValue) }
    }

    /// CARD-12: a hold whose time is over.
    func expiry(_ hold: Charge, _ account: BookAccount, now: UTCInstant) throws(RecordRefusal) -> [BookChange] {
        var occasion = Occasion("expiry", at: now)
        (occasion.terminal, occasion.payment) = (hold.terminal, hold.payment)
        (occasion.merchant, occasion.fees) = (hold.merchant, ChargeFees.none)
        return [
            .move(account, taken: try hold.taken.negated(), occasion), .charge(hold.payment, state: .expired),
            .count(account: account.id, day: hold.day, purchases: 0, amount: try -hold.taken.money()),
        ]
    }
}
