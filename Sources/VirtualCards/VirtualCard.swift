/// The card's side of the interface: a twin of a card, tag or phone. It answers whatever bytes come; it never traps.
/// Not `Sendable`: one owner at a time.
public protocol VirtualCard: AnyObject {
    /// The ATR that a PC/SC reader would report for this card.
    var answerToReset: [UInt8] { get }

    /// Power on or reset: volatile state goes, what the card keeps stays.
    func reset()

    /// Answers one command APDU with data and SW1 SW2. An empty answer means that the card has left the field.
    func respond(to command: [UInt8]) -> [UInt8]
}
