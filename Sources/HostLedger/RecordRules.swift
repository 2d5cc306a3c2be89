import Core
import HostProtocol
import Programmes

/// What the books decide by: no state of their own, and no way to the books.
struct LedgerRules: Sendable {
    let programmes: [String: Programme]
    let cards: CardDesk
    /// Milliseconds after its end in which a hold's completion may still arrive.
    let holdGrace: Int64

    func day(_ programme: String, _ instant: UTCInstant) -> String {
        (programmes[programme]?.day(of: instant) ?? CivilDate(daysSince1970: instant.milliseconds / 86_400_000)).description
    }
}

/// What the books know that bears on one record; what its kind has no use for may be left out.
struct RecordFacts {
    /// That forwarded it.
    var terminal: BookTerminal
    /// That the record names, or that its charge is of.
    var account: BookAccount?
    /// Of the account, in its order.
    var purses: [PurseBalance] = []
    var authorisation: BookAuthorisation?
    /// Of the record's payment, or of the payment that it changes.
    var charge: Charge?
    /// Whether there was an authorisation of the payment that it changes.
    var isOriginalAuthorised = false
    /// What its instrument was when it paid from the account.
    var instrument: InstrumentKind?
    var hasAllowance = false
    /// Of the payment that it changes, when that was declined later.
    var claim: LateClaim?
    /// Whether the payment collects one that these books have taken after all.
    var collectsBooked = false
}

/// When a record came.
struct RecordOccasion {
    /// The terminal's, when it came.
    var image: Int64
    /// What the value date follows from (CARD-15).
    var receivedAt: UTCInstant
    var now: UTCInstant
}

// What a record does to the books. Deferred approvals are decided in DeferredApprovals.swift, what changes a charge in
// FollowUpRules.swift.
extension LedgerRules {
    func occasion(_ record: JournalRecord, _ kind: String? = nil, programme: String, _ when: RecordOccasion) -> Occasion {
        var occasion = Occasion(
            kind ?? record.kind.rawValue, terminal: record.terminal, payment: record.payment, record: record.id,
            valueDate: programmes[programme]?.valueDate(receivedAt: when.receivedAt), at: when.now)
        occasion.merchant = record.merchant
        return occasion
    }

    /// What the record takes from each purse: its split, or the amount from the first purse.
    func shares(
        _ record: JournalRecord, of account: BookAccount, _ purses: [PurseBalance], amount: Money
    ) throws(RecordRefusal) -> [PurseShare] {
        if let split = record.split { return split }
        guard account.currency == amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        return Self.firstPurse(purses, units: amount.minorUnits)
    }

    static func firstPurse(_ purses: [PurseBalance], units: Int64) -> [PurseShare] {
        let first = purses.first
        return [
            PurseShare(
                purse: first?.purse ?? PurseBalance.prepaid, denomination: first?.denomination, units: units, money: units)
        ]
    }

    /// ALL-2: approved and spent at the terminal, so it is booked even below zero.
    /// - Parameter isJudged: false when somebody has decided to book it, whatever speaks against it.
    func approval(
        _ record: JournalRecord, _ kind: Charge.Kind, _ facts: RecordFacts, _ when: RecordOccasion, isJudged: Bool = true
    ) throws(RecordRefusal) -> Booking {
        guard let account = facts.account else { throw RecordRefusal(reason: "unknownAccount") }
        let taken = try shares(record, of: account, facts.purses, amount: record.approved)
        var booking = Booking()
        for doubt in isJudged ? try doubts(record, facts, account) : [] {
            booking.changes.append(.alarm(doubt, "account \(account.id)"))
        }
        booking.effect = Effect(
            taken: taken, day: day(account.programme, record.decidedAt), purchases: 1, amount: try taken.money())
        var occasion = occasion(record, programme: account.programme, when)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        let isHold = kind == .hold
        // The merchant is the one at whom it was bought, whoever the terminal stands at now (CARD-13).
        let charge = Charge(
            payment: record.payment, terminal: record.terminal, merchant: record.merchant, account: account.id, kind: kind,
            state: isHold ? .open : .booked, amount: record.approved, day: booking.effect.day ?? "",
            shares: taken.map { Charge.Share(taken: $0) }, expiresAt: isHold ? end(of: record, account) : nil,
            sequence: isHold ? record.accountSequence : nil)
        booking.changes += [
            .move(account, taken: taken, occasion),
            .count(account: account.id, day: charge.day, purchases: 1, amount: booking.effect.amount), .open(charge),
        ]
        return booking
    }

    /// No longer than the programme holds.
    private func end(of hold: JournalRecord, _ account: BookAccount) -> UTCInstant? {
        let longest = programmes[account.programme]?.hold.map { hold.decidedAt.advanced(byMilliseconds: $0.validity) }
        return [hold.expiresAt, longest].compactMap { $0 }.min()
    }

    /// CARD-19: a decline may cost a fee.
    func fee(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) -> Booking {
        guard let split = record.split, !split.isEmpty, let account = facts.account else { return .nothing }
        return Booking(
            changes: [.move(account, taken: split, occasion(record, "fee", programme: account.programme, when))],
            effect: Effect(taken: split))
    }

    /// Booked when it was authorised; here it is only confirmed.
    func confirmation(_ record: JournalRecord, _ facts: RecordFacts) throws(RecordRefusal) -> Booking {
        guard let original = facts.authorisation else { throw RecordRefusal(reason: "unknownAuthorisation") }
        guard original.terminal == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        switch original.state {
        case .booked, .completed:
            guard original.amount == record.approved else { throw RecordRefusal(reason: "amountMismatch") }
            return Booking(changes: [.authorisation(record.payment, .completed)])
        case .reversed:
            let kind: AlarmKind = facts.collectsBooked ? .collectionOfBooked : .approvalAfterReversal
            return Booking(changes: [.alarm(kind, "not booked again")])
        case .declined: throw RecordRefusal(reason: "authorisationDeclined")
        }
    }

    /// ALL-10: gives back what the named authorisation took, once; when it has not come yet, it never will be booked.
    func reversal(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) throws(RecordRefusal) -> Booking {
        guard let original = facts.authorisation else {
            return Booking(changes: [.neverAuthorise(record.payment, terminal: record.terminal), .release(record.payment)])
        }
        guard original.terminal == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        guard original.state == .booked || original.state == .completed else { return .nothing }
        guard let charge = facts.charge, let account = facts.account else { throw RecordRefusal(reason: "unknownAccount") }
        var booking = Booking(changes: [.authorisation(record.payment, .reversed)])
        // A void or refunds may have given it back already, or a part of it. A hold's completion is a payment of its own.
        let isCompletion = charge.payment != record.payment && charge.state == .completed
        guard charge.state == .booked || charge.state == .open || isCompletion else { return booking }
        var occasion = occasion(record, programme: account.programme, when)
        // A refund before it gave back what is the merchant's: what is left of the fees goes with the rest.
        (occasion.merchant, occasion.fees) = (charge.merchant, ChargeFees.none)
        if isCompletion { occasion.charge = charge.payment }
        booking.changes += [
            .move(account, taken: try charge.remaining.negated(), occasion), .charge(charge.payment, state: .reversed),
            .reopenCollected(by: charge.payment),
            .count(account: account.id, day: charge.day, purchases: -1, amount: try -charge.taken.money()),
            .touch(account: account.id),
        ]
        return booking
    }

    // MARK: Doubts

    /// What does not bear out an offline approval.
    private func doubts(
        _ record: JournalRecord, _ facts: RecordFacts, _ account: BookAccount
    ) throws(RecordRefusal) -> [AlarmKind] {
        var found: [AlarmKind] = []
        if record.sealedEvidence != nil || facts.instrument ?? .card == .card { found = evidenceDoubts(record) }
        if facts.instrument == nil { found.append(.instrumentNotBound) }
        if !facts.hasAllowance { found.append(.noAllowance) }
        if account.isRemoved { found.append(.accountRemoved) }
        if record.approved.currency == account.currency, let split = record.split {
            let fees = (record.lines ?? []).filter { $0.kind == .fee || $0.kind == .exchangeFee }
            let due = fees.reduce(record.approved.minorUnits) { $0 &+ $1.amount.minorUnits }
            if try split.money() != due { found.append(.splitDiffers) }
        }
        return found
    }

    private func evidenceDoubts(_ record: JournalRecord) -> [AlarmKind] {
        guard let sealed = record.sealedEvidence else { return [.evidenceMissing] }
        guard let evidence = try? cards.open(sealed, payment: record.payment) else { return [.evidenceUnreadable] }
        var found: [AlarmKind] = []
        let instrument = cards.instrument(evidence)
        if instrument == nil || instrument != record.instrument { found.append(.evidenceInstrument) }
        // A part of it may have been approved (CARD-9, CARD-11): the card was asked for one or the other.
        if !record.fits(cardAmount: evidence.amount) { found.append(.evidenceAmount) }
        if !evidence.mayBeApproval { found.append(.evidenceNotApproved) }
        if !cards.isAuthentic(evidence) { found.append(.cryptogramInvalid) }
        return found
    }
}

extension LedgerRules {
    /// What a record does to the books; deferred approvals have their own facts, see ``deferred(_:_:_:)``.
    func booking(_ record: JournalRecord, _ facts: RecordFacts, _ when: RecordOccasion) throws(RecordRefusal) -> Booking {
        switch record.kind {
        case .offlineApproval: try approval(record, .purchase, facts, when)
        case .hold: try approval(record, .hold, facts, when)
        case .onlineApproval: try confirmation(record, facts)
        case .reversal: try reversal(record, facts, when)
        case .completion: try completion(record, facts, when)
        case .release: try holdRelease(record, facts, when)
        case .refund: try refund(record, facts, when)
        case .void: try void(record, facts, when)
        case .declineAdvice: fee(record, facts, when)
        case .deferredApproval, .torn: .nothing
        }
    }
}
