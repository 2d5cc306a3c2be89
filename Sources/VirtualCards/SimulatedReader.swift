import Dispatch
import SmartCard
import Synchronization

/// A reader without hardware: virtual cards are put into its field and taken out of it. Transactions run one at a time on
/// a queue of its own.
///
/// A card belongs to the reader while it is inserted: its owner looks at it when no transaction runs.
public final class SimulatedReader: CardReader {
    public let name: String

    /// Crosses from its owner to the queue. Safe because only the queue talks to the card while it is inserted.
    private struct Slot: @unchecked Sendable {
        let card: any VirtualCard
    }

    private struct Field: Sendable {
        var slot: Slot?
        var generation: UInt64 = 0
        var lastEvent = CardEvent.removed
        var isClosed = false
        var nextSubscription = 0
        var subscriptions: [Int: AsyncStream<CardEvent>.Continuation] = [:]
        /// The card has not been powered on yet: the first transaction does it, on the queue.
        var needsReset = false

        mutating func report(_ event: CardEvent) {
            lastEvent = event
            for subscription in subscriptions.values { subscription.yield(event) }
        }
    }

    private let field = Mutex(Field())
    private let queue: DispatchQueue

    public init(name: String = "Simulated Reader 00 00") {
        self.name = name
        queue = DispatchQueue(label: "kassa.simulated-reader")
    }

    /// Puts a card into the field; one that was there is taken out first.
    public func insert(_ card: any VirtualCard) {
        remove()
        let slot = Slot(card: card)
        let answer = card.answerToReset
        field.withLock { field in
            guard !field.isClosed else { return }
            field.slot = slot
            field.needsReset = true
            field.generation &+= 1
            field.report(.inserted(answerToReset: answer, generation: field.generation))
        }
    }

    /// Takes the card out, also in the middle of a transaction; nothing when the field is empty.
    public func remove() {
        field.withLock { field in
            guard field.slot != nil else { return }
            field.slot = nil
            field.report(.removed)
        }
    }

    /// Unplugs the reader for good: every stream ends, every later transaction fails.
    public func close() {
        // Finished outside the lock: that calls back to `onTermination`, which takes it.
        let ended = field.withLock { field in
            guard !field.isClosed else { return [AsyncStream<CardEvent>.Continuation]() }
            field.isClosed = true
            field.slot = nil
            field.report(.unavailable)
            defer { field.subscriptions = [:] }
            return Array(field.subscriptions.values)
        }
        for subscription in ended { subscription.finish() }
    }

    public func events() -> AsyncStream<CardEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: CardEvent.self)
        let id: Int? = field.withLock { field in
            continuation.yield(field.lastEvent)
            guard !field.isClosed else { return nil }
            field.nextSubscription += 1
            field.subscriptions[field.nextSubscription] = continuation
            return field.nextSubscription
        }
        if let id {
            continuation.onTermination = { [weak self] _ in
                self?.field.withLock { _ = $0.subscriptions.removeValue(forKey: id) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    public func withCard<Result: Sendable>(
        _ body: @escaping @Sendable (any CardChannel) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try self.transaction(body) }) }
        }
    }

    /// On the queue.
    private func transaction<Result>(_ body: (any CardChannel) throws -> Result) throws -> Result {
        let (slot, generation, isNew) = try field.withLock { field throws(CardError) in
            guard !field.isClosed else { throw .readerGone }
            guard let slot = field.slot else { throw .removed }
            defer { field.needsReset = false }
            return (slot, field.generation, field.needsReset)
        }
        if isNew { slot.card.reset() }
        do {
            return try body(SimulatedChannel(reader: self, card: slot.card, generation: generation))
        } catch {
            slot.card.reset()
            throw error
        }
    }

    fileprivate func holds(_ generation: UInt64) -> Bool {
        field.withLock { $0.slot != nil && $0.generation == generation }
    }

    /// The card left by itself, which a real reader notices too.
    fileprivate func lost(_ generation: UInt64) {
        field.withLock { field in
            guard field.slot != nil, field.generation == generation else { return }
            field.slot = nil
            field.report(.removed)
        }
    }
}

/// One transaction with the card that was in the field when it began.
private final class SimulatedChannel: CardChannel {
    private let reader: SimulatedReader
    private let card: any VirtualCard
    private let generation: UInt64

    init(reader: SimulatedReader, card: any VirtualCard, generation: UInt64) {
        self.reader = reader
        self.card = card
        self.generation = generation
    }

    var answerToReset: [UInt8] { card.answerToReset }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        guard reader.holds(generation) else { throw .removed }
        let response = card.respond(to: command)
        if response.isEmpty { reader.lost(generation) }
        // An answer given while the card was being pulled did not arrive.
        guard !response.isEmpty, reader.holds(generation) else { throw .removed }
        return response
    }
}
