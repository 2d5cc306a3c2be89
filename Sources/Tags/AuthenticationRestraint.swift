/// Keeps wrong keys from being tried again and again. After fifty wrong ones in a row NTAG 424 DNA makes everybody wait
/// (91AD), after about a thousand it locks the key for good: a mistake in the terminal's keys must not break a shop's tags.
/// A value: the time comes in.
public struct AuthenticationRestraint: Sendable {
    /// Wrong answers of one tag within ``pause`` of each other, before it is left alone.
    public static let mostFailures = 3
    /// Milliseconds that a tag is left alone, from its last failure on.
    public static let pause: Int64 = 60 * 60 * 1_000
    /// Tags that are remembered; of more, the one whose failure is longest ago is forgotten.
    public static let mostTags = 256

    private var tags: [[UInt8]: (failures: Int, last: Int64)] = [:]

    public init() {}

    /// - Parameter now: milliseconds of a clock that does not jump.
    public func mayAuthenticate(_ uid: [UInt8], at now: Int64) -> Bool {
        guard let known = tags[uid], Self.isRecent(known.last, now) else { return true }
        return known.failures < Self.mostFailures
    }

    /// Takes what became of a tap.
    public mutating func ended(_ uid: [UInt8], wasWrong: Bool, at now: Int64) {
        guard wasWrong else {
            tags[uid] = nil
            return
        }
        let before = tags[uid].flatMap { Self.isRecent($0.last, now) ? $0.failures : nil } ?? 0
        tags[uid] = (min(before, Self.mostFailures) + 1, now)
        guard tags.count > Self.mostTags else { return }
        guard let oldest = tags.min(by: { $0.value.last < $1.value.last }) else { return }
        tags[oldest.key] = nil
    }

    private static func isRecent(_ last: Int64, _ now: Int64) -> Bool {
        let (past, isFar) = now.subtractingReportingOverflow(last)
        return !isFar && past < pause
    }
}
