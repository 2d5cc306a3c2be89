import GRDB

extension Schema {
    /// Purses, holds, the stop list, snapshots in pages. Journal, outbox and exposure keep their columns: whatever becomes of
    /// this migration, what the terminal holds can be forwarded.
    static func addProgrammes(_ database: Database) throws {
        try database.execute(sql: "ALTER TABLE account RENAME TO old_account")
        try database.execute(sql: "ALTER TABLE instrument RENAME TO old_instrument")
        try database.execute(sql: "ALTER TABLE spend RENAME TO old_spend")
        try database.execute(sql: limitTables)
        try database.execute(sql: paymentColumns)
        try database.execute(sql: carryOver)
        try database.execute(sql: "DROP TABLE old_spend; DROP TABLE old_instrument; DROP TABLE old_account")
    }

    private static let limitTables = """
        ALTER TABLE terminal ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;        -- of the limit tables: the live one
        ALTER TABLE terminal ADD COLUMN last_generation INTEGER NOT NULL DEFAULT 1;   -- the highest number ever used
        ALTER TABLE terminal ADD COLUMN accounts INTEGER NOT NULL DEFAULT 0;          -- in the live generation
        ALTER TABLE terminal ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 0;       -- of the books limit_version counts in
        -- A snapshot under way; all NULL when there is none.
        ALTER TABLE terminal ADD COLUMN staging INTEGER;
        ALTER TABLE terminal ADD COLUMN staging_incarnation INTEGER;
        ALTER TABLE terminal ADD COLUMN staging_at INTEGER;
        ALTER TABLE terminal ADD COLUMN staging_cursor TEXT;
        ALTER TABLE terminal ADD COLUMN staging_accounts INTEGER;

        CREATE TABLE account (
            generation INTEGER NOT NULL,
            id TEXT NOT NULL,
            programme TEXT NOT NULL,
            version INTEGER NOT NULL,
            currency TEXT NOT NULL,
            status TEXT NOT NULL,
            last_day TEXT,
            purses TEXT NOT NULL,                -- as StoredText writes them
            counted_through INTEGER NOT NULL,    -- own records that the purses include (ALL-3)
            counted_day TEXT,
            counted_purchases INTEGER NOT NULL,
            counted_amount INTEGER NOT NULL,
            allowance_amount INTEGER,            -- NULL: the issuer opted nothing in (CARD-21)
            allowance_count INTEGER,
            allowance_single INTEGER,
            open_holds TEXT,                     -- payments whose holds the purses still lack (CARD-12)
            pin TEXT,
            instruments TEXT NOT NULL,           -- hexadecimal, 32 digits each
            PRIMARY KEY (generation, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE instrument (
            generation INTEGER NOT NULL,
            pseudonym BLOB NOT NULL,
            account TEXT NOT NULL,
            version INTEGER NOT NULL,            -- of the account that brought it: an older one takes it not back (WAL-8)
            kind TEXT NOT NULL,
            virtual INTEGER,
            PRIMARY KEY (generation, pseudonym)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE stop (
            generation INTEGER NOT NULL,
            pseudonym BLOB NOT NULL,
            reason INTEGER NOT NULL,
            PRIMARY KEY (generation, pseudonym)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE stop_count (
            generation INTEGER PRIMARY KEY,
            entries INTEGER NOT NULL             -- counting ten millions anew would hold the lanes up
        ) STRICT;

        CREATE TABLE numbering (
            account TEXT PRIMARY KEY,            -- whether the limit store has it or not
            next_sequence INTEGER NOT NULL       -- of its next record, from 1, without gaps (ALL-3)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE spend (
            account TEXT NOT NULL,
            account_sequence INTEGER NOT NULL,
            day TEXT,                            -- whose purchases it counts with (CARD-3); NULL: no day's
            purchases INTEGER NOT NULL,          -- 1 for purchases and holds
            offline INTEGER NOT NULL,            -- 0: approved by the host, whose statement the cache did not take
            approvals INTEGER NOT NULL,          -- 1 for what counts as an offline approval (ALL-4)
            hold BLOB,                           -- the payment whose hold this record ends (CARD-12)
            hold_sequence INTEGER,               -- and the number of its record
            lines TEXT NOT NULL,                 -- as StoredText writes them
            PRIMARY KEY (account, account_sequence)
        ) STRICT, WITHOUT ROWID;
        """

    private static let paymentColumns = """
        ALTER TABLE payment ADD COLUMN kind TEXT NOT NULL DEFAULT 'purchase';
        ALTER TABLE payment ADD COLUMN content TEXT;        -- hash of what else was asked for (ALL-8)
        ALTER TABLE payment ADD COLUMN account TEXT;
        ALTER TABLE payment ADD COLUMN account_sequence INTEGER;
        ALTER TABLE payment ADD COLUMN merchant TEXT;
        ALTER TABLE payment ADD COLUMN taken INTEGER;       -- held or paid, minor units of currency
        ALTER TABLE payment ADD COLUMN split TEXT;          -- of taken, as StoredText writes it
        ALTER TABLE payment ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE payment ADD COLUMN original BLOB;
        ALTER TABLE payment ADD COLUMN expires_at INTEGER;  -- of a hold
        CREATE INDEX payment_held ON payment(expires_at) WHERE state = 'held';
        CREATE INDEX journal_payment ON journal(payment);
        """

    /// Of the first schema: each account is a prepaid card's, each payment a purchase.
    private static let carryOver = """
        UPDATE terminal SET incarnation = limit_version > 0,
            accounts = (SELECT COUNT(*) FROM old_account WHERE removed = 0);
        INSERT INTO account
            SELECT 1, id, programme, version, currency, status, NULL,
                'prepaid' || char(9) || '-' || char(9) || balance || char(9) || '-',
                counted_through, counted_day, counted_purchases, 0, allowance_amount, allowance_count, allowance_single,
                NULL, NULL,
                COALESCE((SELECT group_concat(hex(pseudonym), '') FROM old_instrument WHERE account = old_account.id), '')
            FROM old_account WHERE removed = 0;
        INSERT INTO instrument
            SELECT 1, pseudonym, account, version, 'card', NULL
            FROM old_instrument JOIN old_account ON old_account.id = account WHERE removed = 0;
        INSERT INTO numbering SELECT id, next_sequence FROM old_account WHERE next_sequence > 1;
        INSERT INTO spend
            SELECT account, account_sequence, NULLIF(day, ''), 1, offline, offline, NULL, NULL,
                'prepaid' || char(9) || '-' || char(9) || amount || char(9) || amount || char(9) || amount || char(9) || amount
            FROM old_spend;
        UPDATE payment SET taken = amount,
            split = 'prepaid' || char(9) || '-' || char(9) || amount || char(9) || amount
            WHERE state = 'approved';
        UPDATE payment SET account = record.account, account_sequence = record.number, merchant = record.merchant
            FROM (
                SELECT payment AS id, text ->> '$.account' AS account, text ->> '$.accountSequence' AS number,
                    text ->> '$.merchant' AS merchant
                FROM (SELECT payment, CAST(body AS TEXT) AS text FROM journal)
                WHERE CASE WHEN json_valid(text) THEN text ->> '$.kind' IN ('offlineApproval', 'onlineApproval') ELSE 0 END
            ) AS record
            WHERE payment.id = record.id AND payment.state = 'approved';
        """
}
