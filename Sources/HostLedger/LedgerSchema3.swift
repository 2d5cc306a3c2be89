/// The third version of the tables: purses, holds and what follows them, persons, the stop list, rates, snapshots in pages.
extension LedgerSchema {
    static let version3 = ledger3 + accounts3 + books3 + charges3 + lists3

    private static let ledger3 = """
        -- how often the books were set back to an earlier state, from 1
        ALTER TABLE ledger ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 1;
        -- deltas from below this version would lack removals: they are snapshots
        ALTER TABLE ledger ADD COLUMN horizon INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE ledger ADD COLUMN rates_changed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE terminal ADD COLUMN merchant_category TEXT;

        """

    private static let accounts3 = """
        ALTER TABLE account ADD COLUMN person TEXT;
        ALTER TABLE account ADD COLUMN last_day TEXT;
        -- 0 there, 1 removed and told to terminals, 2 removed below the horizon; its history stays
        ALTER TABLE account ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account ADD COLUMN pin_disabled INTEGER;
        ALTER TABLE account ADD COLUMN pin_enabled_from INTEGER;
        ALTER TABLE account ADD COLUMN pin_verifier TEXT;
        CREATE UNIQUE INDEX account_person ON account (person, programme) WHERE person IS NOT NULL AND removed = 0;

        ALTER TABLE instrument ADD COLUMN kind TEXT NOT NULL DEFAULT 'card';
        ALTER TABLE instrument ADD COLUMN is_virtual INTEGER;
        -- which account an instrument paid from, and when (WAL-8)
        CREATE TABLE binding (
            number INTEGER PRIMARY KEY, pseudonym BLOB NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL,
            bound_at INTEGER NOT NULL, unbound_at INTEGER
        ) STRICT;
        CREATE INDEX binding_pseudonym ON binding (pseudonym, account);
        INSERT INTO binding (pseudonym, account, kind, bound_at) SELECT pseudonym, account, 'card', 0 FROM instrument;

        """

    private static let books3 = """
        -- in the purse's units; denomination 0 is none
        CREATE TABLE purse (
            account TEXT NOT NULL REFERENCES account (id), purse TEXT NOT NULL, denomination INTEGER NOT NULL,
            place INTEGER NOT NULL, units INTEGER NOT NULL, valid_through TEXT,
            PRIMARY KEY (account, purse, denomination)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO purse SELECT id, 'prepaid', 0, 0, balance, NULL FROM account;

        -- what each entry moved in each purse, and what was in it then
        CREATE TABLE movement (
            number INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (number), account TEXT NOT NULL,
            purse TEXT NOT NULL, denomination INTEGER NOT NULL, units INTEGER NOT NULL, money INTEGER NOT NULL,
            balance INTEGER NOT NULL
        ) STRICT;
        INSERT INTO movement (entry, account, purse, denomination, units, money, balance)
            SELECT number, account, 'prepaid', 0, amount, amount, balance FROM entry ORDER BY number;
        CREATE INDEX movement_entry ON movement (entry);
        CREATE TRIGGER movement_kept BEFORE DELETE ON movement BEGIN SELECT RAISE(ABORT, 'movements are kept'); END;
        CREATE TRIGGER movement_fixed BEFORE UPDATE ON movement BEGIN SELECT RAISE(ABORT, 'movements are kept'); END;

        ALTER TABLE entry DROP COLUMN balance;
        -- CARD-15, by the programme's rules when the record was received
        ALTER TABLE entry ADD COLUMN value_date TEXT;
        ALTER TABLE account DROP COLUMN balance;

        -- what a record that arrived ahead took from each purse; less than nothing for what it gave back
        CREATE TABLE ahead_share (
            account TEXT NOT NULL, terminal TEXT NOT NULL, sequence INTEGER NOT NULL, purse TEXT NOT NULL,
            denomination INTEGER NOT NULL, units INTEGER NOT NULL, money INTEGER NOT NULL,
            PRIMARY KEY (account, terminal, sequence, purse, denomination)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO ahead_share SELECT account, terminal, sequence, 'prepaid', 0, amount, amount FROM ahead WHERE amount <> 0;
        ALTER TABLE purchases ADD COLUMN amount INTEGER NOT NULL DEFAULT 0;

        """

    private static let charges3 = """
        -- one row for each booked purchase and hold: what later records may change
        -- state: open, completed, released, expired (holds); booked, voided, reversed, declined
        CREATE TABLE charge (
            payment BLOB PRIMARY KEY, terminal TEXT NOT NULL, merchant TEXT NOT NULL, account TEXT NOT NULL,
            kind TEXT NOT NULL, state TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL,
            refunded INTEGER NOT NULL DEFAULT 0, day TEXT NOT NULL, expires_at INTEGER,
            -- of the hold's record, and of the record that ended it while that has arrived ahead
            sequence INTEGER, ending INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX charge_due ON charge (expires_at) WHERE state = 'open';
        CREATE INDEX charge_held ON charge (account, terminal) WHERE state = 'open' OR ending IS NOT NULL;
        CREATE TABLE charge_share (
            payment BLOB NOT NULL REFERENCES charge (payment), place INTEGER NOT NULL, purse TEXT NOT NULL,
            denomination INTEGER NOT NULL, units INTEGER NOT NULL, money INTEGER NOT NULL,
            back_units INTEGER NOT NULL DEFAULT 0, back_money INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (payment, place)
        ) STRICT, WITHOUT ROWID;
        -- a completion's own payment id
        CREATE TABLE charge_alias (payment BLOB PRIMARY KEY, charge BLOB NOT NULL) STRICT, WITHOUT ROWID;

        INSERT OR IGNORE INTO charge (payment, terminal, merchant, account, kind, state, currency, amount, day)
            SELECT entry.payment, entry.terminal, coalesce(terminal.merchant, ''), entry.account, 'purchase',
                CASE WHEN EXISTS (SELECT 1 FROM entry AS back WHERE back.payment = entry.payment AND back.kind = 'reversal')
                    THEN 'reversed' ELSE 'booked' END,
                account.currency, -entry.amount,
                coalesce(authorisation.day, date(coalesce(record.decided_at, entry.booked_at) / 1000, 'unixepoch'))
            FROM entry JOIN account ON account.id = entry.account
            LEFT JOIN terminal ON terminal.id = entry.terminal
            LEFT JOIN authorisation ON authorisation.payment = entry.payment
            LEFT JOIN record ON record.id = entry.record
            WHERE entry.kind IN ('offlineApproval', 'authorisation') AND entry.payment IS NOT NULL ORDER BY entry.number;
        INSERT INTO charge_share (payment, place, purse, denomination, units, money)
            SELECT payment, 0, 'prepaid', 0, amount, amount FROM charge;

        -- deferred approvals that the host declined: the same answer whenever they are sent again
        CREATE TABLE declined_later (record BLOB PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;

        -- what a held record waits for: an account's id or a payment's
        ALTER TABLE held ADD COLUMN awaits BLOB;
        UPDATE held SET awaits = (
            SELECT CASE held.reason WHEN 'unknownAccount' THEN CAST(record.account AS BLOB) ELSE record.payment END
            FROM record WHERE record.id = held.record);
        CREATE INDEX held_awaits ON held (awaits);

        """

    private static let lists3 = """
        CREATE TABLE stop (
            pseudonym BLOB PRIMARY KEY, reason INTEGER NOT NULL, version INTEGER NOT NULL,
            removed INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX stop_version ON stop (version);
        CREATE TABLE rate (
            source TEXT NOT NULL, target TEXT NOT NULL, rate TEXT NOT NULL, PRIMARY KEY (source, target)
        ) STRICT, WITHOUT ROWID;
        -- WAL-5: what a person, or the holder of an account without one, has loaded
        CREATE TABLE load_tally (
            holder TEXT NOT NULL, programme TEXT NOT NULL, day TEXT NOT NULL, on_day INTEGER NOT NULL,
            in_year INTEGER NOT NULL, PRIMARY KEY (holder, programme)
        ) STRICT, WITHOUT ROWID;
        """
}
