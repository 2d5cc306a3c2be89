import Core
import Foundation
import HostProtocol

/// One programme: data, never code. Loaded from TOML by ``Programme/init(toml:fileName:)``, which documents each key.
public struct Programme: Sendable, Equatable {
    public let id: String
    public let name: String
    public let currency: Currency
    /// The zone of the programme's days and months.
    public let timeZone: TimeZone
    public let instruments: InstrumentRules
    /// In their order of use (WAL-9).
    public let purses: [Purse]
    /// In the order of their dates, without overlaps (limits change by year).
    public let limits: [DatedLimits]
    public let goods: GoodsRules
    /// CARD-10.
    public let allowsCash: Bool
    /// CARD-11: whether the programme lets a payment be approved in part.
    public let allowsPartial: Bool
    /// CARD-2; nil: no cap.
    public let balanceCap: Money?
    /// CARD-6: whether the instrument's own expiry counts.
    public let checksExpiry: Bool
    /// CARD-12; nil: no holds.
    public let hold: HoldRules?
    /// CARD-13; nil: no refunds.
    public let refund: RefundRules?
    /// CARD-16; nil: no other currency.
    public let exchange: ExchangeRules?
    public let fees: FeeRules
    /// CARD-15; nil: the day of the purchase.
    public let valueDate: ValueDateRules?
    /// ALL-9: in the order of their amounts; the last has no bound.
    public let verification: [VerificationTier]
    public let offline: OfflineRules
    /// What the programme's own rule book calls rules of the general one, such as WAL-4 for CARD-1.
    public let ruleNames: [RuleID: RuleID]
    /// MOB-1…MOB-6; nil: the programme has no receipts.
    public let receipt: ReceiptRules?
    /// CARD-5; nil: no PIN.
    public let pin: PINTryRules?
    /// WAL-5, applied by the host.
    public let load: LoadRules?
    /// WAL-7, applied by the host.
    public let redemption: RedemptionRules?

    public struct InstrumentRules: Sendable, Equatable {
        /// Application identifiers, matched as prefixes of the card's.
        public let applications: [[UInt8]]
        /// How a payer may be recognised.
        public let kinds: Set<InstrumentKind>
        /// ALL-7: what proves a payer who only names himself, by kind.
        public let proofs: [InstrumentKind: Set<InstrumentEvidence.Verification>]
        /// SMA-1: kinds that are refused with guidance to another way.
        public let instead: [InstrumentKind: Reason]
    }

    public struct Purse: Sendable, Equatable {
        public enum Kind: String, Sendable, Codable, CaseIterable {
            /// What the employer gives for one purpose.
            case benefit
            case ownMoney, points, vouchers, prepaid
        }

        public let id: String
        public let kind: Kind
        public let name: String
        /// What a benefit is for, such as `lunch`; nil for the others.
        public let purpose: String?
        /// WAL-3: points for one major unit of the programme's currency.
        public let pointsPerUnit: Int64?
        /// CARD-9: categories of goods that this purse pays for; empty: all that the programme pays for.
        public let categories: Set<String>
    }

    /// Limits in force from `from` to `until`, both inclusive, in the programme's zone; nil: without end.
    public struct DatedLimits: Sendable, Equatable {
        public let from: CivilDate?
        public let until: CivilDate?
        /// Least purchase, inclusive.
        public let minimum: Money?
        /// Largest purchase, inclusive (CARD-4).
        public let maximum: Money?
        /// Approved purchases on one calendar day (CARD-3).
        public let purchasesPerDay: Int?
        /// Their sum on one calendar day.
        public let amountPerDay: Money?
    }

    public struct GoodsRules: Sendable, Equatable {
        /// ISO 18245 codes, as ranges; empty: any merchant (CARD-9).
        public let merchantCategories: [ClosedRange<Int>]
        /// Categories of basket lines that the programme pays for; nil: all but the excluded ones.
        public let allowed: Set<String>?
        public let excluded: Set<String>

        public func pays(for category: String) -> Bool {
            !excluded.contains(category) && (allowed?.contains(category) ?? true)
        }
    }

    public struct HoldRules: Sendable, Equatable {
        /// A hold ends by itself after so many milliseconds.
        public let validity: Int64
    }

    public struct RefundRules: Sendable, Equatable {
        /// Days after its receipt by which the credit is available.
        public let creditDays: Int
    }

    public struct ExchangeRules: Sendable, Equatable {
        /// Percent on top of the scheme's rate.
        public let markup: DecimalNumber
        /// Empty: every currency for which there is a rate.
        public let currencies: Set<Currency>
    }

    /// CARD-19.
    public struct FeeRules: Sendable, Equatable {
        /// For each approved purchase.
        public let purchase: Money
        /// Percent of each approved purchase.
        public let percent: DecimalNumber?
        /// For each declined purchase.
        public let decline: Money
    }

    public struct ValueDateRules: Sendable, Equatable {
        /// An order received later counts as received on the next business day.
        public let cutOff: ClockTime
        public let timeZone: TimeZone
        public let calendar: BankCalendar
    }

    public struct VerificationTier: Sendable, Equatable {
        /// Inclusive; nil: any amount.
        public let upTo: Money?
        public let methods: Set<InstrumentEvidence.Verification>
    }

    public struct OfflineRules: Sendable, Equatable {
        /// CARD-21: every payment asks the host that answers. Otherwise the terminal decides by itself, but for the random
        /// selection of ALL-4.
        public let systematicallyOnline: Bool
        /// CARD-21: no allowance, no offline approval.
        public let allowanceRequired: Bool
        /// Whether offline approvals need a signed host time since boot: without one, expiry and days rest on the machine's
        /// own clock (ALL-4, architecture invariant 6).
        public let hostTimeRequired: Bool
        /// Floor limit: largest single offline approval, inclusive (ALL-4).
        public let maximumAmount: Money
        /// ALL-7: largest ARQC that may be deferred while the host is away; nil: none.
        public let deferredMaximum: Money?
        /// ALL-7: largest payment by a tag that proves no more than its counter; nil: none.
        public let counterOnlyMaximum: Money?
        /// ALL-4: what is left of the limits when the cache is older; in the order of their ages.
        public let aged: [AgedShare]
        /// ALL-4; nil: no random selection.
        public let selection: RandomSelection?
    }

    public struct AgedShare: Sendable, Equatable {
        /// Milliseconds; counts for caches that are older.
        public let olderThan: Int64
        /// Percent of the offline limits, 0…100.
        public let percent: Int64
    }

    /// EMV Book 3 §10.6.2, biased random selection.
    public struct RandomSelection: Sendable, Equatable {
        public let threshold: Money
        /// 0…99
        public let targetPercent: Int
        /// 0…99, not below ``targetPercent``.
        public let maximumPercent: Int
    }

    /// True when a card with this application identifier may pay from this programme.
    public func takes(application: [UInt8]) -> Bool {
        instruments.applications.contains { application.starts(with: $0) }
    }

    public var applications: [[UInt8]] { instruments.applications }

    /// The day on the wall of the programme's zone.
    public func day(of instant: UTCInstant) -> CivilDate { CivilDate(instant, in: timeZone) }

    /// The limits in force on a day; nil when the programme is not.
    public func limits(on day: CivilDate) -> DatedLimits? {
        limits.first { ($0.from.map { $0 <= day } ?? true) && ($0.until.map { day <= $0 } ?? true) }
    }
}
