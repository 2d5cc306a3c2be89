import Core
import Foundation
import HostProtocol
import Programmes
import Store
import Synchronization

/// One lane: payments of every kind, as the daemon's lanes make them. Used by one thread at a time.
final class Till: @unchecked Sendable {
    let shop: Shop
    let lane: Int
    /// Payments whose end the store could not tell.
    var unknown: [UUIDv7] = []
    var approved = 0
    var refusals: [String: Int] = [:]

    private let keepsPaid: Bool

    /// - Parameters:
    ///   - lane: whose accounts it charges.
    ///   - keepsPaid: whether its payments may be amended.
    init(_ shop: Shop, lane: Int, keepsPaid: Bool = true) {
        self.keepsPaid = keepsPaid
        self.shop = shop
        self.lane = lane
    }

    enum Kind: CaseIterable {
        case purchase, deferred, hold, online, unknown, torn, advice, refused, abandoned, completion, release, refund, void
    }

    /// One step of a busy day.
    func step() throws {
        let kind: Kind =
            switch shop.pick(100) {
            case 0..<38: .purchase
            case 38..<43: .deferred
            case 43..<53: .hold
            case 53..<61: .online
            case 61..<66: .unknown
            case 66..<70: .torn
            case 70..<74: .advice
            case 74..<76: .refused
            case 76..<79: .abandoned
            case 79..<87: .completion
            case 87..<90: .release
            case 90..<96: .refund
            default: .void
            }
        try perform(kind)
    }

    func perform(_ kind: Kind) throws {
        switch kind {
        case .completion: try amend(.completion)
        case .release: try amend(.release)
        case .refund: try amend(.refund)
        case .void: try amend(.void)
        default: try pay(kind)
        }
    }

    // MARK: Payments

    private func pay(_ kind: Kind) throws {
        let payment = shop.mint()
        let record = shop.mint()
        let amount = Int64(100 + shop.pick(20_000))
        let money = Shop.money(amount)
        let account = shop.pick(Shop.accountsPerLane)
        let request = PurchaseRequest(kind: kind == .hold ? .hold : .purchase, amount: money)
        Recorder.mark("start \(payment)")
        try told(payment, isSettling: false) {
            _ = try shop.store.begin(
                PaymentIntent(
                    id: payment, reference: "R\(payment)", amount: money, startedAt: Clock.start, kind: request.kind))
        }
        Recorder.mark("begun \(payment)")
        if kind == .abandoned {
            Recorder.mark("try \(payment) abandoned")
            try told(payment, isSettling: true) {
                try shop.store.abandon(
                    payment, decision: .declined(money, rule: "CARD-14", reason: .cancelled), at: Clock.start)
            }
            Recorder.mark("closed \(payment) abandoned")
            return
        }
        let closing = PaymentClosing(
            payment: payment, record: record, request: request, programme: shop.programme,
            instrument: shop.instrument(lane, account), sealedEvidence: String(repeating: "s", count: 400), now: Clock.now,
            hostReachable: kind == .online || kind == .unknown, verification: "device",
            holdExpiry: kind == .hold ? Clock.start.advanced(byMilliseconds: 3_600_000) : nil)
        let state = kind == .hold ? "held" : [.purchase, .deferred, .online].contains(kind) ? "approved" : "declined"
        Recorder.mark("try \(payment) \(state)")
        let settled = try told(payment, isSettling: true) {
            if kind == .online || kind == .unknown {
                // The card asks for the host: nothing is written before its answer.
                let goOnline = Decision(
                    outcome: .goOnline, approvedAmount: .zero(.sek), rule: "ALL-7", reason: .onlineRequired)
                _ = try shop.store.settle(closing) { _, _ in .local(goOnline, cardMovedOn: false) }
            }
            return try shop.store.settle(closing) { _, _ in verdict(kind, payment, money, account) }
        }
        if settled.decision.approved {
            approved += 1
            shop.state.withLock { state in
                guard keepsPaid, kind == .purchase || kind == .hold || kind == .online else { return }
                state.paid[lane, default: []].append(
                    Shop.Paid(payment: payment, amount: amount, isHeld: kind == .hold))
            }
        }
        guard let sequence = settled.sequence else {
            Recorder.mark("closed \(payment) \(state)")
            return
        }
        let word =
            switch kind {
            case .purchase: "offlineApproval"
            case .deferred: "deferredApproval"
            case .hold: "hold"
            case .online: "onlineApproval"
            case .unknown: "reversal"
            case .torn: "torn"
            default: "declineAdvice"
            }
        Recorder.mark("done \(payment) \(state) \(record) \(sequence) \(word) \(settled.decision.approvedAmount.minorUnits)")
    }

    private func verdict(_ kind: Kind, _ payment: UUIDv7, _ money: Money, _ account: Int) -> Verdict {
        func approval(_ reason: Reason) -> Decision {
            Decision(outcome: .approved, approvedAmount: money, rule: "CARD-21", reason: reason)
        }
        switch kind {
        case .deferred: return .local(approval(.approvedDeferred), cardMovedOn: true)
        case .online:
            return .host(
                approval(.approvedOnline),
                AuthorisationAnswer(
                    payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "A1B2C3",
                    // Every other answer comes without a statement: then the spend is kept here.
                    account: money.minorUnits % 2 == 0 ? shop.statement(lane, account) : nil, hostTime: Clock.start))
        case .unknown: return .hostUnknown(.declined(money, rule: "ALL-10", reason: .hostOutcomeUnknown))
        case .torn: return .torn(.declined(money, rule: "ALL-7", reason: .cardRemoved))
        case .advice: return .local(.declined(money, rule: "CARD-1", reason: .insufficientFunds), cardMovedOn: true)
        case .refused: return .local(.declined(money, rule: "CARD-6", reason: .expired), cardMovedOn: false)
        default: return .local(approval(.approvedOffline), cardMovedOn: true)
        }
    }

    // MARK: Amendments

    private func amend(_ kind: Amendment.Kind) throws {
        let wantsHold = kind == .completion || kind == .release
        let found: (place: Int, paid: Shop.Paid)? = shop.state.withLock { state in
            let places = (state.paid[lane] ?? []).indices.filter { place in
                let paid = state.paid[lane]?[place]
                return paid?.isHeld == wantsHold && (kind != .void || paid?.refunded == 0)
            }
            guard !places.isEmpty, let list = state.paid[lane] else { return nil }
            let place = places[state.random.pick(places.count)]
            return (place, list[place])
        }
        guard let (place, paid) = found else { return try pay(wantsHold ? .hold : .purchase) }
        let amount: Int64 =
            switch kind {
            case .completion: max(1, paid.amount - Int64(shop.pick(100)))
            case .refund: max(1, (paid.amount - paid.refunded) / 2)
            case .release, .void: paid.amount
            }
        if kind == .refund, paid.refunded + amount > paid.amount { return try pay(.purchase) }
        let amendment = Amendment(
            payment: shop.mint(), record: shop.mint(), reference: nil, kind: kind, original: paid.payment,
            amount: Shop.money(amount), programme: shop.programme, now: Clock.now, hostReachable: false)
        let state =
            switch kind {
            case .completion: "completed"
            case .release: "released"
            case .refund: "approved"
            case .void: "voided"
            }
        Recorder.mark("start \(amendment.payment)")
        Recorder.mark("try \(amendment.payment) approved")
        if kind != .refund { Recorder.mark("try \(paid.payment) \(state)") }
        let settled = try told(amendment.payment, isSettling: false) {
            try shop.store.amend(amendment) { earlier, _, _ in
                Decision(
                    outcome: .approved, approvedAmount: amendment.amount, rule: "CARD-12", reason: .approvedOffline,
                    split: kind == .release || kind == .void ? earlier?.split ?? [] : [])
            }
        }
        guard let sequence = settled.sequence else { throw Stop("an amendment without a record") }
        shop.state.withLock { shop in
            switch kind {
            case .completion, .release, .void: _ = shop.paid[lane]?.remove(at: place)
            case .refund: shop.paid[lane]?[place].refunded += amount
            }
        }
        Recorder.mark(
            "done \(amendment.payment) approved \(amendment.record) \(sequence) \(kind.rawValue) \(settled.decision.approvedAmount.minorUnits)")
        if kind != .refund { Recorder.mark("now \(paid.payment) \(state)") }
    }

    // MARK: What the store says when the disk errs

    /// Asks once more for what it could not tell.
    func askAgain() throws {
        for payment in unknown {
            let found = try shop.store.lookUp(payment)
            if let stored = try shop.store.payment(payment) {
                Recorder.mark(found == nil ? "refused \(payment)" : "now \(payment) \(stored.state.rawValue)")
            }
        }
        unknown = []
    }

    /// Notes what an error means before it goes on.
    private func told<Value>(_ payment: UUIDv7, isSettling: Bool, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            refusals["\(error)", default: 0] += 1
            if error == .outcomeUnknown {
                unknown.append(payment)
            } else if isSettling {
                // Nothing was stored: the till was told so, and it must stay so.
                Recorder.mark("refused \(payment)")
            }
            throw error
        }
    }
}
