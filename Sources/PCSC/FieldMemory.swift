import Core
import SmartCard

/// What the monitor knows of the cards in its readers' fields: which movement is a card that somebody presents, and which is a card
/// that was there all the time, while its reader or pcscd was away (CARD-17). A value.
///
/// A presented card gets the next generation, one that was there ``SmartCard/CardEvent/found``:
/// - a card that is there at the first look at a reader, or when its counter has gone back: it is another reader of the same name;
/// - a card with the answer of one that lay in a field that went away, within ``moment`` after a reader came with an empty field:
///   some take a moment to find what lies on them.
struct FieldMemory: Sendable {
    /// Milliseconds that a reader's field may take to find a card again.
    static let moment: Int64 = 2_000

    private struct Card: Sendable {
        var generation: UInt64
        /// Empty while it does not answer to reset.
        var answer: [UInt8]
    }

    /// In each reader's field, answering or not.
    private var cards: [String: Card] = [:]
    private var lastGeneration: UInt64 = 0
    /// Answers of cards whose readers went away with them, newest last.
    private var lost: [[UInt8]] = []
    /// When each reader that came with an empty field did so.
    private var cameEmpty: [String: UTCInstant] = [:]

    /// The reader can't be used any more.
    mutating func left(_ reader: String) {
        cameEmpty[reader] = nil
        guard let card = cards.removeValue(forKey: reader), !card.answer.isEmpty else { return }
        lost.append(card.answer)
        if lost.count > SlotNames.most { lost.removeFirst() }
    }

    /// - Parameter before: the state seen last; nil at the first look since the reader came.
    /// - Returns: the generation of the card in the field, nil for an empty field.
    mutating func settle(
        _ reader: String, _ state: ReaderState, _ answer: [UInt8], before: ReaderState?, at now: UTCInstant
    ) -> UInt64? {
        let isFirst = before.map { state.movements < $0.movements } ?? true
        if isFirst { left(reader) }
        guard state.isPresent else {
            if isFirst { cameEmpty[reader] = now }
            cards[reader] = nil
            return nil
        }
        if let known = cards[reader], state.movements == before?.movements {
            if known.answer.isEmpty { cards[reader]?.answer = answer }
            return known.generation
        }
        let generation = isFirst || isReturn(reader, answer, at: now) ? CardEvent.found : lastGeneration &+ 1
        lastGeneration = max(lastGeneration, generation)
        cards[reader] = Card(generation: generation, answer: answer)
        return generation
    }

    private mutating func isReturn(_ reader: String, _ answer: [UInt8], at now: UTCInstant) -> Bool {
        guard let came = cameEmpty.removeValue(forKey: reader), now.millisecondsSince(came) < Self.moment,
            let place = lost.lastIndex(of: answer)
        else { return false }
        lost.remove(at: place)
        return true
    }
}
