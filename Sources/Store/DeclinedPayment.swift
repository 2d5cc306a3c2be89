import Core
import HostProtocol

/// A payment that this terminal approved and the host declined later (ALL-7).
public struct DeclinedPayment: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Owed: the instrument pays nothing here without the host.
        case open
        case collected
        /// By the merchant.
        case givenUp
        /// By the host: somebody has settled it there.
        case cleared
    }

    /// Whether it may be collected.
    public enum Retry: Sendable, Equatable {
        case now
        /// The host said that the instrument will never pay it.
        case never
        case notBefore(UTCInstant)
    }

    public var payment: UUIDv7
    public var record: UUIDv7
    /// The till's.
    public var reference: String?
    public var amount: Money
    public var account: String?
    public var instrument: Pseudonym?
    /// The host's word.
    public var reason: String
    var advice: CollectionAdvice?
    var notBefore: UTCInstant?
    public var declinedAt: UTCInstant
    public var state: State
    public var closedAt: UTCInstant?
    public var collectedBy: UUIDv7?

    /// Whether it may be collected at `now`.
    public func retry(at now: UTCInstant) -> Retry {
        switch advice {
        case .never: .never
        case .later: notBefore.map { $0 > now ? .notBefore($0) : .now } ?? .now
        case nil: .now
        }
    }
}

/// Counts over what is open.
public struct DeclinedSummary: Sendable, Equatable {
    public var open: Int
    /// By currency.
    public var amounts: [Money]
}
