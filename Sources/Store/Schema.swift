import GRDB

/// The tables, as migrations that run in a transaction each: one that fails leaves the file as it was.
///
/// Personal data: instruments are keyed pseudonyms, card evidence is sealed to the host inside the record's body (ALL-5).
/// Amounts are integers in minor units. Times are milliseconds since 1970 UTC.
enum Schema {
    static let firstPath = "1 first path"

    static var migrator: DatabaseMigrator { migrator(seal: nil) }

    /// - Parameter seal: proves what the journal holds when it gets its seals.
    static func migrator(seal: JournalSeal?) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(firstPath) { database in
            try database.execute(sql: first)
        }
        migrator.registerMigration("2 programmes", migrate: addProgrammes)
        migrator.registerMigration(journalSeals) { database in try addJournalSeals(database, seal) }
        migrator.registerMigration(reconciliationTable, migrate: addReconciliation)
        migrator.registerMigration(forwarding, migrate: addForwarding)
        migrator.registerMigration(declinedTables, migrate: addDeclined)
        migrator.registerMigration(forwarded, migrate: addForwarded)
        migrator.registerMigration(tagCounters, migrate: addTagCounters)
        return migrator
    }

    private static let first = """
        CREATE TABLE terminal (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            next_sequence INTEGER NOT NULL,      -- of the next journal record, from 1, without gaps
            chain BLOB NOT NULL,                 -- the last link of the journal's hash chain
            high_water INTEGER NOT NULL,         -- trusted time never falls below it
            anchor BLOB,                         -- JSON: last signed host time with its boot-clock reading
            limit_version INTEGER NOT NULL,      -- of the last page applied
            synced_at INTEGER,                   -- host time of the last page applied: the cache's age runs from it
            facts BLOB                           -- JSON: merchant, enrolments and risk limits of the last page
        ) STRICT;
        INSERT INTO terminal VALUES (1, 1, zeroblob(32), 0, NULL, 0, NULL, NULL);

        CREATE TABLE account (
            id TEXT PRIMARY KEY,
            programme TEXT NOT NULL,
            version INTEGER NOT NULL,
            currency TEXT NOT NULL,
            balance INTEGER NOT NULL,
            status TEXT NOT NULL,
            counted_through INTEGER NOT NULL,    -- own records that the balance includes (ALL-3)
            counted_day TEXT,
            counted_purchases INTEGER NOT NULL,
            allowance_amount INTEGER,            -- NULL: the issuer opted nothing in (CARD-21)
            allowance_count INTEGER,
            allowance_single INTEGER,
            removed INTEGER NOT NULL DEFAULT 0,  -- gone from the host's snapshot; kept for its numbering
            next_sequence INTEGER NOT NULL DEFAULT 1
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE instrument (
            pseudonym BLOB PRIMARY KEY,
            account TEXT NOT NULL REFERENCES account(id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX instrument_account ON instrument(account);

        CREATE TABLE spend (
            account TEXT NOT NULL REFERENCES account(id),
            account_sequence INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            day TEXT NOT NULL,                   -- in the programme's zone (CARD-3)
            offline INTEGER NOT NULL,            -- 0: approved by the host, whose statement the cache did not take
            PRIMARY KEY (account, account_sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE payment (
            id BLOB PRIMARY KEY,
            reference TEXT UNIQUE,               -- the till's (ALL-8)
            amount INTEGER NOT NULL,
            currency TEXT NOT NULL,
            state TEXT NOT NULL,                 -- open, approved, declined, abandoned
            started_at INTEGER NOT NULL,
            decided_at INTEGER,
            programme TEXT,
            online INTEGER,
            decision TEXT,                       -- as Decision.stored writes it, with its trace
            authorisation_code TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX payment_open ON payment(state) WHERE state = 'open';

        CREATE TABLE journal (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            payment BLOB NOT NULL,
            body BLOB NOT NULL,                  -- the exact bytes that are forwarded
            body_hash BLOB NOT NULL,
            chain BLOB NOT NULL
        ) STRICT;

        CREATE TABLE outbox (
            sequence INTEGER PRIMARY KEY REFERENCES journal(sequence),
            kind TEXT NOT NULL,
            currency TEXT NOT NULL,
            exposure INTEGER NOT NULL,           -- offline approval not yet acknowledged, minor units
            quarantined TEXT                     -- the host's reason, for records it refused
        ) STRICT;

        CREATE TABLE exposure (
            currency TEXT PRIMARY KEY,
            amount INTEGER NOT NULL              -- the sum over outbox, kept with it
        ) STRICT, WITHOUT ROWID;
        """
}
