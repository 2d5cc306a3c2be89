import Foundation
import PCSC
import SmartCard
import Testing

/// Checklist, lines 1, 4 and 7: the monitor, and a pcscd that goes wrong.
extension FakeServiceTests {
    @Suite("A service that goes wrong") struct ServiceFaults {
        private typealias Fake = FakeServiceTests

        @Test("Line 1: lists and waits come from one connection, taps from others")
        func oneMonitor() async throws {
            let bench = try Fake.Bench()
            #expect(try await bench.failure() == nil)
            #expect(try bench.number("clients states") == 1)
            #expect(try bench.number("clients wait") == 1)
            #expect(try bench.number("clients transmit") == 1)
            #expect(try bench.number("clients establish") == 2)
            await bench.end()
        }

        @Test("Line 1: a plug notification that pcscd lost heals at the next bounded wait")
        func lostPlugNotification() async throws {
            let bench = try Fake.Bench()
            var events = bench.system.events().makeAsyncIterator()
            #expect(await Fake.next(&events) { $0 == .readerAdded(Fake.reader) ? true : nil } == true)
            try bench.fake.order("sneak Second_01_00")
            #expect(await Fake.next(&events) { $0 == .readerAdded("Second 01 00") ? true : nil } == true)
            await bench.end()
        }

        /// The wait would last ten minutes, and the suite's limit is one: only a cancel ends it.
        @Test("Line 1: a shutdown ends the wait by cancelling it, whenever it comes", arguments: 0..<10)
        func shutdownAtAnyMoment(_ round: Int) async throws {
            let bench = try Fake.Bench(wait: 600_000)
            let waits = round % 2 == 1
            if waits {
                await bench.identity()
                try await bench.until("waiting") { $0 == 1 }
                #expect(try bench.number("count cancel") == 0)
            }
            await bench.system.shutdown()
            if waits { #expect(try bench.number("count cancel") >= 1) }
            // Nobody waits any more: its context is gone.
            try await bench.until("connections") { $0 == 0 }
            await bench.end()
        }

        @Test("Line 4: pcscd killed while a command runs: the tap fails with that, and the next one finds the new pcscd")
        func deathDuringTransmit() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("die transmit")
            #expect(await Fake.failure(reader) == .serviceLost)
            #expect(await Fake.failure(reader) == .serviceLost)
            var events = reader.events().makeAsyncIterator()
            try bench.fake.order("up")
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        /// The call at which pcscd dies, and what has to go wrong before so that a tap makes it.
        static let calls: [(call: String, before: [String])] = [
            ("connect", []), ("begin", []), ("end", []), ("disconnect", []),
            // A context that is dead is renewed; a card that another process has reset is connected to anew.
            ("establish", ["fail connect 8010001D"]), ("reconnect", ["fail begin 80100068"]),
        ]

        @Test("Line 4: pcscd dies at every other call of a tap", arguments: calls)
        func deathAtEveryCall(_ call: String, _ before: [String]) async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            for order in before { try bench.fake.order(order) }
            let made = try bench.number("count \(call)")
            try bench.fake.order("die \(call)")
            let failure = await Fake.failure(reader)
            #expect(try bench.number("count \(call)") > made)
            // What the card had answered by then stands.
            #expect(failure == (call == "end" || call == "disconnect" ? nil : .serviceLost))
            var events = reader.events().makeAsyncIterator()
            #expect(await Fake.next(&events) { $0 == .unavailable ? true : nil } == true)
            try bench.fake.order("up")
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Line 4: pcscd dies while the monitor connects to it, or a driver is asked who it is", arguments: ["establish", "attribute", "control"])
        func deathWhileIdentifying(_ call: String) async throws {
            let bench = try Fake.Bench(up: false)
            try bench.fake.order("die \(call)")
            try bench.fake.order("up")
            try await bench.until("count \(call)") { $0 > 0 }
            try bench.fake.order("up")
            #expect(await bench.identity() != nil)
            #expect(try await bench.failure() == nil)
            #expect(try bench.number("count \(call)") > 1, "asked again")
            await bench.end()
        }

        @Test("Line 4: no more than its own contexts are held, however often pcscd dies")
        func noContextLeaks() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            for _ in 0..<5 {
                #expect(await Fake.failure(reader) == nil)
                try bench.fake.order("down")
                var events = reader.events().makeAsyncIterator()
                #expect(await Fake.next(&events) { $0 == .unavailable ? true : nil } == true)
                try bench.fake.order("up")
                _ = await Fake.next(&events, Fake.isInserted)
            }
            #expect(await Fake.failure(reader) == nil)
            // One of the monitor, one of the reader.
            #expect(try bench.number("connections") == 2)
            await bench.end()
        }

        @Test("Line 4: refused access is told from a pcscd that serves as many clients as it takes, and both heal")
        func refusalAndClientLimit() async throws {
            let bench = try Fake.Bench(up: false)
            try bench.fake.order("limit 0")
            try bench.fake.order("up")
            var events = bench.system.events().makeAsyncIterator()
            #expect(await Fake.next(&events) { $0 == .serviceDown(.accessRefused) ? true : nil } == true)
            await bench.end()

            let full = try Fake.Bench(up: false)
            try full.fake.order("limit 200")
            // Strangers that do nothing.
            try full.fake.order("up")
            let strangers = (0..<200).map { _ in Stranger(ServiceSocket.directory + "/fake") }
            #expect(strangers.allSatisfy { $0.isConnected })
            let system = try PCSCSystem()
            var news = system.events().makeAsyncIterator()
            #expect(await Fake.next(&news) { $0 == .serviceDown(.tooManyClients) ? true : nil } == true)
            // Room for both systems, a monitor and a reader each.
            for stranger in strangers.prefix(8) { stranger.leave() }
            #expect(await Fake.next(&news) { $0 == .serviceUp ? true : nil } == true)
            for stranger in strangers { stranger.leave() }
            await system.shutdown()
            await full.end()
        }

        @Test("Line 7: sixteen readers with long names are listed in one call, and the last of them takes a card")
        func sixteenReaders() async throws {
            let bench = try Fake.Bench(up: false)
            let tail = String(repeating: "x", count: 90)
            let names = (1..<16).map { "Reader \(tail) \($0 < 10 ? "0" : "")\($0) 00" }
            for name in names { try bench.fake.order("add \(name.replacingOccurrences(of: " ", with: "_"))") }
            try bench.fake.order("up")
            var events = bench.system.events().makeAsyncIterator()
            var added: [String] = []
            while added.count < 16, let name = await Fake.next(&events, { event in
                if case .readerAdded(let name) = event { name } else { String?.none }
            }) { added.append(name) }
            #expect(added == [Fake.reader] + names)
            #expect(try await bench.failure(names[14]) == nil)
            await bench.end()
        }
    }
}

/// Somebody else's connection to pcscd.
private final class Stranger: Sendable {
    private let descriptor: Int32
    let isConnected: Bool

    init(_ path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        self.descriptor = descriptor
    }

    func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}
