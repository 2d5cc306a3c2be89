import Core
import HostProtocol
import Testing

@testable import Programmes

/// The split against answers that are too simple to be wrong, on small purses.
@Suite("Split against brute force")
struct SplitOracleTests {
    /// What these purses could pay of the needs at most: by Hall's theorem the least, over all sets of goods, of what
    /// the purses that pay for any of them hold and what the other goods cost.
    static func most(_ needs: [(String, Int64)], _ purses: [(pays: Set<String>, holds: Int64)]) -> Int64 {
        (0..<(1 << needs.count)).map { set in
            let inside = needs.indices.filter { set & (1 << $0) != 0 }
            let outside = needs.indices.filter { set & (1 << $0) == 0 }.reduce(Int64(0)) { $0 + needs[$1].1 }
            let names = Set(inside.map { needs[$0].0 })
            return outside + purses.filter { !$0.pays.isDisjoint(with: names) }.reduce(0) { $0 + $1.holds }
        }.min() ?? 0
    }

    @Test("WAL-9: each purse gives as much as it can after those before it, and together nothing more could be paid")
    func money() throws {
        let goods = ["a", "b", "c"]
        for seed in 0..<600 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let purses = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (pays: Set(goods.filter { _ in random.chance(55) }), holds: Int64.random(in: 0...6, using: &random))
            }.map { $0.pays.isEmpty ? (pays: Set(goods), holds: $0.holds) : $0 }
            let needs = goods.filter { _ in random.chance(80) }.map { ($0, Int64.random(in: 1...6, using: &random)) }
            guard !needs.isEmpty else { continue }
            let file = try programme(
                purses.enumerated().map { place, purse in moneyPurses(("p\(place)", purse.pays.sorted())) }.joined())
            var scene = Scene.of(file, purses.enumerated().map { ("p\($0)", $1.holds) }, eur("0.01"))
            scene.request.basket = needs.map {
                BasketLine(amount: Money(minorUnits: $0.1, currency: .eur), category: $0.0)
            }
            scene.amount = try Money.sum(scene.request.basket.map(\.amount), currency: .eur)
            scene.request.allowsPartial = true
            // The largest sums of the first purse, the first two, … tell what each gives.
            let sums = (0...purses.count).map { Self.most(needs, Array(purses.prefix($0))) }
            let split = purses.indices.map { share("p\($0)", sums[$0 + 1] - sums[$0]) }.filter { $0.money > 0 }
            let total = sums[purses.count]
            let decision = try scene.decide()
            #expect(decision.split == split, "seed \(seed)")
            #expect(decision.approvedAmount.minorUnits == total, "seed \(seed)")
            scene.request.allowsPartial = false
            // What no purse pays for is not asked of them (CARD-9).
            let eligible = needs.filter { need in purses.contains { $0.pays.contains(need.0) } }.reduce(0) { $0 + $1.1 }
            #expect(try scene.decide().approved == (total > 0 && total == eligible), "seed \(seed)")
        }
    }

    /// Every way to lay the vouchers: total and number.
    static func ways(_ stock: [(value: Int64, count: Int64)]) -> [(total: Int64, used: Int64)] {
        stock.reduce([(0, 0)]) { ways, line in
            ways.flatMap { way in (0...line.count).map { (way.total + $0 * line.value, way.used + $0) } }
        }
    }

    @Test("SMA-4: the nearest sum without passing it, with the fewest vouchers; with the loss accepted, the least loss")
    func vouchers() {
        for seed in 0..<600 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let values: Set<Int64> = Set((0..<3).map { _ in Int64.random(in: 1...9, using: &random) })
            let stock = values.sorted(by: >).map { (value: $0, count: Int64.random(in: 0...4, using: &random)) }
            let due = Int64.random(in: 1...40, using: &random)
            let ways = Self.ways(stock)
            let within = VoucherChoice.within(due, stock: stock)
            let best = ways.filter { $0.total <= due }.max { ($0.total, -$0.used) < ($1.total, -$1.used) }
            #expect(within.total == best?.total, "seed \(seed)")
            #expect(within.counts.reduce(0) { $0 + $1.count } == best?.used, "seed \(seed)")
            let covering = VoucherChoice.covering(due, stock: stock)
            let least = ways.filter { $0.total >= due }.min { ($0.total, $0.used) < ($1.total, $1.used) }
            #expect(covering?.total == least?.total, "seed \(seed)")
            #expect(covering?.counts.reduce(0) { $0 + $1.count } == least?.used, "seed \(seed)")
            for picked in [within, covering].compactMap({ $0 }) {
                #expect(
                    picked.counts.allSatisfy { line in
                        stock.contains { $0.value == line.value && $0.count >= line.count }
                    })
                #expect(picked.counts.reduce(0) { $0 + $1.value * $1.count } == picked.total)
            }
        }
    }

    @Test("SMA-4: at most 100 vouchers pay one price")
    func many() throws {
        var scene = Scene.smartum
        scene.limit { $0.purses = [] }
        scene.purse("vouchers", 1000, denomination: 10)
        scene.purse("balance", 5000)
        for (amount, count) in [("9.90", Int64(99)), ("10.00", 100), ("10.10", 100)] {
            scene.amount = eur(amount)
            let rest = scene.amount.minorUnits - count * 10
            let split =
                [share("vouchers", count * 10, units: count, of: 10)] + (rest > 0 ? [share("balance", rest)] : [])
            #expect(try scene.decide().split == split)
        }
    }
}
