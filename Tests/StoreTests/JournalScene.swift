import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import Store

/// A store with records of each kind of place: acknowledged, waiting, quarantined.
extension StoreScene {
    /// Plays a shop's day: `count` payments of random outcome.
    func fillJournal(_ count: Int, seed: UInt64 = 1) throws {
        var random = Dice(seed)
        try page([account(balance: 100_000_000, version: 1, allowance: generous)], version: 1)
        for number in 0..<count {
            now = TrustedTime(instant: now.instant.advanced(byMilliseconds: 1000), anchored: true)
            let payment = try begin(100, reference: "till-\(number)")
            switch random.below(4) {
            case 0:
                _ = try store.settle(closing(payment, 100)) { _, _ in
                    .hostUnknown(.declined(sek(100), rule: "ALL-10", reason: .hostOutcomeUnknown))
                }
            case 1:
                _ = try store.settle(closing(payment, 100)) { _, _ in
                    .torn(.declined(sek(100), rule: "ALL-7", reason: .cardRemoved))
                }
            default: _ = try settle(payment, 100)
            }
        }
    }

    private var generous: OfflineAllowance {
        OfflineAllowance(amount: 10_000_000, count: 100_000, perTransaction: 30_000)
    }

    /// The host's word on the oldest `count` records.
    func acknowledge(oldest count: Int) throws {
        try store.settle(
            store.pending(limit: count).map {
                RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
            })
    }

    /// Deletes what is older than `days`, step by step.
    @discardableResult
    func purge(days: Int64, anchored: Bool = true) throws -> PurgeStep {
        var sum = PurgeStep()
        let walk = try store.walkJournal()
        let time = TrustedTime(instant: now.instant, anchored: anchored)
        repeat {
            let step = try store.purgeJournal(
                before: now.instant.advanced(byMilliseconds: -days * 86_400_000), proven: walk, now: time)
            sum.purged += step.purged
            (sum.goesOn, sum.fault, sum.stop) = (step.goesOn, step.fault, step.stop)
        } while sum.goesOn
        return sum
    }

    /// Deletes the payments that are older than `days` and that nothing needs.
    func purgePayments(days: Int64) throws -> Int {
        var (purged, after) = (0, UUIDv7?.none)
        repeat {
            let step = try store.purgePayments(
                before: now.instant.advanced(byMilliseconds: -days * 86_400_000), after: after, now: now)
            purged += step.purged
            after = step.next
        } while after != nil
        return purged
    }

    /// A copy of the closed file, with its journal proved by the same key.
    func copy(_ name: String) throws -> (path: String, store: PaymentStore) {
        store.close()
        let path = folder.appending(path: name).path
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: store.path, toPath: path)
        return (path, PaymentStore(path: path, terminal: "T1", seal: store.seal))
    }
}

/// SplitMix64: the same throws for the same seed.
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
