import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes

/// What a start found, and did about it.
public struct StartRecovery: Sendable, Equatable {
    /// Open payments that were closed, each with a reversal.
    public var reversed: [UUIDv7] = []
    /// Payments whose traces no transaction leaves: left as they are.
    public var torn: [UUIDv7] = []
}

/// A payment with the state of its life, or what is torn about it.
public struct PaymentStanding: Sendable, Equatable {
    public var payment: UUIDv7
    public var life: Result<PaymentLife, PaymentLife.Torn>

    /// A word for people.
    public var word: String {
        switch life {
        case .success(let life): life.state.rawValue
        case .failure(let torn): "torn: \(torn.rawValue)"
        }
    }
}

extension PaymentStore {
    /// How payments stand, derived from the tables, in the order of `payments`; those that are not known are left out.
    public func standing(of payments: [UUIDv7]) throws(StoreError) -> [PaymentStanding] {
        try readCurrent { database in
            let purged = try JournalAnchor.find(database) != nil
            let log = sendLog
            let look = try database.cachedStatement(sql: PaymentStore.traces + " WHERE payment.id = ? LIMIT 1")
            return try payments.compactMap { payment in
                try Row.fetchOne(look, arguments: [Data(payment.bytes)]).map { try PaymentStore.standing($0, purged, log) }
            }
        }
    }

    /// Does what the life of each unfinished payment asks for at start (``PaymentLife/recovery``). Only open payments
    /// are looked at: all others are finished, however many they are.
    public func recover(now: TrustedTime, mint: () -> UUIDv7) throws(StoreError) -> StartRecovery {
        var recovery = StartRecovery()
        guard try isCurrent() else { return recovery }
        let open = try readCurrent { database in
            try Row.fetchAll(database, sql: PaymentStore.traces + " WHERE payment.state = 'open' ORDER BY payment.id").map {
                (try PaymentStore.standing($0, false, sendLog), try PaymentStore.money($0))
            }
        }
        for (standing, amount) in open {
            guard case .success(let life) = standing.life, life.recovery == .reverse else {
                recovery.torn.append(standing.payment)
                continue
            }
            try closeInterrupted(standing.payment, amount: amount, record: mint(), now: now)
            recovery.reversed.append(standing.payment)
        }
        return recovery
    }

    private static let traces = """
        SELECT payment.id AS id, payment.amount AS amount, payment.currency AS currency, payment.state AS state,
            payment.kind AS kind, payment.decision AS decision, payment.original AS original,
            payment.reference AS reference, journal.sequence AS sequence, outbox.sequence AS queued,
            outbox.quarantined AS quarantined, outbox.sent AS sent
        FROM payment LEFT JOIN journal ON journal.payment = payment.id LEFT JOIN outbox ON outbox.sequence = journal.sequence
        """

    /// - Parameter purged: whether records may have been purged: then one that is not there may have been.
    private static func standing(_ row: Row, _ purged: Bool, _ log: SendLog) throws -> PaymentStanding {
        guard let id = UUIDv7(bytes: try row.bytes("id")),
            let state = StoredPayment.State(rawValue: try row.value("state"))
        else { throw StoreError.damaged }
        let decision = try row.optional("decision", as: String.self).flatMap { Decision(stored: $0) }
        let isReversal = decision.map { $0.reason == .interrupted || $0.reason == .hostOutcomeUnknown } ?? false
        let hasRecord = try row.optional("sequence", as: Int64.self) != nil
        var traces = PaymentLife.Traces(
            row: traceRow(state), hasDecision: decision != nil, hasRecord: hasRecord, queue: nil, isReversal: isReversal)
        if let queued = try row.optional("queued", as: Int64.self) {
            let isSent = try row.optional("sent", as: Int.self) ?? 0 > 0 || log[queued] != nil
            let isAside = try row.optional("quarantined", as: String.self) != nil
            traces.queue = isAside ? .quarantined : isSent ? .sent : .waiting
        }
        // Of a purged record only approvals and reversals are known to have had one.
        if purged, !hasRecord { traces.hasRecord = traces.row == .approved || isReversal }
        do throws(PaymentLife.Torn) {
            return PaymentStanding(payment: id, life: .success(try PaymentLife(traces)))
        } catch {
            return PaymentStanding(payment: id, life: .failure(error))
        }
    }

    private static func traceRow(_ state: StoredPayment.State) -> PaymentLife.Traces.Row {
        switch state {
        case .open: .open
        case .approved, .held, .completed, .released: .approved
        case .declined: .declined
        case .abandoned: .abandoned
        case .voided: .voided
        case .declinedLater: .declinedLater
        }
    }
}
