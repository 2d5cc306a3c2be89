import Core

/// What the rules say to something that is no purchase: a receipt, a PIN, a load, a sign-in (ALL-1).
public struct Ruling: Sendable, Hashable {
    public struct Refusal: Sendable, Hashable {
        public let rule: RuleID
        public let reason: Reason
    }

    /// Nil: nothing stands against it.
    public let refusal: Refusal?
    /// Every rule that was asked, in order; the last is the refusing one.
    public let trace: [RuleVerdict]

    init(_ trail: RuleTrail) {
        refusal = trail.failure.map { Refusal(rule: $0.rule, reason: $0.reason) }
        trace = trail.trace
    }

    public var passed: Bool { refusal == nil }
}

extension RuleInput {
    /// An instant as UTC to the millisecond, such as `2026-11-21T12:00:00.000Z`.
    init(_ label: InputLabel, at instant: UTCInstant) {
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let day = CivilDate(daysSince1970: instant.units(of: 86_400_000).whole)
        let second = instant.units(of: 86_400_000).rest / 1000
        let clock = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
        self.init(label, "\(day)T\(clock).\(padded(instant.units(of: 1000).rest, 3))Z")
    }
}

extension UTCInstant {
    /// How many whole units of `milliseconds` (above 0) lie between 1970 and this instant, rounded down, and what is
    /// left.
    func units(of milliseconds: Int64) -> (whole: Int64, rest: Int64) {
        let (quotient, remainder) = self.milliseconds.quotientAndRemainder(dividingBy: max(1, milliseconds))
        return remainder < 0 ? (quotient - 1, remainder + milliseconds) : (quotient, remainder)
    }

    /// Seconds from `earlier` to this instant as two clocks show them, without the milliseconds; saturating.
    func secondsOnTheClock(since earlier: UTCInstant) -> Int64 {
        // Both are Int64 divided by 1000: their difference can't overflow.
        units(of: 1000).whole - earlier.units(of: 1000).whole
    }
}

extension TOMLFileTable {
    /// A number of seconds from 1 to `most`, as milliseconds.
    func milliseconds(ofSeconds key: String, most: Int = 366 * 86_400) throws(TOMLFileError) -> Int64 {
        try Int64(integer(key, in: 1...most)) * 1000
    }
}
