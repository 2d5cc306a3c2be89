import Core
import HostProtocol
import Programmes
import Store

/// Payments that the host decides.
extension Interleavings {
    /// The rules want the host; it hears the request or not, and decides on what it has been told is uncounted.
    func ask(_ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64) throws {
        let held = worlds[world]
        let currency = programme(world).currency
        let goOnline = Decision(
            outcome: .goOnline, approvedAmount: .zero(currency), rule: "ALL-7", reason: .onlineRequired)
        let settled = try store.settle(closing(world, payment, mint(), isHold, amount)) { _, _ in
            .local(goOnline, cardMovedOn: false)
        }
        guard settled.sequence == nil else { throw failure("goOnline has written a record", world) }
        try checkUncounted(world)
        guard held.removedAt == nil, held.terminal.statement != nil, !random.one(in: 6) else {
            worlds[world].lanes[lane] = .asked(payment, isHold: isHold, amount: amount, answer: nil, take: Take())
            note(.requestLost, world)
            return
        }
        // What is there for all to see, wherever the newest statement may be.
        let fresh = held.available(under: statement(world))
        let here = held.spendable()
        let most = fresh.replacing(with: here, where: here .< fresh)
        let take = random.one(in: 6) ? nil : held.take(amount, from: most, acceptsLoss: false)
        if let take {
            version += 1
            worlds[world].books.authorise(payment, take.units, isHold: isHold, day: day(world), version: version)
        }
        let split = held.layout.shares(take ?? Take())
        let answer = AuthorisationAnswer(
            payment: payment, approved: take != nil, rule: "CARD-21",
            reason: take != nil ? "approvedOnline" : "insufficientFunds",
            authorisationCode: take != nil ? "123456" : nil,
            account: statement(world), hostTime: now, split: take != nil ? split : nil)
        worlds[world].lanes[lane] = .asked(
            payment, isHold: isHold, amount: amount, answer: answer, take: take ?? Take())
        note(.askHost, world)
    }

    /// ALL-3: what a request tells the host of this terminal's own spends.
    private func checkUncounted(_ world: Int) throws {
        let told = try store.uncountedOffline(instrument: worlds[world].instrument)
        guard let statement = worlds[world].terminal.statement, let told else {
            guard (told == nil) == (worlds[world].terminal.statement == nil) else {
                throw failure("uncounted account", world)
            }
            return
        }
        let terminal = worlds[world].terminal
        let own = terminal.uncounted(statement).filter { terminal.isOwn($0.record, statement) }
        let amount = own.reduce(Int64(0)) { $0 + $1.take.total }
        let units = own.reduce(Units.zero) { $0 &+ $1.take.units }
        var toldUnits = Units.zero
        for share in told.shares {
            guard let place = worlds[world].layout.place(share.purse, share.denomination) else { continue }
            toldUnits[place] += share.units
        }
        guard told.from == statement.countedThrough, told.amount == amount, toldUnits == units else {
            throw failure("told the host of \(told.amount) from \(told.from), must be \(amount)", world)
        }
    }

    /// The answer comes, or nobody knows any more what it was.
    func answered(
        _ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64, _ answer: AuthorisationAnswer?,
        _ take: Take
    ) throws {
        guard let answer, !random.one(in: 4) else {
            try outcomeUnknown(world, lane, payment, isHold, amount)
            return
        }
        let currency = programme(world).currency
        let record = mint()
        let closing = closing(world, payment, record, isHold, amount)
        let decision =
            answer.approved
            ? Decision(
                outcome: .approved, approvedAmount: Money(minorUnits: amount, currency: currency), rule: "CARD-21",
                reason: .approvedOnline)
            : .declined(Money(minorUnits: amount, currency: currency), rule: "CARD-1", reason: .insufficientFunds)
        let held = worlds[world]
        var problem: String?
        _ = try store.settle(closing) { account, _ in
            problem = held.terminal.difference(from: account, layout: held.layout, today: day(world))
            return .host(decision, answer)
        }
        if let problem { throw failure("at the answer: \(problem)", world) }
        takeStatement(world, answer.account)
        worlds[world].lanes[lane] = .idle
        guard answer.approved else {
            note(.onlineDecline, world)
            return
        }
        let bookedAt = worlds[world].books.authorisations[payment]?.version
        let sequence = book(
            world, record, .onlineApproval, payment, take, isOffline: false, purchases: 1, day: day(world),
            bookedAt: bookedAt)
        worlds[world].payments.append(
            World.Payment(
                id: payment, isOnline: true, state: isHold ? .held : .paid, take: take, sequence: sequence,
                isHold: isHold,
                day: day(world), bookedAt: bookedAt))
        note(isHold ? .onlineHold : .onlineApproval, world)
    }

    /// ALL-10: declined here, and its reversal is queued in the same commit.
    private func outcomeUnknown(
        _ world: Int, _ lane: Int, _ payment: UUIDv7, _ isHold: Bool, _ amount: Int64
    ) throws {
        let record = mint()
        let decision = Decision.declined(
            Money(minorUnits: amount, currency: programme(world).currency), rule: "ALL-10", reason: .hostOutcomeUnknown)
        _ = try store.settle(closing(world, payment, record, isHold, amount)) { _, _ in .hostUnknown(decision) }
        book(world, record, .reversal, payment, Take())
        worlds[world].lanes[lane] = .idle
        note(.unknownOutcome, world)
    }

    /// Of two statements the newer one counts.
    private func takeStatement(_ world: Int, _ statement: AccountLimit?) {
        guard let statement else { return }
        if worlds[world].terminal.statement.map({ $0.version <= statement.version }) ?? (statement.version > applied) {
            worlds[world].terminal.statement = statement
        }
        let isNewest = worlds[world].terminal.statement?.version == statement.version
        if snapshot != nil, isNewest, worlds[world].staged.map({ $0.version <= statement.version }) ?? true {
            worlds[world].staged = statement
        }
    }
}
