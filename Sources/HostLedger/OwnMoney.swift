import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// Loading and redeeming own money (WAL-5, WAL-7).
extension SQLiteLedger {
    /// WAL-5: loads own money, within the programme's limits of this person's loads; CARD-2: never above the cap.
    /// - Throws: ``LedgerError/refused(_:)`` with the rule's reason.
    public func load(_ amount: Money, account: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            let held = try books.present(account)
            guard let programme = books.programmes[held.programme], let rules = programme.load else {
                throw LedgerError.refused("loadNotAllowed")
            }
            let purse = try books.ownMoney(programme)
            let holder = held.person ?? held.id
            let verdict = rules.load(
                amount, tally: try books.tally(holder, programme, now: now), now: now, zone: programme.timeZone)
            if let refusal = verdict.ruling.refusal { throw LedgerError.refused(refusal.reason.rawValue) }
            try books.checkCap(held, credit: amount.minorUnits)
            if try !books.purses(of: account).contains(where: { $0.purse == purse }) {
                try books.openPurse(PurseBalance(purse: purse, balance: 0), of: account)
            }
            let gain = PurseShare(purse: purse, units: amount.minorUnits, money: amount.minorUnits)
            try books.move(held, taken: try [gain].negated(), Occasion("load", at: now))
            try books.run(
                "INSERT OR REPLACE INTO load_tally VALUES (?, ?, ?, ?, ?)",
                [
                    holder, programme.id, verdict.tally.day.description, verdict.tally.onDay.minorUnits,
                    verdict.tally.inYear.minorUnits,
                ])
            try books.touch(account)
        }
    }

    /// WAL-7: pays own money out, less the fee.
    /// - Returns: what is paid out.
    /// - Throws: ``LedgerError/refused(_:)`` with the rule's reason.
    public func redeem(_ amount: Money, account: String, now: UTCInstant) async throws(LedgerError) -> Money {
        try await write { books in
            let held = try books.present(account)
            guard let programme = books.programmes[held.programme], let rules = programme.redemption else {
                throw LedgerError.refused("redemptionNotAllowed")
            }
            let purse = try books.ownMoney(programme)
            let there = try books.purses(of: account).first { $0.purse == purse }?.balance ?? 0
            let verdict = rules.redeem(amount, ownMoney: Money(minorUnits: there, currency: held.currency))
            if let refusal = verdict.ruling.refusal { throw LedgerError.refused(refusal.reason.rawValue) }
            func taken(_ money: Money) -> [PurseShare] {
                [PurseShare(purse: purse, units: money.minorUnits, money: money.minorUnits)]
            }
            // Two entries: the fee stays apart from what is paid out (CARD-20).
            try books.move(held, taken: taken(verdict.paidOut), Occasion("redemption", at: now))
            try books.move(held, taken: taken(verdict.fee), Occasion("fee", at: now))
            try books.touch(account)
            return verdict.paidOut
        }
    }
}

extension LedgerTransaction {
    fileprivate func ownMoney(_ programme: Programme) throws -> String {
        guard let purse = programme.purses.first(where: { $0.kind == .ownMoney }) else {
            throw LedgerError.malformed(field: "purse")
        }
        return purse.id
    }

    fileprivate func tally(_ holder: String, _ programme: Programme, now: UTCInstant) throws -> LoadTally {
        guard
            let row = try row("SELECT * FROM load_tally WHERE holder = ? AND programme = ?", [holder, programme.id]),
            let day = CivilDate(row["day"] as String)
        else { return LoadTally(day: programme.day(of: now), currency: programme.currency) }
        return LoadTally(
            day: day, onDay: Money(minorUnits: row["on_day"], currency: programme.currency),
            inYear: Money(minorUnits: row["in_year"], currency: programme.currency))
    }
}
