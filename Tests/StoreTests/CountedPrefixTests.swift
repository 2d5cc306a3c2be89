import Core
import Foundation
import HostProtocol
import Payments
import Testing

@testable import Store

@Suite("ALL-3: available = host balance − local spends that the host has not counted")
struct CountedPrefixTests {
    @Test("A page that counts a prefix forgets these spends and keeps the others")
    func prefix() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        for amount: Int64 in [1_000, 2_000, 4_000] { #expect(try scene.pay(amount).decision.approved) }
        #expect(try scene.state().available() == scene.sek(93_000))
        try scene.page([scene.account(balance: 97_000, version: 2, countedThrough: 2)], version: 2, base: 1)
        #expect(try scene.state().available() == scene.sek(93_000))
        #expect(try scene.state().uncounted.offlineCount == 1)
        try scene.page([scene.account(balance: 93_000, version: 3, countedThrough: 3)], version: 3, base: 2)
        #expect(try scene.state().available() == scene.sek(93_000))
        #expect(try scene.state().uncounted.offlineCount == 0)
    }

    @Test("An acknowledgement alone changes nothing: only the host's balance does")
    func acknowledged() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(1_000)
        try scene.acknowledge()
        #expect(try scene.store.queueSummary() == QueueSummary(approvals: 0, advices: 0, quarantined: 0, exposure: []))
        #expect(try scene.state().available() == scene.sek(99_000))
    }

    @Test("A quarantined record stays subtracted, visible and out of the way")
    func quarantined() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(1_000)
        try scene.acknowledge(.rejected, reason: "badBody")
        #expect(try scene.store.pending(limit: 10).isEmpty)
        #expect(try scene.store.queueSummary().quarantined == 1)
        #expect(try scene.store.queue().map(\.quarantined) == ["badBody"])
        #expect(try scene.state().available() == scene.sek(99_000))
    }

    @Test("A result for another body, or for an unknown id, removes nothing")
    func foreignResult() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(1_000)
        let id = try #require(try scene.store.pending(limit: 1).first).id
        try scene.store.settle([
            RecordResult(id: id, bodyHash: Data(repeating: 0, count: 32), outcome: .applied),
            RecordResult(id: scene.mint(), bodyHash: Data(repeating: 0, count: 32), outcome: .rejected),
        ])
        #expect(try scene.store.queueSummary().depth == 1)
    }

    @Test("A delta on another base is refused whole; an account missing from a snapshot is gone but keeps its numbers")
    func pages() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(1_000)
        #expect(throws: LimitPageRefusal.gap) {
            try scene.page([scene.account(balance: 1, version: 9)], version: 9, base: 5)
        }
        #expect(try scene.state().limit.balance == 100_000)
        try scene.page([], version: 10)
        #expect(try scene.store.account(instrument: scene.instrument, today: nil) == nil)
        #expect(try scene.store.accountCount() == 0)
        try scene.page([scene.account(version: 11)], version: 11)
        try scene.pay(1_000)
        let numbers = try scene.store.pending(limit: 10).map {
            try WireJSON.decode(JournalRecord.self, from: Array($0.body)).accountSequence
        }
        #expect(numbers == [1, 2])
    }

    /// Any order of spends, acknowledgements, pages and reopenings, against a model of the host that counts each record
    /// once: what is available never differs from the truth, and the allowance is never passed.
    @Test("Random orders of spends, pages, acknowledgements and reopenings agree with the model", arguments: 1...20)
    func random(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let scene = try StoreScene()
        var spent: [Int64] = []
        var counted = 0
        var version: Int64 = 1
        try scene.page([scene.account(version: 1)], version: 1)
        for _ in 0..<60 {
            switch random.next() % 10 {
            case 0...4:
                let amount = Int64(random.next() % 12_000) + 1
                let uncounted = spent[counted...].reduce(0, +)
                let allowed = uncounted + amount <= 50_000 && spent[counted...].count { $0 > 0 } < 5
                    && 100_000 - spent.reduce(0, +) >= amount
                let settled = try scene.pay(amount)
                // The exposure cap (100,000) is not reached within the allowance; the day allows ten, so pages count days.
                if settled.decision.approved {
                    #expect(allowed)
                    spent.append(amount)
                } else {
                    // A declined TC takes a number of the account too: for the model it is a spend of nothing.
                    #expect(!allowed || settled.decision.reason == .dailyCountExceeded
                        || settled.decision.reason == .terminalExposureExceeded)
                    spent.append(0)
                }
            case 5, 6:
                counted += Int(random.next() % UInt64(spent.count - counted + 1))
                let base = version
                version += 1
                try scene.page(
                    [scene.account(
                        balance: 100_000 - spent[..<counted].reduce(0, +), version: version, countedThrough: Int64(counted))],
                    version: version, base: random.next() % 4 == 0 ? 0 : base)
            case 7, 8: try scene.acknowledge()
            default: scene.store.close()
            }
            #expect(try scene.state().available() == scene.sek(100_000 - spent.reduce(0, +)))
        }
        #expect(try scene.store.firstBrokenLink() == nil)
    }
}

/// A small seeded generator, so that a failing order can be run again.
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
