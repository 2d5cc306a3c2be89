import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// Commits the intent. From here on a crash leaves a payment that ``recoverOpenPayments(now:mint:)`` finds.
    ///
    /// When the commit errs, the outcome is looked up in the reopened file.
    /// - Throws: ``StoreError/outcomeUnknown`` when the file can't be asked.
    public func begin(_ intent: PaymentIntent) throws(StoreError) -> BeginResult {
        try storing(
            { () throws(StoreError) in try insert(intent) },
            orFinding: { () throws(StoreError) in try isStored(intent.id) ? .begun : nil })
    }

    /// Whether a payment is there, proved durable.
    private func isStored(_ payment: UUIDv7) throws(StoreError) -> Bool {
        guard try self.payment(payment) != nil else { return false }
        try makeDurable()
        return true
    }

    private func insert(_ intent: PaymentIntent) throws(StoreError) -> BeginResult {
        try writeCurrent { database in
            if let reference = intent.reference,
                let known = try PaymentStore.payment(database, where: "reference = ?", [reference])
            {
                let content = try String.fetchOne(
                    database, sql: "SELECT content FROM payment WHERE id = ?", arguments: [Data(known.id.bytes)])
                guard known.amount == intent.amount, known.kind.rawValue == intent.kind.rawValue, content == intent.content
                else { throw StoreError.referenceReused }
                return .known(known)
            }
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO payment (id, reference, kind, amount, currency, state, started_at, content)
                    VALUES (?, ?, ?, ?, ?, 'open', ?, ?)
                    """)
            try insert.execute(arguments: [
                Data(intent.id.bytes), intent.reference, intent.kind.rawValue, intent.amount.minorUnits,
                intent.amount.currency.code, intent.startedAt.milliseconds, intent.content,
            ])
            return .begun
        }
    }

    /// Closes a payment that no card took part in: nothing to forward.
    public func abandon(_ payment: UUIDv7, decision: Decision, at now: UTCInstant) throws(StoreError) {
        try write { database in
            try PaymentStore.close(database, payment, .abandoned, decision, programme: nil, online: false, code: nil, now)
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
        try storing(
            { () throws(StoreError) in
                try writeCurrent { database in try settle(database, closing, decide) }
            }, orFinding: { () throws(StoreError) in try lookUp(closing.payment) })
    }

    /// Stores; when the commit erred, gives what the reopened file has of it. What is surely not there is stored once more when
    /// the reserve has given the disk space for it meanwhile.
    /// - Throws: ``StoreError/inputOutput`` when nothing is stored; ``StoreError/outcomeUnknown`` when the file can't be asked.
    func storing<Value>(
        _ store: () throws(StoreError) -> Value, orFinding find: () throws(StoreError) -> Value?
    ) throws(StoreError) -> Value {
        let releases = reserve.releases
        do {
            return try store()
        } catch .outcomeUnknown {
            if let found = try certainly(find) { return found }
            guard reserve.releases > releases else { throw .inputOutput }
            return try store()
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

    public func payment(reference: String) throws(StoreError) -> StoredPayment? {
        try read { try PaymentStore.payment($0, where: "reference = ?", [reference]) }
    }

    /// The newest payments, newest first, for the technician.
    public func recentPayments(limit: Int) throws(StoreError) -> [StoredPayment] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM payment ORDER BY id DESC LIMIT ?", arguments: [limit])
                .map(PaymentStore.payment)
        }
    }

    /// The payments that a crash left open. Each is closed as declined, and a reversal of whatever the host may have
    /// booked for it is queued in the same commit (ALL-10): nothing was approved, because nothing had been decided. A
    /// forward-only store leaves them open for the daemon that can close them.
    /// - Returns: the ids that were found open.
    public func recoverOpenPayments(now: TrustedTime, mint: () -> UUIDv7) throws(StoreError) -> [UUIDv7] {
        try recover(now: now, mint: mint).reversed
    }

    /// Closes one payment whose end could not be stored: declined, with a reversal of whatever the host may have booked for
    /// it in the same commit (ALL-10).
    /// - Throws: ``StoreError/wrongState`` when it is not open.
    public func closeInterrupted(
        _ payment: UUIDv7, amount: Money, record: UUIDv7, now: TrustedTime
    ) throws(StoreError) {
        let decision = Decision.declined(amount, rule: "ALL-10", reason: .interrupted)
        let closing = PaymentClosing(
            payment: payment, record: record, request: PurchaseRequest(amount: amount), programme: nil, instrument: nil,
            sealedEvidence: nil, now: now, hostReachable: false)
        _ = try settle(closing) { _, _ in .hostUnknown(decision) }
    }

    // MARK: Rows

    static func payment(
        _ database: Database, where clause: String, _ arguments: StatementArguments
    ) throws -> StoredPayment? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM payment WHERE \(clause)")
        return try Row.fetchOne(statement, arguments: arguments).map(payment)
    }

    private static func payment(_ row: Row) throws -> StoredPayment {
        guard let id = UUIDv7(bytes: try row.bytes("id")),
            let state = StoredPayment.State(rawValue: try row.value("state"))
        else { throw StoreError.damaged }
        let decision = try row.optional("decision", as: String.self).map { text in
            guard let decision = Decision(stored: text) else { throw StoreError.damaged }
            return decision
        }
        let amount = try money(row)
        var payment = StoredPayment(
            id: id, reference: try row.optional("reference"), kind: .purchase, amount: amount, state: state,
            startedAt: UTCInstant(milliseconds: try row.value("started_at")), decision: decision,
            online: try row.optional("online") ?? false, authorisationCode: try row.optional("authorisation_code"),
            programme: try row.optional("programme"), refunded: .zero(amount.currency))
        // The first schema, where a migration has failed, has no more.
        guard row.hasColumn("kind") else { return payment }
        guard let kind = StoredPayment.Kind(rawValue: try row.value("kind")) else { throw StoreError.damaged }
        payment.kind = kind
        payment.original = try optionalID(row, "original")
        payment.refunded = Money(minorUnits: try row.value("refunded"), currency: amount.currency)
        payment.expiresAt = try row.optional("expires_at", as: Int64.self).map { UTCInstant(milliseconds: $0) }
        return payment
    }

    /// Nil for NULL.
    private static func optionalID(_ row: Row, _ column: String) throws -> UUIDv7? {
        guard let bytes = try row.optional(column, as: Data.self) else { return nil }
        guard let id = UUIDv7(bytes: Array(bytes)) else { throw StoreError.damaged }
        return id
    }

    static func money(_ row: Row) throws -> Money {
        guard let currency = Currency(code: try row.value("currency")) else { throw StoreError.damaged }
        return Money(minorUnits: try row.value("amount"), currency: currency)
    }
}
