import Core
import HostProtocol

/// What the till asks for.
public struct PurchaseRequest: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case purchase
        /// Reserves an amount that a later completion takes (CARD-12).
        case hold
        /// CARD-10.
        case cash, cashback
    }

    public var kind: Kind
    public var amount: Money
    /// CARD-9: what is sold; empty when the checkout sends no lines. The lines add up to ``amount``.
    public var basket: [BasketLine]
    /// CARD-11: the checkout takes less than the whole, the rest is paid by other means.
    public var allowsPartial: Bool
    /// SMA-4: the payer accepts that vouchers give no change.
    public var acceptsVoucherLoss: Bool
    /// The earlier payment whose open amount this one collects: its approval here was declined later (ALL-7). Only the host
    /// can decide it.
    public var collects: UUIDv7?

    public init(
        kind: Kind = .purchase, amount: Money, basket: [BasketLine] = [], allowsPartial: Bool = false,
        acceptsVoucherLoss: Bool = false, collects: UUIDv7? = nil
    ) {
        self.kind = kind
        self.amount = amount
        self.basket = basket
        self.allowsPartial = allowsPartial
        self.acceptsVoucherLoss = acceptsVoucherLoss
        self.collects = collects
    }
}

/// A payment that was approved here and declined later by the host, still open.
public struct BouncedPayment: Sendable, Equatable {
    public var payment: UUIDv7
    public var amount: Money

    public init(payment: UUIDv7, amount: Money) {
        self.payment = payment
        self.amount = amount
    }
}

/// An account as the store knows it at the moment of decision.
public struct AccountState: Sendable, Equatable {
    public var limit: AccountLimit
    /// Local spends that `limit.purses` do not include yet (ALL-3).
    public var uncounted: UncountedSpends

    public init(limit: AccountLimit, uncounted: UncountedSpends = .none) {
        self.limit = limit
        self.uncounted = uncounted
    }

    /// Host balance of one purse, or of one denomination of vouchers, less what was spent here since, in the purse's units
    /// (ALL-3). Nil for a purse that the account lacks, or when the difference can't be computed.
    public func units(_ purse: String, denomination: Int64? = nil) -> Int64? {
        guard let held = limit.purses.first(where: { $0.purse == purse && $0.denomination == denomination }) else { return nil }
        var units = held.balance
        for share in uncounted.shares where share.purse == purse && share.denomination == denomination {
            let (rest, overflow) = units.subtractingReportingOverflow(share.units)
            guard !overflow else { return nil }
            units = rest
        }
        return units
    }

    /// What is left in the first purse: all there is on a prepaid card.
    public func available() throws(MoneyError) -> Money {
        guard let first = limit.purses.first else { return .zero(limit.currency) }
        guard let units = units(first.purse, denomination: first.denomination) else { throw .overflow }
        return Money(minorUnits: units, currency: limit.currency)
    }
}

/// Sums over this terminal's records of one account that the host has not counted.
public struct UncountedSpends: Sendable, Equatable {
    /// What they took from each purse, less what they gave back.
    public var shares: [PurseShare]
    /// Minor units of those approved offline, less what was given back.
    public var offlineAmount: Int64
    public var offlineCount: Int
    /// All purchases among them on the civil day of the decision (CARD-3).
    public var purchasesToday: Int
    /// Their sum, minor units.
    public var amountToday: Int64

    public init(shares: [PurseShare], offlineAmount: Int64, offlineCount: Int, purchasesToday: Int, amountToday: Int64) {
        self.shares = shares
        self.offlineAmount = offlineAmount
        self.offlineCount = offlineCount
        self.purchasesToday = purchasesToday
        self.amountToday = amountToday
    }

    /// Of a prepaid card.
    public init(amount: Int64, offlineAmount: Int64, offlineCount: Int, purchasesToday: Int) {
        self.init(
            shares: amount == 0 ? [] : [PurseShare(purse: PurseBalance.prepaid, units: amount, money: amount)],
            offlineAmount: offlineAmount, offlineCount: offlineCount, purchasesToday: purchasesToday,
            amountToday: purchasesToday > 0 ? amount : 0)
    }

    /// Minor units of all of them.
    public var amount: Int64 { shares.reduce(0) { $0 &+ $1.money } }

    public static let none = UncountedSpends(amount: 0, offlineAmount: 0, offlineCount: 0, purchasesToday: 0)
}

/// The terminal's own state at the moment of decision.
public struct TerminalState: Sendable, Equatable {
    /// Ids of programmes the merchant is enrolled with (CARD-22).
    public var enrolledProgrammes: Set<String>
    public var merchant: String
    /// ISO 18245, four digits; nil when the host did not say (CARD-9).
    public var merchantCategory: String?
    public var risk: TerminalRiskLimits
    /// Minor units of offline approvals, in the payment's currency, that the host has not acknowledged.
    public var exposure: Int64
    /// Milliseconds since the last signed host time; nil when there never was one.
    public var cacheAge: Int64?
    /// Whether the host answers now.
    public var hostReachable: Bool
    /// CARD-16.
    public var rates: [ExchangeRate]
    /// What the stop list says of the instrument that is shown; nil when it is not on it (CARD-8, WAL-6).
    public var stopped: StopReason?
    /// What the host declined later of the instrument that is shown and is still open; of a collection, the payment that it
    /// collects, if that is open with this instrument. Such an instrument pays nothing without the host (ALL-7).
    public var bounced: BouncedPayment?
    /// False when the store could not bring its tables up to date: it forwards, but approves nothing offline.
    public var storeIsCurrent: Bool
    /// How many records wait for the host, when they are as many as the terminal may keep; nil while there are fewer (ALL-4).
    public var fullQueue: Int?
    /// Milliseconds that the oldest record has waited for the host, when they are as many as one may; nil while there are
    /// fewer (ALL-4).
    public var overdueQueue: Int64?
    /// The store was restored from an image, and no limits have come since that count what was spent before (ALL-4).
    public var isRestored: Bool

    public init(
        enrolledProgrammes: Set<String>, risk: TerminalRiskLimits, exposure: Int64, cacheAge: Int64?, hostReachable: Bool,
        merchant: String = "", merchantCategory: String? = nil, rates: [ExchangeRate] = [], stopped: StopReason? = nil,
        storeIsCurrent: Bool = true, bounced: BouncedPayment? = nil, fullQueue: Int? = nil,
        overdueQueue: Int64? = nil, isRestored: Bool = false
    ) {
        self.enrolledProgrammes = enrolledProgrammes
        self.merchant = merchant
        self.merchantCategory = merchantCategory
        self.risk = risk
        self.exposure = exposure
        self.cacheAge = cacheAge
        self.hostReachable = hostReachable
        self.rates = rates
        self.stopped = stopped
        self.bounced = bounced
        self.storeIsCurrent = storeIsCurrent
        self.fullQueue = fullQueue
        self.overdueQueue = overdueQueue
        self.isRestored = isRestored
    }
}

/// What the instrument itself said and proved (ALL-7).
public struct InstrumentEvidence: Sendable, Equatable {
    public enum Cryptogram: String, Sendable {
        /// Transaction certificate: the card approves offline.
        case tc
        /// Authorisation request: the card wants the host.
        case arqc
        /// The card declines.
        case aac
        /// The instrument is no EMV card.
        case none
    }

    public enum Authentication: String, Sendable {
        /// fDDA, CDA, or a tag's mutual authentication.
        case passed
        case failed, notPerformed
        /// A tag's counter alone (SUN): a copy is told from the original only by the next tap.
        case counterOnly
    }

    /// CARD-17: how the payer consented.
    public enum Verification: String, Sendable, CaseIterable {
        /// The details of the instrument alone.
        case none
        case device, signature, pin, onlinePIN
        /// A receipt of the user's application (MOB).
        case receipt
    }

    public var kind: InstrumentKind
    public var cryptogram: Cryptogram
    public var authentication: Authentication
    public var verification: Verification
    /// Tag 5F24; the day within the month is of no account (CARD-6).
    public var expiry: CivilDate?

    public init(
        cryptogram: Cryptogram, authentication: Authentication, verification: Verification = .none, expiry: CivilDate?,
        kind: InstrumentKind = .card
    ) {
        self.kind = kind
        self.cryptogram = cryptogram
        self.authentication = authentication
        self.verification = verification
        self.expiry = expiry
    }
}

/// An earlier payment of this terminal, as its completion, release, refund or void looks at it.
public struct EarlierPayment: Sendable, Equatable {
    public enum State: String, Sendable {
        /// A hold that waits for its end.
        case held
        /// A purchase, or a completed hold.
        case paid
        /// A released or expired hold, or a purchase that was taken back.
        case closed
    }

    public var payment: UUIDv7
    public var state: State
    public var merchant: String
    public var programme: String
    /// Held or paid, in the currency of the request.
    public var amount: Money
    /// How the purses shared it.
    public var split: [PurseShare]
    /// What refunds have given back of ``amount`` so far.
    public var refunded: Money
    /// Of a hold.
    public var expiresAt: UTCInstant?
    /// Of a hold: whether host or store still hold the amount back; false once the host has let it expire.
    public var isReserved: Bool

    public init(
        payment: UUIDv7, state: State, merchant: String, programme: String, amount: Money, split: [PurseShare],
        refunded: Money, expiresAt: UTCInstant? = nil, isReserved: Bool = true
    ) {
        self.payment = payment
        self.state = state
        self.merchant = merchant
        self.programme = programme
        self.amount = amount
        self.split = split
        self.refunded = refunded
        self.expiresAt = expiresAt
        self.isReserved = isReserved
    }
}
