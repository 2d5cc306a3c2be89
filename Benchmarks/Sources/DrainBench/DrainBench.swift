// Draining a full queue: the daemon with its real link against a real kassa-host, and what the same machine does without them.
//
//   DrainBench accounts HOST_DIR TERMINAL          opens the accounts in the host's books, with allowances at the terminal
//   DrainBench fill STORE TERMINAL COUNT [settled] makes a terminal's file with COUNT records, waiting, or acknowledged and counted
//   DrainBench watch SOCKET PID COUNT              waits until the daemon's queue is empty; prints records/s, and resident KiB with a
//                                                  tenth sent, at the end, and at the highest
//   DrainBench bare STORE TERMINAL KEY CERT URL    posts the same batches with the bare HTTP client, one after the other, signed
//                                                  beforehand; prints records/s
//   DrainBench sink CERT KEY PORT FILE             a server that stores each body it gets in one commit and says so
import Foundation

@main
enum DrainBench {
    static let accounts = 1000

    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("accounts", 3): try await Filling.openAccounts(words[1], terminal: words[2])
        case ("fill", 4), ("fill", 5):
            guard let count = Int(words[3]), count > 0 else { throw Stop("COUNT must be a positive number") }
            try Filling.fill(words[1], terminal: words[2], count: count, isSettled: words.last == "settled")
        case ("watch", 4):
            guard let process = Int(words[2]), let count = Int(words[3]) else { throw Stop("PID and COUNT must be numbers") }
            try await Watching.watch(words[1], process: process, count: count)
        case ("bare", 6), ("bare", 7):
            try await BareClient.post(
                words[1], terminal: words[2], keyFile: words[3], certificate: words[4], url: words[5], identity: words.count > 6 ? words[6] : nil)
        case ("sink", 5):
            guard let port = Int(words[3]) else { throw Stop("PORT must be a number") }
            try await Sink.serve(certificate: words[1], key: words[2], port: port, file: words[4])
        default: throw Stop("DrainBench accounts|fill|watch|bare|sink; see its source")
        }
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func rate(_ count: Int, in time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    return String(format: "%.0f", Double(count) / (Double(seconds) + Double(attoseconds) / 1e18))
}
