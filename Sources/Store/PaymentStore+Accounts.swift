import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// An account with the number that its next record will carry.
struct FoundAccount {
    var state: AccountState
    var nextSequence: Int64
}

extension PaymentStore {
    /// The account that an instrument pays from, for people and tests.
    public func account(instrument: Pseudonym, today: CivilDate?) throws(StoreError) -> AccountState? {
        try readCurrent { try PaymentStore.account($0, instrument: instrument, today: today)?.state }
    }

    /// What the stop list says of an instrument (CARD-8, WAL-6).
    public func stopped(instrument: Pseudonym) throws(StoreError) -> StopReason? {
        try readCurrent { try PaymentStore.stopped($0, instrument) }
    }

    /// What an online authorisation must tell the host of this terminal's own spends (ALL-3): the prefix that the cache
    /// counts, and the offline approvals beyond it, in all and by purse. Nil for an unknown account.
    public func uncountedOffline(
        instrument: Pseudonym
    ) throws(StoreError) -> (account: String, from: Int64, amount: Int64, shares: [PurseShare])? {
        try readCurrent { database in
            guard let limit = try PaymentStore.limit(database, instrument: instrument) else { return nil }
            let sums = try PaymentStore.spends(database, beyond: limit, today: nil)
            return (limit.account, limit.countedThrough, sums.offlineAmount, sums.offlineShares)
        }
    }

    /// Accounts in the cache; 0 while the store is forward-only.
    public func accountCount() throws(StoreError) -> Int {
        guard try isCurrent() else { return 0 }
        return try readCurrent { try Int.fetchOne($0, sql: "SELECT accounts FROM terminal") ?? 0 }
    }

    // MARK: In a transaction

    static func account(_ database: Database, instrument: Pseudonym, today: CivilDate?) throws -> FoundAccount? {
        try limit(database, instrument: instrument).map { try found(database, $0, today) }
    }

    /// With no instruments: by the id that an earlier payment was booked under.
    static func account(_ database: Database, id: String, today: CivilDate?) throws -> FoundAccount? {
        let look = try database.cachedStatement(
            sql: "SELECT \(accountColumns) FROM account WHERE generation = (SELECT generation FROM terminal) AND id = ?")
        return try look.first([id]) { try limit(&$0) }.map { try found(database, $0, today) }
    }

    private static func found(_ database: Database, _ limit: AccountLimit, _ today: CivilDate?) throws -> FoundAccount {
        // Online approvals need no spend row as a rule: the host's statement that came with them includes them already.
        FoundAccount(
            state: AccountState(
                limit: limit, uncounted: try spends(database, beyond: limit, today: today).uncounted),
            nextSequence: try nextSequence(database, account: limit.account, countedThrough: limit.countedThrough))
    }

    /// The number of an account's next record: never one that was used, by this file or by an earlier one of the terminal.
    static func nextSequence(_ database: Database, account: String, countedThrough: Int64) throws -> Int64 {
        let statement = try database.cachedStatement(sql: "SELECT next_sequence FROM numbering WHERE account = ?")
        return max(try Int64.fetchOne(statement, arguments: [account]) ?? 1, countedThrough + 1)
    }

    static func raiseNumbering(_ database: Database, account: String, to next: Int64) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO numbering (account, next_sequence) VALUES (?, ?)
                ON CONFLICT (account) DO UPDATE SET next_sequence = excluded.next_sequence
                WHERE next_sequence < excluded.next_sequence
                """
        ).execute(arguments: [account, next])
    }

    static func stopped(_ database: Database, _ instrument: Pseudonym) throws -> StopReason? {
        let look = try database.cachedStatement(
            sql: "SELECT reason FROM stop WHERE generation = (SELECT generation FROM terminal) AND pseudonym = ?")
        guard let reason = try Int64.fetchOne(look, arguments: [Data(instrument.bytes)]) else { return nil }
        guard let known = UInt8(exactly: reason).flatMap({ StopReason(rawValue: $0) }) else { throw StoreError.damaged }
        return known
    }

    // MARK: Rows

    private static func limit(_ database: Database, instrument: Pseudonym) throws -> AccountLimit? {
        let look = try database.cachedStatement(
            sql: """
                SELECT \(accountColumns), kind, virtual FROM instrument
                JOIN account ON account.generation = instrument.generation AND account.id = instrument.account
                WHERE instrument.generation = (SELECT generation FROM terminal) AND pseudonym = ?
                """)
        return try look.first([Data(instrument.bytes)]) { columns in
            var limit = try limit(&columns)
            guard let kind = InstrumentKind(rawValue: try columns.value()) else { throw StoreError.damaged }
            limit.instruments = [
                InstrumentBinding(pseudonym: instrument, kind: kind, isVirtual: try columns.optional())
            ]
            return limit
        }
    }

    /// As ``limit(_:)`` reads them.
    private static let accountColumns = """
        id, programme, account.version, currency, status, last_day, purses, counted_through, counted_day, counted_purchases,
        counted_amount, allowance_amount, allowance_count, allowance_single, open_holds, pin
        """

    /// Without its instruments.
    private static func limit(_ columns: inout Columns) throws -> AccountLimit {
        let id: String = try columns.value()
        let programme: String = try columns.value()
        let version: Int64 = try columns.value()
        let currency = Currency(code: try columns.value())
        let status = AccountStatus(rawValue: try columns.value())
        guard let currency, let status else { throw StoreError.damaged }
        let lastDay = try day(&columns)
        let purses = try StoredText.purses(from: try columns.value())
        let countedThrough: Int64 = try columns.value()
        let countedDay = try day(&columns)
        let countedPurchases: Int = try columns.value()
        let countedAmount: Int64 = try columns.value()
        let amount: Int64? = try columns.optional()
        let count: Int? = try columns.optional()
        let single: Int64? = try columns.optional()
        let holds = try StoredText.holds(from: try columns.optional())
        let pin = try columns.optional(String.self).map { try StoredText.pin(from: $0) }
        return AccountLimit(
            account: id, programme: programme, version: version, currency: currency, purses: purses, status: status,
            countedThrough: countedThrough, countedDay: countedDay, purchasesOnCountedDay: countedPurchases,
            offlineAllowance: amount.map { OfflineAllowance(amount: $0, count: count ?? 0, perTransaction: single ?? 0) },
            instruments: [], lastDay: lastDay, amountOnCountedDay: countedAmount, openHolds: holds, pin: pin)
    }

    /// A day that is none would end, or open, what it should not.
    private static func day(_ columns: inout Columns) throws -> CivilDate? {
        guard let text = try columns.optional(String.self) else { return nil }
        guard let day = CivilDate(text) else { throw StoreError.damaged }
        return day
    }
}
