/// When the host is asked for the keys of closed-loop tags: once it says that it has others than are kept here. Times are
/// milliseconds of a clock that never goes back.
struct TagKeySchedule: Sendable, Equatable {
    /// Longest wait after a failure, and between two questions about one version.
    let cap: Int64
    /// Wait after the host gave none.
    static let refusalRest: Int64 = 3_600_000

    private var wish: String?
    private var notBefore = Int64.min
    private var failures = 0

    init(cap: Int64) { self.cap = max(1, cap) }

    /// - Parameters:
    ///   - kept: the version that is kept here; nil: none that can be opened.
    ///   - told: what the host said at its newest sign of life; nil: it has none.
    ///   - span: over which terminals of this host spread what they do at one moment.
    ///   - random: 0 to 1.
    mutating func isDue(kept: String?, told: String?, now: Int64, span: Int64, random: Double) -> Bool {
        guard let told, told != kept else {
            wish = nil
            return false
        }
        if wish != told {
            wish = told
            failures = 0
            // All terminals hear of new keys within seconds, and must not all ask in them. One without any takes no tags meanwhile.
            notBefore = kept == nil ? now : now + Int64(Double(max(0, min(cap, span))) * random)
        }
        return now >= notBefore
    }

    mutating func asked(_ outcome: TagKeyKeeper.Outcome, at now: Int64, random: Double) {
        switch outcome {
        case .settled:
            failures = 0
            notBefore = now + cap
        case .notOffered: notBefore = now + Self.refusalRest
        case .unreachable, .notKept:
            failures = min(failures + 1, 16)
            notBefore = now + Int64(Double(min(cap, 500 << failures)) * (0.5 + random / 2))
        }
    }
}
