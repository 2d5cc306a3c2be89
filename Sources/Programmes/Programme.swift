import Core
import Foundation

/// One payment programme: data, never code. Loaded from TOML by ``Programme/init(toml:fileName:)``.
public struct Programme: Sendable, Equatable {
    public let id: String
    public let name: String
    public let currency: Currency
    /// The zone of the programme's days and months.
    public let timeZone: TimeZone
    /// Application identifiers, matched as prefixes of the card's.
    public let applications: [[UInt8]]
    /// Largest purchase, inclusive (CARD-4).
    public let maximumPurchase: Money
    /// Approved purchases on one calendar day (CARD-3).
    public let purchasesPerDay: Int
    public let offline: OfflineRules

    public struct OfflineRules: Sendable, Equatable {
        /// CARD-21: no allowance, no offline approval.
        public let allowanceRequired: Bool
        /// ALL-7: whether an ARQC may be deferred while the host is away.
        public let deferredAuthorisation: Bool
        /// Whether offline approvals need a signed host time since boot: without one, expiry and days rest on the machine's
        /// own clock (ALL-4, architecture invariant 6).
        public let hostTimeRequired: Bool
        /// Largest single offline approval, inclusive (ALL-4).
        public let maximumAmount: Money
    }

    /// True when a card with this application identifier pays from this programme.
    public func takes(application: [UInt8]) -> Bool { applications.contains { application.starts(with: $0) } }

    /// The day on the wall of the programme's zone.
    public func day(of instant: UTCInstant) -> CivilDate { CivilDate(instant, in: timeZone) }
}
