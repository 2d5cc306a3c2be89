/// How long the host has not been heard, and over which span attempts are spread after a long outage: those who come back
/// at one moment are many.
struct HostSilence: Sendable, Hashable {
    private let longOutage: Int64
    private let longestSpread: Int64
    private var spread: Int64?
    /// When the host was last heard, or the link began without a word of it.
    private var since: Int64?

    init(_ settings: OutboxMachine.Settings) {
        longOutage = settings.longOutage
        longestSpread = settings.longestSpread
    }

    /// The host's own span, in milliseconds.
    mutating func remember(spread milliseconds: Int64) { spread = min(max(0, milliseconds), longestSpread) }

    mutating func began(at now: Int64) { since = since ?? now }

    mutating func began(at now: Int64, after silence: Int64) {
        let before = now.subtractingReportingOverflow(max(0, silence))
        since = before.overflow ? .min : before.partialValue
    }

    mutating func ended(at now: Int64) { since = now }

    func isLong(at now: Int64) -> Bool {
        guard let since else { return false }
        let (silence, overflow) = now.subtractingReportingOverflow(since)
        return overflow || silence > longOutage
    }

    /// Of the first attempt after a long outage.
    var firstSpan: Int64 { spread ?? min(OutboxMachine.Settings.defaultSpread, longestSpread) }

    /// Of the attempts after a failed one; 0 while the outage is short, or the host has named no span.
    func laterSpan(at now: Int64) -> Int64 { isLong(at: now) ? spread ?? 0 : 0 }
}
