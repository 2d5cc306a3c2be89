/// Keeps wrong keys from being tried again and again. NTAG 424 DNA counts answers made with a wrong key: after fifty in a row it makes
/// everybody wait (91AD), after 1,000 (NT4H2421Gx: TotFailCtr) it locks the key for good. A mistake in the terminal's keys must not break
/// a shop's tags. A value: the time comes in.
///
/// Only what makes the genuine chip count is counted: that it refuses the key (91AE). A copy of a tag's text can say that too, so that the
/// wait is short: who carries a copy about does not keep the tag's holder from paying. `ClosedLoop.md` has the bound.
public struct AuthenticationRestraint: Sendable {
    /// Refused keys of one tag, before it has to wait.
    public static let mostFailures = 3
    /// Milliseconds from each further one until the next may be tried.
    public static let pause: Int64 = 60 * 1_000
    /// Milliseconds without one, after which all are forgotten.
    public static let memory: Int64 = 60 * 60 * 1_000
    /// Tags that are remembered; of more, the one whose failure is longest ago is forgotten.
    public static let mostTags = 256

    private var tags: [[UInt8]: (failures: Int, last: Int64)] = [:]

    public init() {}

    /// - Parameter now: milliseconds of a clock that does not jump.
    public func mayAuthenticate(_ uid: [UInt8], at now: Int64) -> Bool {
        guard let known = tags[uid], known.failures >= Self.mostFailures else { return true }
        return !Self.isWithin(Self.pause, known.last, now)
    }

    /// Takes what became of a tap whose tag was asked to authenticate.
    public mutating func ended(_ uid: [UInt8], _ outcome: ClosedLoopOutcome, at now: Int64) {
        switch outcome {
        case .authenticated: tags[uid] = nil
        case .refused(.wrongKey): failed(uid, at: now)
        // None of these makes the genuine chip count, and a copy can make each of them up.
        case .refused, .inconsistent, .tryLater, .tryAgain, .notOurs: break
        }
    }

    private mutating func failed(_ uid: [UInt8], at now: Int64) {
        let before = tags[uid].flatMap { Self.isWithin(Self.memory, $0.last, now) ? $0.failures : nil } ?? 0
        tags[uid] = (min(before, Self.mostFailures) + 1, now)
        guard tags.count > Self.mostTags else { return }
        guard let oldest = tags.min(by: { $0.value.last < $1.value.last }) else { return }
        tags[oldest.key] = nil
    }

    private static func isWithin(_ span: Int64, _ last: Int64, _ now: Int64) -> Bool {
        let (past, isFar) = now.subtractingReportingOverflow(last)
        return !isFar && past < span
    }
}
