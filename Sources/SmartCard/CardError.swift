/// What can go wrong between terminal and card. No case carries bytes of the card.
public enum CardError: Error, Hashable, Sendable {
    /// The card left the field, or the driver noticed that it had.
    case removed
    /// Another process reset the card: the application protocol starts over.
    case reset
    /// The driver reported success with fewer than two bytes: treated like a card that has gone.
    case emptyResponse
    /// Another process holds the card.
    case sharingViolation
    /// The card does not answer to reset.
    case unresponsive
    /// The reader has been unplugged or its name is unknown.
    case readerGone
    /// `pcscd` went away; its name in the error is the call that noticed.
    case serviceLost
    /// A command did not return in time; the reader is stuck.
    case stuck
    /// Any other reader error, with the PC/SC code.
    case reader(code: UInt32)
    case commandTooLong(bytes: Int)
    case malformedCommand
    /// GET RESPONSE or 6Cxx went on past the bound.
    case endlessResponse

    /// True when the payer may simply present the card again.
    public var isCardLoss: Bool {
        switch self {
        case .removed, .reset, .emptyResponse, .unresponsive: true
        default: false
        }
    }
}
