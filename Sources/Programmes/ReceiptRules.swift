import Core
import HostProtocol
import Verification

/// Receipts of a mobile payment, shown at the till (MOB-1…MOB-4, MOB-6). The host has debited the payer before there
/// is a receipt; what is judged here is whether this merchant may take it for paid.
///
/// The receipt's own authenticity (the host's signature) is proved before: these rules judge what it says. No rule here
/// stops a *live* relay of the moving code, a second phone filming the first: only the challenge and response over NFC
/// does (``ShownReceipt/answeredChallenge``).
public struct ReceiptRules: Sendable, Hashable {
    /// MOB-1: seconds after the payment through which its receipt is valid.
    public let validity: Int64
    /// MOB-3: milliseconds of one step of the moving presentation.
    public let step: Int64
    /// MOB-3: how many steps old the presentation may be.
    public let steps: Int64
    /// MOB-2: false only where the programme waives it explicitly.
    public let identityCheck: Bool
    /// Seconds by which a receipt may be dated ahead of the terminal's time.
    public let ahead: Int64
    /// MOB-6: seconds after the payment through which the merchant may cancel it.
    public let cancellation: Int64
    /// MOB-5; nil: a typed code is no proof in this programme.
    public let code: VerificationCodeRules?

    /// Reads `[receipt]`: `validity_s`, `step_s`, `steps`, `identity_check`, `ahead_s`, `cancellation_s`, and `code`,
    /// a table of its own (``VerificationCodeRules``), optional. `currency` is not used: a receipt names its own.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        validity = try table.milliseconds(ofSeconds: "validity_s", most: 86_400) / 1000
        step = try table.milliseconds(ofSeconds: "step_s", most: 3600)
        steps = Int64(try table.integer("steps", in: 1...100))
        identityCheck = try table.flag("identity_check")
        ahead = try table.milliseconds(ofSeconds: "ahead_s", most: 3600) / 1000
        cancellation = try table.milliseconds(ofSeconds: "cancellation_s") / 1000
        if table.has("code") {
            let inner = try table.table("code")
            let code = try VerificationCodeRules(inner, currency: currency)
            guard code.validity <= validity else {
                throw inner.wrong("expiry_s", "must not be above receipt's validity_s")
            }
            self.code = code
        } else {
            code = nil
        }
        try table.allKnown()
    }

    /// Whether the till may take the receipt for paid.
    ///
    /// The order is what the cashier should hear first. Without trusted time nothing can be said (invariant 6). Then
    /// what nobody at the till can mend: another merchant's receipt, a used one, one that is not in its time. Then
    /// what the cashier can mend, the amount; then what the payer can, the presentation. The identity document comes
    /// last, so that nobody is asked for one over a receipt that would be refused anyway.
    ///
    /// - Parameters:
    ///   - used: the used-mark of this host payment, in whichever form it was shown before (MOB-4).
    ///   - identityConfirmed: the cashier has compared the holder's name with a document (MOB-2).
    ///   - merchant: the terminal's.
    ///   - amount: what the till wants paid.
    ///   - stopped: what the stop list says of the receipt's person (WAL-6); nil when it is not on it.
    public func accept(
        _ shown: ShownReceipt, used: UsedReceipt?, identityConfirmed: Bool, merchant: String, amount: Money,
        now: TrustedTime, stopped: StopReason? = nil
    ) -> ReceiptVerdict {
        var trail = RuleTrail()
        let passed = judge(
            shown, used: used, identityConfirmed: identityConfirmed, merchant: merchant, amount: amount, now: now,
            stopped, &trail)
        let acceptance = ReceiptVerdict.Acceptance(
            payment: shown.payment, code: shown.code, paid: shown.amount, spends: .zero(shown.amount.currency), form: shown.form,
            at: now.instant)
        return ReceiptVerdict(ruling: Ruling(trail), acceptance: passed ? acceptance : nil, used: used)
    }

    private func judge(
        _ shown: ShownReceipt, used: UsedReceipt?, identityConfirmed: Bool, merchant: String, amount: Money,
        now: TrustedTime, _ stopped: StopReason?, _ trail: inout RuleTrail
    ) -> Bool {
        trail.checkTrusted(now, by: "MOB-1")
            && trail.check(
                "MOB-4", .receiptOtherMerchant, shown.merchant == merchant, RuleInput(.merchant, shown.merchant),
                RuleInput(.target, merchant))
            && unused(used, &trail)
            && mayPay(shown, stopped, &trail)
            && inTime(shown, now: now, &trail)
            && trail.check(
                "MOB-4", .receiptOtherAmount, shown.amount == amount && amount.isPositive, RuleInput(.asked, amount),
                RuleInput(.purchase, shown.amount))
            && moves(shown, now: now, &trail)
            && identified(shown, confirmed: identityConfirmed, &trail)
    }

    private func unused(_ used: UsedReceipt?, _ trail: inout RuleTrail) -> Bool {
        guard let used else { return trail.check("MOB-4", .receiptAlreadyUsed, true) }
        return trail.check(
            "MOB-4", .receiptAlreadyUsed, false, RuleInput(.used, at: used.at), RuleInput(.merchant, used.merchant),
            RuleInput(.note, used.terminal))
    }

    /// WAL-6. A typed code names no person: there is nothing to ask the stop list about.
    private func mayPay(_ shown: ShownReceipt, _ stopped: StopReason?, _ trail: inout RuleTrail) -> Bool {
        guard shown.person != nil || stopped != nil else { return true }
        let refusal: Reason =
            switch stopped {
            case .lostOrStolen: .lostOrStolen
            case .suspended: .suspended
            case .blocked, nil: .blocked
            }
        return trail.check(
            "WAL-6", refusal, stopped == nil, RuleInput(.status, stopped == nil ? "notStopped" : refusal.rawValue))
    }

    /// MOB-1 counts the seconds that the receipt and the till's clock show: paid at 12:00:00 (and some milliseconds),
    /// valid through 12:15:00.999. What the cashier can read off two clocks is what the terminal says.
    private func inTime(_ shown: ShownReceipt, now: TrustedTime, _ trail: inout RuleTrail) -> Bool {
        let age = now.instant.secondsOnTheClock(since: shown.paidAt)
        let times = (paid: RuleInput(.paidAt, at: shown.paidAt), now: RuleInput(.now, at: now.instant))
        guard
            trail.check("MOB-1", .receiptNotYetValid, age >= -ahead, times.paid, times.now, RuleInput(.limit, -ahead)),
            trail.check("MOB-1", .receiptExpired, age <= validity, times.paid, times.now, RuleInput(.limit, validity))
        else { return false }
        guard shown.form == .typedCode, let code else { return true }
        return trail.check(
            "MOB-5", .receiptExpired, age <= code.validity, times.paid, times.now, RuleInput(.limit, code.validity))
    }

    /// MOB-3, and MOB-5 for the form that can't move.
    private func moves(_ shown: ShownReceipt, now: TrustedTime, _ trail: inout RuleTrail) -> Bool {
        if shown.form == .typedCode {
            return trail.check("MOB-5", .verificationRequired, code != nil, RuleInput(.kind, shown.form.rawValue))
        }
        if shown.form == .nfc, shown.answeredChallenge {
            trail.note("MOB-3", RuleInput(.authentication, "challenge"))
            return true
        }
        let current = now.instant.units(of: step).whole
        guard let proof = shown.proofStep else {
            return trail.check("MOB-3", .stalePresentation, false, RuleInput(.now, current))
        }
        let (age, overflow) = current.subtractingReportingOverflow(proof)
        // One step ahead: the phone's offset to host time is known to it only so well.
        return trail.check(
            "MOB-3", .stalePresentation, !overflow && (-1...steps).contains(age), RuleInput(.step, proof),
            RuleInput(.now, current), RuleInput(.limit, steps))
    }

    /// MOB-2; a typed code is weak proof and needs the check even where the programme waives it otherwise (MOB-5).
    private func identified(_ shown: ShownReceipt, confirmed: Bool, _ trail: inout RuleTrail) -> Bool {
        let weak = shown.form == .typedCode
        let needed = identityCheck || weak
        return trail.check(
            weak && !identityCheck ? "MOB-5" : "MOB-2", .identityCheckRequired, confirmed || !needed,
            RuleInput(.verification, confirmed ? "confirmed" : needed ? "missing" : "waived"))
    }

    /// How a typed code is held against the minutes in which it would still be good; nil where none is proof.
    public var codeCheck: CodeCheck? {
        code.map { CodeCheck(validity: $0.validity * 1000, ahead: ahead * 1000) }
    }

    /// MOB-6: whether the merchant may still cancel the payment here. Refused with `cancellationWindowClosed`, the
    /// terminal opens a ``SupportCase`` and forwards it. Seconds count as for MOB-1: 60 minutes on the clock still
    /// cancel.
    public func cancel(paidAt: UTCInstant, now: TrustedTime) -> CancellationVerdict {
        var trail = RuleTrail()
        let age = now.instant.secondsOnTheClock(since: paidAt)
        let times = (paid: RuleInput(.paidAt, at: paidAt), now: RuleInput(.now, at: now.instant))
        _ =
            trail.checkTrusted(now, by: "MOB-6")
            && trail.check(
                "MOB-6", .receiptNotYetValid, age >= -ahead, times.paid, times.now, RuleInput(.limit, -ahead))
            && trail.check(
                "MOB-6", .cancellationWindowClosed, age <= cancellation, times.paid, times.now,
                RuleInput(.limit, cancellation))
        return CancellationVerdict(ruling: Ruling(trail))
    }
}

extension RuleTrail {
    /// Invariant 6: what rests on time needs a signed host time since boot.
    mutating func checkTrusted(_ now: TrustedTime, by rule: RuleID) -> Bool {
        check(rule, .timeUntrusted, now.anchored, RuleInput(.clock, now.anchored ? "host" : "machine"))
    }
}
