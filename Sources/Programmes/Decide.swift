import Core
import HostProtocol

extension Programme {
    /// What can be said before a card is asked for anything: refusals here cost the card nothing, so nothing needs
    /// to be forwarded. Nil when the card is wanted.
    /// - Parameter offline: whether the terminal will have to decide by itself.
    public func refusalBeforeCard(amount: Money, terminal: TerminalState, now: TrustedTime, offline: Bool) -> Decision? {
        var rules = RuleTrail(amount: amount)
        let passed = place(amount, terminal, &rules) && purchaseLimit(amount, &rules)
            && (!offline || terminalRisk(amount, terminal, now, &rules))
        return passed ? nil : rules.declined()
    }

    /// Decides one purchase at this terminal. Total and deterministic: the same inputs give the same answer.
    ///
    /// The order is the order in which a cashier would want to hear it: the place, the card, its account, the amount,
    /// then what being offline forbids. An ARQC goes online while the host answers, and is declined otherwise (ALL-7);
    /// a TC is approved when it is proved and every limit agrees.
    public func decide(
        amount: Money, evidence: InstrumentEvidence, account: AccountState?, terminal: TerminalState, now: TrustedTime
    ) -> Decision {
        var rules = RuleTrail(amount: amount)
        guard place(amount, terminal, &rules),
            rules.check(
                "ALL-7", .declinedByCard, evidence.cryptogram != .aac, "cryptogram \(evidence.cryptogram.rawValue)"),
            validity(evidence.expiry, now.instant, &rules),
            purchaseLimit(amount, &rules)
        else { return rules.declined() }

        if evidence.cryptogram == .arqc {
            // The host does not know yet what was bought here today; what both know together is enough to refuse.
            if let account, account.limit.programme == id, !dailyCount(account, now.instant, &rules) {
                return rules.declined()
            }
            if terminal.hostReachable { return rules.goOnline("ALL-7", .onlineRequired) }
            // A deferred authorisation would go here; this version's loader refuses programmes that permit it.
            return rules.declined("CARD-21", .onlineRequired, "host out of reach, card asks for it")
        }
        guard
            rules.check(
                "ALL-7", .cardNotAuthentic, evidence.authentication == .passed,
                "offline data authentication \(evidence.authentication.rawValue)"),
            rules.check(
                "ALL-9", .verificationRequired, evidence.verification != .onlinePIN,
                "verification \(evidence.verification.rawValue)")
        else { return rules.declined() }

        guard let account, account.limit.programme == id else {
            return rules.declined("CARD-21", .unknownInstrument, "no account in the limit store")
        }
        guard accountRules(amount, account, now.instant, &rules), allowance(amount, account, &rules),
            terminalRisk(amount, terminal, now, &rules)
        else { return rules.declined() }
        return rules.approved("ALL-7", .approvedOffline, account: account)
    }

    /// Decides one purchase at the issuer, who knows the true balance: the same rules without those of being offline.
    public func authorise(amount: Money, account: AccountState, cardExpiry: CivilDate?, now: UTCInstant) -> Decision {
        var rules = RuleTrail(amount: amount)
        guard rules.check("CARD-16", .currencyNotAccepted, amount.currency == currency, "currency \(amount.currency)"),
            rules.check("CARD-1", .amountNotPositive, amount.isPositive, "asked \(amount)"),
            validity(cardExpiry, now, &rules), purchaseLimit(amount, &rules),
            accountRules(amount, account, now, &rules)
        else { return rules.declined() }
        return rules.approved("CARD-21", .approvedOnline, account: account)
    }

    // MARK: Rules

    /// CARD-22, and what any purchase must be.
    private func place(_ amount: Money, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        rules.check(
            "CARD-22", .merchantNotEnrolled, terminal.enrolledProgrammes.contains(id), "programme \(id)")
            && rules.check("CARD-16", .currencyNotAccepted, amount.currency == currency, "currency \(amount.currency)")
            && rules.check("CARD-1", .amountNotPositive, amount.isPositive, "asked \(amount)")
    }

    /// CARD-6: through the last instant of the expiry month in the programme's zone.
    private func validity(_ expiry: CivilDate?, _ now: UTCInstant, _ rules: inout RuleTrail) -> Bool {
        guard let expiry else {
            return rules.check("CARD-6", .cardDataInvalid, false, "no expiry date")
        }
        let today = day(of: now)
        let valid = (today.year, today.month) <= (expiry.year, expiry.month)
        return rules.check("CARD-6", .expired, valid, "expiry month \(expiry.year)-\(expiry.month), today \(today)")
    }

    /// CARD-4, inclusive.
    private func purchaseLimit(_ amount: Money, _ rules: inout RuleTrail) -> Bool {
        rules.check(
            "CARD-4", .perTransactionLimit, amount.minorUnits <= maximumPurchase.minorUnits,
            "asked \(amount), limit \(maximumPurchase)")
    }

    /// CARD-8, CARD-3, CARD-1.
    private func accountRules(
        _ amount: Money, _ account: AccountState, _ now: UTCInstant, _ rules: inout RuleTrail
    ) -> Bool {
        let limit = account.limit
        let refusal: Reason? =
            switch limit.status {
            case .active: nil
            case .blocked: .blocked
            case .lostOrStolen: .lostOrStolen
            case .suspended: .suspended
            }
        guard rules.check("CARD-8", refusal ?? .blocked, refusal == nil, "status \(limit.status.rawValue)"),
            rules.check("CARD-16", .currencyNotAccepted, limit.currency == amount.currency, "account in \(limit.currency)")
        else { return false }

        guard dailyCount(account, now, &rules) else { return false }
        guard let available = try? account.available() else {
            return rules.check("CARD-1", .insufficientFunds, false, "available can't be computed")
        }
        return rules.check(
            "CARD-1", .insufficientFunds, available.isPositive && available.minorUnits >= amount.minorUnits,
            "available \(available), asked \(amount)")
    }

    /// CARD-3: purchases the host has counted on this day, and those of this terminal that it has not.
    private func dailyCount(_ account: AccountState, _ now: UTCInstant, _ rules: inout RuleTrail) -> Bool {
        let counted = account.limit.countedDay == day(of: now) ? account.limit.purchasesOnCountedDay : 0
        let (purchases, overflow) = counted.addingReportingOverflow(account.uncounted.purchasesToday)
        return rules.check(
            "CARD-3", .dailyCountExceeded, !overflow && purchases < purchasesPerDay,
            "approved today \(purchases), limit \(purchasesPerDay)")
    }

    /// CARD-21 and the account's share of ALL-4: sums run from the last record that the host has counted.
    private func allowance(_ amount: Money, _ account: AccountState, _ rules: inout RuleTrail) -> Bool {
        guard let allowance = account.limit.offlineAllowance else {
            return rules.check("CARD-21", .onlineRequired, !offline.allowanceRequired, "no offline allowance")
        }
        let (spent, overflow) = account.uncounted.offlineAmount.addingReportingOverflow(amount.minorUnits)
        let used = Money(minorUnits: account.uncounted.offlineAmount, currency: amount.currency)
        let granted = Money(minorUnits: allowance.amount, currency: amount.currency)
        let single = Money(minorUnits: allowance.perTransaction, currency: amount.currency)
        return rules.check("CARD-21", .onlineRequired, allowance.amount > 0, "allowance \(granted)")
            && rules.check(
                "ALL-4", .offlineAmountLimit, amount.minorUnits <= allowance.perTransaction,
                "asked \(amount), allowed for one offline purchase \(single)")
            && rules.check(
                "ALL-4", .offlineCountExceeded, account.uncounted.offlineCount < allowance.count,
                "offline since last contact \(account.uncounted.offlineCount), allowed \(allowance.count)")
            && rules.check(
                "ALL-4", .offlineAllowanceExceeded, !overflow && spent <= allowance.amount,
                "allowance \(granted), used \(used), asked \(amount)")
    }

    /// The terminal's share of ALL-4.
    private func terminalRisk(
        _ amount: Money, _ terminal: TerminalState, _ now: TrustedTime, _ rules: inout RuleTrail
    ) -> Bool {
        let (exposure, overflow) = terminal.exposure.addingReportingOverflow(amount.minorUnits)
        let cap = Money(minorUnits: terminal.risk.exposureCap, currency: amount.currency)
        let fresh = terminal.cacheAge.map { $0 >= -60_000 && $0 <= terminal.risk.maximumCacheAge } ?? false
        return rules.check(
            "ALL-4", .timeUntrusted, now.anchored || !offline.hostTimeRequired,
                now.anchored ? "clock set by the host" : "no host time since boot")
            && rules.check(
                "ALL-4", .limitsTooOld, fresh,
                "age \(terminal.cacheAge.map { "\($0 / 1000) s" } ?? "unknown"), limit \(terminal.risk.maximumCacheAge / 1000) s")
            && rules.check(
                "ALL-4", .offlineAmountLimit, amount.minorUnits <= offline.maximumAmount.minorUnits,
                "asked \(amount), offline limit \(offline.maximumAmount)")
            && rules.check(
                "ALL-4", .terminalExposureExceeded, !overflow && exposure <= terminal.risk.exposureCap,
                "exposure \(Money(minorUnits: terminal.exposure, currency: amount.currency)), asked \(amount), cap \(cap)")
    }
}

/// Collects verdicts until one fails.
private struct RuleTrail {
    let amount: Money
    private var trace: [RuleVerdict] = []
    private var failure: (rule: RuleID, reason: Reason)?

    init(amount: Money) { self.amount = amount }

    mutating func check(_ rule: RuleID, _ reason: Reason, _ passed: Bool, _ inputs: @autoclosure () -> String) -> Bool {
        trace.append(RuleVerdict(rule: rule, passed: passed, inputs: inputs()))
        if !passed { failure = (rule, reason) }
        return passed
    }

    /// The decline of the check that failed last.
    func declined() -> Decision {
        let failure = failure ?? ("ALL-1", .cardDataInvalid)
        return finish(.declined, .zero(amount.currency), failure.rule, failure.reason, nil)
    }

    mutating func declined(_ rule: RuleID, _ reason: Reason, _ inputs: String) -> Decision {
        _ = check(rule, reason, false, inputs)
        return declined()
    }

    func goOnline(_ rule: RuleID, _ reason: Reason) -> Decision {
        finish(.goOnline, .zero(amount.currency), rule, reason, nil)
    }

    func approved(_ rule: RuleID, _ reason: Reason, account: AccountState) -> Decision {
        finish(.approved, amount, rule, reason, try? account.available().subtracting(amount))
    }

    private func finish(
        _ outcome: Decision.Outcome, _ approved: Money, _ rule: RuleID, _ reason: Reason, _ available: Money?
    ) -> Decision {
        Decision(
            outcome: outcome, approvedAmount: approved, rule: rule, reason: reason, availableAfter: available, trace: trace)
    }
}
