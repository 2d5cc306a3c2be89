import Core
import HostProtocol

/// A booked purchase or hold: what completions, releases, refunds and voids change.
struct Charge {
    enum Kind: String { case purchase, hold }

    enum State: String {
        /// A hold that reserves its amount.
        case open
        /// A hold that a purchase ended: paid.
        case completed
        case released, expired
        /// A purchase: paid.
        case booked
        case voided, reversed
        /// A deferred approval that the host declined.
        case declined
    }

    /// What one purse gave, and what of it has come back.
    struct Share {
        var taken: PurseShare
        var backUnits: Int64 = 0
        var backMoney: Int64 = 0
    }

    var payment: UUIDv7
    var terminal: String
    var merchant: String
    var account: String
    var kind: Kind
    var state: State
    /// In the currency of the purchase.
    var amount: Money
    var refunded: Int64 = 0
    /// Of its purchase, in the programme's zone (CARD-3).
    var day: String
    var shares: [Share]
    /// Of a hold: when it is given back.
    var expiresAt: UTCInstant?
    /// Of a hold that its terminal approved itself: the number of its record among the account's.
    var sequence: Int64?

    var isPaid: Bool { state == .completed || state == .booked }
    var taken: [PurseShare] { shares.map(\.taken) }

    /// What is still taken.
    var remaining: [PurseShare] {
        shares.map {
            PurseShare(
                purse: $0.taken.purse, denomination: $0.taken.denomination, units: $0.taken.units - $0.backUnits,
                money: $0.taken.money - $0.backMoney)
        }
    }
}
