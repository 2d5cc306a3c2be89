// Takes payments from a running daemon over its diagnostics socket and prints one line of microseconds per tap, as the
// daemon measured it: from the connected card to the durable decision, and to the card's outcome alone; last, on stderr, its CPU time per payment.
//
//   TapBench SOCKET AMOUNT COUNT
import Diagnostics
import Foundation
import Varlink

@main
enum TapBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[3]) else { throw Stop("TapBench SOCKET AMOUNT COUNT") }
        let client = try await VarlinkClient.connect(path: arguments[1])
        let before = try await status(client)
        for _ in 0..<count {
            let reply: PayReply = try await client.call(
                DiagnosticsInterface.method("Pay"), PayParameters(amount: arguments[2], currency: "SEK"))
            guard reply.outcome == "approved", reply.online == false, let tap = reply.tapMicroseconds else {
                throw Stop("not approved offline: \(reply.rule ?? "") \(reply.reason ?? "")")
            }
            print(tap, reply.cardMicroseconds ?? 0)
        }
        let after = try await status(client)
        let spent = after.cpuMicroseconds - before.cpuMicroseconds
        FileHandle.standardError.write(Data("\(spent / Int64(max(1, count)))\n".utf8))
        await client.close()
    }

    private static func status(_ client: VarlinkClient) async throws -> StatusReply {
        try await client.call(DiagnosticsInterface.method("GetStatus"), NoParameters())
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
