import Core
import Crypto
import Foundation
import HostProtocol
import Programmes

extension PurchaseRequest {
    /// What a terminal asks for, in the rules' words.
    init(_ request: AuthorisationRequest) {
        self.init(
            kind: request.holdUntil == nil ? .purchase : .hold, amount: request.amount, basket: request.basket ?? [],
            allowsPartial: request.allowsPartial ?? false, acceptsVoucherLoss: request.acceptsVoucherLoss ?? false)
    }
}

extension AuthorisationRequest {
    /// Known by it when it is asked again. What the terminal has not seen counted is its state, not the payment's.
    func contentHash() throws(LedgerError) -> [UInt8] {
        var payment = self
        (payment.uncountedFrom, payment.uncountedAmount, payment.uncountedShares) = (nil, nil, nil)
        payment.account = nil
        guard let bytes = try? WireJSON.encode(payment) else { throw .malformed(field: "") }
        return JournalChain.bodyHash(bytes)
    }

    /// What needs no books.
    func check() throws(LedgerError) {
        guard (uncountedFrom == nil) == (uncountedAmount == nil), uncountedFrom ?? 0 >= 0 else {
            throw .malformed(field: "uncountedFrom")
        }
        // By purse, refunds that are on their way may outweigh what was spent.
        guard uncountedShares != nil || uncountedAmount ?? 0 >= 0 else { throw .malformed(field: "uncountedAmount") }
        let bounds = Int64(-1 << 50)...Int64(1 << 50)
        let shares = uncountedShares ?? []
        guard shares.isEmpty || uncountedFrom != nil, shares.count <= 64,
            shares.allSatisfy({ bounds.contains($0.units) && bounds.contains($0.money) }),
            Set(shares.map { PurseLine($0) }).count == shares.count
        else { throw .malformed(field: "uncountedShares") }
        guard (kind == .collection) == (original != nil) else { throw .malformed(field: "original") }
        guard basket?.count ?? 0 <= 1000 else { throw .malformed(field: "basket") }
    }
}

extension LedgerRules {
    /// The rules' answer to a request, at the true balances.
    func decide(_ request: AuthorisationRequest, _ facts: DecisionFacts, now: UTCInstant) -> Decision {
        func declined(_ rule: RuleID, _ reason: Reason) -> Decision { .declined(request.amount, rule: rule, reason: reason) }
        guard facts.terminal.programmes.contains(request.programme), let programme = programmes[request.programme] else {
            return declined("CARD-22", .merchantNotEnrolled)
        }
        var expiry = facts.account?.expiry
        // A tag, a number or an address has no card data; a card always has.
        if !request.sealedEvidence.isEmpty || facts.instrument ?? .card == .card {
            guard let evidence = try? cards.open(request.sealedEvidence, payment: request.payment),
                cards.instrument(evidence) == request.instrument,
                // A card is asked for no less than what the programme may pay of the basket, and no more than the whole.
                let shown = evidence.amount, shown.currency == request.amount.currency,
                (programme.cardAmount(of: PurchaseRequest(request)).minorUnits...max(
                    request.amount.minorUnits, programme.cardAmount(of: PurchaseRequest(request)).minorUnits)
                ).contains(shown.minorUnits)
            else { return declined("ALL-7", .cardDataInvalid) }
            guard cards.isAuthentic(evidence) else { return declined("ALL-7", .cardNotAuthentic) }
            expiry = evidence.expiry ?? expiry
        }
        if let stopped = facts.stopped { return declined("CARD-8", stopped) }
        guard let account = facts.account, let state = facts.state, account.programme == request.programme, !account.isRemoved
        else { return declined("CARD-21", .unknownInstrument) }
        guard isDue(request, facts.claim, account: account, terminal: facts.terminal) else {
            return declined("ALL-7", .collectionNotDue)
        }
        return programme.authorise(
            PurchaseRequest(request), account: state, instrument: facts.instrument ?? .card, cardExpiry: expiry,
            merchantCategory: facts.terminal.merchantCategory ?? request.merchantCategory, rates: facts.rates, now: now)
    }

    /// Books an approval, or the fee of a decline (CARD-19).
    func booking(
        of decision: Decision, _ request: AuthorisationRequest, from account: BookAccount, terminal: BookTerminal,
        now: UTCInstant
    ) throws(RecordRefusal) -> [BookChange] {
        guard !decision.split.isEmpty else { return [] }
        var occasion = Occasion(
            decision.approved ? "authorisation" : "fee", terminal: terminal.id, payment: request.payment, record: nil,
            valueDate: decision.valueDate, at: now)
        occasion.merchant = terminal.merchant
        occasion.fees = ChargeFees(decision.lines, currency: account.currency)
        var changes: [BookChange] = [.move(account, taken: decision.split, occasion)]
        if decision.approved {
            let day = day(request.programme, now)
            // A hold that this host has approved is held back from now on, whatever the number of its record (CARD-12).
            // A terminal whose clock is behind asks for an end that is over: then the programme's counts.
            let longest = programmes[request.programme]?.hold.map { now.advanced(byMilliseconds: $0.validity) }
            let wanted = request.holdUntil.flatMap { $0 > now ? $0 : longest }
            let isHold = request.holdUntil != nil
            changes += [
                .count(account: account.id, day: day, purchases: 1, amount: try decision.split.money()),
                .open(
                    Charge(
                        payment: request.payment, terminal: terminal.id, merchant: terminal.merchant, account: account.id,
                        kind: isHold ? .hold : .purchase, state: isHold ? .open : .booked, amount: decision.approvedAmount,
                        day: day, shares: decision.split.map { Charge.Share(taken: $0) },
                        expiresAt: wanted.map { wanted in longest.map { min($0, wanted) } ?? wanted })),
            ]
            if let original = request.original { changes.append(.collect(request.payment, of: original)) }
        }
        changes.append(.touch(account: account.id))
        return changes
    }

    /// - Parameter limit: the account as the terminal may see it now; nil when it may not.
    static func answer(
        _ request: AuthorisationRequest, _ decision: Decision, limit: AccountLimit?, incarnation: Int64, now: UTCInstant
    ) -> AuthorisationAnswer {
        let advice = request.kind == .collection && !decision.approved ? decision.reason.collectionAdvice : nil
        return AuthorisationAnswer(
            payment: request.payment, approved: decision.approved, rule: decision.rule.rawValue,
            reason: decision.reason.rawValue, authorisationCode: decision.approved ? code(request.payment) : nil,
            account: limit, hostTime: now, approvedAmount: decision.approved ? decision.approvedAmount : nil,
            split: decision.split.isEmpty ? nil : decision.split, lines: decision.lines.isEmpty ? nil : decision.lines,
            valueDate: decision.valueDate, incarnation: incarnation, retry: advice?.advice, retryAfter: advice?.seconds)
    }

    /// Six digits that a receipt shows; the payment id is what identifies.
    private static func code(_ payment: UUIDv7) -> String {
        let number = SHA256.hash(data: Data(payment.bytes)).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// ALL-3: what the asking terminal has taken from each purse of the account and the books do not hold yet.
    /// - Parameter booked: what the books hold of the records that the request calls uncounted.
    static func onTheWay(
        _ request: AuthorisationRequest, account: String, _ purses: [PurseBalance], booked: [PurseShare]
    ) throws(RecordRefusal) -> [PurseShare] {
        guard let amount = request.uncountedAmount else { return [] }
        // The instrument has moved since the terminal heard of it (WAL-8): what it has spent of another account is not this one's.
        guard request.account == nil || request.account == account else { return [] }
        let spent = request.uncountedShares ?? firstPurse(purses, units: amount)
        return try (spent + booked.summed().negated()).summed().filter { $0.units > 0 }.map { share in
            var share = share
            share.money = max(0, share.money)
            return share
        }
    }
}
