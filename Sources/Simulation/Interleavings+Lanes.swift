import Core
import HostProtocol
import Programmes
import Store

/// What happens at the lanes of an account, and to it at the host.
extension Interleavings {
    func lane(_ world: Int) throws {
        now = now.advanced(byMilliseconds: random.below(Int64(5000)))
        setDays()
        let lane = random.below(settings.lanes)
        switch worlds[world].lanes[lane] {
        case .idle:
            switch random.below(20) {
            case 0..<9: try begin(world, lane)
            case 9..<16: if try !amend(world) { try begin(world, lane) }
            default: try atHost(world)
            }
        case .open(let payment, let isHold, let amount): try decide(world, lane, payment, isHold, amount)
        case .asked(let payment, let isHold, let amount, let answer, let take):
            if random.one(in: 4) {
                try atHost(world)
            } else {
                try answered(world, lane, payment, isHold, amount, answer, take)
            }
        }
        try check(world)
    }

    private func money(_ world: Int, _ amount: Int64) -> Money {
        Money(minorUnits: amount, currency: programme(world).currency)
    }

    private func begin(_ world: Int, _ lane: Int) throws {
        let payment = mint()
        let isHold = random.one(in: 3)
        let amount = 1 + random.below(Int64(random.one(in: 4) ? 160 : 60))
        _ = try store.begin(
            PaymentIntent(
                id: payment, reference: nil, amount: money(world, amount), startedAt: now,
                kind: isHold ? .hold : .purchase))
        worlds[world].lanes[lane] = .open(payment, isHold: isHold, amount: amount)
        note(.begin, world)
    }

    func closing(_ world: Int, _ payment: UUIDv7, _ record: UUIDv7, _ isHold: Bool, _ amount: Int64) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: record,
            request: PurchaseRequest(kind: isHold ? .hold : .purchase, amount: money(world, amount)),
            programme: programme(world), instrument: worlds[world].instrument, sealedEvidence: nil, now: trusted,
            hostReachable: false, holdExpiry: isHold ? now.advanced(byMilliseconds: 86_400_000) : nil)
    }

    // MARK: A payment's end

    private func decide(_ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64) throws {
        switch random.below(26) {
        case 0..<13: try offline(world, lane, payment, isHold, amount)
        case 13: try refuse(world, lane, payment, isHold, amount, fee: false)
        case 14: try refuse(world, lane, payment, isHold, amount, fee: true)
        case 15:
            let record = mint()
            let declined = Decision.declined(money(world, amount), rule: "ALL-7", reason: .cardRemoved)
            _ = try store.settle(closing(world, payment, record, isHold, amount)) { _, _ in .torn(declined) }
            book(world, record, .torn, payment, Take())
            worlds[world].lanes[lane] = .idle
            note(.torn, world)
        case 16:
            try store.abandon(
                payment, decision: .declined(money(world, amount), rule: "ALL-7", reason: .cancelled), at: now)
            worlds[world].lanes[lane] = .idle
            note(.abandon, world)
        case 17 where random.one(in: 5): try fail(world, payment, isHold, amount)
        default: try ask(world, lane, payment, isHold, amount)
        }
    }

    /// Decided here: what is available and allowed is approved, else declined.
    private func offline(_ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64) throws {
        let held = worlds[world]
        let hidden = held.hidden
        let deferred = !isHold && random.one(in: 5)
        let acceptsLoss = random.one(in: 3)
        let namesSplit = held.layout.lines.count > 1 || random.one(in: 2)
        let cardMovedOn = random.one(in: 2)
        let record = mint()
        var problem: String?
        var taken: Take?
        let settled = try store.settle(closing(world, payment, record, isHold, amount)) { account, _ in
            problem = held.terminal.difference(from: account, layout: held.layout, today: day(world))
            taken = account.flatMap { allowed(held, $0, hidden, amount, acceptsLoss) }
            guard let taken else {
                return .local(
                    .declined(money(world, amount), rule: "CARD-1", reason: .insufficientFunds),
                    cardMovedOn: cardMovedOn)
            }
            return .local(
                Decision(
                    outcome: .approved, approvedAmount: money(world, amount), rule: "ALL-7",
                    reason: deferred ? .approvedDeferred : .approvedOffline,
                    split: namesSplit ? held.layout.shares(taken) : []),
                cardMovedOn: true)
        }
        if let problem { throw failure("at the decision: \(problem)", world) }
        worlds[world].lanes[lane] = .idle
        guard let taken else {
            if cardMovedOn { book(world, record, .declineAdvice, payment, Take()) }
            guard (settled.sequence != nil) == cardMovedOn else { throw failure("a decline's record", world) }
            note(.decline, world)
            return
        }
        let kind: JournalRecord.Kind = isHold ? .hold : deferred ? .deferredApproval : .offlineApproval
        let sequence = book(world, record, kind, payment, taken, approvals: 1, purchases: 1, day: day(world))
        worlds[world].payments.append(
            World.Payment(
                id: payment, isOnline: false, isDeferred: deferred, state: isHold ? .held : .paid, take: taken,
                sequence: sequence, isHold: isHold, day: day(world)))
        note(isHold ? .holdOffline : deferred ? .payDeferred : .payOffline, world)
    }

    private func allowed(
        _ world: World, _ state: AccountState, _ hidden: Units, _ amount: Int64, _ acceptsLoss: Bool
    ) -> Take? {
        guard let allowance = state.limit.offlineAllowance, state.uncounted.offlineCount < allowance.count,
            amount <= allowance.perTransaction, state.uncounted.offlineAmount + amount <= allowance.amount
        else { return nil }
        var units = Units.zero
        for (place, line) in world.layout.lines.enumerated() {
            units[place] = (state.units(line.purse, denomination: line.denomination) ?? 0) - hidden[place]
        }
        return world.take(amount, from: units, acceptsLoss: acceptsLoss)
    }

    private func refuse(
        _ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64, fee: Bool
    ) throws {
        let record = mint()
        var due = Take()
        if fee, worlds[world].terminal.statement != nil,
            let take = worlds[world].take(1, from: worlds[world].spendable(), acceptsLoss: false)
        {
            due = take
        }
        let decision = Decision(
            outcome: .declined, approvedAmount: money(world, 0), rule: "CARD-8", reason: .blocked,
            split: worlds[world].layout.shares(due))
        _ = try store.settle(closing(world, payment, record, isHold, amount)) { _, _ in
            .local(decision, cardMovedOn: true)
        }
        book(world, record, .declineAdvice, payment, due)
        worlds[world].others = worlds[world].others &- due.units
        worlds[world].lanes[lane] = .idle
        note(due.total > 0 ? .declineWithFee : .decline, world)
    }

    /// A commit that breaks off in the middle, because its record has an id that is taken: nothing of it may stay.
    private func fail(_ world: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64) throws {
        guard let record = firstRecord else { return }
        let held = worlds[world]
        do {
            _ = try store.settle(closing(world, payment, record, isHold, amount)) { _, _ in
                let take = held.take(1, from: held.layout.initial, acceptsLoss: true) ?? Take()
                return .local(
                    Decision(
                        outcome: .approved, approvedAmount: money(world, 1), rule: "ALL-7", reason: .approvedOffline,
                        split: held.layout.shares(take)), cardMovedOn: true)
            }
        } catch {
            note(.failedTransaction, world)
            return
        }
        throw failure("two records with one id", world)
    }

    // MARK: Records

    /// The model's side of a record of this terminal.
    /// - Returns: its number in the account; nil when the terminal does not have the account.
    @discardableResult
    func book(
        _ world: Int, _ record: UUIDv7, _ kind: JournalRecord.Kind, _ payment: UUIDv7, _ take: Take, split: Take? = nil,
        original: UUIDv7? = nil, ends: ModelTerminal.Ended? = nil, isOffline: Bool = true, approvals: Int = 0,
        purchases: Int = 0, day: CivilDate? = nil, bookedAt: Int64? = nil, knownAccount: Bool = false
    ) -> Int64? {
        var sequence: Int64?
        if worlds[world].terminal.statement != nil || knownAccount {
            let number = worlds[world].terminal.next
            sequence = number
            worlds[world].terminal.append(
                ModelTerminal.OwnRecord(
                    sequence: number, take: take, ends: ends, isOffline: isOffline,
                    approvals: approvals, purchases: purchases, day: day, bookedAt: bookedAt))
        }
        firstRecord = firstRecord ?? record
        let named = split ?? take
        sent[record] = Sent(
            world: world,
            entry: ModelAccount.Entry(
                kind: kind, sequence: sequence, payment: payment, original: original, units: named.units,
                day: purchases > 0 ? self.day(world) : nil),
            shares: worlds[world].layout.shares(named), isDeferred: kind == .deferredApproval)
        return sequence
    }
}
