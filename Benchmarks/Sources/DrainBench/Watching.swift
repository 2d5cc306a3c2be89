import Diagnostics
import Foundation
import Varlink

/// Looks on while the daemon drains its queue.
enum Watching {
    /// Seldom enough that looking costs the daemon nothing to speak of.
    static let pause = Duration.milliseconds(250)

    static func watch(_ socket: String, process: Int, count: Int) async throws {
        let client = try await VarlinkClient.connect(path: socket)
        var start: (at: ContinuousClock.Instant, waiting: Int)?
        var memory = (early: 0, last: 0, highest: 0)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(900)
        while clock.now < deadline {
            let reply: StatusReply = try await client.call(DiagnosticsInterface.method("GetStatus"), NoParameters())
            let now = clock.now
            guard let queue = reply.queue else { continue }
            let waiting = queue.approvals + queue.advices
            memory.last = resident(process)
            memory.highest = max(memory.highest, memory.last)
            if start == nil, waiting < count { start = (now, waiting) }
            if memory.early == 0, waiting < count * 9 / 10 { memory.early = memory.last }
            if let start, waiting == 0 {
                print(rate(start.waiting, in: now - start.at), memory.early, memory.last, memory.highest)
                await client.close()
                return
            }
            try await Task.sleep(for: pause)
        }
        throw Stop("the queue is not empty after 15 minutes")
    }

    private static func resident(_ process: Int) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
