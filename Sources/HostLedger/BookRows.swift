import Core
import HostProtocol
import Programmes

/// An account as the books have it.
struct BookAccount {
    var id: String
    var programme: String
    var currency: Currency
    var status: AccountStatus
    var expiry: CivilDate?
    var lastDay: CivilDate?
    var person: String?
    var pin: PINState?
    var isRemoved: Bool
    var version: Int64
}

/// A terminal as the books have it.
struct BookTerminal {
    var id: String
    var signingKey: [UInt8]
    var merchant: String
    var merchantCategory: String?
    var programmes: [String]
    var risk: TerminalRiskLimits
    /// Version of the last change of what it may see: older pages can't be built on.
    var changed: Int64
    /// Of its present image.
    var highestSequence: Int64
    /// From 1: how often it has come with a new key, and so with a new journal.
    var image: Int64
}

/// An online authorisation as the books have it.
struct BookAuthorisation {
    enum State: String {
        case booked, declined, completed
        /// Also of one that has not come: its reversal came first.
        case reversed
    }

    var terminal: String
    var state: State
    /// What was approved, or asked for; nil when only its reversal has come.
    var amount: Money?
    var requestHash: [UInt8]?
    /// The bytes that were answered; nil when only its reversal has come.
    var answer: [UInt8]?
}
