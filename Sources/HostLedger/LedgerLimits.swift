import Core
import Foundation
import GRDB
import HostProtocol

extension Ledger {
    /// The page that brings a terminal up to date: what changed since its version, or everything when it has none, when
    /// its version is not this ledger's, or when what it may see has changed.
    public func limits(
        for terminal: String, since: Int64, nonce: UUIDv7, now: UTCInstant
    ) async throws(LedgerError) -> LimitPage {
        try await read { books in
            let holder = try books.terminal(terminal)
            let version = try books.version()
            let base = since > 0 && since <= version && since >= holder.changed ? since : 0
            let rows = try Row.fetchCursor(
                books.db, sql: "SELECT * FROM account WHERE version > ? ORDER BY id", arguments: [base])
            var accounts: [AccountLimit] = []
            while let row = try rows.next() {
                let account = try LedgerTransaction.Account(row)
                guard holder.programmes.contains(account.programme) else { continue }
                accounts.append(try books.limit(of: account, for: terminal, now: now))
            }
            return LimitPage(
                terminal: terminal, nonce: nonce, version: version, base: base, issuedAt: now, merchant: holder.merchant,
                enrolledProgrammes: holder.programmes, risk: holder.risk, accounts: accounts)
        }
    }
}

extension LedgerTransaction {
    /// The account as `terminal` may see it. Records of this terminal that arrived ahead of a missing one are booked,
    /// but not yet counted (ALL-3): the terminal still subtracts them, so they are added back here.
    func limit(of account: Account, for terminal: String, now: UTCInstant) throws -> AccountLimit {
        let through =
            try Int64.fetchOne(
                db, sql: "SELECT through FROM counted WHERE account = ? AND terminal = ?", arguments: [account.id, terminal])
            ?? 0
        let today = day(account.programme, now)
        let ahead = try Row.fetchOne(
            db,
            sql: """
                SELECT coalesce(sum(amount), 0) AS amount, coalesce(sum(purchases) FILTER (WHERE day = ?), 0) AS purchases
                FROM ahead WHERE account = ? AND terminal = ?
                """, arguments: [today, account.id, terminal])
        let (balance, overflow) = account.balance.addingReportingOverflow(ahead?["amount"] ?? 0)
        let allowance = try Row.fetchOne(
            db, sql: "SELECT * FROM allowance WHERE account = ? AND terminal = ?", arguments: [account.id, terminal])
        let instruments = try Data.fetchAll(
            db, sql: "SELECT pseudonym FROM instrument WHERE account = ? ORDER BY pseudonym", arguments: [account.id])
        return AccountLimit(
            account: account.id, programme: account.programme, version: account.version, currency: account.currency,
            balance: overflow ? account.balance : balance, status: account.status, countedThrough: through,
            countedDay: CivilDate(today),
            purchasesOnCountedDay: max(0, try purchases(account.id, day: today) - (ahead?["purchases"] ?? 0)),
            offlineAllowance: allowance.map {
                OfflineAllowance(amount: $0["amount"], count: $0["count"], perTransaction: $0["per_transaction"])
            },
            instruments: instruments.compactMap { Pseudonym(bytes: Array($0)) })
    }
}
