import GRDB

extension Schema {
    static let tagCounters = "tag-counters"

    /// The highest counter that was taken of each tag. The first schema's tables stay as they are: without this migration
    /// records are forwarded as ever, and no tap of a tag is taken by its counter.
    static func addTagCounters(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE tag_counter (
                    tag BLOB PRIMARY KEY,              -- pseudonym: the UID is nowhere
                    counter INTEGER NOT NULL CHECK (counter BETWEEN 1 AND 16777215),
                    seen_at INTEGER NOT NULL           -- when the counter was taken, for support
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
