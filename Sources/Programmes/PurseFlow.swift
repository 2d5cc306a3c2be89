/// Which purse pays which need, so that each purse in the order of use gives as much as it can without leaving due what
/// another choice would have paid.
///
/// A flow from purses to needs. A purse's payment may push what an earlier purse paid over to another need (an augmenting
/// path), but never takes from what an earlier purse gives or from what a need has got; so the totals of the purses, in
/// their order, are the largest possible, and their sum is too.
struct PurseFlow: Sendable {
    /// What each need still lacks.
    private(set) var open: [Int64]
    /// `paid[purse][need]`
    private var paid: [[Int64]]
    private let pays: [[Bool]]

    /// - Parameter pays: `pays[purse][need]`.
    init(needs: [Int64], pays: [[Bool]]) {
        open = needs
        self.pays = pays
        paid = pays.map { _ in needs.map { _ in 0 } }
    }

    /// Pays at most `amount` from `purse` to the needs in `only`.
    /// - Returns: what was paid.
    mutating func pay(from purse: Int, atMost amount: Int64, only: Range<Int>) -> Int64 {
        var left = amount
        while left > 0, let path = path(from: purse, only) {
            var step = min(left, open[path[path.count - 1].need])
            for link in path.dropLast() { step = min(step, paid[link.next][link.need]) }
            guard step > 0 else { break }
            for (place, link) in path.enumerated() {
                paid[place == 0 ? purse : path[place - 1].next][link.need] += step
                if place < path.count - 1 { paid[link.next][link.need] -= step }
            }
            open[path[path.count - 1].need] -= step
            left -= step
        }
        return amount - left
    }

    /// A need that is paid, and the purse that makes room there by going on to the next one.
    private struct Link {
        var need: Int
        var next: Int
    }

    /// The shortest way from a purse to a need that lacks something; of equal ones the first by number.
    private func path(from purse: Int, _ only: Range<Int>) -> [Link]? {
        var reached: [Int: (from: Int, before: Int?)] = [:]
        var queue: [(purse: Int, before: Int?)] = [(purse, nil)]
        var seen: Set<Int> = [purse]
        var place = 0
        while place < queue.count {
            let (giver, before) = queue[place]
            place += 1
            for need in open.indices where pays[giver][need] && reached[need] == nil {
                // A path may pass through any need, but ends only in one of those that are paid now.
                reached[need] = (giver, before)
                if only.contains(need), open[need] > 0 { return walk(back: need, reached) }
                for other in paid.indices where paid[other][need] > 0 && !seen.contains(other) {
                    seen.insert(other)
                    queue.append((other, need))
                }
            }
        }
        return nil
    }

    private func walk(back last: Int, _ reached: [Int: (from: Int, before: Int?)]) -> [Link] {
        var path = [Link(need: last, next: 0)]
        var need = last
        while let (giver, before) = reached[need], let before {
            path.append(Link(need: before, next: giver))
            need = before
        }
        return path.reversed()
    }
}
