import Core
import SmartCard
import Synchronization
import Testing
import VirtualCards

@Suite("CardReader as the simulated reader keeps it")
struct SimulatedReaderTests {
    private static let directory: [UInt8] =
        [0x00, 0xA4, 0x04, 0x00, 0x0E] + Array("2PAY.SYS.DDF01".utf8) + [0x00]

    @Test("Events: the present state first, then each change; generations grow; the stream ends with the reader")
    func events() async throws {
        let reader = SimulatedReader(name: "till 1")
        let early = reader.events()
        let card = try VisaPrepaidCard.make()
        reader.insert(card)
        let late = reader.events()
        reader.remove()
        reader.remove()
        reader.insert(card)
        reader.close()
        let answer = card.answerToReset
        let rest: [CardEvent] = [
            .inserted(answerToReset: answer, generation: 1), .removed, .inserted(answerToReset: answer, generation: 2),
            .unavailable,
        ]
        var seen: [CardEvent] = []
        for await event in early { seen.append(event) }
        #expect(seen == [.removed] + rest)
        seen = []
        for await event in late { seen.append(event) }
        #expect(seen == rest)
        seen = []
        for await event in reader.events() { seen.append(event) }
        #expect(seen == [.unavailable])
    }

    @Test("No card, a card pulled in the middle, a reader that is gone")
    func errors() async throws {
        let reader = SimulatedReader()
        await #expect(throws: CardError.removed) { try await reader.withCard { _ in } }
        reader.insert(try VisaPrepaidCard.make())
        await #expect(throws: CardError.removed) {
            try await reader.withCard { channel in
                _ = try channel.transmit(Self.directory)
                reader.remove()
                // Another card is another card.
                reader.insert(try VisaPrepaidCard.make())
                _ = try channel.transmit(Self.directory)
            }
        }
        #expect(try await reader.withCard { try $0.transmit(Self.directory).count } > 2)
        reader.close()
        await #expect(throws: CardError.readerGone) { try await reader.withCard { _ in } }
    }

    @Test("A card that leaves by itself is reported removed")
    func leaves() async throws {
        let reader = SimulatedReader()
        reader.insert(FaultyCard(try VisaPrepaidCard.make(), faults: [.tear(afterCommands: 0)]))
        await #expect(throws: CardError.removed) { try await reader.withCard { try $0.transmit(Self.directory) } }
        var events = reader.events().makeAsyncIterator()
        #expect(await events.next() == .removed)
    }

    /// How many are inside at once, and the most there ever were.
    private final class Gauge: Sendable {
        private let counts = Mutex((now: 0, worst: 0))
        var worst: Int { counts.withLock { $0.worst } }
        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.worst, $0.now + 1)) } }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test("Transactions are exclusive: sixteen at once never overlap")
    func exclusive() async throws {
        let reader = SimulatedReader()
        reader.insert(try VisaPrepaidCard.make())
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await reader.withCard { channel in
                        gauge.enter()
                        defer { gauge.leave() }
                        _ = try channel.transmit(Self.directory)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.worst == 1)
    }

    @Test("A body that throws resets the card; one that returns leaves it powered")
    func resets() async throws {
        struct Stop: Error {}
        let reader = SimulatedReader()
        reader.insert(try VisaPrepaidCard.make())
        let select: [UInt8] = [0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10, 0x00]
        // Selected: options of a wrong length are 6700. Not selected: 6985.
        let options: [UInt8] = [0x80, 0xA8, 0x00, 0x00, 0x02, 0x83, 0x00]
        _ = try await reader.withCard { try $0.transmit(select) }
        #expect(try await reader.withCard { try $0.transmit(options) } == [0x67, 0x00])
        await #expect(throws: Stop.self) { try await reader.withCard { _ in throw Stop() } }
        #expect(try await reader.withCard { try $0.transmit(options) } == [0x69, 0x85])
    }
}
