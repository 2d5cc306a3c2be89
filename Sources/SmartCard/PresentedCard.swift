/// The card that a tap began with. A driver that polls may miss that one card left and another came, and let the handle
/// of the first reach the second: where no key proves the card, its UID is compared before anything is committed.
public struct PresentedCard: Sendable, Hashable {
    /// `FF CA 00 00 00` (PC/SC part 3 §3.2.2.1.3); nil for a reader or card that has none to give.
    public let uid: [UInt8]?

    /// The card of a UID that has been asked for already.
    public init(uid: [UInt8]) { self.uid = uid }

    /// Asks for the UID. A phone's random one stays the same while it is in the field.
    public init(_ channel: some CardChannel) throws(CardError) {
        let response = try ResponseAPDU(bytes: channel.transmit([0xFF, 0xCA, 0, 0, 0]))
        uid = response.status == .success && !response.data.isEmpty ? response.data : nil
    }

    /// Asks again, in the same transaction.
    /// - Throws: ``CardError/removed`` when another card answers.
    public func confirm(on channel: some CardChannel) throws(CardError) {
        guard try PresentedCard(channel) == self else { throw .removed }
    }
}
