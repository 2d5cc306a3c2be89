import Core
import Verification

/// MOB-5: when a typed verification code counts as weak proof, and how fast codes may be guessed.
///
/// Each try goes in two steps, as with a PIN: ``begin(_:throttle:now:)`` counts it as a wrong one, the caller stores
/// that, looks the code up, and ``CodeThrottle/finish(known:)`` takes a right one off the count again. A power cut in
/// between leaves it counted.
///
/// Once `wrongCodes` of them lie within `window`, wrong codes come at most one in `wait`.
public struct VerificationCodeRules: Sendable, Hashable {
    /// Seconds after the payment through which the code is proof: an expiry of its own, never above the receipt's.
    public let validity: Int64
    /// Wrong, well-formed codes within ``window`` after which the next has to wait.
    public let wrongCodes: Int
    /// Milliseconds.
    public let window: Int64
    /// Milliseconds from the last wrong code.
    public let wait: Int64

    /// Reads `[receipt.code]`: `expiry_s`, `wrong_codes`, `window_s`, `wait_s`, and `identity_check`, which may be
    /// left out and can't be false: without it the code proves too little.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        validity = try table.milliseconds(ofSeconds: "expiry_s", most: 86_400) / 1000
        wrongCodes = try table.integer("wrong_codes", in: 1...100)
        window = try table.milliseconds(ofSeconds: "window_s", most: 86_400)
        wait = try table.milliseconds(ofSeconds: "wait_s", most: 86_400)
        if table.has("identity_check"), try !table.flag("identity_check") {
            throw table.wrong("identity_check", "must be true: a typed code alone is weak proof")
        }
        try table.allKnown()
    }

    /// Whether a typed code may be looked up. Typing errors never count, and are told even while guesses wait: the
    /// check symbol tells them without any look-up.
    /// - Parameter throttle: of this terminal, from the store.
    public func begin(_ typed: String, throttle: CodeThrottle, now: TrustedTime) -> CodeAdmission {
        var trail = RuleTrail()
        let code: VerificationCode
        do {
            code = try VerificationCode(typed: typed)
            _ = trail.check("MOB-5", .verificationRequired, true)
        } catch {
            _ = trail.check("MOB-5", .verificationRequired, false, RuleInput(.kind, error.rawValue))
            return CodeAdmission(ruling: Ruling(trail), answer: .mistyped(error), throttle: throttle)
        }
        guard trail.checkTrusted(now, by: "MOB-5") else {
            return CodeAdmission(ruling: Ruling(trail), answer: .timeUntrusted, throttle: throttle)
        }
        var throttle = throttle
        throttle.clamp(to: now.instant)
        let until = waitUntil(throttle)
        guard
            trail.check(
                "MOB-5", .verificationRequired, until.map { now.instant >= $0 } ?? true,
                RuleInput(.tries, throttle.wrong.count), RuleInput(.limit, wrongCodes),
                RuleInput(.now, at: now.instant),
                RuleInput(.until, until.map { RuleInput(.until, at: $0).value } ?? "-"))
        else {
            return CodeAdmission(ruling: Ruling(trail), answer: .wait(until: until ?? now.instant), throttle: throttle)
        }
        // One more than the rule looks at: a right code that is taken off again must not have pushed a wrong one out.
        throttle.count(at: now.instant, keeping: wrongCodes + 1)
        return CodeAdmission(ruling: Ruling(trail), answer: .lookUp(code), throttle: throttle)
    }

    /// What to say of a code that was looked up and not found.
    public func unknown() -> Ruling {
        var trail = RuleTrail()
        _ = trail.check("MOB-5", .unknownPurchase, false)
        return Ruling(trail)
    }

    private func waitUntil(_ throttle: CodeThrottle) -> UTCInstant? {
        guard let last = throttle.wrong.last, throttle.wrong.count >= wrongCodes else { return nil }
        let first = throttle.wrong[throttle.wrong.count - wrongCodes]
        return last.millisecondsSince(first) < window ? last.advanced(byMilliseconds: wait) : nil
    }
}

/// Whether a typed code may be looked up, and what the store is to hold before it is.
public struct CodeAdmission: Sendable, Hashable {
    public enum Answer: Sendable, Hashable {
        case lookUp(VerificationCode)
        /// A slip of the finger: ask again, it costs nothing.
        case mistyped(VerificationCode.TypingError)
        /// Too many guesses.
        case wait(until: UTCInstant)
        case timeUntrusted
    }

    public let ruling: Ruling
    public let answer: Answer
    /// Durable before the look-up: the try stands in it as a wrong one.
    public let throttle: CodeThrottle
}

/// Wrong, well-formed codes at one terminal: a durable value. A right code takes only itself off, so that one known
/// code does not buy more guesses.
public struct CodeThrottle: Sendable, Hashable, Codable {
    /// Oldest first; no more than the rule needs.
    public private(set) var wrong: [UTCInstant]

    public init() { wrong = [] }

    /// The look-up's answer to the newest try.
    public mutating func finish(known: Bool) {
        if known, !wrong.isEmpty { wrong.removeLast() }
    }

    fileprivate mutating func count(at instant: UTCInstant, keeping count: Int) {
        wrong.append(instant)
        wrong.removeFirst(max(0, wrong.count - count))
    }

    /// The host may have corrected the clock downwards: no wait grows by that.
    fileprivate mutating func clamp(to now: UTCInstant) {
        for place in wrong.indices { wrong[place] = min(wrong[place], now) }
    }
}
