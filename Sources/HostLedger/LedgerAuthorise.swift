import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension SQLiteLedger {
    /// Decides an online authorisation and books an approval. Asked again with the same content it gives the same bytes;
    /// a reversal that came first makes it a decline (ALL-10).
    /// - Returns: the encoded ``AuthorisationAnswer``.
    /// - Throws: ``LedgerError/paymentReused`` when the id was used with other content or by another terminal.
    public func authorise(
        _ request: AuthorisationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [UInt8] {
        try request.check()
        let hash = try request.contentHash()
        return try await write { books in
            let holder = try books.terminal(terminal)
            let earlier = try books.authorisation(request.payment)
            if let earlier {
                guard earlier.terminal == terminal else { throw LedgerError.paymentReused }
                if let answer = earlier.answer {
                    guard earlier.requestHash == hash else { throw LedgerError.paymentReused }
                    return answer
                }
            }
            try books.expireHolds(now: now)
            let account = try books.account(of: request.instrument)
            let decision =
                earlier == nil
                ? try books.decide(request, account: account, terminal: holder, now: now)
                : .declined(request.amount, rule: "ALL-10", reason: .cancelled)
            let day = books.day(request.programme, now)
            if let account {
                let changes = try books.rules.booking(of: decision, request, from: account, terminal: holder, now: now)
                for change in changes { try books.carryOut(change, now: now) }
            }
            let bytes = try WireJSON.encode(
                LedgerRules.answer(
                    request, decision, limit: try books.shown(account?.id, to: holder, now: now),
                    incarnation: try books.incarnation(), now: now))
            let state: BookAuthorisation.State = earlier != nil ? .reversed : decision.approved ? .booked : .declined
            try books.run(
                """
                INSERT OR REPLACE INTO authorisation
                    (payment, terminal, state, request_hash, answer, account, currency, amount, day, decided_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    Data(request.payment.bytes), terminal, state.rawValue, Data(hash), Data(bytes), account?.id,
                    request.amount.currency.code,
                    decision.approved ? decision.approvedAmount.minorUnits : request.amount.minorUnits, day,
                    now.milliseconds,
                ])
            try books.release(payment: request.payment, now: now)
            return bytes
        }
    }
}

extension LedgerTransaction {
    /// The rules' answer to a request, at the true balances.
    fileprivate func decide(
        _ request: AuthorisationRequest, account: Account?, terminal: Terminal, now: UTCInstant
    ) throws -> Decision {
        var facts = DecisionFacts(
            terminal: terminal, account: account, isBound: account != nil, stopped: try stopped(request.instrument),
            rates: try rates())
        if let account {
            facts.instrument = try kind(of: request.instrument, account: account.id, at: now)
            facts.claim = try request.original.flatMap { try lateClaim(of: $0) }
            let onTheWay = try onTheWay(request, account: account.id, terminal: terminal)
            facts.state = try state(
                of: account,
                uncounted: UncountedSpends(
                    shares: onTheWay, offlineAmount: try onTheWay.money(), offlineCount: 0, purchasesToday: 0, amountToday: 0),
                now: now)
        }
        return rules.decide(request, facts, now: now)
    }

    /// The account as the rules look at it.
    func state(of account: Account, uncounted: UncountedSpends, now: UTCInstant) throws -> AccountState {
        let today = day(account.programme, now)
        let bought = try purchases(account.id, day: today)
        return AccountState(
            limit: AccountLimit(
                account: account.id, programme: account.programme, version: account.version, currency: account.currency,
                purses: try purses(of: account.id), status: account.status, countedThrough: 0, countedDay: CivilDate(today),
                purchasesOnCountedDay: bought.count, offlineAllowance: nil, instruments: [], lastDay: account.lastDay,
                amountOnCountedDay: bought.amount, pin: account.pin),
            uncounted: uncounted)
    }

    /// The account as the terminal may see it now; nil when it may not.
    fileprivate func shown(_ account: String?, to terminal: Terminal, now: UTCInstant) throws -> AccountLimit? {
        guard let account = try account.flatMap({ try self.account($0) }), terminal.programmes.contains(account.programme),
            !account.isRemoved
        else { return nil }
        return try limit(of: account, for: terminal.id, now: now)
    }

    /// ALL-3: what the asking terminal has taken from each purse and the books do not hold yet.
    private func onTheWay(
        _ request: AuthorisationRequest, account: String, terminal: Terminal
    ) throws -> [PurseShare] {
        guard let from = request.uncountedFrom else { return [] }
        let booked = try rows(
            """
            SELECT record.id, record.kind, record.body, purse, denomination, -movement.units AS units, -movement.money AS money
            FROM record JOIN entry ON entry.record = record.id JOIN movement ON movement.entry = entry.number
            WHERE record.account = ? AND record.terminal = ? AND record.account_sequence > ? AND record.image = ?
                AND record.kind NOT IN ('reversal', 'refund')
            """, [account, terminal.id, from, terminal.image]
        ).filter { try isTold($0) }.map { PurseShare($0) }
        return try LedgerRules.onTheWay(request, account: account, try purses(of: account), booked: booked)
    }

    /// Whether a terminal counts this movement among its own offline spends: not what gives back a part of what this host has
    /// authorised itself.
    private func isTold(_ row: Row) throws -> Bool {
        let (kind, body, units): (String, Data, Int64) = (row["kind"], row["body"], row["units"])
        guard units < 0, ["completion", "release", "void"].contains(kind),
            let original = try? WireJSON.decode(JournalRecord.self, from: Array(body)).original
        else { return true }
        return try authorisation(original) == nil
    }
}
