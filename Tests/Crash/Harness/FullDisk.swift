import Foundation
import Glibc
import Store
import Synchronization

/// Fills the store's disk to the last byte, in many ways, and frees it again. The folder is a small file system.
struct FullDisk {
    struct Counts: Codable {
        var rounds = 0
        var approved = 0
        /// Payments that the full disk refused.
        var refused = 0
        /// Rounds after which the first payment with space was not approved.
        var stuck = 0
        /// Rounds with a reserve.
        var reserves = 0
        /// Commits that it could not tell the end of; each was told when asked again.
        var unknown = 0
        var slowestReturnMilliseconds = 0.0
        /// Most that a first payment with space read and wrote, its opening of the store included.
        var mostReturnBytes = 0
        var report = Report()
    }

    private(set) var counts = Counts()

    mutating func run(folder: String, rounds: Int) throws {
        Recorder.collected.withLock { $0 = [] }
        defer { Recorder.collected.withLock { $0 = nil } }
        let path = folder + "/store.sqlite"
        let checker = try Checker()
        var promises = try Promises(checker.sql)
        var findings = Findings()
        let shop = try Shop(path: path, seed: 3, lanes: 1, reserve: 131_072)
        try shop.applyPage(whole: true)
        let till = Till(shop, lane: 0)
        for round in 0..<rounds {
            counts.rounds += 1
            // Every other round the terminal has a reserve of its own to live on.
            if round % 2 == 1 { shop.store.keepReserve() }
            if shop.store.spaceStanding == .held { counts.reserves += 1 }
            // What is left differs from round to round: another write meets the end each time.
            try fill(folder + "/filler", leaving: 4096 * (round * 7 % 60))
            var inRow = 0
            for _ in 0..<200 where inRow < 5 {
                do {
                    try till.perform([.purchase, .hold, .completion, .refund][shop.pick(4)])
                    inRow = 0
                } catch is StoreError {
                    counts.refused += 1
                    inRow += 1
                }
            }
            unlink(folder + "/filler")
            counts.unknown += till.unknown.count
            try till.askAgain()
            let before = Traffic.bytes
            let start = ContinuousClock.now
            do {
                try till.perform(.purchase)
            } catch {
                counts.stuck += 1
            }
            counts.mostReturnBytes = max(counts.mostReturnBytes, Traffic.bytes - before)
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
            counts.slowestReturnMilliseconds = max(counts.slowestReturnMilliseconds, milliseconds)
            // The host takes what waits: the queue does not fill the disk for good.
            while try shop.forward() {}
            shop.store.close()
            let lines = Recorder.collected.withLock { lines in
                defer { lines = [] }
                return lines ?? []
            }
            for line in lines { try promises.take(line) }
            findings.add(try checker.check(path), at: "round \(round)")
        }
        counts.approved = till.approved
        counts.report = Report(
            points: rounds, tried: rounds, distinct: rounds, opened: rounds, findings: findings)
    }

    private func fill(_ path: String, leaving: Int) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Stop("can't fill the disk") }
        defer { Glibc.close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        var size = 0
        while true {
            let count = Glibc.write(file, block, block.count)
            guard count > 0 else { break }
            size += count
        }
        _ = ftruncate(file, max(0, size - leaving))
    }
}
