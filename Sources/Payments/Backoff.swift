/// Full jitter: before attempt `k` + 1 a sleep of U(0, min(cap, base·2^k)), so that terminals that lost their host
/// together do not come back together.
///
/// | failures in a row | longest sleep with base 1 s, cap 300 s |
/// |---|---|
/// | 1 | 1 s |
/// | 2 | 2 s |
/// | 5 | 16 s |
/// | 9 | 256 s |
/// | 10 and more | 300 s |
public struct Backoff: Sendable, Hashable {
    /// The longest of any setting, in milliseconds.
    static let day: Int64 = 86_400_000

    /// Milliseconds, each between 0 and a day.
    public struct Settings: Sendable, Hashable {
        public let base: Int64
        public let cap: Int64
        /// Longest wait that a Retry-After of the host may impose.
        public let longestRetryAfter: Int64

        public init(base: Int64 = 1000, cap: Int64 = 300_000, longestRetryAfter: Int64 = 3_600_000) {
            self.base = min(max(1, base), Backoff.day)
            self.cap = min(max(1, cap), Backoff.day)
            self.longestRetryAfter = min(max(0, longestRetryAfter), Backoff.day)
        }
    }

    public let settings: Settings
    /// Failures since the last success.
    public private(set) var failures = 0

    public init(_ settings: Settings = Settings()) { self.settings = settings }

    public mutating func reset() { failures = 0 }

    /// Longest sleep, in milliseconds, after `failures` failures in a row.
    public func ceiling(failures: Int) -> Int64 {
        guard failures > 0 else { return 0 }
        let (scaled, overflow) = settings.base.multipliedReportingOverflow(by: Int64(1) << Int64(min(failures - 1, 40)))
        return overflow ? settings.cap : min(settings.cap, scaled)
    }

    /// Counts a failure.
    /// - Parameters:
    ///   - random: 64 uniform bits.
    ///   - retryAfter: what the host asked for, in milliseconds, up to the longest allowed. The jitter comes on top: those
    ///     whom the host sent away in one second must not come back in one second.
    ///   - span: the jitter is spread over at least these milliseconds.
    /// - Returns: milliseconds to sleep before the next attempt.
    public mutating func failed(random: UInt64, retryAfter: Int64? = nil, span: Int64 = 0) -> Int64 {
        failures = min(failures + 1, 1_000_000)
        let jitter = Backoff.uniform(max(ceiling(failures: failures), min(span, Backoff.day)), random: random)
        return jitter + min(max(0, retryAfter ?? 0), settings.longestRetryAfter)
    }

    /// U(0, `span`) of 64 uniform bits.
    static func uniform(_ span: Int64, random: UInt64) -> Int64 {
        Int64(random.multipliedFullWidth(by: UInt64(max(0, span)) + 1).high)
    }
}
