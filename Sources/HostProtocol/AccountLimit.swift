import Core

/// One account as a terminal may know it: pseudonyms, never names or numbers (ALL-5).
public struct AccountLimit: Codable, Sendable, Equatable {
    /// The host's opaque account id.
    public var account: String
    public var programme: String
    /// Ledger version of the newest change; an older entry never replaces a newer one.
    public var version: Int64
    public var currency: Currency
    /// What is in the account on the host's books.
    public var purses: [PurseBalance]
    public var status: AccountStatus
    /// Last day of use, inclusive, in the programme's time zone (MOB-8, SMA-3); nil: no end is known.
    public var lastDay: CivilDate?
    /// This terminal's records of this account, numbered from 1, that the purses already include: all up to this one (ALL-3).
    public var countedThrough: Int64
    /// Day that the two counters below speak of, in the programme's time zone (CARD-3).
    public var countedDay: CivilDate?
    /// Approved purchases the host has counted on `countedDay`.
    public var purchasesOnCountedDay: Int
    /// Their sum in minor units of ``currency``.
    public var amountOnCountedDay: Int64
    /// What this terminal may approve offline, from `countedThrough` on; nil: nothing (CARD-21).
    public var offlineAllowance: OfflineAllowance?
    /// Payments of this terminal whose holds the purses still lack (CARD-12): counted, and neither completed, released nor
    /// expired at the host.
    public var openHolds: [UUIDv7]
    /// CARD-5: what the issuer says of the account's PIN; nil when it has none.
    public var pin: PINState?
    /// Instruments that pay from this account.
    public var instruments: [InstrumentBinding]

    public init(
        account: String, programme: String, version: Int64, currency: Currency, purses: [PurseBalance],
        status: AccountStatus, countedThrough: Int64, countedDay: CivilDate?, purchasesOnCountedDay: Int,
        offlineAllowance: OfflineAllowance?, instruments: [InstrumentBinding], lastDay: CivilDate? = nil,
        amountOnCountedDay: Int64 = 0, openHolds: [UUIDv7] = [], pin: PINState? = nil
    ) {
        self.account = account
        self.programme = programme
        self.version = version
        self.currency = currency
        self.purses = purses
        self.status = status
        self.lastDay = lastDay
        self.countedThrough = countedThrough
        self.countedDay = countedDay
        self.purchasesOnCountedDay = purchasesOnCountedDay
        self.amountOnCountedDay = amountOnCountedDay
        self.offlineAllowance = offlineAllowance
        self.openHolds = openHolds
        self.pin = pin
        self.instruments = instruments
    }

    /// A prepaid card: one purse of money.
    public init(
        account: String, programme: String, version: Int64, currency: Currency, balance: Int64,
        status: AccountStatus, countedThrough: Int64, countedDay: CivilDate?, purchasesOnCountedDay: Int,
        offlineAllowance: OfflineAllowance?, instruments: [Pseudonym]
    ) {
        self.init(
            account: account, programme: programme, version: version, currency: currency,
            purses: [PurseBalance(purse: PurseBalance.prepaid, balance: balance)], status: status,
            countedThrough: countedThrough, countedDay: countedDay, purchasesOnCountedDay: purchasesOnCountedDay,
            offlineAllowance: offlineAllowance, instruments: instruments.map { InstrumentBinding(pseudonym: $0, kind: .card) })
    }

    /// Balance of the first purse: of a prepaid card, its only one.
    public var balance: Int64 {
        get { purses.first?.balance ?? 0 }
        set {
            guard !purses.isEmpty else { return }
            purses[0].balance = newValue
        }
    }
}

/// One purse of an account, or one denomination of its vouchers.
public struct PurseBalance: Codable, Sendable, Hashable {
    /// The purse of a prepaid card.
    public static let prepaid = "prepaid"

    /// Id of the purse in the programme.
    public var purse: String
    /// Face value of a voucher in minor units; nil for money and points.
    public var denomination: Int64?
    /// In the purse's units: minor units of money, points, or a number of vouchers.
    public var balance: Int64
    /// Last day on which it pays, inclusive; nil: no end.
    public var validThrough: CivilDate?

    public init(purse: String, denomination: Int64? = nil, balance: Int64, validThrough: CivilDate? = nil) {
        self.purse = purse
        self.denomination = denomination
        self.balance = balance
        self.validThrough = validThrough
    }
}

/// What one purse, or one denomination of vouchers, gives to a payment.
public struct PurseShare: Codable, Sendable, Hashable {
    public var purse: String
    /// As ``PurseBalance/denomination``.
    public var denomination: Int64?
    /// What the purse loses, in its own units.
    public var units: Int64
    /// What that pays, in minor units of the account's currency: less than the face value where vouchers give no change
    /// (SMA-4).
    public var money: Int64

    public init(purse: String, denomination: Int64? = nil, units: Int64, money: Int64) {
        self.purse = purse
        self.denomination = denomination
        self.units = units
        self.money = money
    }
}

/// CARD-8, CARD-7, MOB-8, SMA-3: each state declines with a reason of its own.
public enum AccountStatus: String, Codable, Sendable, CaseIterable {
    case active, blocked, lostOrStolen, suspended
    /// Not activated by its user yet (CARD-7).
    case notActivated
    /// The employer paused the benefit (MOB-8).
    case paused
    /// The employer removed the person (SMA-3).
    case ended
}

/// What a payer shows: the ways in which a person is recognised.
public enum InstrumentKind: String, Codable, Sendable, CaseIterable {
    case card, tag, phone, email
    /// The user's application at the till: a receipt or its code.
    case app
}

/// An instrument of an account (WAL-8: it may move to another one).
public struct InstrumentBinding: Codable, Sendable, Hashable {
    public var pseudonym: Pseudonym
    public var kind: InstrumentKind
    /// CARD-18: a card without plastic, which has no PIN.
    public var isVirtual: Bool?

    public init(pseudonym: Pseudonym, kind: InstrumentKind, isVirtual: Bool? = nil) {
        self.pseudonym = pseudonym
        self.kind = kind
        self.isVirtual = isVirtual
    }
}

/// CARD-5, as far as the issuer says it. The verifier is opaque here.
public struct PINState: Codable, Sendable, Hashable {
    /// The issuer or the terminal disabled it.
    public var disabled: Bool
    /// Until this instant a PIN that the issuer has reactivated stays disabled.
    public var enabledFrom: UTCInstant?
    /// Base64, for a terminal that checks the PIN itself (closed-loop programmes).
    public var verifier: String?

    public init(disabled: Bool, enabledFrom: UTCInstant? = nil, verifier: String? = nil) {
        self.disabled = disabled
        self.enabledFrom = enabledFrom
        self.verifier = verifier
    }
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
