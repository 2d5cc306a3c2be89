import GRDB

extension Schema {
    static let reconciliationTable = "6 reconciliation"

    /// How far journal and books have been compared. Journal and outbox stay as they are.
    static func addReconciliation(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE reconciliation (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    day TEXT,                            -- the last UTC day that was compared by itself
                    through INTEGER NOT NULL,            -- the last number that was compared in a range
                    checked_at INTEGER,
                    differences TEXT NOT NULL            -- JSON: what the last comparison named, at most a hundred
                ) STRICT;
                INSERT INTO reconciliation VALUES (1, NULL, 0, NULL, '[]');
                """)
    }
}
