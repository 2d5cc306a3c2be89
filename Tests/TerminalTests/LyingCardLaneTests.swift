import Core
import SmartCard
import Testing
import VirtualCards

@testable import PCSC
@testable import Terminal

/// A reader that has come back, or has just been seen, with the first card lying on it.
private final class ReturnedReader: CardReader {
    private let inner: SimulatedReader
    init(_ inner: SimulatedReader) { self.inner = inner }

    var name: String { inner.name }

    func events() -> AsyncStream<CardEvent> {
        let events = inner.events()
        return AsyncStream { continuation in
            let task = Task {
                for await event in events {
                    if case .inserted(let answer, 1) = event {
                        continuation.yield(.inserted(answerToReset: answer, generation: CardEvent.found))
                    } else {
                        continuation.yield(event)
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    func withCard<Result: Sendable>(_ body: @escaping @Sendable (any CardChannel) throws -> Result) async throws -> Result {
        try await inner.withCard(body)
    }
}

@Suite("CARD-17: a card that was forgotten on the reader pays nobody's purchase", .timeLimit(.minutes(5)))
struct LyingCardLaneTests {
    @Test("Found when the reader came back: not asked; lifted and laid again, it pays")
    func forgotten() async throws {
        let scene = try LaneScene(around: { ReturnedReader($0) })
        let forgotten = try VisaPrepaidCard.make()
        scene.reader.insert(forgotten)
        let decision = try await scene.pay(timeout: .milliseconds(300)).result.decision
        #expect(decision.outcome == .declined && decision.reason == .timedOut)
        #expect(forgotten.state == VisaPrepaidCard.CardState(offlineBalance: 200_000))
        #expect(try scene.records().isEmpty)
        scene.reader.remove()
        #expect(try await scene.tap(forgotten).approved)
    }

    @Test("Status tells of it, and of no card that was presented")
    func told() {
        func finding(_ state: ReaderStatus.State) -> String? {
            KassaTerminal.lyingCard(ReaderStatus(name: "Reader 1", state: state, since: UTCInstant(milliseconds: 0)))?.what
        }
        #expect(finding(.card(answerToReset: [], generation: CardEvent.found))?.contains("Reader 1") == true)
        for state in [ReaderStatus.State.empty, .card(answerToReset: [], generation: 1), .mute, .unavailable, .stuck] {
            #expect(finding(state) == nil)
        }
    }
}
