import Foundation
import PCSC
import SmartCard

/// How long a card that comes takes to reach whoever waits for it.
///
///     EventBench FAKE SOCKET COUNT
///
/// Prints a line of microseconds for each card, from the order to the fake pcscd to the event in a task. The environment has
/// to name the same socket: PCSCLITE_CSOCK_NAME. `bare_events.c` is its floor.
@main enum EventBench {
    static func main() async throws {
        guard CommandLine.arguments.count == 4, let count = Int(CommandLine.arguments[3]) else { exit(2) }
        let fake = try FakeReader(CommandLine.arguments[1], CommandLine.arguments[2])
        let system = try PCSCSystem()
        var events = system.reader(named: FakeReader.name).events().makeAsyncIterator()
        while let event = await events.next(), event != .removed {}
        // Orders come from a thread that waits as a cashier does: the event finds everybody asleep.
        let orders = DispatchQueue(label: "orders")
        let (ordered, moments) = AsyncStream.makeStream(of: UInt64.self)
        var turns = ordered.makeAsyncIterator()
        for _ in 0..<count {
            orders.asyncAfter(deadline: .now() + .milliseconds(20)) {
                let moment = DispatchTime.now().uptimeNanoseconds
                try? fake.order("card \(FakeReader.word) 3B80800101")
                moments.yield(moment)
            }
            while let event = await events.next() { if case .inserted = event { break } }
            let now = DispatchTime.now().uptimeNanoseconds
            guard let moment = await turns.next() else { exit(1) }
            print((now - moment) / 1_000)
            orders.asyncAfter(deadline: .now() + .milliseconds(5)) { try? fake.order("nocard \(FakeReader.word)") }
            while let event = await events.next(), event != .removed {}
        }
        await system.shutdown()
        fake.end()
    }
}
