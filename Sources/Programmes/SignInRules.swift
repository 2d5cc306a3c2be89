import Core

/// POS-1…POS-5: signing in, and what those who have signed in may do.
///
/// A try goes in two steps, as with a PIN: ``begin(typed:state:now:)`` counts it, the caller makes that durable,
/// checks the password and stores what ``SignInState/finish(right:)`` leaves: power-cycling gives no more guesses.
/// Then ``permit(_:for:)`` is asked for every act, not only at sign-in: a renewal that is ordered meanwhile stops
/// them all.
///
/// Waits run on trusted time, with or without a host time since boot: a terminal without connection must still let its
/// technician in. Only the renewal code's expiry needs one.
public struct SignInRules: Sendable, Hashable {
    /// Failures in a row that are answered at once.
    public let failuresBeforeWait: Int
    /// Milliseconds after that many failures; each further one doubles it, up to a day.
    public let wait: Int64
    /// Failures in a row that lock the account until an administrator opens it.
    public let failuresBeforeLock: Int
    /// Milliseconds for which the code of a renewal works.
    public let renewalValidity: Int64
    /// The right that each service needs (POS-4).
    public let services: [String: String]

    static let longestWait: Int64 = 86_400_000

    /// Reads `[sign_in]`: `identifier` (`email` is the only one), `failures_before_wait`, `wait_s`,
    /// `failures_before_lock`, `renewal_code_s`, and `[[sign_in.service]]` with `id` and `right` each. `currency` is
    /// not used.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        guard try table.string("identifier") == "email" else { throw table.wrong("identifier", "must be \"email\"") }
        failuresBeforeWait = try table.integer("failures_before_wait", in: 1...100)
        wait = try table.milliseconds(ofSeconds: "wait_s", most: 86_400)
        failuresBeforeLock = try table.integer("failures_before_lock", in: 1...100)
        guard failuresBeforeLock > failuresBeforeWait else {
            throw table.wrong("failures_before_lock", "must be above failures_before_wait")
        }
        renewalValidity = try table.milliseconds(ofSeconds: "renewal_code_s", most: 30 * 86_400)
        var services: [String: String] = [:]
        for service in try table.tables("service") {
            let id = try service.string("id")
            let right = try service.string("right")
            guard !id.isEmpty, services[id] == nil else { throw service.wrong("id", "must name each service once") }
            guard !right.isEmpty else { throw service.wrong("right", "must not be empty") }
            services[id] = right
            try service.allKnown()
        }
        self.services = services
        try table.allKnown()
    }

    /// Before the password is checked: POS-1, then POS-5.
    /// - Parameter state: of the identifier that was typed; a fresh one for what is no e-mail address.
    public func begin(typed: String, state: SignInState, now: TrustedTime) -> SignInVerdict {
        var trail = RuleTrail()
        let identifier = SignInIdentifier(typed: typed)
        switch identifier {
        case .emailAddress: _ = trail.check("POS-1", .useEmailAddress, true, RuleInput(.kind, "email"))
        case .customerOrCaseNumber:
            _ = trail.check("POS-1", .useEmailAddress, false, RuleInput(.kind, "number"))
            return SignInVerdict(ruling: Ruling(trail), store: state, guidance: .numberNoLonger)
        case .neither:
            _ = trail.check("POS-1", .useEmailAddress, false, RuleInput(.kind, "other"))
            return SignInVerdict(ruling: Ruling(trail), store: state, guidance: Reason.useEmailAddress.sentence)
        }
        return admit(state, now: now, &trail)
    }

    /// After a right password: an ordered renewal comes first (POS-2). A wrong one is answered without a word of the
    /// renewal, so that it tells strangers nothing.
    public func finish(right: Bool, state: SignInState) -> SignInVerdict {
        var trail = RuleTrail()
        var state = state
        state.finish(right: right)
        guard trail.check("POS-5", .signInFailed, right, RuleInput(.tries, state.failures)) else {
            return SignInVerdict(ruling: Ruling(trail), store: state, guidance: Reason.signInFailed.sentence)
        }
        guard mayDoMore(state, &trail) else {
            return SignInVerdict(
                ruling: Ruling(trail), store: state, guidance: Reason.passwordChangeRequired.sentence)
        }
        return SignInVerdict(ruling: Ruling(trail), store: state)
    }

    /// POS-2: an administrator orders the renewal of a password.
    /// - Parameter codeDigest: of the code in the link that is sent to the account's e-mail address.
    public func renewal(codeDigest: [UInt8], now: TrustedTime) -> PasswordRenewal {
        PasswordRenewal(codeDigest: codeDigest, expires: now.instant.advanced(byMilliseconds: renewalValidity))
    }

    /// POS-2: whether the password may be changed by a code. A try by a wrong code counts as a wrong password does.
    /// When it passes, ``SignInVerdict/store`` has the code spent and goes into the same commit as the new password.
    public func changePassword(codeDigest: [UInt8], state: SignInState, now: TrustedTime) -> SignInVerdict {
        var trail = RuleTrail()
        let admitted = admit(state, now: now, &trail)
        guard admitted.ruling.passed else { return admitted }
        // Without a host time nothing can be said of the expiry: that is no wrong try.
        guard trail.checkTrusted(now, by: "POS-2") else {
            return SignInVerdict(ruling: Ruling(trail), store: state, guidance: Reason.timeUntrusted.sentence)
        }
        let renewal = state.renewal
        guard trail.check("POS-2", .signInFailed, renewal?.matches(codeDigest) ?? false) else {
            return SignInVerdict(ruling: Ruling(trail), store: admitted.store, guidance: .codeNotGood)
        }
        // The right code, too late: no guess.
        let expires = renewal?.expires ?? now.instant
        guard
            trail.check(
                "POS-2", .signInFailed, now.instant <= expires, RuleInput(.until, at: expires),
                RuleInput(.now, at: now.instant))
        else { return SignInVerdict(ruling: Ruling(trail), store: state, guidance: .codeNotGood) }
        var state = state
        state.renewed()
        return SignInVerdict(ruling: Ruling(trail), store: state)
    }

    /// POS-5; when it passes, the try stands counted in the verdict's state.
    private func admit(_ state: SignInState, now: TrustedTime, _ trail: inout RuleTrail) -> SignInVerdict {
        let count = (RuleInput(.tries, state.failures), RuleInput(.limit, failuresBeforeLock))
        guard
            trail.check("POS-5", .signInLocked, !state.locked && state.failures < failuresBeforeLock, count.0, count.1)
        else { return SignInVerdict(ruling: Ruling(trail), store: state, guidance: .locked) }
        let until = waitEnd(state, now: now.instant)
        guard
            trail.check(
                "POS-5", .signInFailed, now.instant >= until, count.0, RuleInput(.limit, failuresBeforeWait),
                RuleInput(.until, at: until), RuleInput(.now, at: now.instant))
        else { return SignInVerdict(ruling: Ruling(trail), store: state, guidance: .waitFirst, waitUntil: until) }
        var state = state
        state.begin(now: now.instant, lockingAt: failuresBeforeLock)
        return SignInVerdict(ruling: Ruling(trail), store: state)
    }

    /// When the next try is heard; `now` when it is at once.
    private func waitEnd(_ state: SignInState, now: UTCInstant) -> UTCInstant {
        guard let last = state.lastFailure, state.failures >= failuresBeforeWait else { return now }
        var length = wait
        for _ in 0..<(state.failures - failuresBeforeWait) where length < Self.longestWait { length *= 2 }
        // The host may have corrected the clock downwards: no wait grows by that.
        return min(last, now).advanced(byMilliseconds: min(length, Self.longestWait))
    }

    func mayDoMore(_ state: SignInState, _ trail: inout RuleTrail) -> Bool {
        trail.check(
            "POS-2", .passwordChangeRequired, state.renewal == nil,
            RuleInput(.status, state.renewal == nil ? "current" : "renewal"))
    }
}

/// What to say to somebody who signs in, and what is to be durable before the password is checked or the answer given.
public struct SignInVerdict: Sendable, Hashable {
    public let ruling: Ruling
    public let store: SignInState
    /// Nil when nothing is refused.
    public let guidance: Sentence?
    /// POS-5: no try is heard before.
    public let waitUntil: UTCInstant?

    init(ruling: Ruling, store: SignInState, guidance: Sentence? = nil, waitUntil: UTCInstant? = nil) {
        self.ruling = ruling
        self.store = store
        self.guidance = guidance
        self.waitUntil = waitUntil
    }
}
