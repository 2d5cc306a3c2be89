// From exec to ready: how long a daemon takes until it says of itself that its store is open and payments may begin.
//
//   StartBench KASSAD CONFIG SOCKET ROUNDS    prints the median of milliseconds, then the fastest and the slowest
import Diagnostics
import Foundation
import Varlink

@main
enum StartBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let rounds = Int(arguments[4]), rounds > 0 else {
            throw Stop("StartBench KASSAD CONFIG SOCKET ROUNDS")
        }
        var times: [Double] = []
        for _ in 0..<rounds {
            times.append(try await start(arguments[1], configuration: arguments[2], socket: arguments[3]))
        }
        times.sort()
        print(
            String(
                format: "%.1f %.1f %.1f", times[times.count / 2], times[0], times[times.count - 1]))
    }

    private static func start(_ program: String, configuration: String, socket: String) async throws -> Double {
        try? FileManager.default.removeItem(atPath: socket)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--config", configuration, "--log-level", "error"]
        let clock = ContinuousClock()
        let begin = clock.now
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        while clock.now - begin < .seconds(120) {
            if let time = try? await ready(socket, since: begin) { return time }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw Stop("not ready after two minutes")
    }

    private static func ready(_ socket: String, since begin: ContinuousClock.Instant) async throws -> Double {
        let client = try await VarlinkClient.connect(path: socket)
        while true {
            let reply: StatusReply = try await client.call(DiagnosticsInterface.method("GetStatus"), NoParameters())
            if reply.store.state == "ok" {
                let (seconds, attoseconds) = (ContinuousClock.now - begin).components
                await client.close()
                return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
