import Core

/// The marks of a site as a value: the decision that a durable store follows, and what becomes of lanes that were cut off from each
/// other. It grows by union alone, so lanes and host may tell each other in any order and as often as they like and end with the same.
public struct ReceiptMarks: Sendable, Equatable {
    public enum Answer: Sendable, Hashable {
        /// Store the mark, then tell the till.
        case taken
        /// This very acceptance is marked already: a repeated question, nothing new.
        case takenBefore
        /// The earliest acceptance of this payment that is known here.
        case used(ReceiptMark)
    }

    /// One payment that was accepted more than once. The host has debited it once and credits it once; the acceptances after the
    /// first are the merchant's loss, and are reported.
    public struct DoubleAcceptance: Sendable, Hashable {
        public let first: ReceiptMark
        /// In order of time; the same terminal may stand there again when its store was set back.
        public let others: [ReceiptMark]
    }

    public private(set) var marks: Set<ReceiptMark> = []
    private var byCode: [ReceiptCodeName: Set<ReceiptMark>] = [:]
    private var byPayment: [String: Set<ReceiptMark>] = [:]

    public init() {}

    public init(_ marks: some Sequence<ReceiptMark>) { for mark in marks { insert(mark) } }

    /// The earliest mark of the payment that a shown receipt names.
    public func used(_ code: ReceiptCodeName, payment: String?) -> ReceiptMark? {
        related(code, payment).min(by: ReceiptMark.isEarlier)
    }

    /// Accepts at one till what nobody has accepted yet, as far as is known here.
    public mutating func accept(_ mark: ReceiptMark) -> Answer {
        let before = related(mark.code, mark.payment)
        if before.contains(where: { $0.acceptance == mark.acceptance }) { return .takenBefore }
        if let first = before.min(by: ReceiptMark.isEarlier) { return .used(first) }
        insert(mark)
        return .taken
    }

    /// Takes in what other lanes have accepted.
    /// - Returns: payments that are now known to be accepted more than once and that something in `others` belongs to.
    public mutating func merge(_ others: some Sequence<ReceiptMark>) -> [DoubleAcceptance] {
        var touched: Set<ReceiptMark> = []
        for mark in others where !marks.contains(mark) {
            insert(mark)
            touched.insert(mark)
        }
        return doubles(of: touched)
    }

    /// All payments that were accepted more than once.
    public var doubles: [DoubleAcceptance] { doubles(of: marks) }

    /// Drops marks of payments before a minute; see ``ReceiptMark/keeping(validity:ahead:)``.
    public mutating func forget(before minute: Int64) {
        self = ReceiptMarks(marks.filter { $0.code.minute >= minute })
    }

    private mutating func insert(_ mark: ReceiptMark) {
        marks.insert(mark)
        byCode[mark.code, default: []].insert(mark)
        if let payment = mark.payment { byPayment[payment, default: []].insert(mark) }
    }

    /// Every mark of the payment: through the code to those that name a payment, and from there to codes it was issued with besides.
    private func related(_ code: ReceiptCodeName, _ payment: String?) -> Set<ReceiptMark> {
        var found: Set<ReceiptMark> = []
        var open = Array((byCode[code] ?? []).union(payment.flatMap { byPayment[$0] } ?? []))
        while let mark = open.popLast() {
            guard found.insert(mark).inserted else { continue }
            open += byCode[mark.code] ?? []
            open += mark.payment.flatMap { byPayment[$0] } ?? []
        }
        return found
    }

    private func doubles(of touched: Set<ReceiptMark>) -> [DoubleAcceptance] {
        var (seen, doubles): (Set<ReceiptMark>, [DoubleAcceptance]) = ([], [])
        for mark in touched where !seen.contains(mark) {
            let group = related(mark.code, mark.payment)
            seen.formUnion(group)
            // One acceptance may be told twice with the payment known only the second time.
            var acceptances: [UUIDv7: ReceiptMark] = [:]
            for member in group.sorted(by: ReceiptMark.isEarlier) where acceptances[member.acceptance] == nil {
                acceptances[member.acceptance] = member
            }
            let ordered = acceptances.values.sorted(by: ReceiptMark.isEarlier)
            guard ordered.count > 1 else { continue }
            doubles.append(DoubleAcceptance(first: ordered[0], others: Array(ordered.dropFirst())))
        }
        return doubles.sorted { ReceiptMark.isEarlier($0.first, $1.first) }
    }
}
