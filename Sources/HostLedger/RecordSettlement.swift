import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension LedgerTransaction {
    /// Moves what the record moves, and counts it.
    /// - Parameters:
    ///   - image: of its terminal, when it came.
    ///   - receivedAt: when it came: what the value date follows from (CARD-15).
    func settle(_ record: JournalRecord, image: Int64, receivedAt: UTCInstant, now: UTCInstant) throws {
        let effect: Effect =
            switch record.kind {
            case .offlineApproval: try bookOffline(record, .purchase, receivedAt: receivedAt, now: now)
            case .hold: try bookOffline(record, .hold, receivedAt: receivedAt, now: now)
            case .deferredApproval: try decideDeferred(record, receivedAt: receivedAt, now: now)
            case .onlineApproval: try confirm(record, now: now)
            case .reversal: try reverse(record, receivedAt: receivedAt, now: now)
            case .completion: try complete(record, image: image, receivedAt: receivedAt, now: now)
            case .release: try releaseHold(record, image: image, receivedAt: receivedAt, now: now)
            case .refund: try refund(record, receivedAt: receivedAt, now: now)
            case .void: try void(record, receivedAt: receivedAt, now: now)
            case .declineAdvice: try bookFee(record, receivedAt: receivedAt, now: now)
            case .torn: .none
            }
        if let account = record.account, let sequence = record.accountSequence {
            // The prefix of a replaced terminal has been closed.
            if try image == terminal(record.terminal).image {
                try count(record, account: account, sequence: sequence, effect: effect, now: now)
            }
            try touch(account)
        }
        switch record.kind {
        case .offlineApproval, .hold, .deferredApproval: try release(original: record.payment, now: now)
        case .completion: try release(original: record.payment, now: now)
        default: break
        }
    }

    func occasion(
        _ record: JournalRecord, _ kind: String? = nil, programme: String, receivedAt: UTCInstant, now: UTCInstant
    ) -> Occasion {
        var occasion = Occasion(
            kind ?? record.kind.rawValue, terminal: record.terminal, payment: record.payment, record: record.id,
            valueDate: programmes[programme]?.valueDate(receivedAt: receivedAt), at: now)
        occasion.merchant = record.merchant
        return occasion
    }

    /// What the record takes from each purse: its split, or the approved amount from the first purse.
    func shares(_ record: JournalRecord, of account: Account, amount: Money) throws -> [PurseShare] {
        if let split = record.split { return split }
        guard account.currency == amount.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        return try firstPurse(of: account.id, units: amount.minorUnits)
    }

    /// ALL-2: approved and spent at the terminal, so it is booked even below zero.
    /// - Parameter isJudged: false when somebody has decided to book it, whatever speaks against it.
    func bookOffline(
        _ record: JournalRecord, _ kind: Charge.Kind, receivedAt: UTCInstant, now: UTCInstant, isJudged: Bool = true
    ) throws -> Effect {
        guard let id = record.account, let account = try account(id) else { throw RecordRefusal(reason: "unknownAccount") }
        let taken = try shares(record, of: account, amount: record.approved)
        for doubt in isJudged ? try doubts(record, account: account) : [] { try alarm(doubt, record, "account \(id)", at: now) }
        let effect = Effect(
            taken: taken, day: day(account.programme, record.decidedAt), purchases: 1, amount: try taken.money())
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        try move(account, taken: taken, record: record, occasion)
        try countPurchase(id, day: effect.day ?? "", purchases: 1, amount: effect.amount)
        // The merchant is the one at whom it was bought, whoever the terminal stands at now (CARD-13).
        var place = try terminal(record.terminal)
        place.merchant = record.merchant
        let fresh = try open(
            record.payment, kind, state: kind == .hold ? .open : .booked, account: id, terminal: place,
            amount: record.approved, day: effect.day ?? "", shares: taken,
            expiresAt: kind == .hold ? end(of: record, account: account) : nil,
            sequence: kind == .hold ? record.accountSequence : nil)
        if !fresh { try alarm(.paymentReused, record, "account \(id)", at: now) }
        return effect
    }

    private func end(of hold: JournalRecord, account: Account) -> UTCInstant? {
        // No longer than the programme holds.
        let longest = programmes[account.programme]?.hold.map { hold.decidedAt.advanced(byMilliseconds: $0.validity) }
        return [hold.expiresAt, longest].compactMap { $0 }.min()
    }

    /// Moves the purses, and raises what should not have happened.
    func move(_ account: Account, taken: [PurseShare], record: JournalRecord, _ occasion: Occasion) throws {
        let found = try move(account, taken: taken, occasion)
        let takes = Set(taken.filter { $0.units > 0 }.map { PurseLine($0) })
        for line in found.unknown {
            try alarm(.purseUnknown, record, "account \(account.id), purse \(line.purse)", at: occasion.now)
        }
        if !takes.isDisjoint(with: found.overdrawn) {
            try alarm(.overspent, record, "account \(account.id)", at: occasion.now)
        }
    }

    /// CARD-19: a decline may cost a fee.
    private func bookFee(_ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        guard let split = record.split, !split.isEmpty, let account = try record.account.flatMap({ try account($0) }) else {
            return .none
        }
        try move(
            account, taken: split, record: record,
            occasion(record, "fee", programme: account.programme, receivedAt: receivedAt, now: now))
        return Effect(taken: split)
    }

    /// What does not bear out an offline approval.
    private func doubts(_ record: JournalRecord, account: Account) throws -> [AlarmKind] {
        var found: [AlarmKind] = []
        let kind = try record.instrument.flatMap { try self.kind(of: $0, account: account.id, at: record.decidedAt) }
        if record.sealedEvidence != nil || kind ?? .card == .card { found = evidenceDoubts(record) }
        if kind == nil { found.append(.instrumentNotBound) }
        if try !holds("SELECT 1 FROM allowance WHERE account = ? AND terminal = ?", [account.id, record.terminal]) {
            found.append(.noAllowance)
        }
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

    // MARK: Authorised payments

    /// Booked when it was authorised; here it is only confirmed.
    private func confirm(_ record: JournalRecord, now: UTCInstant) throws -> Effect {
        guard let original = try authorisation(record.payment) else { throw RecordRefusal(reason: "unknownAuthorisation") }
        guard original["terminal"] as String == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        switch original["state"] as String {
        case "booked", "completed":
            guard original["amount"] as Int64? == record.approved.minorUnits,
                original["currency"] as String? == record.approved.currency.code
            else { throw RecordRefusal(reason: "amountMismatch") }
            try setState(record.payment, "completed")
        case "reversed":
            let isCollection = try collectsBooked(record.payment)
            try alarm(isCollection ? .collectionOfBooked : .approvalAfterReversal, record, "not booked again", at: now)
        default: throw RecordRefusal(reason: "authorisationDeclined")
        }
        return .none
    }

    /// ALL-10: gives back what the named authorisation took, once; when it has not come yet, it never will be booked.
    private func reverse(_ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        guard let original = try authorisation(record.payment) else {
            try run(
                "INSERT INTO authorisation (payment, terminal, state, decided_at) VALUES (?, ?, 'reversed', ?)",
                [Data(record.payment.bytes), record.terminal, now.milliseconds])
            try release(payment: record.payment, now: now)
            return .none
        }
        guard original["terminal"] as String == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        let state: String = original["state"]
        guard state == "booked" || state == "completed" else { return .none }
        guard let charge = try charge(record.payment), let account = try account(charge.account) else {
            throw RecordRefusal(reason: "unknownAccount")
        }
        try setState(record.payment, "reversed")
        // A void or refunds may have given it back already, or a part of it. A hold's completion is a payment of its own.
        let isCompletion = charge.payment != record.payment && charge.state == .completed
        guard charge.state == .booked || charge.state == .open || isCompletion else { return .none }
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        // A refund before it gave back what is the merchant's: what is left of the fees goes with the rest.
        (occasion.merchant, occasion.fees) = (charge.merchant, ChargeFees.none)
        if isCompletion { occasion.charge = charge.payment }
        try move(account, taken: try charge.remaining.negated(), occasion)
        try setState(.reversed, of: charge)
        try reopenCollected(by: charge.payment, now: now)
        try countPurchase(account.id, day: charge.day, purchases: -1, amount: try -charge.taken.money())
        try touch(account.id)
        return .none
    }

    func authorisation(_ payment: UUIDv7) throws -> Row? {
        try row("SELECT * FROM authorisation WHERE payment = ?", [Data(payment.bytes)])
    }

    /// What was booked without having been authorised: a reversal that comes later finds it.
    func noteAuthorised(_ record: JournalRecord, account: String, day: String?) throws {
        try run(
            """
            INSERT INTO authorisation (payment, terminal, state, account, currency, amount, day, decided_at)
            VALUES (?, ?, 'completed', ?, ?, ?, ?, ?)
            ON CONFLICT (payment) DO UPDATE SET state = 'completed', account = excluded.account,
                currency = excluded.currency, amount = excluded.amount, day = excluded.day
            """,
            [
                Data(record.payment.bytes), record.terminal, account, record.approved.currency.code,
                record.approved.minorUnits, day, record.decidedAt.milliseconds,
            ])
    }

    func isReversed(_ payment: UUIDv7) throws -> Bool { try authorisation(payment)?["state"] as String? == "reversed" }

    private func setState(_ payment: UUIDv7, _ state: String) throws {
        try run("UPDATE authorisation SET state = ? WHERE payment = ?", [state, Data(payment.bytes)])
    }
}
