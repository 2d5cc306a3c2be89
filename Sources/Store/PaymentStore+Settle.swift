import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// The body of ``settle(_:decide:)``'s transaction.
    func settle(
        _ database: Database, _ closing: PaymentClosing, _ decide: (AccountState?, TerminalState) -> Verdict
    ) throws -> Settled {
        let look = try database.cachedStatement(sql: "SELECT state, reference FROM payment WHERE id = ?")
        let payment = try look.first([Data(closing.payment.bytes)]) { columns in
            (state: try columns.value(String.self), reference: try columns.optional(String.self))
        }
        guard let payment, payment.state == StoredPayment.State.open.rawValue else { throw StoreError.wrongState }
        let day = closing.programme.map { $0.day(of: closing.now.instant) }
        var found = try closing.instrument.flatMap { try PaymentStore.account(database, instrument: $0, today: day) }
        let terminal = try terminalState(
            database, currency: closing.amount.currency, instrument: closing.instrument, now: closing.now,
            hostReachable: closing.hostReachable, collects: closing.request.collects)
        var verdict = decide(found?.state, terminal)
        // The purchase was paid after all while the host's word on its collection was on its way: never both.
        if case .host(let made, _) = verdict, made.approved, let original = closing.request.collects,
            try !PaymentStore.isOwed(database, original)
        {
            verdict = .hostUnknown(.declined(closing.amount, rule: "ALL-7", reason: .collectionNotDue))
        }
        let outcome = Outcome(verdict, closing.request.kind)
        // The rules asked for the host: nothing is decided yet, so nothing is written.
        if outcome.decision.outcome == .goOnline { return Settled(decision: outcome.decision) }

        // Whether the cached balance includes what the host approved just now.
        var stated = false
        if let answer = outcome.answer, let account = answer.account {
            stated = try PaymentStore.takeStatement(database, account, incarnation: answer.incarnation)
            found = try closing.instrument.flatMap { try PaymentStore.account(database, instrument: $0, today: day) }
        }
        let decision = outcome.decision
        let split = outcome.split(of: found?.state.limit)
        var sequence: Int64?
        if let kind = outcome.kind {
            var entry = JournalEntry(
                kind: kind, id: closing.record, payment: closing.payment, amount: closing.amount, decision: decision,
                now: closing.now)
            entry.reference = payment.reference
            entry.merchant = terminal.merchant
            entry.programme = closing.programme?.id
            // A restored store may have used the number in its earlier life: what moves nothing takes none.
            let isNumbered = !terminal.isRestored || kind.isApprovedHere || kind == .onlineApproval || !split.isEmpty
            entry.account = isNumbered ? found.map { ($0.state.limit.account, $0.nextSequence) } : nil
            entry.instrument = closing.instrument
            entry.split = split
            entry.lines = outcome.answer?.lines ?? decision.lines
            entry.valueDate = outcome.answer?.valueDate ?? decision.valueDate
            entry.verification = closing.verification
            entry.expiresAt = kind == .hold ? closing.holdExpiry : nil
            entry.authorisationCode = outcome.answer?.authorisationCode
            entry.sealedEvidence = closing.sealedEvidence
            entry.original = closing.request.collects
            entry.exposure = kind.isApprovedHere ? decision.approvedAmount.minorUnits : 0
            entry.spend = stated ? nil : PaymentStore.spend(kind, split, day)
            sequence = try append(database, entry)
        }
        let state: StoredPayment.State =
            !decision.approved ? .declined : closing.request.kind == .hold ? .held : .approved
        if decision.approved {
            try PaymentStore.close(
                database, closing, state, decision, split, online: outcome.online,
                code: outcome.answer?.authorisationCode, account: found, isStated: stated, merchant: terminal.merchant)
            if let original = closing.request.collects {
                try PaymentStore.collect(
                    database, original, by: closing.payment, taken: decision.approvedAmount.minorUnits, at: closing.now.instant)
            }
        } else {
            try PaymentStore.close(
                database, closing.payment, state, decision, programme: closing.programme?.id, online: outcome.online,
                code: outcome.answer?.authorisationCode, closing.now.instant)
            if let original = closing.request.collects, let answer = outcome.answer {
                try PaymentStore.heed(database, answer, collecting: original, at: closing.now.instant)
            }
        }
        return Settled(
            decision: decision, sequence: sequence, authorisationCode: outcome.answer?.authorisationCode,
            online: outcome.online)
    }

    /// What a record takes off the account; nil when that is nothing. A decline takes its fee (CARD-19), which is no purchase.
    private static func spend(_ kind: JournalRecord.Kind, _ split: [PurseShare], _ day: CivilDate?) -> Spend? {
        let lines = split.map { SpendLine($0) }
        switch kind {
        case .onlineApproval: return Spend(day: day, purchases: 1, offline: false, lines: lines)
        case .declineAdvice: return lines.isEmpty ? nil : Spend(offline: true, lines: lines)
        default:
            return kind.isApprovedHere ? Spend(day: day, purchases: 1, offline: true, approvals: 1, lines: lines) : nil
        }
    }

    static func close(
        _ database: Database, _ id: UUIDv7, _ state: StoredPayment.State, _ decision: Decision, programme: String?,
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

    /// Closes an approved payment, with what later amendments need to know.
    /// - Parameter isStated: whether the host's balance includes it since it was made, whatever the number of its record.
    private static func close(
        _ database: Database, _ closing: PaymentClosing, _ state: StoredPayment.State, _ decision: Decision,
        _ split: [PurseShare], online: Bool, code: String?, account: FoundAccount?, isStated: Bool, merchant: String
    ) throws {
        let update = try database.cachedStatement(
            sql: """
                UPDATE payment SET state = ?, decided_at = ?, programme = ?, online = ?, decision = ?, authorisation_code = ?,
                    kind = ?, account = ?, account_sequence = ?, merchant = ?, taken = ?, split = ?, expires_at = ?
                WHERE id = ? AND state = 'open'
                """)
        try update.execute(arguments: [
            state.rawValue, closing.now.instant.milliseconds, closing.programme?.id, online, decision.stored, code,
            closing.request.kind.rawValue, account?.state.limit.account, isStated ? 0 : account?.nextSequence, merchant,
            decision.approvedAmount.minorUnits, StoredText.split(split),
            closing.request.kind == .hold ? closing.holdExpiry?.milliseconds : nil, Data(closing.payment.bytes),
        ])
        guard database.changesCount == 1 else { throw StoreError.wrongState }
    }
}

/// A verdict, as the tables see it.
private struct Outcome {
    let decision: Decision
    /// Nil: nothing to forward.
    let kind: JournalRecord.Kind?
    let answer: AuthorisationAnswer?
    var online: Bool { answer != nil }

    init(_ verdict: Verdict, _ request: PurchaseRequest.Kind) {
        switch verdict {
        case .local(let made, let cardMovedOn):
            decision = made
            answer = nil
            if made.approved {
                kind = request == .hold ? .hold : made.reason == .approvedDeferred ? .deferredApproval : .offlineApproval
            } else {
                // A fee is debited on the decline too, where the programme says so (CARD-19).
                kind = cardMovedOn || !made.split.isEmpty ? .declineAdvice : nil
            }
        case .host(let made, let given):
            decision = made
            answer = given
            kind = made.approved ? .onlineApproval : nil
        case .hostUnknown(let made):
            decision = made
            answer = nil
            kind = .reversal
        case .torn(let made):
            decision = made
            answer = nil
            kind = .torn
        }
    }

    /// The host's word first, then the rules'; else the account's first purse pays all of it.
    func split(of account: AccountLimit?) -> [PurseShare] {
        // A host's split that is none is not stored: then the first purse pays.
        if let answer {
            if let split = answer.split, split.isSound { return split }
        } else if !decision.split.isEmpty {
            return decision.split
        }
        guard decision.approved, let account, let first = account.purses.first, first.denomination == nil,
            account.currency == decision.approvedAmount.currency
        else { return [] }
        let amount = decision.approvedAmount.minorUnits
        return [PurseShare(purse: first.purse, units: amount, money: amount)]
    }
}

extension JournalRecord.Kind {
    /// Approved by this terminal alone: the host has not booked it.
    var isApprovedHere: Bool { self == .offlineApproval || self == .deferredApproval || self == .hold }
}
