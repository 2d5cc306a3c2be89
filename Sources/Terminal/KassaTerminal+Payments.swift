import Core
import Diagnostics
import Foundation
import HostLink
import HostProtocol
import Logging
import Programmes
import Store
import Workers

/// What a technician, and until the checkout's interface is there a till, does with earlier payments.
extension KassaTerminal {
    public func complete(_ parameters: CompleteParameters) async throws -> AmendmentResult {
        try await amend(.completion, parameters.payment, amount: parameters.amount, reference: nil)
    }

    public func release(_ parameters: ReleaseParameters) async throws -> AmendmentResult {
        try await amend(.release, parameters.payment, amount: nil, reference: nil)
    }

    public func refund(_ parameters: RefundParameters) async throws -> AmendmentResult {
        try await amend(.refund, parameters.payment, amount: parameters.amount, reference: parameters.reference)
    }

    public func void(_ parameters: VoidParameters) async throws -> AmendmentResult {
        try await amend(.void, parameters.payment, amount: nil, reference: parameters.reference)
    }

    public func payments(count: Int, reference: String?) async throws -> [PaymentReply] {
        try await onStore { store in
            let found = try reference.map { try store.payment(reference: $0).map { [$0] } ?? [] }
            let payments = try found ?? store.recentPayments(limit: count)
            let lives = try store.isCurrent() ? store.standing(of: payments.map(\.id)) : []
            let words = Dictionary(lives.map { ($0.payment, $0.word) }) { first, _ in first }
            return try payments.map { payment in
                // Unknown is not declined: what is still to be undone says so (ALL-10).
                let state =
                    switch try store.reversal(of: payment) {
                    case .queued: "reversalQueued"
                    case .refused: "reversalRefused"
                    case .reversed: "reversed"
                    case nil: payment.state.rawValue
                    }
                return PaymentReply(
                    payment: payment.id, time: payment.startedAt, kind: payment.kind.rawValue, amount: payment.amount,
                    state: state, rule: payment.decision?.rule, reason: payment.decision?.reason,
                    reference: payment.reference, life: words[payment.id])
            }
        }
    }

    public func decided(_ name: String) async throws -> DecidedPayment {
        let stored = try await stored(name)
        guard let decision = stored.decision else { throw DiagnosticsError.unknownPayment }
        return DecidedPayment(
            payment: stored.id, asked: stored.amount, decision: decision, programme: programme(stored.programme))
    }

    public func programmes() async -> [LoadedProgramme] {
        let now = clock.now.instant
        return programmes.map { programme in
            LoadedProgramme(
                programme: programme, file: programmeFiles[programme.id] ?? programme.id + ".toml", today: programme.day(of: now))
        }
    }

    // MARK: Steps

    func programme(_ id: String?) -> Programme? { id.flatMap { id in programmes.first { $0.id == id } } }

    /// A till's reference: 1 to 64 bytes. The journal stores it in the clear, so it holds no card number (ALL-5).
    func check(_ reference: String?) throws {
        guard reference.map({ (1...64).contains($0.utf8.count) }) ?? true else {
            throw DiagnosticsError.malformedField("reference")
        }
        if let reference, CardNumberForm.isFound(in: reference) { throw DiagnosticsError.looksLikeCardNumber("reference") }
    }

    /// By id, its beginning, or the till's reference.
    func stored(_ name: String) async throws -> StoredPayment {
        let found = try await onStore { store in try store.payments(named: name, limit: 10).compactMap { try store.payment($0) } }
        guard let first = found.first else { throw DiagnosticsError.unknownPayment }
        guard found.count == 1 else { throw DiagnosticsError.ambiguousPayment(count: found.count) }
        return first
    }

    private func amend(
        _ kind: Amendment.Kind, _ name: String, amount: String?, reference: String?
    ) async throws -> AmendmentResult {
        try check(reference)
        try checkReady()
        let original = try await stored(name)
        var money: Money?
        if let amount {
            guard let read = try? Money(decimal: amount, currency: original.amount.currency) else {
                throw DiagnosticsError.malformedField("amount")
            }
            money = read
        }
        let asked = money
        let made = try await onStore { [amender] _ in
            try amender.amend(kind, original: original.id, amount: asked, reference: reference)
        }
        if made.settled.sequence != nil { link.recordCommitted() }
        logger.info(
            "\(kind.rawValue) \(made.settled.decision.outcome.rawValue)",
            metadata: [
                "payment": "\(made.payment)", "of": "\(original.id)", "rule": "\(made.settled.decision.rule)",
                "reason": "\(made.settled.decision.reason.rawValue)",
            ])
        return AmendmentResult(
            payment: made.payment, of: original.id, asked: made.amount, decision: made.settled.decision,
            programme: programme(original.programme), sequence: made.settled.sequence)
    }
}
