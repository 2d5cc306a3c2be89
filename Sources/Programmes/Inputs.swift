import Core
import HostProtocol

/// An account as the store knows it at the moment of decision.
public struct AccountState: Sendable, Equatable {
    public var limit: AccountLimit
    /// Local spends that `limit.balance` does not include yet (ALL-3).
    public var uncounted: UncountedSpends

    public init(limit: AccountLimit, uncounted: UncountedSpends = .none) {
        self.limit = limit
        self.uncounted = uncounted
    }

    /// Host balance less what was spent here since (ALL-3).
    public func available() throws(MoneyError) -> Money {
        try Money(minorUnits: limit.balance, currency: limit.currency)
            .subtracting(Money(minorUnits: uncounted.amount, currency: limit.currency))
    }
}

/// Sums over this terminal's approvals of one account that the host has not counted.
public struct UncountedSpends: Sendable, Equatable {
    /// Minor units of all of them.
    public var amount: Int64
    /// Those approved offline.
    public var offlineAmount: Int64
    public var offlineCount: Int
    /// All purchases among them on the civil day of the decision (CARD-3).
    public var purchasesToday: Int

    public init(amount: Int64, offlineAmount: Int64, offlineCount: Int, purchasesToday: Int) {
        self.amount = amount
        self.offlineAmount = offlineAmount
        self.offlineCount = offlineCount
        self.purchasesToday = purchasesToday
    }

    public static let none = UncountedSpends(amount: 0, offlineAmount: 0, offlineCount: 0, purchasesToday: 0)
}

/// The terminal's own state at the moment of decision.
public struct TerminalState: Sendable, Equatable {
    /// Ids of programmes the merchant is enrolled with (CARD-22).
    public var enrolledProgrammes: Set<String>
    public var risk: TerminalRiskLimits
    /// Minor units of offline approvals, in the payment's currency, that the host has not acknowledged.
    public var exposure: Int64
    /// Milliseconds since the last signed host time; nil when there never was one.
    public var cacheAge: Int64?
    /// Whether the host answers now.
    public var hostReachable: Bool

    public init(
        enrolledProgrammes: Set<String>, risk: TerminalRiskLimits, exposure: Int64, cacheAge: Int64?, hostReachable: Bool
    ) {
        self.enrolledProgrammes = enrolledProgrammes
        self.risk = risk
        self.exposure = exposure
        self.cacheAge = cacheAge
        self.hostReachable = hostReachable
    }
}

/// What the card itself said and proved (ALL-7).
public struct InstrumentEvidence: Sendable, Equatable {
    public enum Cryptogram: String, Sendable {
        /// Transaction certificate: the card approves offline.
        case tc
        /// Authorisation request: the card wants the host.
        case arqc
        /// The card declines.
        case aac
    }

    public enum Authentication: String, Sendable { case passed, failed, notPerformed }
    public enum Verification: String, Sendable { case none, device, signature, onlinePIN }

    public var cryptogram: Cryptogram
    public var authentication: Authentication
    public var verification: Verification
    /// Tag 5F24; the day within the month is of no account (CARD-6).
    public var expiry: CivilDate?

    public init(
        cryptogram: Cryptogram, authentication: Authentication, verification: Verification = .none, expiry: CivilDate?
    ) {
        self.cryptogram = cryptogram
        self.authentication = authentication
        self.verification = verification
        self.expiry = expiry
    }
}
