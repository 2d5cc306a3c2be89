import Core
import GRDB

extension Schema {
    static let forwarding = "4 forwarding"

    /// Accounts of waiting records, and waits of their own. Whatever becomes of this migration, the first schema's columns
    /// are enough to forward: in the order of the sequences, one batch after another.
    static func addForwarding(_ database: Database) throws {
        try database.execute(
            sql: """
                -- the account; without one 'payment ' and the payment that it all began with, in hexadecimal
                ALTER TABLE outbox ADD COLUMN account TEXT NOT NULL DEFAULT '';
                ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;  -- refusals of the record alone
                ALTER TABLE outbox ADD COLUMN retry_at INTEGER;                     -- it waits by itself until then
                ALTER TABLE terminal ADD COLUMN spread INTEGER;                     -- of first attempts, seconds, as the host said
                UPDATE outbox SET account = COALESCE(
                    record.account, 'payment ' || COALESCE(upper(replace(record.original, '-', '')), hex(record.payment)))
                FROM (
                    SELECT sequence, payment,
                        CASE WHEN json_valid(text) THEN text ->> '$.account' END AS account,
                        CASE WHEN json_valid(text) THEN text ->> '$.original' END AS original
                    FROM (
                        SELECT journal.sequence, journal.payment, CAST(body AS TEXT) AS text
                        FROM journal JOIN outbox USING (sequence)
                    )
                ) AS record
                WHERE record.sequence = outbox.sequence
                """)
    }

    /// The key of a record's group in the queue.
    static func group(account: String?, original: [UInt8]?, payment: [UInt8]) -> String {
        account ?? "payment " + Hex.encode(original ?? payment)
    }
}
