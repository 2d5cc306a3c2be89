import Foundation
import PCSC
import SmartCard
import Testing
import Workers

/// libpcsclite against a scripted pcscd, and against a real one. One at a time: they share the process's socket name.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FakeServiceTests {
    static let reader = "Fake Reader 00 00"
    static let answer = "3B8F8001804F0CA0000003060300030000000068"

    /// A fake pcscd with one reader, and the system that looks at it.
    struct Bench {
        let fake: SupportProgram
        let system: PCSCSystem

        init(up: Bool = true, wait: UInt64 = 1_000, callLimit: UInt64 = 30_000, sysfs: String = "/nowhere") throws {
            let path = ServiceSocket.directory + "/fake"
            ServiceSocket.lead(to: path)
            fake = try SupportProgram("fake-pcscd", [path])
            _ = fake.line()
            try fake.order("add Fake_Reader_00_00")
            if up { try fake.order("up") }
            var configuration = PCSCSystem.Configuration()
            configuration.wait = wait
            configuration.callLimit = callLimit
            configuration.devices = USBDeviceList(sysfs: sysfs)
            system = try PCSCSystem(configuration)
        }

        func end() async {
            await system.shutdown()
            fake.end()
        }
    }

    /// Waits until an event satisfies `wanted`; every test has a time limit.
    static func next<Event: Sendable, Result>(
        _ iterator: inout AsyncStream<Event>.AsyncIterator, _ wanted: (Event) -> Result?
    ) async -> Result? {
        while let event = await iterator.next(isolation: nil) {
            if let result = wanted(event) { return result }
        }
        return nil
    }

    static func isInserted(_ event: CardEvent) -> UInt64? {
        if case .inserted(_, let generation) = event { generation } else { nil }
    }

    static func failure(_ reader: PCSCReader) async -> CardError? {
        do {
            _ = try await reader.withCard { try $0.transmit([0xFF, 0xCA, 0, 0, 0]) }
            return nil
        } catch {
            return error as? CardError
        }
    }

    @Test func noServiceIsANormalState() async throws {
        let bench = try Bench(up: false)
        var events = bench.system.events().makeAsyncIterator()
        #expect(await Self.next(&events) { $0 == .serviceDown(.notRunning) ? true : nil } == true)
        #expect(bench.system.outage == .notRunning)
        #expect(await Self.failure(bench.system.reader(named: Self.reader)) == .serviceLost)
        try bench.fake.order("up")
        #expect(await Self.next(&events) { $0 == .serviceUp ? true : nil } == true)
        await bench.end()
    }

    @Test func tapOfACard() async throws {
        let bench = try Bench()
        let reader = bench.system.reader(named: Self.reader)
        var events = reader.events().makeAsyncIterator()
        #expect(await Self.next(&events) { $0 == .removed ? true : nil } == true)
        #expect(await Self.failure(reader) == .removed)
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        #expect(await Self.next(&events, Self.isInserted) == 1)
        let (uid, atr) = try await reader.withCard { card in (try card.transmit([0xFF, 0xCA, 0, 0, 0]), card.answerToReset) }
        #expect(uid == [4, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x90, 0])
        #expect(atr.count == 20)
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        #expect(await Self.next(&events, Self.isInserted) == 2, "a swap is two cards")
        await bench.end()
        #expect(await Self.next(&events) { _ in Optional<Bool>.none } == nil, "the stream ends")
    }

    @Test func serviceDiesAndReturns() async throws {
        let bench = try Bench()
        let reader = bench.system.reader(named: Self.reader)
        var events = reader.events().makeAsyncIterator()
        #expect(await Self.next(&events) { $0 == .removed ? true : nil } == true)
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        #expect(await Self.next(&events, Self.isInserted) == 1)
        #expect(await Self.failure(reader) == nil)
        try bench.fake.order("down")
        #expect(await Self.next(&events) { $0 == .unavailable ? true : nil } == true)
        #expect(bench.system.readers.map(\.state) == [.unavailable])
        try bench.fake.order("up")
        #expect(await Self.next(&events, Self.isInserted) == CardEvent.found, "nobody has presented it since")
        #expect(await Self.failure(reader) == nil, "the reader's own context was dead and has been renewed")
        await bench.end()
    }

    @Test func unplugAndReplug() async throws {
        let bench = try Bench()
        var events = bench.system.events().makeAsyncIterator()
        #expect(await Self.next(&events) { $0 == .readerAdded(Self.reader) ? true : nil } == true)
        try bench.fake.order("del Fake_Reader_00_00")
        #expect(await Self.next(&events) { $0 == .readerRemoved(Self.reader) ? true : nil } == true)
        #expect(bench.system.readers.isEmpty)
        #expect(await Self.failure(bench.system.reader(named: Self.reader)) == .readerGone)
        try bench.fake.order("add Fake_Reader_00_00")
        #expect(await Self.next(&events) { $0 == .readerAdded(Self.reader) ? true : nil } == true)
        await bench.end()
    }

    @Test func refusalIsNamed() async throws {
        let bench = try Bench(up: false)
        try bench.fake.order("fail establish 8010006A 1000")
        try bench.fake.order("up")
        var events = bench.system.events().makeAsyncIterator()
        #expect(await Self.next(&events) { $0 == .serviceDown(.accessRefused) ? true : nil } == true)
        await bench.end()
    }

    @Test func cardRemovedDuringTheTapPoisonsIt() async throws {
        let bench = try Bench()
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        let reader = bench.system.reader(named: Self.reader)
        let fake = bench.fake
        let errors = try await reader.withCard { card in
            _ = try card.transmit([0, 0xA4, 4, 0])
            try fake.order("nocard Fake_Reader_00_00")
            try fake.order("card Fake_Reader_00_00 \(Self.answer)")
            return (0..<2).map { _ in
                do throws(CardError) {
                    _ = try card.transmit([0, 0xA4, 4, 0])
                    return CardError?.none
                } catch { return error }
            }
        }
        #expect(errors == [.removed, .removed])
        // The second one never left the terminal.
        #expect(try fake.order("count transmit") == "ok 2")
        await bench.end()
    }

    @Test func emptySuccessIsNoAnswer() async throws {
        let bench = try Bench()
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        try bench.fake.order("empty 1")
        #expect(await Self.failure(bench.system.reader(named: Self.reader)) == .emptyResponse)
        await bench.end()
    }

    @Test func sharingViolationFallsBackToShared() async throws {
        let bench = try Bench()
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        try bench.fake.order("fail connect 8010000B 1")
        #expect(await Self.failure(bench.system.reader(named: Self.reader)) == nil)
        #expect(try bench.fake.order("count connect") == "ok 2")
        await bench.end()
    }

    @Test func stuckTransmitIsAbandonedAndForgivenWhenItReturns() async throws {
        let bench = try Bench(callLimit: 200)
        try bench.fake.order("card Fake_Reader_00_00 \(Self.answer)")
        let reader = bench.system.reader(named: Self.reader)
        var events = reader.events().makeAsyncIterator()
        _ = await Self.next(&events, Self.isInserted)
        try bench.fake.order("hang 1500")
        let begin = MonotonicClock.nanoseconds
        #expect(await Self.failure(reader) == .stuck)
        #expect(MonotonicClock.nanoseconds - begin < 1_000_000_000)
        #expect(await Self.next(&events) { $0 == .unavailable ? true : nil } == true)
        #expect(bench.system.readers.map(\.state) == [.stuck])
        #expect(await Self.failure(reader) == .stuck)
        _ = await Self.next(&events, Self.isInserted)
        #expect(await Self.failure(reader) == nil)
        await bench.end()
    }

    @Test(.enabled(if: RealService.isPossible, "needs root, namespaces and pcscd"))
    func realServiceWithVirtualTag() async throws {
        try await RealService.tap()
    }
}
