import Core
import HostProtocol
import Programmes

/// What the books know that bears on a deferred approval or an online authorisation.
struct DecisionFacts {
    var terminal: BookTerminal
    var account: BookAccount?
    /// Whether the instrument pays from the account.
    var isBound = false
    /// What the instrument is; nil when it is not the account's.
    var instrument: InstrumentKind?
    /// Why the instrument is stopped; nil when it is not.
    var stopped: Reason?
    /// The account as the rules look at it; nil without one.
    var state: AccountState?
    var rates: [ExchangeRate] = []
    /// Of a collection, what it collects; nil when these books have not declined that later.
    var claim: LateClaim?
    /// Of a deferred approval: whether collections hold anything of it.
    var isCollected = false
    /// Of a deferred approval: payments that collect it, of which these books know a record and no authorisation.
    var collections: [UUIDv7] = []
}

// ALL-7: what the terminal approved though the card asked for a host that was away. The host decides now.
extension LedgerRules {
    func deferred(
        _ record: JournalRecord, _ facts: DecisionFacts, _ when: RecordOccasion
    ) throws(RecordRefusal) -> Booking {
        if let refusal = try refusal(record, facts, when) {
            var changes: [BookChange] = [.declineLater(refusal), .alarm(.declinedLater, refusal.rawValue)]
            if let account = facts.account {
                changes.append(
                    .open(charge(record, facts.terminal, account, state: .declined, .zero(record.approved.currency), shares: [])))
            }
            return Booking(changes: changes)
        }
        guard let account = facts.account else { throw RecordRefusal(reason: "unknownAccount") }
        let taken = try shares(record, of: account, facts.state?.limit.purses ?? [], amount: record.approved)
        let effect = Effect(
            taken: taken, day: day(account.programme, record.decidedAt), purchases: 1, amount: try taken.money())
        var occasion = occasion(record, programme: account.programme, when)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        return Booking(
            changes: [
                .move(account, taken: taken, occasion),
                .count(account: account.id, day: effect.day ?? "", purchases: 1, amount: effect.amount),
                .open(charge(record, facts.terminal, account, state: .booked, record.approved, shares: taken)),
            ] + cancelling(facts.collections, terminal: record.terminal), effect: effect)
    }

    private func charge(
        _ record: JournalRecord, _ terminal: BookTerminal, _ account: BookAccount, state: Charge.State, _ amount: Money,
        shares: [PurseShare]
    ) -> Charge {
        Charge(
            payment: record.payment, terminal: terminal.id, merchant: terminal.merchant, account: account.id, kind: .purchase,
            state: state, amount: amount, day: day(account.programme, record.decidedAt),
            shares: shares.map { Charge.Share(taken: $0) })
    }

    /// Judged by the day of the purchase, not by that of its arrival.
    static func judged(_ record: JournalRecord, _ when: RecordOccasion) -> UTCInstant { min(record.decidedAt, when.receivedAt) }

    /// Nil when the host stands behind it.
    private func refusal(
        _ record: JournalRecord, _ facts: DecisionFacts, _ when: RecordOccasion
    ) throws(RecordRefusal) -> Reason? {
        // Collected before these books heard of it: never both.
        guard !facts.isCollected else { return .collectionNotDue }
        guard let account = facts.account, !account.isRemoved, let instrument = record.instrument, facts.isBound,
            let state = facts.state
        else { return .unknownInstrument }
        guard facts.terminal.programmes.contains(account.programme), let programme = programmes[account.programme] else {
            return .merchantNotEnrolled
        }
        if let stopped = facts.stopped { return stopped }
        var expiry = account.expiry
        if record.sealedEvidence != nil || record.split == nil {
            guard let sealed = record.sealedEvidence, let evidence = try? cards.open(sealed, payment: record.payment),
                cards.instrument(evidence) == instrument, record.fits(cardAmount: evidence.amount)
            else { return .cardDataInvalid }
            guard cards.isAuthentic(evidence) else { return .cardNotAuthentic }
            expiry = evidence.expiry ?? expiry
        }
        // What was left out of it then (CARD-9, CARD-11) is not asked for now.
        let decision = programme.authorise(
            PurchaseRequest(amount: record.approved, acceptsVoucherLoss: true), account: state, instrument: facts.instrument ?? .card,
            cardExpiry: expiry,
            merchantCategory: facts.terminal.merchantCategory, rates: facts.rates, now: Self.judged(record, when))
        guard decision.approved, decision.approvedAmount == record.approved else {
            return decision.approved ? .insufficientFunds : decision.reason
        }
        // The receipt names the split: it is that one, or none.
        let taken = try shares(record, of: account, state.limit.purses, amount: record.approved)
        let covered = taken.allSatisfy { share in
            state.units(share.purse, denomination: share.denomination).map { share.units <= $0 } ?? false
        }
        return covered ? nil : .insufficientFunds
    }
}
