import GRDB

/// The ledger's tables. Amounts are minor units, times milliseconds since 1970, ids and hashes blobs.
enum LedgerSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in try db.execute(sql: version1) }
        migrator.registerMigration("2") { db in try db.execute(sql: version2) }
        migrator.registerMigration("3") { db in try db.execute(sql: version3) }
        migrator.registerMigration("4") { db in try db.execute(sql: version4) }
        migrator.registerMigration("5 collections") { db in try db.execute(sql: collections) }
        migrator.registerMigration("6 awaited") { db in try db.execute(sql: awaited) }
        migrator.registerMigration("growth-indexes") { db in try db.execute(sql: growthIndexes) }
        migrator.registerMigration(collections2, migrate: addCollects)
        return migrator
    }

    private static let version2 = """
        -- the terminal's key, and with it its journal, from 1: numbers begin anew with each
        ALTER TABLE terminal ADD COLUMN image INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE record ADD COLUMN image INTEGER NOT NULL DEFAULT 1;
        CREATE INDEX record_account ON record (account, terminal, account_sequence);

        -- records accepted that can't be booked yet
        CREATE TABLE held (
            record BLOB PRIMARY KEY REFERENCES record (id), reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let version1 = """
        CREATE TABLE ledger (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL);
        INSERT INTO ledger VALUES (1, 0);

        CREATE TABLE terminal (
            id TEXT PRIMARY KEY, signing_key BLOB NOT NULL, merchant TEXT NOT NULL, programmes TEXT NOT NULL,
            exposure_cap INTEGER NOT NULL, maximum_cache_age INTEGER NOT NULL,
            -- ledger version of the last change of what the terminal may see: older pages can't be built on
            changed INTEGER NOT NULL,
            highest_sequence INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE account (
            id TEXT PRIMARY KEY, programme TEXT NOT NULL, currency TEXT NOT NULL, balance INTEGER NOT NULL,
            status TEXT NOT NULL, expiry TEXT, version INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX account_version ON account (version);

        CREATE TABLE instrument (
            pseudonym BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX instrument_account ON instrument (account);

        CREATE TABLE allowance (
            account TEXT NOT NULL REFERENCES account (id), terminal TEXT NOT NULL REFERENCES terminal (id),
            amount INTEGER NOT NULL, count INTEGER NOT NULL, per_transaction INTEGER NOT NULL,
            PRIMARY KEY (account, terminal)
        ) STRICT, WITHOUT ROWID;

        -- every record a terminal forwarded and the host applied, for ever
        CREATE TABLE record (
            id BLOB PRIMARY KEY, body_hash BLOB NOT NULL, terminal TEXT NOT NULL, sequence INTEGER NOT NULL,
            chain BLOB NOT NULL, kind TEXT NOT NULL, payment BLOB NOT NULL, reference TEXT, account TEXT,
            account_sequence INTEGER, currency TEXT NOT NULL, amount INTEGER NOT NULL, approved INTEGER NOT NULL,
            rule TEXT NOT NULL, reason TEXT NOT NULL, decided_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX record_place ON record (terminal, sequence);
        CREATE INDEX record_payment ON record (payment);

        -- records refused as they stand; the terminal keeps them
        CREATE TABLE rejected (
            id BLOB NOT NULL, body_hash BLOB NOT NULL, terminal TEXT NOT NULL, sequence INTEGER NOT NULL,
            reason TEXT NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (id, body_hash)
        ) STRICT, WITHOUT ROWID;

        -- every movement of a balance, in order
        CREATE TABLE entry (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id), terminal TEXT,
            payment BLOB, record BLOB, kind TEXT NOT NULL, amount INTEGER NOT NULL, balance INTEGER NOT NULL,
            booked_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX entry_once ON entry (payment, kind) WHERE kind IN ('authorisation', 'reversal');
        CREATE UNIQUE INDEX entry_record ON entry (record) WHERE record IS NOT NULL;

        -- state: booked, declined, completed, reversed; a reversal that came first leaves 'reversed' without an answer
        CREATE TABLE authorisation (
            payment BLOB PRIMARY KEY, terminal TEXT NOT NULL, state TEXT NOT NULL, request_hash BLOB, answer BLOB,
            account TEXT, currency TEXT, amount INTEGER, day TEXT, decided_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- ALL-3: the contiguous prefix of each terminal's records of an account, and those that arrived ahead of it
        CREATE TABLE counted (
            account TEXT NOT NULL, terminal TEXT NOT NULL, through INTEGER NOT NULL, PRIMARY KEY (account, terminal)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ahead (
            account TEXT NOT NULL, terminal TEXT NOT NULL, sequence INTEGER NOT NULL, amount INTEGER NOT NULL,
            day TEXT NOT NULL, purchases INTEGER NOT NULL, PRIMARY KEY (account, terminal, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE purchases (
            account TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (account, day)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE alarm (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, terminal TEXT NOT NULL, kind TEXT NOT NULL,
            sequence INTEGER, record BLOB, detail TEXT NOT NULL
        ) STRICT;

        CREATE TRIGGER record_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are kept'); END;
        CREATE TRIGGER record_fixed BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are kept'); END;
        CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
        CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
        """
}
