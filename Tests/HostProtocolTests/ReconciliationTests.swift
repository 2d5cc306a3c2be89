import Core
import Crypto
import Foundation
import Testing

@testable import HostProtocol

/// A generator whose runs can be made again.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Reconciliation")
struct ReconciliationTests {
    private func record(_ sequence: Int64, _ random: inout Seeded) -> ReconciledRecord {
        ReconciledRecord(
            sequence: sequence, id: UUIDv7(milliseconds: 1, random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) }),
            bodyHash: Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }))
    }

    private func digest(_ records: [ReconciledRecord]) throws -> Data {
        var summary = ReconciliationSummary()
        for record in records {
            try summary.add(record, programme: "p", kind: "torn", currency: .sek, amount: 1, approved: 0)
        }
        return summary.digest
    }

    @Test("What is named is what was changed, whatever was, and however the lists are cut", arguments: 0..<200)
    func names(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let count = Int.random(in: 0...60, using: &random)
        let terminal = (0..<count).map { record(Int64($0 + 1), &random) }
        var host = terminal
        var expected: Set<ReconciliationDifference> = []
        for mine in terminal {
            guard let place = host.firstIndex(of: mine) else { continue }
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                host.remove(at: place)
                expected.insert(ReconciliationDifference(.missingAtHost, sequence: mine.sequence, id: mine.id))
            case 1:
                host[place].bodyHash[Int.random(in: 0..<32, using: &random)] ^= 1
                expected.insert(ReconciliationDifference(.bodyDiffers, sequence: mine.sequence, id: mine.id))
            case 2:
                // Another journal's record, under the same number or in place of it.
                let other = record(mine.sequence, &random)
                host.append(other)
                expected.insert(ReconciliationDifference(.unknownAtTerminal, sequence: other.sequence, id: other.id))
                if Bool.random(using: &random) {
                    host.remove(at: place)
                    expected.insert(ReconciliationDifference(.missingAtHost, sequence: mine.sequence, id: mine.id))
                }
            default: break
            }
        }
        for extra in 0..<Int.random(in: 0...2, using: &random) {
            let beyond = record(Int64(count + 1 + extra), &random)
            host.append(beyond)
            expected.insert(ReconciliationDifference(.unknownAtTerminal, sequence: beyond.sequence, id: beyond.id))
        }
        host.sort(by: ReconciledRecord.precedes)

        var comparison = ReconciliationComparison()
        var from: Int64 = 1
        let end = max(terminal.last?.sequence ?? 0, host.last?.sequence ?? 0)
        while from <= end {
            let to = from + Int64.random(in: 0...9, using: &random)
            comparison.add(
                terminal: terminal.filter { (from...to).contains($0.sequence) },
                host: host.filter { (from...to).contains($0.sequence) })
            from = to + 1
        }
        #expect(Set(comparison.differences) == expected)
        #expect(comparison.total == expected.count)
        #expect(comparison.isEmpty == expected.isEmpty)
        // The digest sees exactly what the comparison sees.
        #expect(try (digest(terminal) == digest(host)) == expected.isEmpty)
    }

    @Test("What waits at the terminal and is at the host already is no difference")
    func waiting() {
        var random = Seeded(state: 1)
        let (first, second) = (record(1, &random), record(2, &random))
        var comparison = ReconciliationComparison()
        comparison.add(terminal: [first], host: [first, second], waiting: [second.id])
        #expect(comparison.isEmpty)
    }

    @Test("However many differ, so many are named and all are counted")
    func bounded() {
        var random = Seeded(state: 2)
        var comparison = ReconciliationComparison(limit: 10)
        comparison.add(terminal: (1...500).map { record($0, &random) }, host: [])
        #expect(comparison.differences.count == 10)
        #expect(comparison.counts == [.missingAtHost: 500])
    }

    @Test("The digest is SHA-256 over what the description says")
    func digestBytes() throws {
        var random = Seeded(state: 3)
        let one = record(258, &random)
        let bytes = Data("kassa-reconciliation-1".utf8) + Data([0, 0, 0, 0, 0, 0, 1, 2]) + Data(one.id.bytes) + one.bodyHash
        #expect(try digest([one]) == Data(SHA256.hash(data: bytes)))
        #expect(try digest([]) == Data(SHA256.hash(data: Data("kassa-reconciliation-1".utf8))))
    }

    @Test("Sums are kept apart by programme, kind and currency, and never wrap")
    func sums() throws {
        var random = Seeded(state: 4)
        var summary = ReconciliationSummary()
        func add(_ programme: String?, _ kind: String, _ currency: Currency, _ amount: Int64) throws {
            try summary.add(
                record(1, &random), programme: programme, kind: kind, currency: currency, amount: amount, approved: amount - 1)
        }
        try add("b", "hold", .sek, 100)
        try add("a", "refund", .eur, 5)
        try add("b", "hold", .sek, 50)
        try add("b", "hold", .eur, 7)
        try add(nil, "torn", .sek, 3)
        #expect(
            summary.lines == [
                ReconciliationLine(programme: nil, kind: "torn", currency: .sek, count: 1, amount: 3, approved: 2),
                ReconciliationLine(programme: "a", kind: "refund", currency: .eur, count: 1, amount: 5, approved: 4),
                ReconciliationLine(programme: "b", kind: "hold", currency: .eur, count: 1, amount: 7, approved: 6),
                ReconciliationLine(programme: "b", kind: "hold", currency: .sek, count: 2, amount: 150, approved: 148),
            ])
        #expect(throws: ReconciliationSummary.Overflow.self) { try add("b", "hold", .sek, .max) }
        #expect(summary.count == 5)
    }

    @Test("A scope is a day or a range from 1", arguments: ["2026-11-21", "1-250", "7-7", "0-3", "9-2", "2026-11-31", "5", "a-b", ""])
    func scopes(_ text: String) {
        let scope = ReconciliationScope(text)
        #expect((scope != nil) == ["2026-11-21", "1-250", "7-7"].contains(text))
        if let scope { #expect(scope.description == text && scope.isWellFormed) }
        #expect(ReconciliationScope("1970-01-02")?.decided == 86_400_000...172_799_999)
    }
}
