import Core
import Diagnostics
import Foundation
import Programmes
import Store
import Workers

/// What the host declined after the terminal had approved it (ALL-7): listed, announced, collected or given up.
extension KassaTerminal {
    public func declined(openOnly: Bool, limit: Int) async throws -> ListDeclinedReply {
        let now = clock.now.instant
        return try await onStore { store in
            ListDeclinedReply(
                summary: DeclinedSummaryReply(try store.declinedSummary()),
                declined: try store.declined(openOnly: openOnly, limit: limit).map { DeclinedReply($0, at: now) })
        }
    }

    public func collect(
        _ parameters: CollectParameters, news: @escaping @Sendable (PayReply) async -> Void
    ) async throws -> PayReply {
        try check(parameters.reference)
        try checkReady()
        let declined = try await bounced(parameters.payment)
        let reference = parameters.reference
        // Asked for again with the same reference, it is answered as before (ALL-8), whatever has become of it.
        let isKnown = try await onStore { store in try reference.flatMap { try store.payment(reference: $0) } != nil }
        if !isKnown {
            guard declined.state == .open else { throw DiagnosticsError.notCollectable(declined.state.rawValue) }
            switch declined.retry(at: clock.now.instant) {
            case .now: break
            case .never: throw DiagnosticsError.notCollectable("never")
            case .notBefore(let instant): throw DiagnosticsError.notCollectable("later", until: instant.milliseconds)
            }
        }
        let reply = try await pay(
            PurchaseRequest(amount: declined.amount, collects: declined.payment), reference: reference,
            timeoutSeconds: parameters.timeoutSeconds, news: news)
        if !isKnown, let after = try await onStore({ try $0.declined(declined.payment) }), after.state == .collected {
            announcements.post("collected", after, at: clock.now.instant)
        }
        return reply
    }

    public func giveUpDeclined(_ payment: String) async throws -> DeclinedReply {
        let declined = try await bounced(payment)
        let now = clock.now.instant
        guard try await onStore({ try $0.giveUp(declined.payment, at: now) }) else {
            throw DiagnosticsError.notCollectable(declined.state.rawValue)
        }
        let after = try await bounced(payment)
        announcements.post("givenUp", after, at: now)
        return DeclinedReply(after, at: now)
    }

    public func watchAnnouncements(
        news: @escaping @Sendable (AnnouncementReply) async throws -> Void
    ) async throws {
        // First listen, then look: what happens between the two is told twice rather than never.
        let stream = announcements.stream()
        let now = clock.now.instant
        let open = try await onStore { try $0.declined(openOnly: true, limit: 1000) }
        for declined in open.reversed() {
            try await news(AnnouncementReply(announcement: "open", declined: DeclinedReply(declined, at: now)))
        }
        for await announcement in stream { try await news(announcement) }
        try Task.checkCancellation()
    }

    /// What may be collected now from the card of a payment that has just been decided: told with the payment's answer.
    /// - Parameter instrument: of the payment; nil: as its record says, if it left one.
    func offers(after payment: UUIDv7, by instrument: Pseudonym?) async -> [DeclinedReply]? {
        let now = clock.now.instant
        let open = try? await onStore { store -> [DeclinedPayment] in
            guard let instrument = try instrument ?? store.instrument(of: payment) else { return [] }
            return try store.openDeclined(instrument: instrument).filter { $0.retry(at: now) == .now }
        }
        return open.flatMap { $0.isEmpty ? nil : $0.map { DeclinedReply($0, at: now) } }
    }

    private func bounced(_ name: String) async throws -> DeclinedPayment {
        let payment = try await stored(name)
        guard let declined = try await onStore({ try $0.declined(payment.id) }) else {
            throw DiagnosticsError.notCollectable("notDeclined")
        }
        return declined
    }
}

extension DeclinedReply {
    init(_ declined: DeclinedPayment, at now: UTCInstant) {
        let (word, until): (String, Int64?) =
            switch declined.retry(at: now) {
            case .now: ("now", nil)
            case .never: ("never", nil)
            case .notBefore(let instant): ("later", instant.milliseconds)
            }
        self.init(
            payment: declined.payment.description, record: declined.record.description, reference: declined.reference,
            amount: AmountReply(declined.amount), account: declined.account, reason: declined.reason,
            declinedAt: declined.declinedAt.milliseconds, state: declined.state.rawValue,
            closedAt: declined.closedAt?.milliseconds, collectedBy: declined.collectedBy?.description, collect: word,
            collectableAt: until)
    }
}

extension DeclinedSummaryReply {
    init(_ summary: DeclinedSummary) {
        self.init(open: summary.open, amounts: summary.amounts.map(AmountReply.init))
    }
}
