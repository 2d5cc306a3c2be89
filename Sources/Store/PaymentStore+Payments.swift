import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// Commits the intent. From here on a crash leaves a payment that ``recoverOpenPayments(now:mint:)`` finds.
    public func begin(_ intent: PaymentIntent) throws(StoreError) -> BeginResult {
        try write { database in
            if let reference = intent.reference,
                let known = try PaymentStore.payment(database, where: "reference = ?", [reference])
            {
                guard known.amount == intent.amount else { throw StoreError.referenceReused }
                return .known(known)
            }
            let insert = try database.cachedStatement(
                sql: "INSERT INTO payment (id, reference, amount, currency, state, started_at) VALUES (?, ?, ?, ?, 'open', ?)")
            try insert.execute(arguments: [
                Data(intent.id.bytes), intent.reference, intent.amount.minorUnits, intent.amount.currency.code,
                intent.startedAt.milliseconds,
            ])
            return .begun
        }
    }

    /// Closes a payment that no card took part in: nothing to forward.
    public func abandon(_ payment: UUIDv7, decision: Decision, at now: UTCInstant) throws(StoreError) {
        try write { database in
            try PaymentStore.close(
                database, payment, state: .abandoned, decision, programme: nil, online: false, code: nil, now)
        }
    }

    /// Decides and stores in one write transaction: account and terminal state are read, `decide` is asked, and the
    /// journal record, its outbox entry, the spend and the counters are written (ALL-2, ALL-3).
    ///
    /// When the commit errs, the outcome is looked up in the reopened file, made durable and returned if it is there; it
    /// is an error if it is surely not.
    /// - Throws: ``StoreError/outcomeUnknown`` when the file can't be asked; ``StoreError/wrongState`` when the payment was
    ///   closed before; any other error means that nothing was stored.
    public func settle(
        _ closing: PaymentClosing, decide: (AccountState?, TerminalState) -> Verdict
    ) throws(StoreError) -> Settled {
        do {
            return try write { database in try settle(database, closing, decide) }
        } catch .outcomeUnknown {
            guard let found = try certainly({ () throws(StoreError) in try lookUp(closing.payment) }) else {
                throw .inputOutput
            }
            return found
        }
    }

    /// How a payment was closed, proved durable; nil while it is open or not known.
    public func lookUp(_ payment: UUIDv7) throws(StoreError) -> Settled? {
        let found = try read { database -> Settled? in
            guard let stored = try PaymentStore.payment(database, where: "id = ?", [Data(payment.bytes)]),
                stored.state != .open, let decision = stored.decision
            else { return nil }
            let sequence = try Int64.fetchOne(
                database, sql: "SELECT sequence FROM journal WHERE payment = ?", arguments: [Data(payment.bytes)])
            return Settled(
                decision: decision, sequence: sequence, authorisationCode: stored.authorisationCode, online: stored.online)
        }
        if found != nil { try makeDurable() }
        return found
    }

    /// Any failure to look leaves the outcome unknown.
    private func certainly<Value>(_ look: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        do {
            return try look()
        } catch _ {
            throw .outcomeUnknown
        }
    }

    public func payment(_ id: UUIDv7) throws(StoreError) -> StoredPayment? {
        try read { try PaymentStore.payment($0, where: "id = ?", [Data(id.bytes)]) }
    }

    /// The payments that a crash left open. Each is closed as declined, and a reversal of whatever the host may have
    /// booked for it is queued in the same commit (ALL-10): nothing was approved, because nothing had been decided.
    /// - Returns: the ids that were found open.
    public func recoverOpenPayments(now: TrustedTime, mint: () -> UUIDv7) throws(StoreError) -> [UUIDv7] {
        let open = try read { database in
            try Row.fetchAll(database, sql: "SELECT id, amount, currency FROM payment WHERE state = 'open' ORDER BY id")
                .map { row -> (UUIDv7, Money) in
                    guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
                    return (id, try PaymentStore.money(row))
                }
        }
        for (id, amount) in open { try closeInterrupted(id, amount: amount, record: mint(), now: now) }
        return open.map(\.0)
    }

    /// Closes one payment whose end could not be stored: declined, with a reversal of whatever the host may have booked for
    /// it in the same commit (ALL-10).
    /// - Throws: ``StoreError/wrongState`` when it is not open.
    public func closeInterrupted(
        _ payment: UUIDv7, amount: Money, record: UUIDv7, now: TrustedTime
    ) throws(StoreError) {
        let decision = Decision.declined(amount, rule: "ALL-10", reason: .interrupted)
        let closing = PaymentClosing(
            payment: payment, record: record, amount: amount, programme: nil, instrument: nil, sealedEvidence: nil,
            now: now, hostReachable: false)
        _ = try settle(closing) { _, _ in .hostUnknown(decision) }
    }

    // MARK: The transaction

    private func settle(
        _ database: Database, _ closing: PaymentClosing, _ decide: (AccountState?, TerminalState) -> Verdict
    ) throws -> Settled {
        let look = try database.cachedStatement(sql: "SELECT state, reference FROM payment WHERE id = ?")
        guard let payment = try Row.fetchOne(look, arguments: [Data(closing.payment.bytes)]),
            try payment.value("state") == StoredPayment.State.open.rawValue
        else { throw StoreError.wrongState }
        let day = closing.programme.map { $0.day(of: closing.now.instant) }
        var found = try closing.instrument.flatMap { try PaymentStore.account(database, instrument: $0, today: day) }
        let terminal = try terminalState(
            database, currency: closing.amount.currency, now: closing.now, hostReachable: closing.hostReachable)
        let verdict = decide(found?.state, terminal)

        let decision: Decision
        var online = false
        var code: String?
        var kind: JournalRecord.Kind?
        // Whether the cached balance includes what the host approved just now.
        var stated = false
        switch verdict {
        case .local(let made, let cardMovedOn):
            decision = made
            kind = made.approved ? .offlineApproval : cardMovedOn ? .declineAdvice : nil
        case .host(let made, let answer):
            decision = made
            online = true
            code = answer.authorisationCode
            kind = made.approved ? .onlineApproval : nil
            if let account = answer.account {
                stated = try PaymentStore.upsert(database, account)
                found = try closing.instrument.flatMap { try PaymentStore.account(database, instrument: $0, today: day) }
            }
        case .hostUnknown(let made):
            decision = made
            kind = .reversal
        case .torn(let made):
            decision = made
            kind = .torn
        }
        // The rules asked for the host: nothing is decided yet, so nothing is written.
        if decision.outcome == .goOnline { return Settled(decision: decision) }

        var sequence: Int64?
        if let kind {
            sequence = try append(
                database, kind, closing, decision, code, reference: try payment.optional("reference"), account: found, day: day,
                spends: kind == .offlineApproval || (kind == .onlineApproval && !stated))
        }
        try PaymentStore.close(
            database, closing.payment, state: decision.approved ? .approved : .declined, decision,
            programme: closing.programme?.id, online: online, code: code, closing.now.instant)
        return Settled(decision: decision, sequence: sequence, authorisationCode: code, online: online)
    }

    /// Journal, outbox, spend and counters of one record.
    private func append(
        _ database: Database, _ kind: JournalRecord.Kind, _ closing: PaymentClosing, _ decision: Decision,
        _ code: String?, reference: String?, account: FoundAccount?, day: CivilDate?, spends: Bool
    ) throws -> Int64 {
        let head = try database.cachedStatement(sql: "SELECT next_sequence, chain FROM terminal")
        guard let row = try Row.fetchOne(head) else { throw StoreError.damaged }
        let sequence: Int64 = try row.value("next_sequence")
        let previous: Data = try row.value("chain")
        let record = JournalRecord(
            id: closing.record, kind: kind, terminal: terminal, sequence: sequence, payment: closing.payment,
            reference: reference, merchant: try terminalFacts(database)?.merchant ?? "",
            programme: closing.programme?.id, account: account?.state.limit.account,
            accountSequence: account?.nextSequence, instrument: closing.instrument, amount: closing.amount,
            approved: decision.approvedAmount, rule: decision.rule.rawValue, reason: decision.reason.rawValue,
            authorisationCode: code, decidedAt: closing.now.instant, sealedEvidence: closing.sealedEvidence)
        let body = record.encoded()
        let bodyHash = JournalChain.bodyHash(body)
        let chain = JournalChain.link(
            previous: Array(previous), sequence: sequence, id: closing.record, bodyHash: bodyHash)
        try database.cachedStatement(
            sql: "INSERT INTO journal (sequence, id, payment, body, body_hash, chain) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            sequence, Data(closing.record.bytes), Data(closing.payment.bytes), Data(body), Data(bodyHash), Data(chain),
        ])
        let exposure = kind == .offlineApproval ? decision.approvedAmount.minorUnits : 0
        try database.cachedStatement(
            sql: "INSERT INTO outbox (sequence, kind, currency, exposure) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [sequence, kind.rawValue, closing.amount.currency.code, exposure])
        if exposure != 0 {
            try PaymentStore.addExposure(database, exposure, closing.amount.currency.code)
        }
        if let account {
            let id = account.state.limit.account
            try database.cachedStatement(sql: "UPDATE account SET next_sequence = ? WHERE id = ?")
                .execute(arguments: [account.nextSequence + 1, id])
            if spends {
                try database.cachedStatement(
                    sql: "INSERT INTO spend (account, account_sequence, amount, day, offline) VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [
                    id, account.nextSequence, decision.approvedAmount.minorUnits, day?.description ?? "",
                    kind == .offlineApproval,
                ])
            }
        }
        try database.cachedStatement(
            sql: "UPDATE terminal SET next_sequence = ?, chain = ?, high_water = MAX(high_water, ?)"
        ).execute(arguments: [
            sequence + 1, Data(chain), closing.now.anchored ? closing.now.instant.milliseconds : 0,
        ])
        return sequence
    }

    static func addExposure(_ database: Database, _ amount: Int64, _ currency: String) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO exposure (currency, amount) VALUES (?, ?)
                ON CONFLICT (currency) DO UPDATE SET amount = amount + excluded.amount
                """
        ).execute(arguments: [currency, amount])
    }

    // MARK: Rows

    private static func close(
        _ database: Database, _ id: UUIDv7, state: StoredPayment.State, _ decision: Decision, programme: String?,
        online: Bool, code: String?, _ now: UTCInstant
    ) throws {
        let update = try database.cachedStatement(
            sql: """
                UPDATE payment SET state = ?, decided_at = ?, programme = ?, online = ?, decision = ?, authorisation_code = ?
                WHERE id = ? AND state = 'open'
                """)
        try update.execute(arguments: [
            state.rawValue, now.milliseconds, programme, online, decision.stored, code, Data(id.bytes),
        ])
        guard database.changesCount == 1 else { throw StoreError.wrongState }
    }

    static func payment(
        _ database: Database, where clause: String, _ arguments: StatementArguments
    ) throws -> StoredPayment? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM payment WHERE \(clause)")
        guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
        guard let id = UUIDv7(bytes: try row.bytes("id")),
            let state = StoredPayment.State(rawValue: try row.value("state"))
        else { throw StoreError.damaged }
        let decision = try row.optional("decision", as: String.self).map { text in
            guard let decision = Decision(stored: text) else { throw StoreError.damaged }
            return decision
        }
        return StoredPayment(
            id: id, reference: try row.optional("reference"), amount: try money(row), state: state,
            startedAt: UTCInstant(milliseconds: try row.value("started_at")), decision: decision,
            online: try row.optional("online") ?? false, authorisationCode: try row.optional("authorisation_code"))
    }

    static func money(_ row: Row) throws -> Money {
        guard let currency = Currency(code: try row.value("currency")) else { throw StoreError.damaged }
        return Money(minorUnits: try row.value("amount"), currency: currency)
    }
}
