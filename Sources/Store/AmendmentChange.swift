import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What an approved amendment does to the earlier payment and to its account. A second line behind the rules: what does not
/// fit the payment is ``StoreError/wrongState``.
struct AmendmentChange {
    let record: JournalRecord.Kind
    /// What the record takes, or gives back.
    let split: [PurseShare]
    /// Nil: no purse changes here; a refund is the host's to credit (CARD-13).
    let spend: Spend?
    let exposure: Int64
    private let state: StoredPayment.State?
    private let taken: Money
    private let refunded: Money

    init(
        _ kind: Amendment.Kind, _ decision: Decision, _ earlier: EarlierRow, _ programme: Programme?
    ) throws(StoreError) {
        let held = earlier.payment
        let amount = decision.approvedAmount
        guard !amount.isNegative, amount.currency == held.amount.currency else { throw .wrongState }
        let isEndOfHold = kind == .completion || kind == .release
        guard held.state == (isEndOfHold ? .held : .paid) else { throw .wrongState }
        // Counts with the day of the hold, whose purchase it was; the others with none.
        let day = isEndOfHold ? programme.map { $0.day(of: earlier.decidedAt) } : nil
        let hold = earlier.sequence.map { (payment: held.payment, sequence: $0) }

        switch kind {
        case .completion:
            guard amount.minorUnits <= held.amount.minorUnits else { throw .wrongState }
            record = .completion
            split = AmendmentChange.share(decision, held)
            spend = Spend(
                day: day, offline: !earlier.online, hold: hold,
                lines: try Spend.lines(final: split, insteadOf: held.split))
            state = .completed
            taken = amount
            refunded = held.refunded
            // The hold's exposure stands for it, or its host does.
            exposure = held.isReserved ? 0 : amount.minorUnits
        case .release:
            record = .release
            split = held.split
            spend = Spend(
                day: day, offline: !earlier.online, hold: hold, lines: try Spend.lines(final: [], insteadOf: held.split))
            state = .released
            taken = .zero(held.amount.currency)
            refunded = held.refunded
            exposure = 0
        case .refund:
            guard let sum = try? held.refunded.adding(amount), sum.minorUnits <= held.amount.minorUnits else {
                throw .wrongState
            }
            record = .refund
            split = AmendmentChange.share(decision, held)
            spend = nil
            state = nil
            taken = held.amount
            refunded = sum
            exposure = 0
        case .void:
            guard held.refunded.minorUnits == 0 else { throw .wrongState }
            record = .void
            split = held.split
            var lines: [SpendLine] = []
            // Given back here at once, until the host's balance says so. Not a deferred purchase: the host may have declined it
            // meanwhile, and then took nothing that could be given back.
            for share in held.split where !earlier.isDeferred { lines.append(SpendLine(try share.negated())) }
            spend = Spend(offline: !earlier.online, lines: lines)
            state = .voided
            taken = .zero(held.amount.currency)
            refunded = held.refunded
            exposure = 0
        }
    }

    /// The rules' split; of a payment by one purse of money, that purse.
    private static func share(_ decision: Decision, _ held: EarlierPayment) -> [PurseShare] {
        guard decision.split.isEmpty, let only = held.split.first, held.split.count == 1, only.denomination == nil,
            only.units == only.money, only.money == held.amount.minorUnits
        else { return decision.split }
        let amount = decision.approvedAmount.minorUnits
        return [PurseShare(purse: only.purse, units: amount, money: amount)]
    }

    func apply(_ database: Database, to original: UUIDv7) throws {
        guard let state else {
            try database.cachedStatement(sql: "UPDATE payment SET refunded = ? WHERE id = ?")
                .execute(arguments: [refunded.minorUnits, Data(original.bytes)])
            return
        }
        try database.cachedStatement(sql: "UPDATE payment SET state = ?, taken = ? WHERE id = ?")
            .execute(arguments: [state.rawValue, taken.minorUnits, Data(original.bytes)])
        guard state == .completed else { return }
        try database.cachedStatement(sql: "UPDATE payment SET split = ? WHERE id = ?")
            .execute(arguments: [StoredText.split(split), Data(original.bytes)])
    }
}
