/// A contactless reader, real or simulated: it says when cards come and go and lends one card at a time.
public protocol CardReader: Sendable {
    /// The reader's name as its driver gives it.
    var name: String { get }

    /// Card events from now on: first the present state, then each change. Each call is a subscription of its own; the
    /// stream ends when the reader is gone for good.
    func events() -> AsyncStream<CardEvent>

    /// Runs `body` with the card that is present, in one exclusive transaction, on the reader's own thread. The card is
    /// reset at the end when `body` throws, left powered otherwise: also when a command failed and `body` made of that what it is worth.
    /// - Throws: ``CardError`` of the connection (no card: ``CardError/removed``), or what `body` throws.
    func withCard<Result: Sendable>(_ body: @escaping @Sendable (any CardChannel) throws -> Result) async throws -> Result
}

/// What a reader reports.
public enum CardEvent: Sendable, Hashable {
    /// A card is in the field. `generation` grows with each insertion, so that a swap is seen as two cards; it is ``found`` for
    /// a card that was there when the reader came.
    case inserted(answerToReset: [UInt8], generation: UInt64)
    /// The field is empty.
    case removed
    /// Something is in the field that does not answer to reset.
    case mute
    /// The reader can't be used now (unplugged, service down); a later event says when it can.
    case unavailable

    /// The generation of a card that nobody has seen come: it may have been forgotten there, and its payer has presented it to no
    /// payment of now (CARD-17).
    public static let found: UInt64 = 0
}
