import Core
import HostProtocol
import Programmes
import Store

/// Completions, releases, voids and refunds of earlier payments.
extension Interleavings {
    /// - Returns: false when there is nothing to change.
    func amend(_ world: Int) throws -> Bool {
        if let last = worlds[world].lastAmendment, random.one(in: 10) {
            try `repeat`(world, last)
            return true
        }
        let candidates = worlds[world].payments.indices.filter { place in
            worlds[world].payments[place].state != .closed
        }
        guard !candidates.isEmpty else { return false }
        let place = candidates[random.below(candidates.count)]
        let held = worlds[world].payments[place].state == .held
        switch random.below(held ? 5 : 3) {
        case 0, 1: try change(world, place, held ? .completion : .void)
        case 2: try change(world, place, held ? .completion : .refund)
        default: try change(world, place, .release)
        }
        return true
    }

    private func `repeat`(_ world: Int, _ last: World.Amended) throws {
        var asked = false
        let again = Amendment(
            payment: last.payment, record: mint(), reference: nil, kind: last.kind, original: last.original,
            amount: Money(minorUnits: last.amount, currency: programme(world).currency), programme: programme(world),
            now: trusted, hostReachable: false)
        let settled = try store.amend(again) { _, _, _ in
            asked = true
            return .declined(again.amount, rule: "ALL-1", reason: .cardDataInvalid)
        }
        guard !asked, settled.decision.approved else { throw failure("an amendment was asked for anew", world) }
        note(.repeatedAmendment, world)
    }

    private func change(_ world: Int, _ place: Int, _ kind: Amendment.Kind) throws {
        let held = worlds[world]
        let payment = held.payments[place]
        let final = final(held, payment, kind)
        let currency = programme(world).currency
        let amendment = Amendment(
            payment: mint(), record: mint(), reference: nil, kind: kind, original: payment.id,
            amount: Money(minorUnits: final.total, currency: currency), programme: programme(world), now: trusted,
            hostReachable: false)
        var problem: String?
        let settled = try store.amend(amendment) { earlier, account, _ in
            problem = difference(held, payment, earlier, account, day(world))
            guard isAllowed(held, payment, kind, final, account) else {
                return .declined(amendment.amount, rule: "CARD-12", reason: .holdClosed)
            }
            return Decision(
                outcome: .approved, approvedAmount: amendment.amount, rule: "CARD-12", reason: .approvedOffline,
                split: kind == .release || kind == .void ? held.layout.shares(payment.take) : held.layout.shares(final))
        }
        if let problem { throw failure("at the \(kind): \(problem)", world) }
        guard settled.decision.approved else {
            note(.refusedAmendment, world)
            return
        }
        worlds[world].lastAmendment = World.Amended(
            payment: amendment.payment, kind: kind, original: payment.id, amount: final.total)
        write(world, place, kind, final, amendment)
    }

    /// What is taken in the end, or given back.
    private func final(_ world: World, _ payment: World.Payment, _ kind: Amendment.Kind) -> Take {
        switch kind {
        case .completion:
            let part = world.part(of: payment.take, random: &random)
            return part.total == 0 || random.one(in: 3) ? payment.take : part
        case .release, .void: return payment.take
        case .refund: return world.part(of: payment.take - payment.refunded, random: &random)
        }
    }

    private func difference(
        _ world: World, _ payment: World.Payment, _ earlier: EarlierPayment?, _ account: AccountState?,
        _ today: CivilDate
    ) -> String? {
        guard let earlier else { return "the earlier payment is missing" }
        if let difference = world.terminal.difference(from: account, layout: world.layout, today: today) {
            return difference
        }
        let state: EarlierPayment.State = payment.state == .held ? .held : payment.state == .paid ? .paid : .closed
        guard earlier.state == state, earlier.split == world.layout.shares(payment.take),
            earlier.amount.minorUnits == payment.take.total, earlier.refunded.minorUnits == payment.refunded.total
        else { return "the earlier payment differs" }
        if payment.state == .held, let statement = world.terminal.statement {
            let isHeld = world.terminal.isTaken(payment.asEnded, statement)
            guard earlier.isReserved == isHeld else { return "isReserved \(earlier.isReserved)" }
        }
        return nil
    }

    private func isAllowed(
        _ world: World, _ payment: World.Payment, _ kind: Amendment.Kind, _ final: Take, _ account: AccountState?
    ) -> Bool {
        switch kind {
        case .release: return true
        case .completion:
            guard let account, let statement = world.terminal.statement else { return false }
            if world.terminal.isTaken(payment.asEnded, statement) { return true }
            // The hold was given back: what is taken now must be there.
            for (place, line) in world.layout.lines.enumerated() {
                let units = (account.units(line.purse, denomination: line.denomination) ?? 0) - world.hidden[place]
                if final.units[place] > units { return false }
            }
            return true
        case .void: return payment.refunded.units == .zero
        case .refund: return final.total > 0
        }
    }

    private func write(_ world: Int, _ place: Int, _ kind: Amendment.Kind, _ final: Take, _ amendment: Amendment) {
        let payment = worlds[world].payments[place]
        let ends = payment.asEnded
        // The account is known by the payment, whether there is a statement of it or not.
        let known = payment.sequence != nil
        func add(_ kind: JournalRecord.Kind, _ take: Take, split: Take, ends: ModelTerminal.Ended?, day: CivilDate?) {
            book(
                world, amendment.record, kind, amendment.payment, take, split: split, original: payment.id, ends: ends,
                isOffline: !payment.isOnline, day: day, knownAccount: known)
        }
        switch kind {
        case .completion:
            add(.completion, final, split: final, ends: ends, day: payment.day)
            worlds[world].payments[place].state = .paid
            worlds[world].payments[place].take = final
            note(.completion, world)
        case .release:
            add(.release, Take(), split: payment.take, ends: ends, day: payment.day)
            worlds[world].payments[place].state = .closed
            note(.release, world)
        case .void:
            // The host may have declined a deferred purchase: then there is nothing to give back.
            let back = payment.isDeferred ? Take() : Take() - payment.take
            add(.void, back, split: payment.take, ends: nil, day: nil)
            worlds[world].payments[place].state = .closed
            worlds[world].payments[place].void = amendment.record
            note(.void, world)
        case .refund:
            add(.refund, Take(), split: final, ends: nil, day: nil)
            worlds[world].payments[place].refunded.units &+= final.units
            worlds[world].payments[place].refunded.money &+= final.money
            note(.refund, world)
        }
    }
}
