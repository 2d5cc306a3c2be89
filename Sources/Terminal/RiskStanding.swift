import Core
import Diagnostics
import HostProtocol
import Programmes
import Store

/// How near the terminal is to the bounds past which it approves nothing without the host (ALL-4).
struct RiskStanding: Sendable, Equatable {
    /// Records that wait or are set aside, and how many may.
    var records: Int
    var mostRecords: Int
    /// Milliseconds that the oldest has waited, and that one may; nil: any time.
    var oldest: Int64?
    var longestWait: Int64?
    /// Approved offline and not acknowledged, by currency, and the cap of each.
    var exposure: [Money]
    var exposureCap: Int64
    /// Milliseconds; nil: there never were limits.
    var limitAge: Int64?
    var oldestLimits: Int64
    /// The store was restored from an image, and its limits lack what was spent since.
    var isRestored: Bool

    init(
        records: Int, mostRecords: Int, oldest: Int64? = nil, longestWait: Int64? = nil, exposure: [Money] = [],
        exposureCap: Int64, limitAge: Int64?, oldestLimits: Int64, isRestored: Bool = false
    ) {
        self.records = records
        self.mostRecords = mostRecords
        self.oldest = oldest
        self.longestWait = longestWait
        self.exposure = exposure
        self.exposureCap = exposureCap
        self.limitAge = limitAge
        self.oldestLimits = oldestLimits
        self.isRestored = isRestored
    }

    init(
        _ state: TerminalState, _ queue: QueueSummary, oldest: UTCInstant?, now: TrustedTime,
        _ configuration: TerminalConfiguration.Queue
    ) {
        self.init(
            records: queue.depth + queue.quarantined, mostRecords: configuration.mostRecords,
            oldest: oldest.map { now.instant.millisecondsSince($0) },
            longestWait: configuration.mostDays > 0 ? Int64(configuration.mostDays) * JournalKeeper.day : nil,
            exposure: queue.exposure, exposureCap: state.risk.exposureCap, limitAge: state.cacheAge,
            oldestLimits: state.risk.maximumCacheAge, isRestored: state.isRestored)
    }

    private static let offlinePayers = "payers, while the host is away: nothing is approved without it"
    private static let reach = "let the terminal reach its host (kassactl queue flush shows how it goes)"

    /// What is reached, as an error; what nine tenths are used of, as a warning.
    var findings: [FindingReply] {
        var findings: [FindingReply] = []
        func add(_ isReached: Bool, _ what: String, hurts whom: String = Self.offlinePayers, _ remedy: String = Self.reach) {
            findings.append(
                FindingReply(severity: isReached ? "error" : "warning", what: what, whoIsHurt: whom + " (ALL-4)", remedy: remedy))
        }
        if records >= mostRecords {
            add(true, "the queue is full: \(records) record(s) wait for the host, \(mostRecords) may")
        } else if RiskStanding.isNear(Int64(records), Int64(mostRecords)) {
            add(
                false, "the queue is nearly full: \(records) of \(mostRecords) record(s)",
                hurts: "soon payers, while the host is away")
        }
        if let oldest, let longestWait {
            let days = "\(oldest / JournalKeeper.day) day(s), \(longestWait / JournalKeeper.day) are allowed"
            if oldest >= longestWait {
                add(true, "the oldest record has waited for the host for \(days)")
            } else if RiskStanding.isNear(oldest, longestWait) {
                add(false, "the oldest record has waited for the host for \(days)", hurts: "soon payers, while the host is away")
            }
        }
        for amount in exposure where amount.minorUnits >= exposureCap || RiskStanding.isNear(amount.minorUnits, exposureCap) {
            let cap = Money(minorUnits: exposureCap, currency: amount.currency)
            let isReached = amount.minorUnits >= exposureCap
            add(
                isReached, "approved offline and not acknowledged: \(amount) of \(cap)\(isReached ? ", the cap is reached" : "")",
                hurts: isReached ? Self.offlinePayers : "payers of more than is left, while the host is away")
        }
        if isRestored {
            add(
                true, "the limits lack what was spent since the image that the store was restored from",
                "let the terminal reach its host: it sends what waits, then takes new limits, and goes on by itself")
        }
        if let limitAge {
            if limitAge > oldestLimits || limitAge < -60_000 {
                add(
                    true,
                    limitAge < 0
                        ? "the limits are dated ahead of the clock" : "the limits are too old: \(RiskStanding.hours(limitAge)),"
                            + " \(RiskStanding.hours(oldestLimits)) are allowed",
                    "let the terminal reach its host: new limits come by themselves")
            }
        } else {
            add(
                false, "the host has never given this terminal limits",
                "let the terminal reach its host: limits come by themselves")
        }
        return findings
    }

    private static func isNear(_ used: Int64, _ most: Int64) -> Bool { most > 0 && used >= most - most / 10 }

    private static func hours(_ milliseconds: Int64) -> String {
        milliseconds >= 2 * JournalKeeper.day ? "\(milliseconds / JournalKeeper.day) days" : "\(milliseconds / 3_600_000) h"
    }
}
