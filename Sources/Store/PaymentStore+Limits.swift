import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes

extension PaymentStore {
    /// The version of the newest page applied, also of a forward-only store; 0 when there is none.
    public func limitVersion() throws(StoreError) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT limit_version FROM terminal") ?? 0 }
    }

    /// The incarnation of the books and the version within it that the cache holds; (0, 0) when it holds none.
    public func limitPosition() throws(StoreError) -> (incarnation: Int64, version: Int64) {
        try readCurrent {
            let held = try HeldLimits($0)
            return (held.incarnation, held.version)
        }
    }

    /// Where a snapshot that is under way goes on; nil when none is.
    public func snapshotPosition() throws(StoreError) -> SnapshotPosition? {
        try readCurrent { try HeldLimits($0).snapshotPosition }
    }

    /// Applies a verified page in one transaction, whole or not at all. The pages of a snapshot are set aside, invisible, until
    /// the last one takes the place of the old tables.
    /// - Throws: ``StoreError`` of the disk, or ``LimitPageRefusal``; a page for another terminal is stale.
    public func apply(_ page: LimitPage, anchor: TrustedClock.Anchor) throws {
        guard page.terminal == terminal else { throw LimitPageRefusal.stale }
        if let field = page.malformedField { throw LimitPageRefusal.malformed(field: field) }
        let refusal: LimitPageRefusal? = try writeCurrent { database in
            let held = try HeldLimits(database)
            if let refusal = held.refusal(of: page) { return refusal }
            if page.base > 0 {
                try PaymentStore.applyDelta(database, page, held)
            } else {
                try PaymentStore.applySnapshot(database, page, held)
            }
            try PaymentStore.observe(database, anchor)
            return nil
        }
        forgetFacts()
        if let refusal { throw refusal }
    }

    private static func applyDelta(_ database: Database, _ page: LimitPage, _ held: HeldLimits) throws {
        let change = try LimitTables.apply(database, page, generation: held.generation)
        try database.execute(
            sql: """
                UPDATE terminal SET limit_version = ?1, facts = ?2, accounts = accounts + ?3,
                    synced_at = CASE WHEN ?4 THEN synced_at ELSE ?5 END
                """,
            arguments: [
                page.version, Data(try WireJSON.encode(TerminalFacts(page))), change, page.more, page.issuedAt.milliseconds,
            ])
        for account in page.accounts { try forgetCounted(database, account: account.account) }
        if !page.more { try LimitDoubt.pageApplied(database) }
    }

    private static func applySnapshot(_ database: Database, _ page: LimitPage, _ held: HeldLimits) throws {
        let continues = page.position != nil
        let generation = continues ? held.staging ?? held.lastGeneration + 1 : held.lastGeneration + 1
        let change = try LimitTables.apply(database, page, generation: generation)
        let accounts = (continues ? held.stagingAccounts : 0) + change
        if let next = page.next {
            try database.execute(
                sql: """
                    UPDATE terminal SET staging = ?1, last_generation = MAX(last_generation, ?1), staging_incarnation = ?2,
                        staging_at = ?3, staging_cursor = ?4, staging_accounts = ?5
                    """, arguments: [generation, page.incarnation, next.at, next.after, accounts])
            return
        }
        try database.execute(
            sql: """
                UPDATE terminal SET generation = ?1, last_generation = MAX(last_generation, ?1), accounts = ?2,
                    incarnation = ?3, limit_version = ?4, facts = ?5, synced_at = ?6, staging = NULL,
                    staging_incarnation = NULL, staging_at = NULL, staging_cursor = NULL, staging_accounts = NULL
                """,
            arguments: [
                generation, accounts, page.incarnation, page.version, Data(try WireJSON.encode(TerminalFacts(page))),
                page.issuedAt.milliseconds,
            ])
        try database.execute(sql: "DELETE FROM stop_count WHERE generation <> ?", arguments: [generation])
        if held.incarnation > 0, page.incarnation > held.incarnation { try sendAgain(database) }
        try forgetCounted(database)
        if !page.more { try LimitDoubt.pageApplied(database) }
    }

    /// The host's books were set back to a copy: what it had acknowledged since may be missing there. The whole journal goes
    /// into the outbox once more; the host knows each record by its id and books only what it lacks.
    private static func sendAgain(_ database: Database) throws {
        let exposed = "(kind IN ('offlineApproval', 'deferredApproval', 'hold'))"
        try database.execute(
            sql: """
                INSERT INTO outbox (sequence, kind, currency, exposure, account)
                SELECT sequence, kind, currency, approved * \(exposed), account FROM (
                    SELECT sequence, \(Schema.groupOfBody) AS account, json_extract(CAST(body AS TEXT), '$.kind') AS kind,
                        json_extract(CAST(body AS TEXT), '$.approved.currency') AS currency,
                        json_extract(CAST(body AS TEXT), '$.approved.minorUnits') AS approved
                    FROM journal WHERE sequence NOT IN (SELECT sequence FROM outbox))
                """)
        try database.execute(sql: "DELETE FROM exposure")
        try database.execute(
            sql: "INSERT INTO exposure (currency, amount) SELECT currency, SUM(exposure) FROM outbox GROUP BY currency")
    }

    /// Spends that an account's live balance includes (ALL-3): a page costs what it carries, however many others wait.
    private static func forgetCounted(_ database: Database, account: String) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM spend WHERE account = ?1 AND account_sequence <= (
                    SELECT counted_through FROM account
                    WHERE generation = (SELECT generation FROM terminal) AND id = ?1)
                """
        ).execute(arguments: [account])
    }

    /// Those of all accounts, after a snapshot.
    private static func forgetCounted(_ database: Database) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM spend WHERE account_sequence <= (
                    SELECT counted_through FROM account
                    WHERE generation = (SELECT generation FROM terminal) AND id = spend.account)
                """
        ).execute()
    }

    /// Takes the statement that came with an online authorisation, into a snapshot under way as well: its flip must not
    /// bring an older balance back.
    /// - Returns: false when the cache does not include it: it holds a newer state, or the account has been removed since,
    ///   or the books are being set back and versions can't be compared, or the statement is absurd.
    static func takeStatement(_ database: Database, _ limit: AccountLimit, incarnation: Int64) throws -> Bool {
        guard limit.malformedField == nil else { return false }
        let held = try HeldLimits(database)
        // Versions compare within one incarnation of the books alone.
        guard incarnation == held.incarnation else { return false }
        guard held.staging == nil || held.stagingIncarnation == held.incarnation else { return false }
        let live = try LimitTables.version(database, account: limit.account, generation: held.generation)
        // What the page at this version or a later one lacks is gone.
        if live == nil, limit.version <= held.version { return false }
        // A page has overtaken the answer: it knows the account as it was then, or later. A snapshot under way is left alone: it
        // may lack the account because it is gone.
        if let live, live > limit.version { return true }
        if let staging = held.staging,
            try LimitTables.upsert(database, limit, generation: staging) == .added
        {
            try database.execute(sql: "UPDATE terminal SET staging_accounts = staging_accounts + 1")
        }
        switch try LimitTables.upsert(database, limit, generation: held.generation) {
        case .kept: return true
        case .added: try database.execute(sql: "UPDATE terminal SET accounts = accounts + 1")
        case .replaced: break
        }
        try database.cachedStatement(sql: "DELETE FROM spend WHERE account = ? AND account_sequence <= ?")
            .execute(arguments: [limit.account, limit.countedThrough])
        return true
    }

    /// Deletes what earlier snapshots left behind, at most `rows` of it: lanes commit between two steps. The pages become free
    /// within the file.
    /// - Returns: true when there is more to do.
    public func tidy(rows: Int) throws(StoreError) -> Bool {
        let isClean = try readCurrent { try LimitTables.abandoned($0, HeldLimits($0)) == nil }
        if isClean { return false }
        return try writeCurrent { database in
            let held = try HeldLimits(database)
            var left = rows
            while left > 0, let (table, generation) = try LimitTables.abandoned(database, held) {
                left -= try LimitTables.delete(database, table, generation: generation, rows: left)
            }
            return try LimitTables.abandoned(database, held) != nil
        }
    }

    /// A fresh, signed host time: the clock's new anchor.
    public func observe(_ anchor: TrustedClock.Anchor) throws(StoreError) {
        try write { try PaymentStore.observe($0, anchor) }
    }

    static func observe(_ database: Database, _ anchor: TrustedClock.Anchor) throws {
        try database.execute(
            sql: "UPDATE terminal SET anchor = ?, high_water = ?",
            arguments: [Data(try WireJSON.encode(anchor)), anchor.hostTime.milliseconds])
    }
}

/// What the limit tables hold, as the terminal's one row says.
struct HeldLimits {
    var generation: Int64
    var lastGeneration: Int64
    var incarnation: Int64
    var version: Int64
    /// The generation of a snapshot under way.
    var staging: Int64?
    var stagingIncarnation: Int64?
    var stagingAccounts: Int64
    private var position: SnapshotPosition?

    init(_ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                SELECT generation, last_generation, incarnation, limit_version, staging, staging_incarnation, staging_at,
                    staging_cursor, staging_accounts
                FROM terminal
                """)
        guard let row = try Row.fetchOne(statement) else { throw StoreError.damaged }
        generation = try row.value("generation")
        lastGeneration = try row.value("last_generation")
        incarnation = try row.value("incarnation")
        version = try row.value("limit_version")
        staging = try row.optional("staging")
        stagingIncarnation = try row.optional("staging_incarnation")
        stagingAccounts = try row.optional("staging_accounts") ?? 0
        if let at = try row.optional("staging_at", as: Int64.self) {
            position = SnapshotPosition(at: at, after: try row.value("staging_cursor"))
        }
    }

    /// Nil also for a snapshot that newer pages have overtaken: its flip would be refused.
    var snapshotPosition: SnapshotPosition? {
        guard let position, let stagingIncarnation,
            (stagingIncarnation, position.at) >= (incarnation, version)
        else { return nil }
        return position
    }

    /// The pair of incarnation and version only goes forward: an old state can't be played back.
    func refusal(of page: LimitPage) -> LimitPageRefusal? {
        if (page.incarnation, page.version) < (incarnation, version) { return .stale }
        if page.base > 0 { return page.incarnation == incarnation && page.base == version ? nil : .gap }
        guard let begins = page.position else { return nil }
        return staging != nil && begins == position && page.incarnation == stagingIncarnation ? nil : .gap
    }
}
