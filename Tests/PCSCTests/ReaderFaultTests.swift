import Foundation
import PCSC
import SmartCard
import Testing

/// Checklist, lines 2 and 3: readers that come, go and hang, each on a thread of its own.
extension FakeServiceTests {
    @Suite("Readers that come, go and hang") struct ReaderFaults {
        private typealias Fake = FakeServiceTests
        private static let second = "Second Reader 01 00"

        @Test("Lines 2, 3: while one reader hangs the others take cards and report them; plugged in anew it takes cards too")
        func othersAreUnaffected() async throws {
            let bench = try Fake.Bench(callLimit: 500)
            try bench.fake.order("add Second_Reader_01_00")
            let stuck = try await bench.readerWithCard()
            let other = try await bench.readerWithCard(Self.second)
            var events = other.events().makeAsyncIterator()
            // For good: only the end of this pcscd ends it.
            try bench.fake.order("hang 600000")
            async let failure = Fake.failure(stuck)
            try await bench.until("count transmit") { $0 == 1 }
            #expect(await Fake.failure(other) == nil)
            #expect(await failure == .stuck)
            #expect(Set(bench.system.readers.map(\.state)).contains(.stuck))
            #expect(await Fake.failure(other) == nil)
            try bench.fake.order("nocard Second_Reader_01_00")
            #expect(await Fake.next(&events) { $0 == .removed ? true : nil } == true)
            try bench.card("Second_Reader_01_00")
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(other) == nil)
            #expect(await Fake.failure(stuck) == .stuck)

            var plugs = bench.system.events().makeAsyncIterator()
            try bench.fake.order("del Fake_Reader_00_00")
            #expect(await Fake.next(&plugs) { $0 == .readerRemoved(Fake.reader) ? true : nil } == true)
            try bench.fake.order("add Fake_Reader_00_00")
            #expect(await Fake.next(&plugs) { $0 == .readerAdded(Fake.reader) ? true : nil } == true)
            #expect(try await bench.failure() == nil)
            await bench.end()
        }

        @Test("Line 3: a connection that hangs is given up on too", arguments: ["connect", "begin", "disconnect"])
        func hangingCalls(_ call: String) async throws {
            let bench = try Fake.Bench(callLimit: 300)
            let reader = try await bench.readerWithCard()
            try bench.fake.order("hang 600000 \(call)")
            #expect(await Fake.failure(reader) == .stuck)
            #expect(bench.system.readers.map(\.state) == [.stuck])
            await bench.end()
        }

        @Test("Line 3: a reader that hangs again and again is left alone after four threads")
        func threadsAreBounded() async throws {
            let bench = try Fake.Bench(callLimit: 200)
            var reader = try await bench.readerWithCard()
            var plugs = bench.system.events().makeAsyncIterator()
            for round in 1...6 {
                try bench.fake.order("hang 600000")
                #expect(await Fake.failure(reader) == .stuck)
                try await bench.until("count transmit") { $0 == min(round, 4) }
                try bench.fake.order("del Fake_Reader_00_00")
                #expect(await Fake.next(&plugs) { $0 == .readerRemoved(Fake.reader) ? true : nil } == true)
                try bench.fake.order("add Fake_Reader_00_00")
                #expect(await Fake.next(&plugs) { $0 == .readerAdded(Fake.reader) ? true : nil } == true)
                guard round < 4 else { continue }
                reader = try await bench.readerWithCard()
            }
            #expect(bench.system.readers.map(\.state) == [.stuck])
            await bench.end()
        }

        @Test("Line 3: an older call that comes back does not free a reader whose newer call hangs")
        func olderCallReturns() async throws {
            let bench = try Fake.Bench(callLimit: 200)
            let reader = try await bench.readerWithCard()
            var plugs = bench.system.events().makeAsyncIterator()
            try bench.fake.order("hang 2500")
            #expect(await Fake.failure(reader) == .stuck)
            try bench.fake.order("del Fake_Reader_00_00")
            #expect(await Fake.next(&plugs) { $0 == .readerRemoved(Fake.reader) ? true : nil } == true)
            try bench.fake.order("add Fake_Reader_00_00")
            #expect(await Fake.next(&plugs) { $0 == .readerAdded(Fake.reader) ? true : nil } == true)
            let renewed = try await bench.readerWithCard()
            let before = try bench.number("count release")
            try bench.fake.order("hang 600000")
            #expect(await Fake.failure(renewed) == .stuck)
            #expect(try bench.number("count release") == before, "the older one still hangs")
            // It comes back, and its thread cleans up behind itself.
            try await bench.until("count release") { $0 > before }
            for _ in 0..<20 {
                #expect(bench.system.readers.map(\.state) == [.stuck])
                #expect(await Fake.failure(renewed) == .stuck)
                try await Task.sleep(for: .milliseconds(10))
            }
            await bench.end()
        }

        @Test("Line 4: unplugged during a tap: the tap ends, the reader is gone, and comes back")
        func unplugDuringTap() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            let fake = bench.fake
            await #expect(throws: CardError.removed) {
                try await reader.withCard { card in
                    _ = try card.transmit([0, 0xA4, 4, 0])
                    try fake.order("del Fake_Reader_00_00")
                    _ = try card.transmit([0, 0xA4, 4, 0])
                }
            }
            #expect(await Fake.failure(reader) == .readerGone)
            try bench.fake.order("add Fake_Reader_00_00")
            #expect(try await bench.failure() == nil)
            await bench.end()
        }

        @Test("Line 4: a reader that another process holds: five tries, then the caller hears of it; free again, it works")
        func busyReader() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("fail connect 8010000B 100")
            #expect(await Fake.failure(reader) == .sharingViolation)
            // Exclusive, then shared, then five more with a pause each.
            #expect(try bench.number("count connect") <= 12)
            try bench.fake.order("fail connect 8010000B 0")
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }
    }
}
