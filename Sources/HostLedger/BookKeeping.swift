import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

// What the rules decided, on the books.
extension LedgerTransaction {
    func carryOut(_ booking: Booking, of record: JournalRecord, _ when: RecordOccasion) throws -> Effect {
        for change in booking.changes { try carryOut(change, of: record, now: when.now) }
        return booking.effect
    }

    /// - Parameter record: whose change it is: alarms name it. What no record asks for raises none.
    func carryOut(_ change: BookChange, of record: JournalRecord? = nil, now: UTCInstant) throws {
        func warn(_ kind: AlarmKind, _ detail: String) throws {
            if let record { try alarm(kind, record, detail, at: now) }
        }
        switch change {
        case .move(let account, let taken, let occasion):
            if let record {
                try move(account, taken: taken, record: record, occasion)
            } else {
                try move(account, taken: taken, occasion)
            }
        case .count(let account, let day, let purchases, let amount):
            try countPurchase(account, day: day, purchases: purchases, amount: amount)
        case .open(let charge):
            if try !open(charge) { try warn(.paymentReused, "account \(charge.account)") }
        case .charge(let payment, let state):
            try run("UPDATE charge SET state = ? WHERE payment = ?", [state.rawValue, Data(payment.bytes)])
        case .complete(let payment, let amount, let shares):
            try run(
                "UPDATE charge SET state = ?, amount = ? WHERE payment = ?",
                [Charge.State.completed.rawValue, amount, Data(payment.bytes)])
            try setShares(shares, of: payment)
        case .giveBack(let payment, let shares, let refunded):
            for share in shares {
                try run(
                    """
                    UPDATE charge_share SET back_units = back_units + ?, back_money = back_money + ?
                    WHERE payment = ? AND purse = ? AND denomination = ?
                    """, [share.units, share.money, Data(payment.bytes), share.purse, share.denomination ?? 0])
            }
            try run("UPDATE charge SET refunded = ? WHERE payment = ?", [refunded, Data(payment.bytes)])
        case .alias(let payment, let charge):
            try run("INSERT OR IGNORE INTO charge_alias VALUES (?, ?)", [Data(payment.bytes), Data(charge.bytes)])
        case .ending(let payment, let sequence):
            try run("UPDATE charge SET ending = ? WHERE payment = ?", [sequence, Data(payment.bytes)])
        case .authorisation(let payment, let state):
            try run("UPDATE authorisation SET state = ? WHERE payment = ?", [state.rawValue, Data(payment.bytes)])
        case .neverAuthorise(let payment, let terminal):
            try run(
                "INSERT INTO authorisation (payment, terminal, state, decided_at) VALUES (?, ?, 'reversed', ?)",
                [Data(payment.bytes), terminal, now.milliseconds])
        case .release(let payment): try release(payment: payment, now: now)
        case .authorised(let account, let day): if let record { try noteAuthorised(record, account: account, day: day) }
        case .collect(let payment, let original): try noteCollection(payment, of: original, now: now)
        case .reopenCollected(let payment): try reopenCollected(by: payment, now: now)
        case .forgive(let payment, let refunded):
            try run("UPDATE charge SET refunded = ? WHERE payment = ?", [refunded, Data(payment.bytes)])
            if try due(payment) == 0 { try closeDeclined(payment, why: "given back", now: now) }
        case .declineLater(let reason):
            guard let record else { break }
            try run("INSERT INTO declined_later VALUES (?, ?)", [Data(record.id.bytes), reason.rawValue])
            // One that a collection has paid is nobody's concern any more.
            guard try due(record.payment) != 0 else { break }
            try openCase(
                .declinedLater, terminal: record.terminal, record: record.id, payment: record.payment, note: reason.rawValue,
                at: now)
        case .alarm(let kind, let detail): try warn(kind, detail)
        case .touch(let account): try touch(account)
        }
    }

    /// Moves the purses, and raises what should not have happened.
    func move(_ account: Account, taken: [PurseShare], record: JournalRecord, _ occasion: Occasion) throws {
        let found = try move(account, taken: taken, occasion)
        let takes = Set(taken.filter { $0.units > 0 }.map { PurseLine($0) })
        for line in found.unknown {
            try alarm(.purseUnknown, record, "account \(account.id), purse \(line.purse)", at: occasion.now)
        }
        if !takes.isDisjoint(with: found.overdrawn) {
            try alarm(.overspent, record, "account \(account.id)", at: occasion.now)
        }
    }

    func declinedLater(_ record: UUIDv7) throws -> String? {
        try row("SELECT reason FROM declined_later WHERE record = ?", [Data(record.bytes)])?["reason"]
    }

    /// CARD-2: a credit never passes the programme's cap on what an account holds in money.
    func checkCap(_ account: Account, credit: Int64) throws {
        try rules.checkCap(account, try purses(of: account.id), credit: credit)
    }
}
