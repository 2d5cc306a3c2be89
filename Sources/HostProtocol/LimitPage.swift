import Core

/// What a terminal asks when it syncs its limits.
public struct LimitRequest: Codable, Sendable, Equatable {
    /// The version of the newest page applied; 0 asks for everything.
    public var since: Int64
    /// Echoed in the page, so that an old page can't be played back as news (and as time).
    public var nonce: UUIDv7

    public init(since: Int64, nonce: UUIDv7) {
        self.since = since
        self.nonce = nonce
    }
}

/// A signed page of the limit store for one terminal. Applied in one transaction, never partly.
public struct LimitPage: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .limits
    public var terminal: String
    public var nonce: UUIDv7
    /// The host's ledger version that this page brings the terminal to; grows with every change.
    public var version: Int64
    /// The version this page builds on; 0 is a full snapshot, after which accounts that it lacks are gone.
    public var base: Int64
    /// Signed host time: the anchor of the terminal's trusted clock.
    public var issuedAt: UTCInstant
    public var merchant: String
    /// Ids of the programmes the merchant is enrolled with (CARD-22).
    public var enrolledProgrammes: [String]
    public var risk: TerminalRiskLimits
    public var accounts: [AccountLimit]

    public init(
        terminal: String, nonce: UUIDv7, version: Int64, base: Int64, issuedAt: UTCInstant, merchant: String,
        enrolledProgrammes: [String], risk: TerminalRiskLimits, accounts: [AccountLimit]
    ) {
        self.terminal = terminal
        self.nonce = nonce
        self.version = version
        self.base = base
        self.issuedAt = issuedAt
        self.merchant = merchant
        self.enrolledProgrammes = enrolledProgrammes
        self.risk = risk
        self.accounts = accounts
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

/// One account as a terminal may know it: pseudonyms, never names or numbers (ALL-5).
public struct AccountLimit: Codable, Sendable, Equatable {
    /// The host's opaque account id.
    public var account: String
    public var programme: String
    /// Ledger version of the newest change; an older entry never replaces a newer one.
    public var version: Int64
    public var currency: Currency
    /// Balance on the host's books, in minor units.
    public var balance: Int64
    public var status: AccountStatus
    /// This terminal's records of this account, numbered from 1, that `balance` already includes: all up to this one (ALL-3).
    public var countedThrough: Int64
    /// Approved purchases the host has counted on `countedDay` in the programme's time zone (CARD-3).
    public var countedDay: CivilDate?
    public var purchasesOnCountedDay: Int
    /// What this terminal may approve offline, from `countedThrough` on; nil: nothing (CARD-21).
    public var offlineAllowance: OfflineAllowance?
    /// Instruments that pay from this account.
    public var instruments: [Pseudonym]

    public init(
        account: String, programme: String, version: Int64, currency: Currency, balance: Int64,
        status: AccountStatus, countedThrough: Int64, countedDay: CivilDate?, purchasesOnCountedDay: Int,
        offlineAllowance: OfflineAllowance?, instruments: [Pseudonym]
    ) {
        self.account = account
        self.programme = programme
        self.version = version
        self.currency = currency
        self.balance = balance
        self.status = status
        self.countedThrough = countedThrough
        self.countedDay = countedDay
        self.purchasesOnCountedDay = purchasesOnCountedDay
        self.offlineAllowance = offlineAllowance
        self.instruments = instruments
    }
}

/// CARD-8: three reasons, three states.
public enum AccountStatus: String, Codable, Sendable, CaseIterable {
    case active, blocked, lostOrStolen, suspended
}

/// The issuer's consent to offline approvals at one terminal (CARD-21), bounded (ALL-4).
public struct OfflineAllowance: Codable, Sendable, Equatable {
    /// Sum of offline approvals, minor units.
    public var amount: Int64
    /// Number of offline approvals in a row.
    public var count: Int
    /// Largest single offline approval, minor units.
    public var perTransaction: Int64

    public init(amount: Int64, count: Int, perTransaction: Int64) {
        self.amount = amount
        self.count = count
        self.perTransaction = perTransaction
    }
}
