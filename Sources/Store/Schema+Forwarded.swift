import Core
import GRDB

extension Schema {
    static let forwarded = "forwarded"

    /// How often the link took each waiting record, the payments that collect others, and whether the limits can be trusted.
    /// Whatever becomes of this migration, the first schema's columns are enough to forward.
    static func addForwarded(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE outbox ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;   -- in so many batches, and not answered
                ALTER TABLE outbox ADD COLUMN sent_at INTEGER;                   -- the last time, milliseconds since 1970
                ALTER TABLE terminal ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;  -- as LimitDoubt writes it
                CREATE INDEX payment_collects ON payment(original) WHERE kind = 'purchase' AND original IS NOT NULL;
                UPDATE outbox SET account = record.account
                FROM (SELECT sequence, \(groupOfBody) AS account FROM journal WHERE sequence IN (
                    SELECT sequence FROM outbox WHERE account = '')) AS record
                WHERE record.sequence = outbox.sequence;
                """)
    }

    /// ``group(account:original:payment:)`` of a row of the journal, in SQL.
    static let groupOfBody = """
        CASE WHEN json_valid(CAST(body AS TEXT)) THEN COALESCE(
            CAST(body AS TEXT) ->> '$.account',
            'payment ' || COALESCE(upper(replace(CAST(body AS TEXT) ->> '$.original', '-', '')), hex(payment)))
        ELSE 'payment ' || hex(payment) END
        """
}
