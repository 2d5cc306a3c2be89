import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// Decides and stores a change of an earlier payment in one write transaction: the payment, its account and the
    /// terminal's state are read, `decide` is asked, and what it approves is written as ``settle(_:decide:)`` writes purchases.
    /// The same reference with the same content gives the same answer again (ALL-8).
    /// - Throws: ``StoreError/referenceReused`` for a reference with other content; ``StoreError/wrongState`` when what
    ///   `decide` approved does not fit the payment; otherwise as ``settle(_:decide:)``.
    public func amend(
        _ amendment: Amendment, decide: (EarlierPayment?, AccountState?, TerminalState) -> Decision
    ) throws(StoreError) -> Settled {
        try storing(
            { () throws(StoreError) in
                try writeCurrent { database in try amend(database, amendment, decide) }
            }, orFinding: { () throws(StoreError) in try lookUp(amendment.payment) })
    }

    /// An earlier payment as an amendment would see it, for people.
    public func earlier(_ payment: UUIDv7) throws(StoreError) -> EarlierPayment? {
        try readCurrent { try EarlierRow($0, payment)?.payment }
    }

    /// Holds of this terminal that are past their end, oldest first, at most a thousand: to be released.
    public func expiredHolds(now: UTCInstant) throws(StoreError) -> [UUIDv7] {
        try readCurrent { database in
            try Row.fetchAll(
                database,
                sql: "SELECT id FROM payment WHERE state = 'held' AND expires_at < ? ORDER BY expires_at LIMIT 1000",
                arguments: [now.milliseconds]
            ).map { row in
                guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
                return id
            }
        }
    }

    // MARK: The transaction

    private func amend(
        _ database: Database, _ amendment: Amendment,
        _ decide: (EarlierPayment?, AccountState?, TerminalState) -> Decision
    ) throws -> Settled {
        if let settled = try answered(database, amendment) { return settled }
        let earlier = try EarlierRow(database, amendment.original)
        let day = amendment.programme.map { $0.day(of: amendment.now.instant) }
        let account = try earlier?.account.flatMap { try PaymentStore.account(database, id: $0, today: day) }
        let terminal = try terminalState(
            database, currency: amendment.amount.currency, instrument: nil, now: amendment.now,
            hostReachable: amendment.hostReachable)
        let decision = decide(earlier?.payment, account?.state, terminal)
        guard decision.approved else {
            if decision.outcome == .declined, amendment.reference != nil {
                try PaymentStore.insert(database, amendment, decision, earlier: nil, split: [], merchant: terminal.merchant)
            }
            return Settled(decision: decision)
        }
        guard let earlier else { throw StoreError.wrongState }
        let change = try AmendmentChange(amendment.kind, decision, earlier, amendment.programme)

        var entry = JournalEntry(
            kind: change.record, id: amendment.record, payment: amendment.payment, amount: amendment.amount,
            decision: decision, now: amendment.now)
        entry.reference = amendment.reference
        entry.merchant = terminal.merchant
        entry.programme = amendment.programme?.id ?? earlier.payment.programme
        if let id = earlier.account {
            let next = try account?.nextSequence ?? PaymentStore.nextSequence(database, account: id, countedThrough: 0)
            entry.account = (id, next)
        }
        entry.split = change.split
        entry.lines = decision.lines
        entry.valueDate = decision.valueDate
        entry.original = amendment.original
        entry.exposure = change.exposure
        entry.spend = change.spend
        let sequence = try append(database, entry)
        try PaymentStore.insert(
            database, amendment, decision, earlier: earlier, split: change.split, merchant: terminal.merchant,
            sequence: entry.account?.sequence)
        try change.apply(database, to: amendment.original)
        if let original = earlier.collects, amendment.kind == .refund || amendment.kind == .void {
            let givenBack = amendment.kind == .void ? earlier.payment.amount : decision.approvedAmount
            try PaymentStore.reopenClaim(database, original, givenBack: givenBack)
        }
        return Settled(decision: decision, sequence: sequence)
    }

    /// The answer that was given to the same amendment before.
    private func answered(_ database: Database, _ amendment: Amendment) throws -> Settled? {
        var known = try PaymentStore.payment(database, where: "id = ?", [Data(amendment.payment.bytes)])
        if known == nil, let reference = amendment.reference {
            known = try PaymentStore.payment(database, where: "reference = ?", [reference])
        }
        guard let known else { return nil }
        // Releases and voids take what there is: they are asked for without an amount.
        let hasAmount = amendment.kind == .completion || amendment.kind == .refund
        guard known.kind.rawValue == amendment.kind.rawValue, known.original == amendment.original,
            !hasAmount || known.amount == amendment.amount, let decision = known.decision
        else { throw known.id == amendment.payment ? StoreError.wrongState : StoreError.referenceReused }
        let sequence = try Int64.fetchOne(
            database, sql: "SELECT sequence FROM journal WHERE payment = ?", arguments: [Data(known.id.bytes)])
        return Settled(decision: decision, sequence: sequence)
    }

    private static func insert(
        _ database: Database, _ amendment: Amendment, _ decision: Decision, earlier: EarlierRow?, split: [PurseShare],
        merchant: String, sequence: Int64? = nil
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO payment (id, reference, kind, amount, currency, state, started_at, decided_at, programme, online,
                    decision, account, account_sequence, merchant, taken, split, original)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
                """
        ).execute(arguments: [
            Data(amendment.payment.bytes), amendment.reference, amendment.kind.rawValue, amendment.amount.minorUnits,
            amendment.amount.currency.code, (decision.approved ? StoredPayment.State.approved : .declined).rawValue,
            amendment.now.instant.milliseconds, amendment.programme?.id ?? earlier?.payment.programme, decision.stored,
            earlier?.account, sequence, merchant, decision.approvedAmount.minorUnits, StoredText.split(split),
            Data(amendment.original.bytes),
        ])
    }
}
