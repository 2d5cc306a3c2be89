import Core
import Foundation
import HostProtocol
import Programmes
import Simulation
import Testing

@Suite("ALL-3: what is available, over random interleavings against a model that sums everything anew")
struct InterleavingTests {
    /// How many interleavings; the seeds are 1, 2, 3, … and stand with each failure.
    static let count = ProcessInfo.processInfo.environment["KASSA_INTERLEAVINGS"].flatMap { Int($0) } ?? 800

    @Test("Available never differs, never goes negative; no spend is lost or counted twice")
    func interleavings() throws {
        let folder = try Folder()
        let programmes = try Programme.shipped()
        var coverage = Coverage()
        var seed: UInt64 = 1
        while coverage.interleavings < InterleavingTests.count {
            let shop = Interleavings(seed: seed, folder: folder.url, programmes: programmes)
            do {
                try shop.run()
            } catch {
                Issue.record("\(error)")
                return
            }
            coverage.add(shop.coverage)
            seed += 1
        }
        print(coverage.report)
        #expect(coverage.shortest >= 50)
        // Fewer (mutants) are not enough to meet everything.
        guard InterleavingTests.count >= 800 else { return }
        for event in SimulatedEvent.allCases { #expect(coverage.count(event) > 0, "\(event) never happened") }
        #expect(coverage.pairsSeen * 2 > Coverage.pairsPossible, "\(coverage.pairsSeen) pairs of events")
    }

    @Test("A hold that came ahead and expired before it counted: what it gives back is shown with it", arguments: [2_003_508])
    func keptSeeds(_ seed: UInt64) throws {
        let folder = try Folder()
        try Interleavings(seed: seed, folder: folder.url, programmes: try Programme.shipped()).run()
    }

    @Test("The same seed gives the same histories")
    func replay() throws {
        let folder = try Folder()
        let programmes = try Programme.shipped()
        let reports = try (0..<2).map { _ in
            let shop = Interleavings(seed: 77, folder: folder.url, programmes: programmes)
            try shop.run()
            return shop.coverage.report
        }
        #expect(reports[0] == reports[1])
    }

    @Test("Two lanes at once: what is read and what is written is one transaction, so money for one pays one")
    func race() throws {
        let folder = try Folder()
        let programme = try #require(try Programme.shipped().first)
        let result = try LaneRace.run(rounds: 1000, folder: folder.url, programme: programme)
        #expect(result == LaneRace.Result())
    }

    @Test("A look at a record's bytes finds what decoding it finds")
    func glance() throws {
        var random = SplitMix64(seed: 5)
        for kind: JournalRecord.Kind in [.offlineApproval, .hold, .completion, .refund, .torn] {
            for count in 0..<4 {
                let split = (0..<count).map { place in
                    PurseShare(
                        purse: "purse\(place)", denomination: place == 1 ? 20 : nil, units: Int64(random.next() % 1000),
                        money: Int64(random.next() % 1000))
                }
                let money = Money(minorUnits: 5, currency: .eur)
                let record = JournalRecord(
                    id: id(1), kind: kind, terminal: "T1", sequence: 7, payment: id(2), reference: "till",
                    merchant: "M1", programme: "p", account: count == 0 ? nil : "A1",
                    accountSequence: count == 0 ? nil : Int64(count), instrument: nil, amount: money, approved: money,
                    rule: "ALL-7", reason: "approvedOffline", authorisationCode: nil,
                    decidedAt: UTCInstant(milliseconds: 1), sealedEvidence: nil, split: split.isEmpty ? nil : split,
                    lines: [ChargeLine(kind: .hold, amount: money)])
                let glance = try #require(RecordGlance(record.encoded()))
                #expect(glance.kind == kind.rawValue)
                #expect(glance.sequence == record.accountSequence)
                #expect(glance.split == split)
            }
        }
    }

    private func id(_ byte: UInt8) -> UUIDv7 { UUIDv7(milliseconds: 1, random: [UInt8](repeating: byte, count: 10)) }
}

/// A folder of its own in memory where there is one: what is proved here is arithmetic, not the disk.
final class Folder {
    let url: URL

    init() throws {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        let parent = memory ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
        url = parent.appending(path: "kassad-simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
