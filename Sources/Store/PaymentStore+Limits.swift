import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes

/// An account with the number that its next record will carry.
struct FoundAccount {
    var state: AccountState
    var nextSequence: Int64
}

extension PaymentStore {
    public func limitVersion() throws(StoreError) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT limit_version FROM terminal") ?? 0 }
    }

    /// Applies a verified page in one transaction, whole or not at all.
    /// - Throws: ``StoreError`` of the disk, or ``LimitPageRefusal``; a page for another terminal is stale.
    public func apply(_ page: LimitPage, anchor: TrustedClock.Anchor) throws {
        guard page.terminal == terminal else { throw LimitPageRefusal.stale }
        let refusal: LimitPageRefusal? = try write { database in
            let have = try Int64.fetchOne(database, sql: "SELECT limit_version FROM terminal") ?? 0
            if page.base != 0 && page.base != have { return .gap }
            if page.base != 0 && page.version < have { return .stale }
            if page.base == 0 {
                // A host that was restored counts its versions anew: what it says now is the truth.
                let restored = page.version < have
                try database.execute(
                    sql: restored ? "UPDATE account SET removed = 1, version = 0" : "UPDATE account SET removed = 1")
                try database.execute(sql: "DELETE FROM instrument")
            }
            for account in page.accounts { _ = try PaymentStore.upsert(database, account) }
            let facts = TerminalFacts(
                merchant: page.merchant, enrolledProgrammes: page.enrolledProgrammes, risk: page.risk)
            try database.execute(
                sql: "UPDATE terminal SET limit_version = ?, facts = ?, synced_at = ?",
                arguments: [page.version, Data(try WireJSON.encode(facts)), page.issuedAt.milliseconds])
            try PaymentStore.observe(database, anchor)
            return nil
        }
        forgetFacts()
        if let refusal { throw refusal }
    }

    /// A fresh, signed host time: the clock's new anchor.
    public func observe(_ anchor: TrustedClock.Anchor) throws(StoreError) {
        try write { try PaymentStore.observe($0, anchor) }
    }

    /// The trusted clock as stored.
    public func clock() throws(StoreError) -> TrustedClock {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT anchor, high_water FROM terminal") else {
                throw StoreError.damaged
            }
            let anchor = try row.optional("anchor", as: Data.self).map {
                try WireJSON.decode(TrustedClock.Anchor.self, from: Array($0))
            }
            return TrustedClock(anchor: anchor, highWater: UTCInstant(milliseconds: try row.value("high_water")))
        }
    }

    /// The terminal's state for the checks before a card is read.
    public func terminalState(
        currency: Currency, now: TrustedTime, hostReachable: Bool
    ) throws(StoreError) -> TerminalState {
        try read { try terminalState($0, currency: currency, now: now, hostReachable: hostReachable) }
    }

    /// The account that an instrument pays from, for people and tests.
    public func account(instrument: Pseudonym, today: CivilDate?) throws(StoreError) -> AccountState? {
        try read { try PaymentStore.account($0, instrument: instrument, today: today)?.state }
    }

    /// What an online authorisation must tell the host of this terminal's own spends (ALL-3): the prefix that the cache
    /// counts, and the offline approvals beyond it. Nil for an unknown account.
    public func uncountedOffline(instrument: Pseudonym) throws(StoreError) -> (from: Int64, amount: Int64)? {
        try read { database in
            try PaymentStore.account(database, instrument: instrument, today: nil).map {
                ($0.state.limit.countedThrough, $0.state.uncounted.offlineAmount)
            }
        }
    }

    /// Accounts in the cache.
    public func accountCount() throws(StoreError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM account WHERE removed = 0") ?? 0 }
    }

    // MARK: In a transaction

    func terminalState(
        _ database: Database, currency: Currency, now: TrustedTime, hostReachable: Bool
    ) throws -> TerminalState {
        let facts = try terminalFacts(database)
        let exposure = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT amount FROM exposure WHERE currency = ?"), arguments: [currency.code])
        return TerminalState(
            enrolledProgrammes: Set(facts?.enrolledProgrammes ?? []),
            risk: facts?.risk ?? TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0),
            exposure: exposure ?? 0, cacheAge: try cacheAge(database, now), hostReachable: hostReachable)
    }

    /// Milliseconds of trusted time since the last page; nil when there never was one; negative when the page
    /// is dated ahead (ALL-4).
    func cacheAge(_ database: Database, _ now: TrustedTime) throws -> Int64? {
        let statement = try database.cachedStatement(sql: "SELECT synced_at FROM terminal WHERE synced_at IS NOT NULL")
        return try Int64.fetchOne(statement).map {
            now.instant.millisecondsSince(UTCInstant(milliseconds: $0))
        }
    }

    static func observe(_ database: Database, _ anchor: TrustedClock.Anchor) throws {
        try database.execute(
            sql: "UPDATE terminal SET anchor = ?, high_water = ?",
            arguments: [Data(try WireJSON.encode(anchor)), anchor.hostTime.milliseconds])
    }

    /// Takes the newer of what is cached and what comes, and forgets spends that the new balance includes (ALL-3).
    /// - Returns: false when the cache held a newer state, which it keeps.
    static func upsert(_ database: Database, _ limit: AccountLimit) throws -> Bool {
        let upsert = try database.cachedStatement(
            sql: """
                INSERT INTO account (id, programme, version, currency, balance, status, counted_through, counted_day,
                    counted_purchases, allowance_amount, allowance_count, allowance_single, removed, next_sequence)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?7 + 1)
                ON CONFLICT (id) DO UPDATE SET programme = ?2, version = ?3, currency = ?4, balance = ?5, status = ?6,
                    counted_through = ?7, counted_day = ?8, counted_purchases = ?9, allowance_amount = ?10,
                    allowance_count = ?11, allowance_single = ?12, removed = 0,
                    next_sequence = MAX(next_sequence, ?7 + 1)
                WHERE version <= ?3
                """)
        try upsert.execute(arguments: [
            limit.account, limit.programme, limit.version, limit.currency.code, limit.balance, limit.status.rawValue,
            limit.countedThrough, limit.countedDay?.description, limit.purchasesOnCountedDay,
            limit.offlineAllowance?.amount, limit.offlineAllowance?.count, limit.offlineAllowance?.perTransaction,
        ])
        guard database.changesCount == 1 else {
            // Older than the cache, which an authorisation has moved on: its instruments still count.
            try database.execute(sql: "UPDATE account SET removed = 0 WHERE id = ?", arguments: [limit.account])
            try bind(database, limit)
            return false
        }
        try database.cachedStatement(sql: "DELETE FROM spend WHERE account = ? AND account_sequence <= ?")
            .execute(arguments: [limit.account, limit.countedThrough])
        try bind(database, limit)
        return true
    }

    private static func bind(_ database: Database, _ limit: AccountLimit) throws {
        try database.cachedStatement(sql: "DELETE FROM instrument WHERE account = ?").execute(arguments: [limit.account])
        let insert = try database.cachedStatement(sql: "INSERT OR REPLACE INTO instrument (pseudonym, account) VALUES (?, ?)")
        for instrument in limit.instruments {
            try insert.execute(arguments: [Data(instrument.bytes), limit.account])
        }
    }

    static func account(_ database: Database, instrument: Pseudonym, today: CivilDate?) throws -> FoundAccount? {
        let look = try database.cachedStatement(
            sql: """
                SELECT account.* FROM instrument JOIN account ON account.id = instrument.account
                WHERE instrument.pseudonym = ? AND removed = 0
                """)
        guard let row = try Row.fetchOne(look, arguments: [Data(instrument.bytes)]) else { return nil }
        guard let currency = Currency(code: try row.value("currency")),
            let status = AccountStatus(rawValue: try row.value("status"))
        else {
            throw StoreError.damaged
        }
        var allowance: OfflineAllowance?
        if let amount = try row.optional("allowance_amount", as: Int64.self) {
            allowance = OfflineAllowance(
                amount: amount, count: try row.optional("allowance_count") ?? 0,
                perTransaction: try row.optional("allowance_single") ?? 0)
        }
        let limit = AccountLimit(
            account: try row.value("id"), programme: try row.value("programme"), version: try row.value("version"),
            currency: currency, balance: try row.value("balance"), status: status, countedThrough: try row.value("counted_through"),
            countedDay: try row.optional("counted_day", as: String.self).flatMap { CivilDate($0) },
            purchasesOnCountedDay: try row.value("counted_purchases"), offlineAllowance: allowance, instruments: [instrument])
        let sums = try database.cachedStatement(
            sql: """
                SELECT COALESCE(SUM(amount), 0) AS amount, COALESCE(SUM(amount * offline), 0) AS alone,
                    COALESCE(SUM(offline), 0) AS count, COALESCE(SUM(day = ?), 0) AS today
                FROM spend WHERE account = ? AND account_sequence > ?
                """)
        guard
            let sum = try Row.fetchOne(
                sums, arguments: [today?.description ?? "", limit.account, limit.countedThrough])
        else { throw StoreError.damaged }
        // Online approvals need no spend row as a rule: the host's statement that came with them includes them already.
        let uncounted = UncountedSpends(
            amount: try sum.value("amount"), offlineAmount: try sum.value("alone"), offlineCount: try sum.value("count"),
            purchasesToday: try sum.value("today"))
        return FoundAccount(
            state: AccountState(limit: limit, uncounted: uncounted), nextSequence: try row.value("next_sequence"))
    }
}

extension PaymentStore {
    /// The merchant that the last page named.
    public func merchant() throws(StoreError) -> String? { try read { try terminalFacts($0)?.merchant } }
}
