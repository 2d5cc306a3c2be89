/// The fourth version of the tables: reconciliation with terminals, support cases, and the other side of every movement.
extension LedgerSchema {
    static let version4 = reconciliation4 + cases4 + counters4

    private static let reconciliation4 = """
        CREATE INDEX record_decided ON record (terminal, image, decided_at, sequence);

        -- the last comparison of each scope: a UTC day, or a range of numbers
        CREATE TABLE reconciliation (
            terminal TEXT NOT NULL, image INTEGER NOT NULL, scope TEXT NOT NULL, at INTEGER NOT NULL,
            agrees INTEGER NOT NULL, records INTEGER NOT NULL,
            -- JSON of the lines of both sides; differences named by the terminal, NULL until it has named them
            host_lines TEXT NOT NULL, terminal_lines TEXT NOT NULL, differences TEXT,
            PRIMARY KEY (terminal, image, scope)
        ) STRICT, WITHOUT ROWID;

        """

    private static let cases4 = """
        -- what people have to look at; kind: held, rejected, declinedLater, reconciliation, dispute
        CREATE TABLE support_case (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, opened_at INTEGER NOT NULL, opened_by TEXT NOT NULL,
            terminal TEXT, record BLOB, payment BLOB, note TEXT NOT NULL,
            -- booked, dismissed or closed; NULL while it is open
            outcome TEXT, resolved_at INTEGER, resolved_by TEXT, why TEXT
        ) STRICT;
        CREATE UNIQUE INDEX support_case_open ON support_case (record, kind) WHERE record IS NOT NULL AND outcome IS NULL;
        CREATE TRIGGER support_case_kept BEFORE DELETE ON support_case BEGIN SELECT RAISE(ABORT, 'cases are kept'); END;
        CREATE TRIGGER support_case_fixed BEFORE UPDATE ON support_case WHEN OLD.outcome IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'resolved cases are kept'); END;
        INSERT INTO support_case (kind, opened_at, opened_by, terminal, record, payment, note)
            SELECT 'held', record.received_at, 'kassa-host', record.terminal, record.id, record.payment, held.reason
            FROM held JOIN record ON record.id = held.record ORDER BY record.received_at;

        -- what a refused record says, so that it can be booked or dismissed; NULL in what earlier versions refused
        ALTER TABLE rejected ADD COLUMN chain BLOB;
        ALTER TABLE rejected ADD COLUMN body BLOB;
        -- accepted by order, moving nothing
        CREATE TABLE dismissed (record BLOB PRIMARY KEY, support_case INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        """

    private static let counters4 = """
        CREATE INDEX entry_payment ON entry (payment) WHERE payment IS NOT NULL;
        -- the other side of every movement, by whom it came from or went to:
        -- issuer, loads, redemptions, fees, exchange, or merchant:ID
        CREATE TABLE counter (
            number INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (number), ledger TEXT NOT NULL,
            currency TEXT NOT NULL, purse TEXT NOT NULL, denomination INTEGER NOT NULL, units INTEGER NOT NULL,
            money INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX counter_entry ON counter (entry);
        INSERT INTO counter (entry, ledger, currency, purse, denomination, units, money)
            SELECT entry.number,
                CASE entry.kind WHEN 'opening' THEN 'issuer' WHEN 'adjustment' THEN 'issuer' WHEN 'load' THEN 'loads'
                    WHEN 'redemption' THEN 'redemptions' WHEN 'fee' THEN 'fees'
                    ELSE 'merchant:' || coalesce(charge.merchant, terminal.merchant, '') END,
                account.currency, movement.purse, movement.denomination, -movement.units, -movement.money
            FROM movement JOIN entry ON entry.number = movement.entry JOIN account ON account.id = movement.account
            LEFT JOIN charge ON charge.payment = entry.payment LEFT JOIN terminal ON terminal.id = entry.terminal
            ORDER BY movement.number;
        CREATE TRIGGER counter_kept BEFORE DELETE ON counter BEGIN SELECT RAISE(ABORT, 'counters are kept'); END;
        CREATE TRIGGER counter_fixed BEFORE UPDATE ON counter BEGIN SELECT RAISE(ABORT, 'counters are kept'); END;
        """
}
