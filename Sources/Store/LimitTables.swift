import Core
import Foundation
import GRDB
import HostProtocol

/// Accounts, instruments and stop list of one generation. Only the live one is looked at; a snapshot fills another.
enum LimitTables {
    enum Upsert: Equatable {
        case added, replaced
        /// The table held a newer state.
        case kept
    }

    /// Writes a page's rows.
    /// - Returns: by how many the number of accounts has grown.
    static func apply(_ database: Database, _ page: LimitPage, generation: Int64) throws -> Int64 {
        var change: Int64 = 0
        for account in page.accounts where try upsert(database, account, generation: generation) == .added { change += 1 }
        for account in page.removed
        where try remove(database, account, notAfter: page.version, generation: generation) { change -= 1 }
        try apply(database, page.stops, generation: generation)
        if let cleared = page.clearedDeclines { try PaymentStore.clear(database, cleared, at: page.issuedAt) }
        return change
    }

    static func version(_ database: Database, account: String, generation: Int64) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT version FROM account WHERE generation = ? AND id = ?"),
            arguments: [generation, account])
    }

    /// An older state never replaces a newer one. Its instruments stay unbound too: the newer state names its own, and one
    /// that was given up since must not come back (WAL-8).
    static func upsert(_ database: Database, _ limit: AccountLimit, generation: Int64) throws -> Upsert {
        let held = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT version, instruments FROM account WHERE generation = ? AND id = ?"),
            arguments: [generation, limit.account])
        if let held, try held.value("version", as: Int64.self) > limit.version { return .kept }

        let instruments = limit.instruments.map(\.pseudonym.hex).joined()
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO account (generation, id, programme, version, currency, status, last_day, purses,
                    counted_through, counted_day, counted_purchases, counted_amount, allowance_amount, allowance_count,
                    allowance_single, open_holds, pin, instruments)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            generation, limit.account, limit.programme, limit.version, limit.currency.code, limit.status.rawValue,
            limit.lastDay?.description, StoredText.purses(limit.purses), limit.countedThrough, limit.countedDay?.description,
            limit.purchasesOnCountedDay, limit.amountOnCountedDay, limit.offlineAllowance?.amount,
            limit.offlineAllowance?.count, limit.offlineAllowance?.perTransaction, StoredText.holds(limit.openHolds),
            limit.pin.map(StoredText.pin), instruments,
        ])
        // A terminal that was set up anew goes on where the host has counted.
        if limit.countedThrough > 0 {
            try PaymentStore.raiseNumbering(database, account: limit.account, to: limit.countedThrough + 1)
        }
        if let held {
            try unbind(database, try held.value("instruments"), from: limit.account, generation: generation)
        }
        let bind = try database.cachedStatement(
            sql: """
                INSERT INTO instrument (generation, pseudonym, account, version, kind, virtual) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (generation, pseudonym) DO UPDATE SET account = excluded.account, version = excluded.version,
                    kind = excluded.kind, virtual = excluded.virtual
                WHERE version <= excluded.version
                """)
        for instrument in limit.instruments {
            try bind.execute(arguments: [
                generation, Data(instrument.pseudonym.bytes), limit.account, limit.version, instrument.kind.rawValue,
                instrument.isVirtual,
            ])
        }
        return held == nil ? .added : .replaced
    }

    /// - Returns: false when the account was not there, or is newer than its removal.
    private static func remove(
        _ database: Database, _ account: String, notAfter version: Int64, generation: Int64
    ) throws -> Bool {
        let look = try database.cachedStatement(
            sql: "SELECT instruments FROM account WHERE generation = ? AND id = ? AND version <= ?")
        guard let held = try Row.fetchOne(look, arguments: [generation, account, version]) else { return false }
        try unbind(database, try held.value("instruments"), from: account, generation: generation)
        try database.cachedStatement(sql: "DELETE FROM account WHERE generation = ? AND id = ?")
            .execute(arguments: [generation, account])
        return true
    }

    /// Those that have moved to another account stay there.
    private static func unbind(
        _ database: Database, _ instruments: String, from account: String, generation: Int64
    ) throws {
        guard !instruments.isEmpty else { return }
        guard let bytes = Hex.decode(instruments), bytes.count % 16 == 0 else { throw StoreError.damaged }
        let delete = try database.cachedStatement(
            sql: "DELETE FROM instrument WHERE generation = ? AND pseudonym = ? AND account = ?")
        for start in stride(from: 0, to: bytes.count, by: 16) {
            try delete.execute(arguments: [generation, Data(bytes[start..<start + 16]), account])
        }
    }

    private static func apply(_ database: Database, _ stops: StopChanges, generation: Int64) throws {
        guard !stops.isEmpty else { return }
        var change = 0
        let delete = try database.cachedStatement(sql: "DELETE FROM stop WHERE generation = ? AND pseudonym = ?")
        var rest = stops.removed[...]
        while !rest.isEmpty {
            try delete.execute(arguments: [generation, rest.prefix(StopChanges.removedSize)])
            change -= database.changesCount
            rest = rest.dropFirst(StopChanges.removedSize)
        }
        let insert = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO stop (generation, pseudonym, reason) VALUES (?, ?, ?)")
        let update = try database.cachedStatement(
            sql: "UPDATE stop SET reason = ?3 WHERE generation = ?1 AND pseudonym = ?2")
        rest = stops.added[...]
        while let reason = rest.dropFirst(StopChanges.addedSize - 1).first {
            let entry: StatementArguments = [generation, rest.prefix(StopChanges.addedSize - 1), Int64(reason)]
            try insert.execute(arguments: entry)
            if database.changesCount == 1 { change += 1 } else { try update.execute(arguments: entry) }
            rest = rest.dropFirst(StopChanges.addedSize)
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO stop_count (generation, entries) VALUES (?, ?)
                ON CONFLICT (generation) DO UPDATE SET entries = entries + excluded.entries
                """
        ).execute(arguments: [generation, change])
    }

    // MARK: What snapshots leave behind

    enum Table: String, CaseIterable {
        case account, instrument, stop

        var key: String { self == .account ? "id" : "pseudonym" }
    }

    /// A table with rows of a generation that is neither live nor being filled.
    static func abandoned(_ database: Database, _ held: HeldLimits) throws -> (Table, generation: Int64)? {
        for table in Table.allCases {
            // Ranges, so that each question is one seek: below the live one, between it and a snapshot's, above.
            let ranges = [
                (Int64.min, held.generation), (held.generation, held.staging ?? .max), (held.staging ?? .max, .max),
            ]
            for (above, below) in ranges {
                let generation = try Int64.fetchOne(
                    database.cachedStatement(
                        sql: "SELECT MIN(generation) FROM \(table.rawValue) WHERE generation > ? AND generation < ?"),
                    arguments: [above, below])
                if let generation { return (table, generation) }
            }
        }
        return nil
    }

    /// - Returns: how many rows are gone.
    static func delete(_ database: Database, _ table: Table, generation: Int64, rows: Int) throws -> Int {
        try database.execute(
            sql: """
                DELETE FROM \(table.rawValue) WHERE generation = ?1 AND \(table.key) IN (
                    SELECT \(table.key) FROM \(table.rawValue) WHERE generation = ?1 ORDER BY \(table.key) LIMIT ?2)
                """, arguments: [generation, rows])
        return database.changesCount
    }
}
