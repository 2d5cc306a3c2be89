import Core
import HostProtocol

/// The rules of a purchase that hold online and offline alike, each a step that adds its verdicts to the trail.
extension Programme {
    /// CARD-22, CARD-10, and what any purchase must be.
    func place(_ request: PurchaseRequest, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        guard rules.check("CARD-22", .merchantNotEnrolled, terminal.enrolledProgrammes.contains(id), RuleInput(.programme, id))
        else { return false }
        switch request.kind {
        case .purchase: break
        case .cash, .cashback:
            guard rules.check("CARD-10", .cashNotAllowed, allowsCash, RuleInput(.kind, request.kind.rawValue)) else { return false }
        case .hold:
            guard rules.check("CARD-12", .holdNotAllowed, hold != nil, RuleInput(.kind, request.kind.rawValue)) else { return false }
        }
        return rules.check("CARD-1", .amountNotPositive, request.amount.isPositive, RuleInput(.asked, request.amount))
    }

    /// CARD-9: by merchant category and by basket line.
    /// - Returns: what the programme may pay for; nil when that is nothing.
    func goods(_ request: PurchaseRequest, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Goods? {
        if !goods.merchantCategories.isEmpty {
            let code = terminal.merchantCategory.flatMap { Programme.merchantCategory($0) }
            let listed = code.map { code in goods.merchantCategories.contains { $0.contains(code) } } ?? false
            guard
                rules.check(
                    "CARD-9", .merchantCategoryNotAllowed, listed, RuleInput(.category, terminal.merchantCategory ?? "unknown"))
            else { return nil }
        }
        let sorted = self.goods(of: request)
        guard rules.check("CARD-9", .basketMismatch, sorted != nil, RuleInput(.asked, request.amount)), let sorted else {
            return nil
        }
        guard !request.basket.isEmpty else { return sorted }
        let excluded = (try? request.amount.subtracting(sorted.eligible)) ?? request.amount
        return rules.check(
            "CARD-9", .goodsNotAllowed, sorted.eligible.isPositive, RuleInput(.eligible, sorted.eligible),
            RuleInput(.excluded, excluded)) ? sorted : nil
    }

    /// SMA-1, the kinds of instrument of the programme, and the stop list (CARD-8, WAL-6).
    func instrument(_ evidence: InstrumentEvidence, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        let shown = RuleInput(.instrument, evidence.kind.rawValue)
        if let instead = instruments.instead[evidence.kind], !rules.check("SMA-1", instead, false, shown) { return false }
        guard rules.check("ALL-7", .instrumentNotAccepted, instruments.kinds.contains(evidence.kind), shown) else { return false }
        let refusal: Reason =
            switch terminal.stopped {
            case .lostOrStolen: .lostOrStolen
            case .suspended: .suspended
            case .blocked, nil: .blocked
            }
        return rules.check(
            "CARD-8", refusal, terminal.stopped == nil, RuleInput(.status, terminal.stopped == nil ? "notStopped" : refusal.rawValue))
    }

    /// CARD-6: through the last instant of the expiry month in the programme's zone.
    /// Instruments that are no cards have none.
    func validity(
        _ kind: InstrumentKind, _ expiry: CivilDate?, _ now: UTCInstant, _ rules: inout RuleTrail
    ) -> Bool {
        guard checksExpiry, kind == .card else { return true }
        let today = day(of: now)
        guard rules.check("CARD-6", .cardDataInvalid, expiry != nil, RuleInput(.today, today)), let expiry else { return false }
        let valid = (today.year, today.month) <= (expiry.year, expiry.month)
        return rules.check(
            "CARD-6", .expired, valid, RuleInput(.expiry, "\(expiry)".prefix(7)), RuleInput(.today, today))
    }

    /// CARD-4 and its kin: limits in force today, inclusive, on the converted total (CARD-16).
    func purchaseLimits(_ charge: Charge, _ now: UTCInstant, _ rules: inout RuleTrail) -> Bool {
        let today = day(of: now)
        let inForce = limits(on: today)
        guard rules.check("CARD-4", .programmeNotInForce, inForce != nil, RuleInput(.today, today)), let inForce else { return false }
        if let minimum = inForce.minimum {
            guard
                rules.check(
                    "CARD-4", .belowMinimum, charge.withMarkup.minorUnits >= minimum.minorUnits,
                    RuleInput(.asked, charge.withMarkup), RuleInput(.minimum, minimum))
            else { return false }
        }
        guard let maximum = inForce.maximum else { return true }
        return rules.check(
            "CARD-4", .perTransactionLimit, charge.withMarkup.minorUnits <= maximum.minorUnits,
            RuleInput(.asked, charge.withMarkup), RuleInput(.limit, maximum))
    }

    /// CARD-7, CARD-8, MOB-8, SMA-3.
    func accountStatus(_ account: AccountState, _ now: UTCInstant, _ rules: inout RuleTrail) -> Bool {
        let limit = account.limit
        let refusal: (RuleID, Reason)? =
            switch limit.status {
            case .active: nil
            case .blocked: ("CARD-8", .blocked)
            case .lostOrStolen: ("CARD-8", .lostOrStolen)
            case .suspended: ("CARD-8", .suspended)
            case .notActivated: ("CARD-7", .notActivated)
            case .paused: ("MOB-8", .benefitPaused)
            case .ended: ("SMA-3", .benefitEnded)
            }
        let (rule, reason) = refusal ?? ("CARD-8", .blocked)
        guard rules.check(rule, reason, refusal == nil, RuleInput(.status, limit.status.rawValue)) else { return false }
        if let last = limit.lastDay {
            let today = day(of: now)
            guard rules.check("MOB-8", .benefitEnded, today <= last, RuleInput(.lastDay, last), RuleInput(.today, today)) else {
                return false
            }
        }
        return rules.check("CARD-16", .currencyNotAccepted, limit.currency == currency, RuleInput(.currency, limit.currency))
    }

    /// CARD-3 and the day's sum: purchases the host has counted on this day, and those of this terminal that it has not.
    func dailyLimits(_ charge: Charge, _ account: AccountState, _ now: UTCInstant, _ rules: inout RuleTrail) -> Bool {
        let today = day(of: now)
        guard let inForce = limits(on: today) else { return true }
        let isToday = account.limit.countedDay == today
        if let most = inForce.purchasesPerDay {
            let counted = isToday ? account.limit.purchasesOnCountedDay : 0
            let (purchases, overflow) = counted.addingReportingOverflow(account.uncounted.purchasesToday)
            guard
                rules.check(
                    "CARD-3", .dailyCountExceeded, !overflow && purchases < most, RuleInput(.approvedToday, purchases),
                    RuleInput(.limit, most))
            else { return false }
        }
        guard let most = inForce.amountPerDay else { return true }
        let counted = Money(minorUnits: isToday ? account.limit.amountOnCountedDay : 0, currency: currency)
        let spent = try? counted.adding(Money(minorUnits: account.uncounted.amountToday, currency: currency))
        let after = try? spent?.adding(charge.withMarkup)
        return rules.check(
            "CARD-3", .dailyAmountExceeded, after.map { $0.minorUnits <= most.minorUnits } ?? false,
            RuleInput(.spentToday, spent?.description ?? "?"), RuleInput(.asked, charge.withMarkup), RuleInput(.limit, most))
    }
}
