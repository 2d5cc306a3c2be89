import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// Records: the facts that the rules ask for, and what they decide, on the books.
extension LedgerTransaction {
    /// Moves what the record moves, and counts it.
    /// - Parameters:
    ///   - image: of its terminal, when it came.
    ///   - receivedAt: when it came: what the value date follows from (CARD-15).
    func settle(_ record: JournalRecord, image: Int64, receivedAt: UTCInstant, now: UTCInstant) throws {
        let when = RecordOccasion(image: image, receivedAt: receivedAt, now: now)
        let effect = try carryOut(try decide(record, when), of: record, when)
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

    private func decide(_ record: JournalRecord, _ when: RecordOccasion) throws -> Booking {
        if record.kind == .deferredApproval { return try rules.deferred(record, try deferredFacts(record, when), when) }
        return try rules.booking(record, try facts(record), when)
    }

    /// Booked by order of somebody, whatever speaks against it.
    func bookOffline(
        _ record: JournalRecord, _ kind: Charge.Kind, receivedAt: UTCInstant, now: UTCInstant, isJudged: Bool
    ) throws -> Effect {
        let when = RecordOccasion(image: try terminal(record.terminal).image, receivedAt: receivedAt, now: now)
        var facts = try facts(record)
        facts.account = try record.account.flatMap { try account($0) }
        facts.purses = try facts.account.map { try purses(of: $0.id) } ?? []
        return try carryOut(try rules.approval(record, kind, facts, when, isJudged: isJudged), of: record, when)
    }

    /// - Parameter isCapped: false books it above the programme's cap too: somebody has decided so.
    func refund(
        _ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant, isCapped: Bool
    ) throws -> Effect {
        let when = RecordOccasion(image: try terminal(record.terminal).image, receivedAt: receivedAt, now: now)
        return try carryOut(try rules.refund(record, try facts(record), when, isCapped: isCapped), of: record, when)
    }

    func occasion(
        _ record: JournalRecord, _ kind: String? = nil, programme: String, receivedAt: UTCInstant, now: UTCInstant
    ) -> Occasion {
        rules.occasion(
            record, kind, programme: programme, RecordOccasion(image: 0, receivedAt: receivedAt, now: now))
    }

    /// What the record takes from each purse: its split, or the amount from the first purse.
    func shares(_ record: JournalRecord, of account: Account, amount: Money) throws -> [PurseShare] {
        try rules.shares(record, of: account, try purses(of: account.id), amount: amount)
    }

    // MARK: Facts

    private func facts(_ record: JournalRecord) throws -> RecordFacts {
        var facts = RecordFacts(terminal: try terminal(record.terminal))
        facts.account = try record.account.flatMap { try account($0) }
        switch record.kind {
        case .offlineApproval, .hold:
            guard let account = facts.account else { break }
            facts.instrument = try record.instrument.flatMap { try kind(of: $0, account: account.id, at: record.decidedAt) }
            facts.hasAllowance = try holds(
                "SELECT 1 FROM allowance WHERE account = ? AND terminal = ?", [account.id, record.terminal])
        case .onlineApproval:
            facts.authorisation = try authorisation(record.payment)
            if facts.authorisation?.state == .reversed { facts.collectsBooked = try collectsBooked(record.payment) }
        case .reversal:
            facts.authorisation = try authorisation(record.payment)
            facts.charge = try charge(record.payment)
        case .completion, .release, .refund, .void:
            guard let original = record.original else { break }
            facts.charge = try charge(original)
            if facts.charge == nil { facts.isOriginalAuthorised = try authorisation(original) != nil }
            if let charge = facts.charge, charge.state == .declined { facts.claim = try lateClaim(of: charge.payment) }
            if record.kind == .completion { facts.authorisation = try authorisation(record.payment) }
        case .declineAdvice, .deferredApproval, .torn: break
        }
        if let charge = facts.charge, charge.account != facts.account?.id { facts.account = try account(charge.account) }
        // A split names its purses; a refund asks for what is in them.
        if let account = facts.account, record.split == nil || record.kind == .refund {
            facts.purses = try purses(of: account.id)
        }
        return facts
    }

    private func deferredFacts(_ record: JournalRecord, _ when: RecordOccasion) throws -> DecisionFacts {
        var facts = DecisionFacts(
            terminal: try terminal(record.terminal), account: try record.account.flatMap { try account($0) },
            rates: try rates())
        if let instrument = record.instrument {
            facts.isBound = try facts.account != nil && account(of: instrument)?.id == facts.account?.id
            facts.instrument = try facts.account.flatMap { try kind(of: instrument, account: $0.id, at: record.decidedAt) }
            facts.stopped = try stopped(instrument)
        }
        facts.state = try facts.account.map {
            try state(of: $0, uncounted: .none, now: LedgerRules.judged(record, when))
        }
        facts.isCollected = try collected(of: record.payment, terminal: record.terminal) != 0
        facts.collections = try unauthorisedCollections(of: record.payment)
        return facts
    }

    // MARK: Authorised payments

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

    func authorisation(_ payment: UUIDv7) throws -> BookAuthorisation? {
        guard let row = try row("SELECT * FROM authorisation WHERE payment = ?", [Data(payment.bytes)]) else { return nil }
        guard let state = BookAuthorisation.State(rawValue: row["state"]) else {
            throw LedgerError.unavailable("authorisation row")
        }
        let units: Int64? = row["amount"], code: String? = row["currency"]
        return BookAuthorisation(
            terminal: row["terminal"], state: state,
            amount: units.flatMap { units in code.flatMap { Currency(code: $0) }.map { Money(minorUnits: units, currency: $0) } },
            requestHash: (row["request_hash"] as Data?).map { Array($0) }, answer: (row["answer"] as Data?).map { Array($0) })
    }
}
