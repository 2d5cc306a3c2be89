/// SMA-4: vouchers have fixed values, are used whole, and give no change.
enum VoucherChoice {
    /// How many of which value, largest value first.
    struct Picked: Sendable, Equatable {
        var counts: [(value: Int64, count: Int64)]
        var total: Int64

        static func == (left: Picked, right: Picked) -> Bool {
            left.total == right.total && left.counts.elementsEqual(right.counts) { $0 == $1 }
        }
    }

    /// Most sums that are looked at: beyond it the choice is by largest value first, which is still correct, only perhaps
    /// not the nearest.
    static let maximumSums = 20_000
    /// Most vouchers used in one payment.
    static let maximumVouchers: Int64 = 100

    /// The vouchers whose sum comes nearest to `amount` without passing it; of equal sums the one with the fewest.
    static func within(_ amount: Int64, stock: [(value: Int64, count: Int64)]) -> Picked {
        sums(upTo: amount, stock).filter { $0.key <= amount }.max { $0.key < $1.key }.map { picked($0.value) }
            ?? Picked(counts: [], total: 0)
    }

    /// The vouchers whose sum covers `amount` with the least loss; nil when the stock is too small.
    static func covering(_ amount: Int64, stock: [(value: Int64, count: Int64)]) -> Picked? {
        guard let largest = stock.filter({ $0.count > 0 }).map(\.value).max() else { return nil }
        let (bound, overflow) = amount.addingReportingOverflow(largest)
        guard !overflow else { return nil }
        return sums(upTo: bound, stock).filter { $0.key >= amount }.min { $0.key < $1.key }.map { picked($0.value) }
    }

    private typealias Way = (used: Int64, counts: [Int64: Int64])

    /// Each sum that can be laid, with the fewest vouchers.
    private static func sums(upTo bound: Int64, _ stock: [(value: Int64, count: Int64)]) -> [Int64: Way] {
        var ways: [Int64: Way] = [0: (0, [:])]
        // Largest values first, so that what a bounded search keeps is the useful part.
        for (value, count) in stock.sorted(by: { $0.value > $1.value }) where value > 0 && count > 0 {
            // In the order of the sums: the choice must not hang on the order of a dictionary.
            for (sum, way) in ways.sorted(by: { $0.key < $1.key }) {
                for more in 1...min(count, maximumVouchers) {
                    let (added, tooMuch) = value.multipliedReportingOverflow(by: more)
                    let (total, overflow) = sum.addingReportingOverflow(added)
                    guard !tooMuch, !overflow, total <= bound, way.used + more <= maximumVouchers else { break }
                    if let known = ways[total], known.used <= way.used + more { continue }
                    guard ways.count < maximumSums || ways[total] != nil else { break }
                    var counts = way.counts
                    counts[value] = more
                    ways[total] = (way.used + more, counts)
                }
            }
        }
        return ways
    }

    private static func picked(_ way: Way) -> Picked {
        let counts = way.counts.sorted { $0.key > $1.key }.map { (value: $0.key, count: $0.value) }
        return Picked(counts: counts, total: counts.reduce(0) { $0 + $1.value * $1.count })
    }
}
