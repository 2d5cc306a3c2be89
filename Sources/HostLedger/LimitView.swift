import Core
import Foundation
import GRDB
import HostProtocol

extension LedgerTransaction {
    /// The account as `terminal` may see it.
    func limit(of account: Account, for terminal: String, now: UTCInstant) throws -> AccountLimit {
        guard let limit = try limits(of: [account], for: terminal, now: now).first else { throw LedgerError.unknownAccount }
        return limit
    }

    /// The accounts as `terminal` may see them, in their order. Records of this terminal that arrived ahead of a missing
    /// one are booked, but not yet counted (ALL-3): the terminal still reckons with them itself, so that what they did is
    /// left out here.
    func limits(of accounts: [Account], for terminal: String, now: UTCInstant) throws -> [AccountLimit] {
        guard !accounts.isEmpty else { return [] }
        let view = try LimitView(self, accounts: accounts, terminal: terminal, now: now)
        return accounts.map { view.limit($0) }
    }
}

/// What terminals may know of many accounts, gathered with one statement for each table.
private struct LimitView {
    private var purses: [String: [PurseBalance]] = [:]
    private var through: [String: Int64] = [:]
    private var bought: [String: (count: Int, amount: Int64)] = [:]
    private var allowances: [String: OfflineAllowance] = [:]
    private var instruments: [String: [InstrumentBinding]] = [:]
    private var holds: [String: [UUIDv7]] = [:]
    /// As many as terminals take. One that is left out is completed as one that has expired: on the safe side.
    private static let mostHolds = 256
    /// By programme.
    private var today: [String: String] = [:]

    init(_ books: LedgerTransaction, accounts: [LedgerTransaction.Account], terminal: String, now: UTCInstant) throws {
        let ids = String(decoding: try JSONEncoder().encode(accounts.map(\.id)), as: UTF8.self)
        for account in accounts where today[account.programme] == nil {
            today[account.programme] = books.day(account.programme, now)
        }
        let days = Dictionary(
            accounts.map { ($0.id, today[$0.programme] ?? "") }, uniquingKeysWith: { first, _ in first })
        try readPurses(books, ids)
        try readCounters(books, ids, terminal, days)
        try readInstruments(books, ids)
        // In a terminal's page a hold is open until the record that ended it counts.
        for row in try books.rows(
            """
            SELECT charge.account, charge.payment, charge.sequence FROM json_each(?) AS id
            JOIN charge ON charge.account = id.value AND charge.terminal = ?
                AND (charge.state = 'open' OR charge.ending IS NOT NULL)
            ORDER BY charge.account, charge.payment
            """, [ids, terminal])
        {
            let account: String = row[0]
            let bytes: Data = row[1]
            let sequence: Int64? = row[2]
            guard let payment = UUIDv7(bytes: Array(bytes)), sequence ?? 0 <= through[account] ?? 0,
                holds[account, default: []].count < Self.mostHolds
            else { continue }
            holds[account, default: []].append(payment)
        }
        try leaveOutAhead(books, ids, terminal, days)
    }

    private mutating func readPurses(_ books: LedgerTransaction, _ ids: String) throws {
        for row in try books.rows(
            """
            SELECT account, purse, denomination, units, valid_through FROM json_each(?) AS id
            JOIN purse ON purse.account = id.value ORDER BY account, place
            """, [ids])
        {
            let (account, denomination): (String, Int64) = (row[0], row[2])
            purses[account, default: []].append(
                PurseBalance(
                    purse: row[1], denomination: denomination == 0 ? nil : denomination, balance: row[3],
                    validThrough: (row[4] as String?).flatMap { CivilDate($0) }))
        }
    }

    private mutating func readCounters(
        _ books: LedgerTransaction, _ ids: String, _ terminal: String, _ days: [String: String]
    ) throws {
        for row in try books.rows(
            "SELECT account, through FROM json_each(?) AS id JOIN counted ON account = id.value AND terminal = ?",
            [ids, terminal])
        {
            through[row[0]] = row[1] as Int64
        }
        // The programmes' days differ by a day at most.
        for row in try books.rows(
            "SELECT account, day, count, amount FROM json_each(?) AS id JOIN purchases ON account = id.value AND day >= ?",
            [ids, days.values.min() ?? ""])
        {
            let account: String = row[0]
            if days[account] == row[1] as String { bought[account] = (row[2], row[3]) }
        }
        for row in try books.rows(
            """
            SELECT account, amount, count, per_transaction FROM json_each(?) AS id
            JOIN allowance ON account = id.value AND terminal = ?
            """, [ids, terminal])
        {
            allowances[row[0]] = OfflineAllowance(amount: row[1], count: row[2], perTransaction: row[3])
        }
    }

    private mutating func readInstruments(_ books: LedgerTransaction, _ ids: String) throws {
        for row in try books.rows(
            """
            SELECT account, pseudonym, kind, is_virtual FROM json_each(?) AS id
            JOIN instrument ON account = id.value ORDER BY account, pseudonym
            """, [ids])
        {
            let bytes: Data = row[1]
            guard let pseudonym = Pseudonym(bytes: Array(bytes)), let kind = InstrumentKind(rawValue: row[2]) else { continue }
            let isVirtual: Int64? = row[3]
            instruments[row[0], default: []].append(
                InstrumentBinding(pseudonym: pseudonym, kind: kind, isVirtual: isVirtual.map { $0 != 0 }))
        }
    }

    private mutating func leaveOutAhead(
        _ books: LedgerTransaction, _ ids: String, _ terminal: String, _ days: [String: String]
    ) throws {
        // All of them at once: what one gives back may be what another took.
        var ahead: [String: (count: Int, amount: Int64)] = [:]
        for row in try books.rows(
            "SELECT account, day, purchases, amount FROM json_each(?) AS id JOIN ahead ON account = id.value AND terminal = ?",
            [ids, terminal])
        {
            let account: String = row[0]
            guard days[account] == row[1] as String else { continue }
            let sum = ahead[account] ?? (0, 0)
            ahead[account] = (sum.count &+ (row[2] as Int), sum.amount &+ (row[3] as Int64))
        }
        for (account, sum) in ahead {
            let now = bought[account] ?? (0, 0)
            bought[account] = (max(0, now.count &- sum.count), max(0, now.amount &- sum.amount))
        }
        for row in try books.rows(
            """
            SELECT account, purse, denomination, units FROM json_each(?) AS id
            JOIN ahead_share ON account = id.value AND terminal = ?
            """, [ids, terminal])
        {
            let (account, purse, denomination, units): (String, String, Int64, Int64) = (row[0], row[1], row[2], row[3])
            guard
                let place = purses[account]?.firstIndex(where: { $0.purse == purse && $0.denomination ?? 0 == denomination }),
                let balance = purses[account]?[place].balance
            else { continue }
            let (sum, overflow) = balance.addingReportingOverflow(units)
            if !overflow { purses[account]?[place].balance = sum }
        }
    }

    func limit(_ account: LedgerTransaction.Account) -> AccountLimit {
        let counters = bought[account.id] ?? (0, 0)
        return AccountLimit(
            account: account.id, programme: account.programme, version: account.version, currency: account.currency,
            purses: purses[account.id] ?? [], status: account.status, countedThrough: through[account.id] ?? 0,
            countedDay: CivilDate(today[account.programme] ?? ""), purchasesOnCountedDay: counters.count,
            offlineAllowance: allowances[account.id], instruments: instruments[account.id] ?? [], lastDay: account.lastDay,
            amountOnCountedDay: counters.amount, openHolds: holds[account.id] ?? [], pin: account.pin)
    }
}
