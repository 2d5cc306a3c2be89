import Foundation
import PCSC
import SmartCard
import Testing

extension FakeServiceTests {
    @Suite("Idle") struct Idle {
        private typealias Fake = FakeServiceTests

        /// Times that this process's PC/SC threads have given up the processor of their own accord: each is followed by a
        /// wake-up.
        private static func wakeUps() -> Int {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            return tasks.reduce(0) { sum, task in
                guard
                    let status = try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8),
                    status.hasPrefix("Name:\tpcsc-"),
                    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("voluntary_ctxt_switches:") })
                else { return sum }
                return sum + (line.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
            }
        }

        /// Over some bounded waits of 1 s, counted by the service: a slow machine makes them fewer, never more.
        @Test("Line 1: one wait a second, with two readers and a card in one of them; no other thread stirs")
        func oneWakeUpASecond() async throws {
            let bench = try Fake.Bench()
            try bench.fake.order("add Second_01_00")
            await bench.identity("Second 01 00")
            #expect(try await bench.failure() == nil)
            // The list is read once before each wait.
            let first = try bench.number("count states")
            try await bench.until("count states") { $0 > first }
            let (calls, woken) = (try bench.number("count all"), Self.wakeUps())
            let clock = ContinuousClock()
            let start = clock.now
            while try bench.number("count states") < first + 6 { try await Task.sleep(for: .milliseconds(100)) }
            let time = clock.now - start
            let made = try bench.number("count all") - calls
            // Of five waits none was cut short.
            #expect(time >= .milliseconds(4_700))
            // The list; then libpcsclite asks for events, ends that, looks once more, and ends that too.
            #expect(made <= 6 * 6)
            // Each request may wait for its answer, and nothing else wakes a thread.
            #expect(Self.wakeUps() - woken <= made + 10)
            print("PC/SC idle: \(made) requests and \(Self.wakeUps() - woken) wake-ups of threads in \(time)")
            await bench.end()
        }
    }
}
