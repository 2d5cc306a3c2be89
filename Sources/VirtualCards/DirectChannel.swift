import SmartCard

/// A card without a reader in between.
public final class DirectChannel: CardChannel {
    public let card: any VirtualCard
    /// Commands that the card was given.
    public private(set) var commands = 0

    public init(_ card: any VirtualCard) { self.card = card }

    public var answerToReset: [UInt8] { card.answerToReset }

    public func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands += 1
        let answer = card.respond(to: command)
        guard answer.count >= 2 else { throw .emptyResponse }
        return answer
    }
}
