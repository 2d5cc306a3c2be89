import CAllocations
import EMV
import Foundation
import PCSC
import SmartCard

/// What one APDU takes of malloc.
///
///     AllocationBench FAKE SOCKET
///
/// Prints, as allocations an APDU: a whole contactless payment with a card that is heard without a reader (state machine, TLV,
/// certificates); an exchange through libpcsclite and a fake pcscd, on the reader's own thread. The environment has to name the
/// same socket: PCSCLITE_CSOCK_NAME.
@main enum AllocationBench {
    /// Answers made beforehand: nothing is asked of malloc here.
    final class Answers: CardChannel {
        let answerToReset: [UInt8] = []
        let answers: [[UInt8]]
        var next = 0

        init(_ answers: [[UInt8]]) { self.answers = answers }

        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            guard answers.indices.contains(next) else { throw .removed }
            defer { next += 1 }
            return answers[next]
        }
    }

    static func main() async throws {
        guard CommandLine.arguments.count == 3 else { exit(2) }
        let whole = try payment()
        let exchange = try await exchange(FakeReader(CommandLine.arguments[1], CommandLine.arguments[2]))
        print(String(format: "%.1f %.1f", whole, exchange))
    }

    static func payment() throws -> Double {
        let card = Answers(try CardAnswers.offline())
        let fresh = try CardAnswers.transaction()
        var counts: [UInt64] = []
        for _ in 0..<20 {
            card.next = 0
            var transaction = fresh
            let before = kassa_allocations_now().count
            let outcome = transaction.run(on: card, beforeCommit: {})
            counts.append(kassa_allocations_now().count - before)
            guard case .approved = outcome else { exit(1) }
        }
        return Double(counts.min() ?? 0) / Double(card.answers.count)
    }

    static func exchange(_ fake: FakeReader) async throws -> Double {
        let system = try PCSCSystem()
        try fake.order("card \(FakeReader.word) 3B80800101")
        let reader = system.reader(named: FakeReader.name)
        for await event in reader.events() { if case .inserted = event { break } }
        let command: [UInt8] = [0xFF, 0xCA, 0x00, 0x00, 0x00]
        let count = try await reader.withCard { channel in
            for _ in 0..<10 { _ = try channel.transmit(command) }
            let before = kassa_allocations_now().count
            for _ in 0..<100 { _ = try channel.send(CommandAPDU(bytes: command)) }
            return kassa_allocations_now().count - before
        }
        await system.shutdown()
        fake.end()
        return Double(count) / 100
    }
}
