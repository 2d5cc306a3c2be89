import Core
import HostProtocol

/// What being offline forbids (ALL-4, ALL-7, ALL-9, CARD-21).
extension Programme {
    /// Whether the host must be asked: an ARQC, a programme that is systematically online, an amount above the floor limit,
    /// or the random selection of EMV terminal risk management.
    ///
    /// A card that has given a TC has decided already that it needs no host.
    func asksHost(
        _ evidence: InstrumentEvidence, _ charge: Charge, _ terminal: TerminalState, _ draw: Int, _ rules: inout RuleTrail
    ) -> Bool {
        switch evidence.cryptogram {
        case .arqc: return true
        case .tc, .aac: return false
        // As ``wantsHost(_:terminal:draw:)`` says of other currencies.
        case .none where charge.isForeign: return terminal.hostReachable
        case .none: return evidence.kind != .card && wantsHost(charge.withMarkup, terminal, draw, &rules)
        }
    }

    /// Whether a payment of this amount is to be asked online from the start, in which case a card is told so.
    /// - Parameters:
    ///   - amount: in any currency; only those in the programme's own meet floor limit and selection.
    ///   - draw: uniform in 1…99.
    public func wantsHost(_ amount: Money, terminal: TerminalState, draw: Int) -> Bool {
        var rules = RuleTrail(names: ruleNames)
        return wantsHost(amount, terminal, draw, &rules)
    }

    private func wantsHost(_ amount: Money, _ terminal: TerminalState, _ draw: Int, _ rules: inout RuleTrail) -> Bool {
        guard terminal.hostReachable else { return false }
        guard !offline.systematicallyOnline, amount.currency == currency else { return true }
        guard amount.minorUnits <= offline.maximumAmount.minorUnits else { return true }
        guard let selection = offline.selection else { return false }
        let target = selection.target(for: amount, floor: offline.maximumAmount)
        let selected = draw <= target
        rules.note(
            "ALL-4", RuleInput(.draw, draw), RuleInput(.target, target), RuleInput(.host, selected ? "selected" : "notSelected"))
        return selected
    }

    /// ALL-7: what the instrument has proved. A card that decided nothing proves nothing.
    func proof(_ evidence: InstrumentEvidence, _ amount: Money, _ rules: inout RuleTrail) -> Bool {
        let shown = RuleInput(.authentication, evidence.authentication.rawValue)
        switch evidence.kind {
        case .card:
            return rules.check(
                "ALL-7", .cardDataInvalid, evidence.cryptogram == .tc || evidence.cryptogram == .arqc,
                RuleInput(.cryptogram, evidence.cryptogram.rawValue))
                && rules.check("ALL-7", .cardNotAuthentic, evidence.authentication == .passed, shown)
        case .tag:
            guard evidence.authentication == .counterOnly, let most = offline.counterOnlyMaximum else {
                return rules.check("ALL-7", .cardNotAuthentic, evidence.authentication == .passed, shown)
            }
            return rules.check(
                "ALL-7", .offlineAmountLimit, amount.minorUnits <= most.minorUnits, shown, RuleInput(.asked, amount),
                RuleInput(.limit, most))
        // What they prove is how the payer consented.
        case .phone, .email, .app: return true
        }
    }

    /// ALL-9: whether a card may pay this amount with nobody verified. In another currency than the programme's only the rules know.
    public func takesUnverified(_ amount: Money) -> Bool {
        guard amount.currency == currency else { return verification.contains { $0.methods.contains(.none) } }
        return tier(of: amount)?.methods.contains(.none) ?? false
    }

    private func tier(of amount: Money) -> VerificationTier? {
        verification.first { $0.upTo.map { amount.minorUnits <= $0.minorUnits } ?? true }
    }

    /// ALL-7 and ALL-9: how the payer consented, by instrument and by amount.
    /// - Parameter online: the host checks an online PIN; without it that verifies nobody.
    func consent(
        _ evidence: InstrumentEvidence, _ amount: Money, online: Bool, _ rules: inout RuleTrail
    ) -> Bool {
        let method = evidence.verification == .onlinePIN && online ? .pin : evidence.verification
        let shown = RuleInput(.verification, evidence.verification.rawValue)
        switch evidence.kind {
        case .card, .tag: break
        case .phone, .email, .app:
            // A number or an address that anyone may know proves nothing: the programme names what does.
            let proofs = instruments.proofs[evidence.kind] ?? []
            guard
                rules.check(
                    "ALL-7", .verificationRequired, proofs.contains(method),
                    RuleInput(.instrument, evidence.kind.rawValue), shown)
            else { return false }
        }
        let tier = tier(of: amount)
        return rules.check(
            "ALL-9", .verificationRequired, tier?.methods.contains(method) ?? false, shown, RuleInput(.asked, amount))
    }

    /// ALL-4: percent of the offline limits that are good when the cache is this many milliseconds old; nil: never filled.
    public func offlineShare(atAge age: Int64?) -> Int64 { share(atAge: age) }

    /// ALL-4, graded: percent of the offline limits that a cache of this age is good for.
    func share(atAge age: Int64?) -> Int64 {
        let age = age ?? .max
        return offline.aged.last { age > $0.olderThan }?.percent ?? 100
    }

    /// CARD-21 and the account's share of ALL-4: sums run from the last record that the host has counted.
    func allowance(_ amount: Money, _ account: AccountState, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        guard let allowance = account.limit.offlineAllowance else {
            return rules.check("CARD-21", .onlineRequired, !offline.allowanceRequired, RuleInput(.allowance, "none"))
        }
        let share = share(atAge: terminal.cacheAge)
        func graded(_ units: Int64) -> Money {
            // Rounded down, and in 128 bits: no limit grows by being graded.
            let (high, low) = max(0, units).multipliedFullWidth(by: share)
            return Money(minorUnits: Int64(100).dividingFullWidth((high, low)).quotient, currency: amount.currency)
        }
        let used = Money(minorUnits: account.uncounted.offlineAmount, currency: amount.currency)
        let granted = graded(allowance.amount)
        let single = graded(allowance.perTransaction)
        let spent = try? used.adding(amount)
        if share < 100 {
            rules.note("ALL-4", RuleInput(.age, Programme.hours(terminal.cacheAge)), RuleInput(.share, "\(share) %"))
        }
        return rules.check("CARD-21", .onlineRequired, granted.isPositive, RuleInput(.allowance, granted))
            && rules.check(
                "ALL-4", .offlineAmountLimit, amount.minorUnits <= single.minorUnits, RuleInput(.asked, amount),
                RuleInput(.limit, single))
            && rules.check(
                "ALL-4", .offlineCountExceeded, account.uncounted.offlineCount < allowance.count,
                RuleInput(.count, account.uncounted.offlineCount), RuleInput(.limit, allowance.count))
            && rules.check(
                "ALL-4", .offlineAllowanceExceeded, spent.map { $0.minorUnits <= granted.minorUnits } ?? false,
                RuleInput(.used, used), RuleInput(.asked, amount), RuleInput(.allowance, granted))
    }

    /// The terminal's share of ALL-4.
    /// - Parameters:
    ///   - amount: in the programme's currency.
    ///   - request: the same in the currency of the request, in which the terminal's exposure is counted.
    func terminalRisk(
        _ amount: Money, request: Money, _ terminal: TerminalState, _ now: TrustedTime, _ rules: inout RuleTrail
    ) -> Bool {
        let share = share(atAge: terminal.cacheAge)
        let (high, low) = max(0, offline.maximumAmount.minorUnits).multipliedFullWidth(by: share)
        let floor = Money(minorUnits: Int64(100).dividingFullWidth((high, low)).quotient, currency: currency)
        let exposure = Money(minorUnits: terminal.exposure, currency: request.currency)
        let after = try? exposure.adding(request)
        let fresh = terminal.cacheAge.map { $0 >= -60_000 && $0 <= terminal.risk.maximumCacheAge } ?? false
        let trusted = !terminal.isRestored || rules.check("ALL-4", .limitsUntrusted, false, RuleInput(.status, "restored"))
        return trusted && rules.check(
            "ALL-4", .timeUntrusted, now.anchored || !offline.hostTimeRequired,
            RuleInput(.clock, now.anchored ? "anchored" : "notAnchored"))
            && rules.check(
                "ALL-4", .limitsTooOld, fresh, RuleInput(.age, Programme.hours(terminal.cacheAge)),
                RuleInput(.limit, Programme.hours(terminal.risk.maximumCacheAge)))
            && rules.check(
                "ALL-4", .offlineAmountLimit, amount.minorUnits <= floor.minorUnits, RuleInput(.asked, amount),
                RuleInput(.limit, floor))
            && rules.check(
                "ALL-4", .terminalExposureExceeded, after.map { $0.minorUnits <= terminal.risk.exposureCap } ?? false,
                RuleInput(.exposure, exposure), RuleInput(.asked, request),
                RuleInput(.cap, Money(minorUnits: terminal.risk.exposureCap, currency: request.currency)))
            && (terminal.fullQueue.map { rules.check("ALL-4", .queueFull, false, RuleInput(.count, $0)) } ?? true)
            && (terminal.overdueQueue.map { rules.check("ALL-4", .queueTooOld, false, RuleInput(.age, Programme.hours($0))) } ?? true)
    }

    /// `26:05:00`, hours without an end.
    private static func hours(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "unknown" }
        let seconds = Int64(clamping: milliseconds.magnitude / 1000)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (milliseconds < 0 ? "-" : "") + "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

extension Programme.RandomSelection {
    /// EMV Book 3 §10.6.2: the target percentage below the threshold; above it, it grows in proportion up to the maximum at
    /// the floor limit. Rounded down.
    func target(for amount: Money, floor: Money) -> Int {
        guard amount.minorUnits >= threshold.minorUnits else { return targetPercent }
        let span = floor.minorUnits - threshold.minorUnits
        guard span > 0 else { return maximumPercent }
        let above = min(amount.minorUnits - threshold.minorUnits, span)
        let (high, low) = above.multipliedFullWidth(by: Int64(maximumPercent - targetPercent))
        return targetPercent + Int(span.dividingFullWidth((high, low)).quotient)
    }
}
