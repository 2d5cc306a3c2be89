import Core
import Foundation
import HostProtocol
import Programmes

// Records and authorisations in ``MemoryBooks``: the facts that the rules ask for, and what they decide.
extension MemoryBooks {
    mutating func take(_ forwarded: ForwardedRecord, terminal: String, now: UTCInstant) throws -> RecordResult {
        let hash = JournalChain.bodyHash(Array(forwarded.body))
        func result(_ outcome: RecordResult.Outcome, _ reason: String? = nil) -> RecordResult {
            RecordResult(forwarded, hash: hash, outcome, reason)
        }
        let held = places[forwarded.id].map { records[$0] }
        if let held, held.hash == hash, held.record.terminal == terminal {
            return declined[forwarded.id].map { result(.declinedLater, $0.rawValue) } ?? result(.duplicate)
        }
        // One record's failure undoes that record's changes alone.
        var attempt = self
        do {
            guard held == nil else { throw RecordRefusal(reason: "idReused") }
            let record = try LedgerTransaction.parse(forwarded, terminal: terminal)
            try attempt.book(record, forwarded, hash: hash, now: now)
        } catch let refusal as RecordRefusal {
            return result(.rejected, refusal.reason)
        }
        self = attempt
        return declined[forwarded.id].map { result(.declinedLater, $0.rawValue) } ?? result(.applied)
    }

    private mutating func book(
        _ record: JournalRecord, _ forwarded: ForwardedRecord, hash: [UInt8], now: UTCInstant
    ) throws {
        guard let holder = terminals[record.terminal] else { throw LedgerError.unknownTerminal }
        places[record.id] = records.count
        let kept = Kept(record: record, hash: hash, chain: forwarded.chain, image: holder.image, receivedAt: now)
        records.append(kept)
        terminals[record.terminal]?.highestSequence = max(holder.highestSequence, record.sequence)
        let isAuthorised = authorisations[record.payment] != nil
        for change in rules.collecting(record, isAuthorised: isAuthorised, isBooked: record.original.map(isBooked) ?? false) {
            try carryOut(change, of: record, now: now)
        }
        if let want = record.want, !knows(want) {
            held[want, default: []].append(record.id)
        } else {
            try settle(kept, now: now)
        }
    }

    private func knows(_ want: RecordWant) -> Bool {
        switch want {
        case .account(let id): accounts[id] != nil
        case .authorisation(let payment): authorisations[payment] != nil
        case .original(let payment): charge(payment) != nil || authorisations[payment] != nil
        }
    }

    /// Books what waited; what can't be booked after all goes on waiting, for people.
    mutating func release(_ want: RecordWant, now: UTCInstant) throws {
        let waiting = (held.removeValue(forKey: want) ?? []).compactMap { places[$0].map { records[$0] } }
        for kept in waiting.sorted(by: { ($0.record.terminal, $0.image, $0.record.sequence) < ($1.record.terminal, $1.image, $1.record.sequence) }) {
            var attempt = self
            do { try attempt.settle(kept, now: now) } catch is RecordRefusal { continue }
            self = attempt
        }
    }

    private mutating func settle(_ kept: Kept, now: UTCInstant) throws {
        let record = kept.record
        guard let holder = terminals[record.terminal] else { throw LedgerError.unknownTerminal }
        let when = RecordOccasion(image: kept.image, receivedAt: kept.receivedAt, now: now)
        let booking =
            record.kind == .deferredApproval
            ? try rules.deferred(record, deferredFacts(record, holder, when), when)
            : try rules.booking(record, facts(record, holder), when)
        for change in booking.changes { try carryOut(change, of: record, now: now) }
        if let account = record.account, let sequence = record.accountSequence {
            if kept.image == holder.image { count(record, account, sequence, booking.effect) }
            touch(account)
        }
        switch record.kind {
        case .offlineApproval, .hold, .deferredApproval, .completion: try release(.original(record.payment), now: now)
        default: break
        }
    }

    // MARK: Facts

    private func facts(_ record: JournalRecord, _ holder: BookTerminal) -> RecordFacts {
        var facts = RecordFacts(terminal: holder)
        facts.authorisation = authorisations[record.payment]
        let changes = [.completion, .release, .refund, .void].contains(record.kind) ? record.original : nil
        facts.charge = charge(changes ?? record.payment)
        facts.isOriginalAuthorised = record.original.map { authorisations[$0] != nil } ?? false
        facts.claim = facts.charge.flatMap { lateClaim(of: $0.payment) }
        facts.collectsBooked = collects[record.payment].map(isBooked) ?? false
        let account =
            switch record.kind {
            case .completion, .release, .refund, .void, .reversal: facts.charge?.account ?? record.account
            default: record.account
            }
        guard let account, let found = accounts[account] else { return facts }
        facts.account = found
        facts.purses = purses[account] ?? []
        facts.instrument = record.instrument.flatMap { instruments[$0] }.flatMap { $0.account == account ? $0.binding.kind : nil }
        facts.hasAllowance = allowances[Place(account: account, terminal: record.terminal)] != nil
        return facts
    }

    private func deferredFacts(_ record: JournalRecord, _ holder: BookTerminal, _ when: RecordOccasion) -> DecisionFacts {
        let account = record.account.flatMap { accounts[$0] }
        var facts = DecisionFacts(terminal: holder, account: account)
        facts.isBound = account != nil && record.instrument.flatMap { instruments[$0]?.account } == account?.id
        facts.instrument = record.instrument.flatMap { instruments[$0] }.flatMap { $0.account == account?.id ? $0.binding.kind : nil }
        facts.state = account.map { state(of: $0, uncounted: .none, now: LedgerRules.judged(record, when)) }
        facts.isCollected = collected(of: record.payment, terminal: record.terminal) != 0
        facts.collections = unauthorisedCollections(of: record.payment)
        return facts
    }

    private func state(of account: BookAccount, uncounted: UncountedSpends, now: UTCInstant) -> AccountState {
        let today = rules.day(account.programme, now)
        let bought = bought[Day(account: account.id, day: today)] ?? Bought()
        return AccountState(
            limit: AccountLimit(
                account: account.id, programme: account.programme, version: account.version, currency: account.currency,
                purses: purses[account.id] ?? [], status: account.status, countedThrough: 0, countedDay: CivilDate(today),
                purchasesOnCountedDay: bought.count, offlineAllowance: nil, instruments: [], lastDay: account.lastDay,
                amountOnCountedDay: bought.amount, pin: account.pin),
            uncounted: uncounted)
    }

    // MARK: Changes

    private mutating func carryOut(_ change: BookChange, of record: JournalRecord?, now: UTCInstant) throws {
        switch change {
        case .move(let account, let taken, let occasion): try move(account, taken: taken, occasion)
        case .count(let account, let day, let purchases, let amount):
            var sum = bought[Day(account: account, day: day)] ?? Bought()
            let (money, overflow) = sum.amount.addingReportingOverflow(amount)
            guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
            (sum.count, sum.amount) = (max(0, sum.count + purchases), max(0, money))
            bought[Day(account: account, day: day)] = sum
        case .open(var charge):
            guard charges[charge.payment] == nil else { break }
            charge.shares = try charge.taken.summed().map { Charge.Share(taken: $0) }
            charges[charge.payment] = charge
        case .charge(let payment, let state): charges[payment]?.state = state
        case .complete(let payment, let amount, let shares):
            guard let hold = charges[payment] else { break }
            charges[payment]?.state = .completed
            charges[payment]?.amount = Money(minorUnits: amount, currency: hold.amount.currency)
            charges[payment]?.shares = try shares.summed().map { Charge.Share(taken: $0) }
        case .giveBack(let payment, let shares, let refunded):
            guard var charge = charges[payment] else { break }
            for share in shares {
                for place in charge.shares.indices where PurseLine(charge.shares[place].taken) == PurseLine(share) {
                    charge.shares[place].backUnits += share.units
                    charge.shares[place].backMoney += share.money
                }
            }
            charge.refunded = refunded
            charges[payment] = charge
        case .alias(let payment, let charge): if aliases[payment] == nil { aliases[payment] = charge }
        case .ending(let payment, let sequence): endings[payment] = sequence
        case .authorisation(let payment, let state): authorisations[payment]?.state = state
        case .neverAuthorise(let payment, let terminal):
            authorisations[payment] = BookAuthorisation(terminal: terminal, state: .reversed)
        case .release(let payment):
            try release(.authorisation(payment), now: now)
            try release(.original(payment), now: now)
        case .declineLater(let reason): if let record { declined[record.id] = reason }
        case .touch(let account): touch(account)
        case .authorised:
            guard let record else { break }
            var known = authorisations[record.payment] ?? BookAuthorisation(terminal: record.terminal, state: .completed)
            (known.state, known.amount) = (.completed, record.approved)
            authorisations[record.payment] = known
        case .collect(let payment, let original): if collects[payment] == nil { collects[payment] = original }
        case .forgive(let payment, let refunded): charges[payment]?.refunded = refunded
        case .reopenCollected, .alarm: break
        }
    }

    @discardableResult
    mutating func expireHolds(now: UTCInstant) throws -> Int {
        let over = now.advanced(byMilliseconds: -rules.holdGrace)
        let due = charges.values.filter { $0.state == .open && $0.expiresAt.map { $0 <= over } ?? false }
        for hold in due.sorted(by: { $0.payment.bytes.lexicographicallyPrecedes($1.payment.bytes) }) {
            guard let account = accounts[hold.account] else { continue }
            for change in try rules.expiry(hold, account, now: now) { try carryOut(change, of: nil, now: now) }
            if let sequence = hold.sequence {
                let place = Place(account: account.id, terminal: hold.terminal)
                ahead[place]?[sequence]?.taken = []
                ahead[place]?[sequence]?.amount = 0
            }
            touch(account.id)
        }
        return due.count
    }

    // MARK: ALL-3

    private mutating func count(_ record: JournalRecord, _ account: String, _ sequence: Int64, _ effect: Effect) {
        let place = Place(account: account, terminal: record.terminal)
        var through = counted[place] ?? 0
        guard sequence > through, ahead[place]?[sequence] == nil else { return }
        var dated = effect
        dated.day = effect.day ?? rules.day(accounts[account]?.programme ?? record.programme ?? "", record.decidedAt)
        ahead[place, default: [:]][sequence] = dated
        while ahead[place]?.removeValue(forKey: through + 1) != nil { through += 1 }
        counted[place] = through
        endings = endings.filter { payment, number in
            number > through || charges[payment]?.account != account || charges[payment]?.terminal != record.terminal
        }
    }

    /// Closes a replaced terminal's numbers: the new journal goes on after the highest that the old one is known to have used.
    mutating func endJournal(of terminal: String) {
        var highest: [String: Int64] = [:]
        for (place, waiting) in ahead where place.terminal == terminal { highest[place.account] = waiting.keys.max() }
        for record in held.values.joined().compactMap({ places[$0].map { records[$0].record } }) where record.terminal == terminal {
            guard let account = record.account, let sequence = record.accountSequence else { continue }
            highest[account] = max(highest[account] ?? 0, sequence)
        }
        for (account, sequence) in highest.sorted(by: { $0.key < $1.key }) {
            let place = Place(account: account, terminal: terminal)
            counted[place] = max(counted[place] ?? 0, sequence)
            touch(account)
        }
        ahead = ahead.filter { $0.key.terminal != terminal }
        endings = endings.filter { charges[$0.key]?.terminal != terminal }
    }

    // MARK: Authorisations

    mutating func authorise(
        _ request: AuthorisationRequest, hash: [UInt8], terminal: BookTerminal, now: UTCInstant
    ) throws -> [UInt8] {
        let earlier = authorisations[request.payment]
        if let earlier {
            guard earlier.terminal == terminal.id else { throw LedgerError.paymentReused }
            if let answer = earlier.answer {
                guard earlier.requestHash == hash else { throw LedgerError.paymentReused }
                return answer
            }
        }
        try expireHolds(now: now)
        let bound = instruments[request.instrument]
        let account = bound.flatMap { accounts[$0.account] }
        var facts = DecisionFacts(terminal: terminal, account: account, isBound: account != nil, instrument: bound?.binding.kind)
        facts.claim = request.original.flatMap { lateClaim(of: $0) }
        if let account {
            let onTheWay = try LedgerRules.onTheWay(
                request, account: account.id, purses[account.id] ?? [], booked: booked(request, account.id, terminal))
            facts.state = state(
                of: account,
                uncounted: UncountedSpends(
                    shares: onTheWay, offlineAmount: try onTheWay.money(), offlineCount: 0, purchasesToday: 0, amountToday: 0),
                now: now)
        }
        let decision =
            earlier == nil
            ? rules.decide(request, facts, now: now)
            : .declined(request.amount, rule: "ALL-10", reason: .cancelled)
        if let account {
            for change in try rules.booking(of: decision, request, from: account, terminal: terminal, now: now) {
                try carryOut(change, of: nil, now: now)
            }
        }
        let shown = account.flatMap { terminal.programmes.contains($0.programme) ? accounts[$0.id] : nil }
        let bytes = try WireJSON.encode(
            LedgerRules.answer(
                request, decision, limit: shown.map { limit(of: $0, for: terminal.id, now: now) }, incarnation: 1, now: now))
        authorisations[request.payment] = BookAuthorisation(
            terminal: terminal.id, state: earlier != nil ? .reversed : decision.approved ? .booked : .declined,
            amount: decision.approved ? decision.approvedAmount : request.amount, requestHash: hash, answer: bytes)
        try release(.authorisation(request.payment), now: now)
        try release(.original(request.payment), now: now)
        return bytes
    }

    /// What is booked of the records that the request calls uncounted.
    private func booked(_ request: AuthorisationRequest, _ account: String, _ terminal: BookTerminal) throws -> [PurseShare] {
        guard let from = request.uncountedFrom else { return [] }
        return try entries.flatMap { entry -> [PurseShare] in
            guard let kept = entry.occasion.record.flatMap({ places[$0] }).map({ records[$0] }), kept.record.account == account,
                kept.record.terminal == terminal.id, kept.image == terminal.image, kept.record.accountSequence ?? 0 > from,
                kept.record.kind != .reversal, kept.record.kind != .refund
            else { return [] }
            let gives = [.completion, .release, .void].contains(kept.record.kind)
            let isOwn = kept.record.original.map { authorisations[$0] != nil } ?? false
            return try entry.double.gains.negated().filter { !($0.units < 0 && gives && isOwn) }
        }
    }
}
