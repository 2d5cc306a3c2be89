import GRDB

public enum LedgerError: Error, Hashable, Sendable {
    case unknownTerminal
    case unknownAccount
    case unknownPerson
    case unknownProgramme
    case unknownInstrument
    case exists
    /// SMA-2: the person has an account of this programme.
    case duplicatePerson
    /// A rule forbids it: its machine-readable reason.
    case refused(String)
    /// The same payment id with other content.
    case paymentReused
    case malformed(field: String)
    /// The database failed: a short description without values.
    case unavailable(String)

    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as RecordRefusal: self = .refused(error.reason)
        case let error as DatabaseError: self = .unavailable("sqlite \(error.extendedResultCode.rawValue)")
        default: self = .unavailable(String(describing: type(of: error)))
        }
    }
}

/// Why one record can't be booked as it stands.
struct RecordRefusal: Error {
    var reason: String
}

/// What someone at the host should look at.
public enum AlarmKind: String, Sendable, Codable, CaseIterable {
    /// A record came before those that precede it, or they are lost.
    case sequenceGap
    /// Two records of a terminal with one number: its storage was copied or set back.
    case sequenceReused
    /// The hash chain does not continue from the record before.
    case chainBroken
    /// One record id with two bodies.
    case idReused
    case accountSequenceReused
    /// One payment id was booked twice.
    case paymentReused
    /// Offline approvals took a purse below zero.
    case overspent
    /// A terminal completed a payment that had been reversed.
    case approvalAfterReversal
    /// A terminal collected a payment that these books took after all: the collection moves nothing (ALL-7).
    case collectionOfBooked
    case rejected
    /// Accepted, and booked when the account that it names is opened.
    case heldUnknownAccount
    /// Accepted, and booked when the authorisation that it completes is known.
    case heldUnknownAuthorisation
    /// Accepted, and booked when the payment that it changes has come.
    case heldUnknownOriginal
    /// What was held can't be booked after all: someone has to.
    case heldNotBooked
    /// A terminal came with a new key, and so with a new journal: what was missing of the old one will not come.
    case terminalReplaced
    /// A deferred approval was declined (ALL-7).
    case declinedLater
    /// Spent from an account that has been removed. Booked all the same (ALL-2).
    case accountRemoved
    /// The split names a purse that the account lacks.
    case purseUnknown
    /// The split is not what was approved, with its fees.
    case splitDiffers
    // An offline approval whose card data do not bear it out. It is booked all the same (ALL-2).
    case evidenceMissing
    /// Sealed to another key or for another payment, or no card data.
    case evidenceUnreadable
    /// The card's number is not the instrument's.
    case evidenceInstrument
    /// Another amount or currency than the card was asked for.
    case evidenceAmount
    /// The card did not approve: its cryptogram is no TC.
    case evidenceNotApproved
    /// The cryptogram is not the card's over these data.
    case cryptogramInvalid
    /// The instrument did not pay from the account when the payment was made.
    case instrumentNotBound
    /// The issuer allows this terminal nothing offline from the account.
    case noAllowance
    /// Terminal and books disagree on a record that the terminal has been told is booked, or never wrote.
    case reconciliationDiffers
}
