import Core
import SmartCard
import Testing

@testable import PCSC

/// CARD-17: a card pays when its payer presents it. One that is there when its reader comes, was presented to nobody.
@Suite("A card that was there before its reader was seen, or seen again")
struct LyingCardTests {
    private static let visa: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]
    private static let other: [UInt8] = [0x3B, 0x8F, 0x80, 0x01]

    /// Drives the machine with one reader.
    private struct Bench {
        var machine = MonitorMachine(wait: 2_000)
        var time: Int64 = 1_000_000

        init() { feed(.established, .listed(["A"])) }

        @discardableResult
        mutating func feed(_ inputs: MonitorMachine.Input...) -> [SystemEvent] {
            inputs.flatMap { machine.handle($0, at: UTCInstant(milliseconds: time)).events }
        }

        /// The generations of cards told after the reader has said this.
        mutating func see(_ state: UInt32, _ answer: [UInt8] = LyingCardTests.visa, of reader: String = "A") -> [UInt64] {
            let isPresent = state & 0x220 == 0x20
            let events = feed(
                .observed([.init(reader: reader, state: ReaderState(rawValue: state), answerToReset: isPresent ? answer : [])]))
            return events.compactMap { event in
                if case .card(_, .inserted(_, let generation)) = event { generation } else { nil }
            }
        }

        mutating func outage() { feed(.failed(.communicationError), .released, .paused, .established, .listed(["A"])) }
    }

    @Test("When the daemon starts: found, and presented once it has left and come")
    func start() {
        var bench = Bench()
        #expect(bench.see(0x0001_0022) == [0])
        #expect(bench.see(0x0002_0012) == [])
        #expect(bench.see(0x0003_0022) == [1])
    }

    @Test("Over an outage of pcscd, however often; a swap while it is up is a card presented")
    func outage() {
        var bench = Bench()
        _ = bench.see(0x0000_0012)
        #expect(bench.see(0x0001_0022) == [1])
        bench.outage()
        #expect(bench.see(0x0000_0022) == [0])
        bench.outage()
        #expect(bench.see(0x0000_0022) == [0])
        #expect(bench.see(0x0002_0022) == [2])
    }

    @Test("Over a re-plug that pcscd told of, also under another name, and one that only its counter tells of")
    func replug() {
        var bench = Bench()
        _ = bench.see(0x0006_0012)
        #expect(bench.see(0x0007_0022) == [1])
        _ = bench.see(0x0000_000E)
        bench.feed(.listed([]), .failed(.timeout), .listed(["B"]))
        #expect(bench.see(0x0000_0022, of: "B") == [0])
        #expect(bench.see(0x0005_0022, of: "B") == [2])
        // Fewer movements than before: another reader of the same name, between two looks.
        #expect(bench.see(0x0000_0022, of: "B") == [0])
    }

    @Test("A driver that could not be asked for a moment")
    func unavailable() {
        var bench = Bench()
        _ = bench.see(0x0000_0012)
        #expect(bench.see(0x0001_0022) == [1])
        #expect(bench.see(0x0000_000A) == [])
        #expect(bench.see(0x0001_0022) == [0])
    }

    @Test("A reader whose field takes a moment to find the card again; another card, or one that comes later, is presented")
    func fieldComesUpEmpty() {
        for (milliseconds, answer, found) in [
            (500, Self.visa, [UInt64(0)]), (1_999, Self.visa, [0]), (500, Self.other, [2]), (2_000, Self.visa, [2]),
        ] {
            var bench = Bench()
            _ = bench.see(0x0000_0012)
            #expect(bench.see(0x0001_0022) == [1])
            bench.outage()
            #expect(bench.see(0x0000_0012) == [])
            bench.time += Int64(milliseconds)
            #expect(bench.see(0x0001_0022, answer) == found, "after \(milliseconds) ms")
            // It has left: whoever comes now is presented.
            #expect(bench.see(0x0002_0012) == [])
            #expect(bench.see(0x0003_0022) == [(found.first ?? 0) == 0 ? 2 : 3])
        }
    }

    @Test("An empty field before the outage: a card is presented as soon as the reader is back")
    func emptyBefore() {
        var bench = Bench()
        _ = bench.see(0x0000_0012)
        bench.outage()
        _ = bench.see(0x0000_0012)
        #expect(bench.see(0x0001_0022) == [1])
    }

    @Test("Falling silent and answering again is no presentation; coming silent and answering then is one")
    func mute() {
        var bench = Bench()
        _ = bench.see(0x0000_0012)
        #expect(bench.see(0x0001_0022) == [1])
        #expect(bench.see(0x0001_0222) == [])
        #expect(bench.see(0x0001_0022) == [1])
        bench.outage()
        #expect(bench.see(0x0000_0222) == [])
        #expect(bench.see(0x0000_0022) == [0])
        #expect(bench.see(0x0001_0012) == [])
        #expect(bench.see(0x0002_0222) == [])
        #expect(bench.see(0x0002_0022).count == 1)
        #expect(bench.machine.readers.first?.event != .inserted(answerToReset: Self.visa, generation: 0))
    }
}
