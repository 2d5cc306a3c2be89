import Core
import HostProtocol

extension Programme {
    /// What can be said before an instrument is asked for anything: refusals here cost a card nothing, so nothing needs
    /// to be forwarded. Nil when the instrument is wanted.
    /// - Parameter offline: whether the terminal will have to decide by itself.
    public func refusalBeforeCard(
        _ request: PurchaseRequest, terminal: TerminalState, now: TrustedTime, offline: Bool
    ) -> Decision? {
        var rules = RuleTrail(names: ruleNames)
        let refused = { (rules: RuleTrail) in Programme.declined(request, rules) }
        guard place(request, terminal, &rules), let goods = goods(request, terminal, &rules),
            let charge = charge(goods.eligible, terminal.rates, &rules), purchaseLimits(charge, now.instant, &rules)
        else { return refused(rules) }
        if offline {
            guard terminalRisk(charge.withMarkup, request: goods.eligible, terminal, now, &rules) else { return refused(rules) }
        }
        return nil
    }

    /// Decides one purchase or hold at this terminal. Total and deterministic: the same inputs give the same answer.
    ///
    /// The order is the order in which a cashier would want to hear it: the place, the goods, the instrument, the amount,
    /// the account, then what being offline forbids. An ARQC goes online while the host answers; while it does not, it is
    /// deferred where the programme permits that, and declined otherwise (ALL-7). A TC is approved when it is proved and
    /// every limit agrees.
    /// - Parameter draw: uniform in 1…99, for the random selection of ALL-4.
    public func decide(
        _ request: PurchaseRequest, evidence: InstrumentEvidence, account: AccountState?, terminal: TerminalState,
        now: TrustedTime, draw: Int = 99
    ) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        guard place(request, terminal, &rules), let goods = goods(request, terminal, &rules),
            instrument(evidence, terminal, &rules), collection(request, terminal, &rules),
            rules.check(
                "ALL-7", .declinedByCard, evidence.cryptogram != .aac, RuleInput(.cryptogram, evidence.cryptogram.rawValue)),
            validity(evidence.kind, evidence.expiry, now.instant, &rules),
            let charge = charge(goods.eligible, terminal.rates, &rules), purchaseLimits(charge, now.instant, &rules)
        else { return Programme.declined(request, rules) }

        // What the host would refuse is refused at once where this terminal knows it. The host may not know yet what was
        // bought here today; what both know together is enough.
        let own = account.flatMap { $0.limit.programme == id ? $0 : nil }
        var deferred = false
        let price = charge.withMarkup
        if asksHost(evidence, charge, terminal, draw, &rules) || request.collects != nil {
            if terminal.hostReachable, !consent(evidence, price, online: true, &rules) {
                return Programme.declined(request, rules)
            }
            if let own, !dailyLimits(charge, own, now.instant, &rules) { return Programme.declined(request, rules) }
            if terminal.hostReachable { return Programme.goOnline(request, rules) }
            guard
                rules.check(
                    "CARD-21", .onlineRequired,
                    evidence.cryptogram == .arqc && offline.deferredMaximum != nil && request.kind == .purchase
                        && request.collects == nil,
                    RuleInput(.host, "unreachable"), RuleInput(.cryptogram, evidence.cryptogram.rawValue)),
                let most = offline.deferredMaximum,
                rules.check(
                    "ALL-7", .offlineAmountLimit, price.minorUnits <= most.minorUnits, RuleInput(.asked, price),
                    RuleInput(.limit, most))
            else { return Programme.declined(request, rules) }
            deferred = true
        }
        guard nothingOpen(terminal, &rules), proof(evidence, price, &rules), consent(evidence, price, online: false, &rules),
            rules.check("CARD-21", .unknownInstrument, own != nil, RuleInput(.programme, id)), let own,
            accountStatus(own, now.instant, &rules), dailyLimits(charge, own, now.instant, &rules)
        else { return Programme.declined(request, rules) }

        guard let paid = pay(request, goods, charge, own, now.instant, &rules) else {
            return declinedWithFee(request, own, now.instant, rules)
        }
        guard
            rules.check(
                "ALL-4", .storeUnavailable, terminal.storeIsCurrent,
                RuleInput(.status, terminal.storeIsCurrent ? "current" : "forwardOnly")),
            allowance(paid.money, own, terminal, &rules),
            terminalRisk(paid.money, request: paid.approved, terminal, now, &rules)
        else { return declinedWithFee(request, own, now.instant, rules) }
        return approved(
            "ALL-7", deferred ? .approvedDeferred : .approvedOffline, request, paid, own, now.instant, rules)
    }

    /// Decides one purchase at the issuer, who knows the true balance: the same rules without those of being offline.
    /// - Parameters:
    ///   - instrument: what pays.
    ///   - cardExpiry: nil when the instrument has none: a card must have one (CARD-6).
    public func authorise(
        _ request: PurchaseRequest, account: AccountState, instrument: InstrumentKind = .card, cardExpiry: CivilDate?,
        merchantCategory: String?, rates: [ExchangeRate], now: UTCInstant
    ) -> Decision {
        var rules = RuleTrail(names: ruleNames)
        let terminal = TerminalState(
            enrolledProgrammes: [id], risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), exposure: 0, cacheAge: 0,
            hostReachable: true, merchantCategory: merchantCategory, rates: rates)
        guard place(request, terminal, &rules), let goods = goods(request, terminal, &rules),
            validity(instrument, cardExpiry, now, &rules), let charge = charge(goods.eligible, rates, &rules),
            purchaseLimits(charge, now, &rules), accountStatus(account, now, &rules), dailyLimits(charge, account, now, &rules)
        else { return Programme.declined(request, rules) }
        guard let paid = pay(request, goods, charge, account, now, &rules) else {
            return declinedWithFee(request, account, now, rules)
        }
        return approved("CARD-21", .approvedOnline, request, paid, account, now, rules)
    }

    // MARK: Ends

    static func declined(_ request: PurchaseRequest, _ rules: RuleTrail) -> Decision {
        let failure = rules.failure ?? ("ALL-1", .cardDataInvalid)
        return Decision(
            outcome: .declined, approvedAmount: .zero(request.amount.currency), rule: failure.rule, reason: failure.reason,
            trace: rules.trace)
    }

    private static func goOnline(_ request: PurchaseRequest, _ rules: RuleTrail) -> Decision {
        Decision(
            outcome: .goOnline, approvedAmount: .zero(request.amount.currency), rule: "ALL-7", reason: .onlineRequired,
            trace: rules.trace)
    }

    private func approved(
        _ rule: RuleID, _ reason: Reason, _ request: PurchaseRequest, _ paid: Payable, _ account: AccountState,
        _ now: UTCInstant, _ rules: RuleTrail
    ) -> Decision {
        var rules = rules
        let day = valueDate(receivedAt: now)
        if valueDate != nil { rules.note("CARD-15", RuleInput(.valueDate, day)) }
        // Asked anew, with what is taken now: vouchers lose their whole face, points are whole.
        var after = account
        after.uncounted.shares += paid.split.shares
        let left = available(after, today: self.day(of: now))
        return Decision(
            outcome: .approved, approvedAmount: paid.approved, rule: rule, reason: reason, availableAfter: left,
            split: paid.split.shares, lines: paid.lines, isProvisional: paid.isProvisional, valueDate: day, trace: rules.trace)
    }

    /// CARD-19: what is due on a decline, where the programme says so and the account can pay it.
    private func declinedWithFee(
        _ request: PurchaseRequest, _ account: AccountState, _ now: UTCInstant, _ rules: RuleTrail
    ) -> Decision {
        let plain = Programme.declined(request, rules)
        let most = min(fees.decline.minorUnits, request.amount.minorUnits)
        guard most > 0, request.amount.currency == currency else { return plain }
        let split = split(
            [Need(category: nil, amount: most, isFee: true)], account: account, today: day(of: now), acceptsVoucherLoss: false)
        guard split.covered > 0 else { return plain }
        var rules = rules
        let fee = Money(minorUnits: split.covered, currency: currency)
        rules.note("CARD-19", RuleInput(.fee, fee))
        return Decision(
            outcome: .declined, approvedAmount: .zero(currency), rule: plain.rule, reason: plain.reason, split: split.shares,
            lines: [ChargeLine(kind: .fee, amount: fee)], valueDate: valueDate(receivedAt: now), trace: rules.trace)
    }
}
