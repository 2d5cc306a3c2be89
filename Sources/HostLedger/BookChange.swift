import Core
import HostProtocol
import Programmes

/// One change of the books. The rules name them, in order; whoever keeps the books carries them out, all or none.
enum BookChange {
    /// One entry: the purses lose `taken`. What falls below zero and what the account lacks are alarms, nothing that stops
    /// it: the money has been spent.
    case move(BookAccount, taken: [PurseShare], Occasion)
    /// CARD-3: the account's purchases of a day, and their sum, go up or down, never below zero.
    case count(account: String, day: String, purchases: Int, amount: Int64)
    /// A charge that was not there; one that is stays, with the alarm that its payment was reused.
    case open(Charge)
    case charge(UUIDv7, state: Charge.State)
    /// CARD-12: a hold ends as a purchase, which takes these shares in the place of the reservation.
    case complete(UUIDv7, amount: Int64, shares: [PurseShare])
    /// CARD-13: of a charge, so much has come back, from each purse and in all.
    case giveBack(UUIDv7, shares: [PurseShare], refunded: Int64)
    /// A payment that stands for another's charge: the completion of a hold.
    case alias(UUIDv7, of: UUIDv7)
    /// The record that ended a hold, by its number among the account's: until it counts, its terminal's page shows the hold
    /// as open.
    case ending(UUIDv7, sequence: Int64)
    case authorisation(UUIDv7, BookAuthorisation.State)
    /// ALL-10: its reversal came first; it will never be booked.
    case neverAuthorise(UUIDv7, terminal: String)
    /// Books what waited for this authorisation.
    case release(UUIDv7)
    /// The record's payment was booked without having been authorised: a reversal that comes later finds it.
    case authorised(account: String, day: String?)
    /// A payment collects what was declined later (ALL-7); what it has taken, its charge says.
    case collect(UUIDv7, of: UUIDv7)
    /// What was given back of a collection is owed again: somebody sees it again.
    case reopenCollected(by: UUIDv7)
    /// Of a payment that was declined later, its terminal has given back so much in all: that is not owed.
    case forgive(UUIDv7, Int64)
    case declineLater(Reason)
    case alarm(AlarmKind, String)
    /// Gives the account the next version: terminals see it in their next page.
    case touch(account: String)
}

/// What settling one record did to its account, as its terminal reckons it too.
struct Effect {
    /// What each purse lost; negative for what it gained.
    var taken: [PurseShare] = []
    /// CARD-3: on which day, and by how much, the counters moved.
    var day: String?
    var purchases = 0
    var amount: Int64 = 0

    static let none = Effect()
}

/// What the rules make of one record.
struct Booking {
    var changes: [BookChange] = []
    /// Counted with the record's number (ALL-3).
    var effect = Effect.none

    static let nothing = Booking()
}
