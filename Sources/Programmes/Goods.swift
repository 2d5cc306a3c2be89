import Core
import HostProtocol

/// What of a request a programme may pay for, by kind of goods (CARD-9).
struct Goods: Sendable, Equatable {
    /// Sums by category of basket lines; without lines one sum of no category, which every purse pays for.
    var amounts: [(category: String?, amount: Money)]
    /// Their sum.
    var eligible: Money

    static func == (left: Goods, right: Goods) -> Bool {
        left.eligible == right.eligible && left.amounts.elementsEqual(right.amounts) { $0.category == $1.category && $0.amount == $1.amount }
    }
}

extension Programme {
    /// Most lines that a basket may have.
    public static let maximumBasketLines = 1000

    /// The part of the basket that this programme pays for; nil when the lines are no basket of this amount.
    func goods(of request: PurchaseRequest) -> Goods? {
        let currency = request.amount.currency
        guard !request.basket.isEmpty else { return Goods(amounts: [(nil, request.amount)], eligible: request.amount) }
        guard request.basket.count <= Programme.maximumBasketLines,
            request.basket.allSatisfy({ !$0.amount.isNegative && $0.amount.currency == currency }),
            let whole = try? Money.sum(request.basket.map(\.amount), currency: currency), whole == request.amount
        else { return nil }
        var sums: [String: Int64] = [:]
        // No overflow: the whole has been added up.
        for line in request.basket where goods.pays(for: line.category) && hasPurse(for: line.category) {
            sums[line.category, default: 0] += line.amount.minorUnits
        }
        let amounts = sums.sorted { $0.key < $1.key }.map { (category: Optional($0.key), amount: Money(minorUnits: $0.value, currency: currency)) }
        return Goods(amounts: amounts, eligible: Money(minorUnits: sums.values.reduce(0, +), currency: currency))
    }

    private func hasPurse(for category: String) -> Bool { purses.contains { $0.pays(for: category) } }

    /// What a card is asked for: nothing that this programme never pays for (CARD-9).
    public func cardAmount(of request: PurchaseRequest) -> Money { goods(of: request)?.eligible ?? request.amount }
}

extension Programme.Purse {
    /// - Parameter category: nil for goods that the checkout did not name.
    func pays(for category: String?) -> Bool {
        guard let category else { return true }
        return categories.isEmpty || categories.contains(category)
    }
}
