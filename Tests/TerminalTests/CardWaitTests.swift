import SmartCard
import Synchronization
import Testing

@testable import Terminal

/// CARD-17 at the lane: which card of those in the field a payment takes.
@Suite("Which card a payment takes", .timeLimit(.minutes(5)))
struct CardWaitTests {
    /// Says what it is told to, to whoever listens from the start.
    private final class ScriptedReader: CardReader {
        let name = "Scripted"
        private let told: [CardEvent]
        init(_ told: [CardEvent]) { self.told = told }

        func events() -> AsyncStream<CardEvent> {
            let (stream, continuation) = AsyncStream.makeStream(of: CardEvent.self)
            for event in told { continuation.yield(event) }
            return stream
        }

        func withCard<Result: Sendable>(
            _ body: @escaping @Sendable (any CardChannel) throws -> Result
        ) async throws -> Result { throw CardError.removed }
    }

    private func taken(_ admission: CardAdmission, _ generations: UInt64...) async -> CardWait.Outcome {
        let reader = ScriptedReader(generations.map { .inserted(answerToReset: [], generation: $0) } + [.unavailable])
        return await CardWait.card(in: reader, admission, within: .seconds(50), Cancellation())
    }

    @Test("Of one payment nothing is known: a card found lying is not taken, the next one is; a bench takes it")
    func first() async {
        #expect(await taken(CardAdmission(after: nil), CardEvent.found) == .unavailable)
        #expect(await taken(CardAdmission(after: nil), CardEvent.found, 1) == .presented(generation: 1))
        #expect(await taken(.any, CardEvent.found) == .presented(generation: CardEvent.found))
    }

    @Test("The last payer's card, left behind, does not pay the next payment: neither before nor after an outage")
    func leftBehind() async {
        #expect(await taken(CardAdmission(after: 5), 5) == .unavailable)
        #expect(await taken(CardAdmission(after: 5), 5, CardEvent.found) == .unavailable)
        #expect(await taken(CardAdmission(after: 5), 5, CardEvent.found, 6) == .presented(generation: 6))
    }

    @Test("A payment that has read a card and asks for it again takes the one found after an outage, once")
    func again() async {
        var admission = CardAdmission(after: 5)
        admission.took(6)
        #expect(await taken(admission, 6) == .unavailable)
        #expect(await taken(admission, CardEvent.found) == .presented(generation: CardEvent.found))
        admission.took(CardEvent.found)
        #expect(await taken(admission, CardEvent.found, 6) == .unavailable)
        #expect(await taken(admission, CardEvent.found, 7) == .presented(generation: 7))
        #expect(admission.newest == 6)
    }
}
