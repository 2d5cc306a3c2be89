import Core
import EMV
import Foundation
import SmartCard
import Tags
import VirtualCards

/// What reading bytes costs.
///
///     ParseBench tlv               nanoseconds a byte for every object of every level of a card's answers; bytes of them
///     ParseBench messages FILE     writes NDEF messages, one a line in hexadecimal
///     ParseBench ndef FILE         nanoseconds a message, records, bytes of URIs and texts
@main enum ParseBench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "tlv": try objects()
        case "messages" where arguments.count == 2: try write(to: arguments[1])
        case "ndef" where arguments.count == 2: try messages(from: arguments[1])
        default: exit(2)
        }
    }

    /// The best of many rounds: what the code costs, and not what else the machine did.
    static func best(_ rounds: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = DispatchTime.now().uptimeNanoseconds
            try body()
            best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start))
        }
        return best
    }

    static func objects() throws {
        let answers = try CardAnswers.offline().map { Array($0.dropLast(2)) }.filter { !$0.isEmpty }
        let bytes = answers.reduce(0) { $0 + $1.count }
        var found = 0
        let nanoseconds = try best(50) {
            for _ in 0..<1_000 { for answer in answers { found &+= try TLV.flattened(answer).count } }
        }
        guard found > 0 else { exit(1) }
        print(String(format: "%.2f %d", nanoseconds / 1_000 / Double(bytes), bytes))
    }

    static func write(to file: String) throws {
        let poster = NDEFSmartPoster(
            uri: "https://www.a.example/lunch?lane=1", titles: [try NDEFText("Lounas", language: "fi"), try NDEFText("Lunch", language: "sv")],
            action: .execute, mediaType: "text/html")
        let messages = [
            [.uri("https://www.kassa.example/receipt/0123456789")], [try NDEFText("Hyvää päivää", language: "fi").record], [try poster.record()],
            [.media("text/plain", [UInt8](repeating: 0x78, count: 60))], [.external("kassa.example:lane", [1, 2, 3])],
            [.uri("tel:+358401234567"), try NDEFText("Soita", language: "fi").record, .media("application/json", Array("{}".utf8))],
        ].map { NDEFMessage(records: $0) }
        let lines = try messages.map { Hex.encode(try $0.encoded()) + "\n" }.joined()
        try Data(lines.utf8).write(to: URL(fileURLWithPath: file))
    }

    static func messages(from file: String) throws {
        let messages = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { Hex.decode($0) }
        var records = 0
        var bytes = 0
        func read() throws {
            (records, bytes) = (0, 0)
            for message in messages {
                for record in try NDEFMessage(message).records {
                    records += 1
                    switch try record.content() {
                    case .uri(let uri): bytes += uri.utf8.count
                    case .text(let text): bytes += text.text.utf8.count
                    case .smartPoster(let poster): bytes += poster.uri.utf8.count
                    default: break
                    }
                }
            }
        }
        let nanoseconds = try best(50) { for _ in 0..<2_000 { try read() } }
        print(String(format: "%.0f %d %d", nanoseconds / 2_000 / Double(messages.count), records, bytes))
    }
}
