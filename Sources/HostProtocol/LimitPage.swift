import Core

/// What a terminal asks when it syncs its limits.
public struct LimitRequest: Codable, Sendable, Equatable {
    /// The incarnation of the books that ``since`` counts in; 0 with no version.
    public var incarnation: Int64
    /// The version of the newest page applied; 0 asks for everything.
    public var since: Int64
    /// Echoed in the page, so that an old page can't be played back as news (and as time).
    public var nonce: UUIDv7
    /// Where a snapshot that is under way goes on; nil when none is.
    public var snapshot: SnapshotPosition?
    /// How many milliseconds the host may keep the request open until there is news (long poll); at most
    /// ``maximumHold``. Nil: answer at once.
    public var hold: Int64?

    public static let maximumHold: Int64 = 30_000

    /// Whether it only waits for what comes next: its terminal has the rest.
    public var isForNews: Bool { since > 0 && snapshot == nil && hold ?? 0 > 0 }

    public init(
        since: Int64, nonce: UUIDv7, snapshot: SnapshotPosition? = nil, hold: Int64? = nil, incarnation: Int64 = 1
    ) {
        self.incarnation = incarnation
        self.since = since
        self.nonce = nonce
        self.snapshot = snapshot
        self.hold = hold
    }
}

/// A place in a snapshot of the limit store that comes in several pages.
public struct SnapshotPosition: Codable, Sendable, Equatable {
    /// The ledger version when its first page was made: deltas go on from there.
    public var at: Int64
    /// Opaque to the terminal: the host's mark after which the next page begins.
    public var after: String

    public init(at: Int64, after: String) {
        self.at = at
        self.after = after
    }
}

/// A signed page of the limit store for one terminal. Applied in one transaction, never partly.
///
/// A *delta* (`base` > 0) carries what changed in (`base`, `version`], oldest change first: each page by itself brings the
/// terminal to `version`, so that a sync that is cut short goes on where it stopped. A *snapshot* (`base` = 0) carries
/// everything: its pages are set aside until the last one has come (`next` nil), then take the place of the old store at
/// once; `version` is the same in all of them.
public struct LimitPage: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .limits
    public var terminal: String
    public var nonce: UUIDv7
    /// How often the host's books were set back to an earlier state by their keeper, from 1. Versions count within it: the
    /// pair only goes forward, so that an old state can't be played to a terminal (a host restored from a copy says so by
    /// a higher number).
    public var incarnation: Int64
    /// The ledger version that this page brings the terminal to; grows with every change.
    public var version: Int64
    /// The version this page builds on; 0 is a page of a snapshot, after which accounts that it lacks are gone.
    public var base: Int64
    /// In a snapshot: where this page begins; nil in its first page and in deltas.
    public var position: SnapshotPosition?
    /// In a snapshot: where the next page begins; nil in its last page and in deltas.
    public var next: SnapshotPosition?
    /// In a delta: more changes wait at the host, ask again at once. The cache is as fresh as `issuedAt` only without it.
    public var more: Bool
    /// Signed host time: the anchor of the terminal's trusted clock.
    public var issuedAt: UTCInstant
    public var merchant: String
    /// Ids of the programmes the merchant is enrolled with (CARD-22).
    public var enrolledProgrammes: [String]
    public var risk: TerminalRiskLimits
    /// ISO 18245 merchant category code, four digits (CARD-9).
    public var merchantCategory: String?
    /// Scheme rates for purchases in other currencies (CARD-16).
    public var rates: [ExchangeRate]
    public var accounts: [AccountLimit]
    /// Ids of accounts that are gone. An id the terminal does not hold changes nothing.
    public var removed: [String]
    /// Changes of the stop list; in a snapshot, its entries.
    public var stops: StopChanges
    /// Payments of this terminal that the host declined later and has settled since by itself (ALL-7): they are not open any
    /// more. The last page of a snapshot names the newest of all times. Nil: none.
    public var clearedDeclines: [UUIDv7]?

    public static let maximumClearedDeclines = 10_000

    public init(
        terminal: String, nonce: UUIDv7, version: Int64, base: Int64, issuedAt: UTCInstant, merchant: String,
        enrolledProgrammes: [String], risk: TerminalRiskLimits, accounts: [AccountLimit], removed: [String] = [],
        stops: StopChanges = StopChanges(), position: SnapshotPosition? = nil, next: SnapshotPosition? = nil,
        more: Bool = false, merchantCategory: String? = nil, rates: [ExchangeRate] = [], incarnation: Int64 = 1,
        clearedDeclines: [UUIDv7]? = nil
    ) {
        self.incarnation = incarnation
        self.terminal = terminal
        self.nonce = nonce
        self.version = version
        self.base = base
        self.position = position
        self.next = next
        self.more = more
        self.issuedAt = issuedAt
        self.merchant = merchant
        self.enrolledProgrammes = enrolledProgrammes
        self.risk = risk
        self.merchantCategory = merchantCategory
        self.rates = rates
        self.accounts = accounts
        self.removed = removed
        self.stops = stops
        self.clearedDeclines = clearedDeclines
    }
}

/// Bounds on what one terminal may approve while it is alone (ALL-4).
public struct TerminalRiskLimits: Codable, Sendable, Equatable {
    /// Largest sum, in minor units of each currency by itself, of offline approvals the host has not acknowledged.
    public var exposureCap: Int64
    /// Oldest cache that still approves, in milliseconds since the last signed host time.
    public var maximumCacheAge: Int64

    public init(exposureCap: Int64, maximumCacheAge: Int64) {
        self.exposureCap = exposureCap
        self.maximumCacheAge = maximumCacheAge
    }
}
