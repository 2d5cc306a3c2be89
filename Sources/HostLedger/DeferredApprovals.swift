import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// ALL-7: what the terminal approved though the card asked for a host that was away. The host decides now.
extension LedgerTransaction {
    func declinedLater(_ record: UUIDv7) throws -> String? {
        try row("SELECT reason FROM declined_later WHERE record = ?", [Data(record.bytes)])?["reason"]
    }

    func decideDeferred(_ record: JournalRecord, receivedAt: UTCInstant, now: UTCInstant) throws -> Effect {
        let account = try record.account.flatMap { try self.account($0) }
        let terminal = try self.terminal(record.terminal)
        if let refusal = try refusal(record, account: account, terminal: terminal, receivedAt: receivedAt) {
            try run("INSERT INTO declined_later VALUES (?, ?)", [Data(record.id.bytes), refusal.rawValue])
            try alarm(.declinedLater, record, refusal.rawValue, at: now)
            // One that a collection has paid is nobody's concern any more.
            if try due(record.payment) != 0 {
                try openCase(
                    .declinedLater, terminal: record.terminal, record: record.id, payment: record.payment,
                    note: refusal.rawValue, at: now)
            }
            if let account {
                try open(
                    record.payment, .purchase, state: .declined, account: account.id, terminal: terminal,
                    amount: .zero(record.approved.currency), day: day(account.programme, record.decidedAt), shares: [])
            }
            return .none
        }
        guard let account else { throw RecordRefusal(reason: "unknownAccount") }
        let taken = try shares(record, of: account, amount: record.approved)
        let effect = Effect(
            taken: taken, day: day(account.programme, record.decidedAt), purchases: 1, amount: try taken.money())
        var occasion = occasion(record, programme: account.programme, receivedAt: receivedAt, now: now)
        occasion.fees = ChargeFees(record.lines, currency: account.currency)
        try move(account, taken: taken, record: record, occasion)
        try countPurchase(account.id, day: effect.day ?? "", purchases: 1, amount: effect.amount)
        let fresh = try open(
            record.payment, .purchase, state: .booked, account: account.id, terminal: terminal, amount: record.approved,
            day: effect.day ?? "", shares: taken)
        if !fresh { try alarm(.paymentReused, record, "account \(account.id)", at: now) }
        try cancelCollections(of: record.payment, terminal: record.terminal, now: now)
        return effect
    }

    /// Nil when the host stands behind it.
    private func refusal(
        _ record: JournalRecord, account: Account?, terminal: Terminal, receivedAt: UTCInstant
    ) throws -> Reason? {
        // Collected before these books heard of it: never both.
        guard try collected(of: record.payment, terminal: record.terminal) == 0 else { return .collectionNotDue }
        guard let account, !account.isRemoved, let instrument = record.instrument,
            try self.account(of: instrument)?.id == account.id
        else { return .unknownInstrument }
        guard terminal.programmes.contains(account.programme), let programme = programmes[account.programme] else {
            return .merchantNotEnrolled
        }
        if let stopped = try stopped(instrument) { return stopped }
        var expiry = account.expiry
        if record.sealedEvidence != nil || record.split == nil {
            guard let sealed = record.sealedEvidence, let evidence = try? cards.open(sealed, payment: record.payment),
                cards.instrument(evidence) == instrument,
                record.fits(cardAmount: evidence.amount)
            else { return .cardDataInvalid }
            guard cards.isAuthentic(evidence) else { return .cardNotAuthentic }
            expiry = evidence.expiry ?? expiry
        }
        // Judged by the day of the purchase, not by that of its arrival.
        let then = min(record.decidedAt, receivedAt)
        let state = try self.state(of: account, uncounted: .none, now: then)
        // What was left out of it then (CARD-9, CARD-11) is not asked for now.
        let decision = programme.authorise(
            PurchaseRequest(amount: record.approved, acceptsVoucherLoss: true), account: state, cardExpiry: expiry,
            merchantCategory: terminal.merchantCategory, rates: try rates(), now: then)
        guard decision.approved, decision.approvedAmount == record.approved else {
            return decision.approved ? .insufficientFunds : decision.reason
        }
        // The receipt names the split: it is that one, or none.
        let covered = try shares(record, of: account, amount: record.approved).allSatisfy { share in
            state.units(share.purse, denomination: share.denomination).map { share.units <= $0 } ?? false
        }
        return covered ? nil : .insufficientFunds
    }
}
