import Foundation
import GRDB
import HostProtocol

extension Schema {
    static let journalSeals = "3 journal seals"

    /// Seals over records and head, the anchor that a purge leaves, and the marks of a restored image. The journal's and the
    /// outbox's own columns stay as they are: whatever becomes of this migration, what the terminal holds can be forwarded.
    ///
    /// Records from before have no seal. The last of them is sealed here: its link covers all before it.
    static func addJournalSeals(_ database: Database, _ seal: JournalSeal?) throws {
        try database.execute(sql: sealTables)
        guard let seal else { return }
        var head = try JournalHead(database)
        let last = head.last
        if let row = try Row.fetchOne(database, sql: "SELECT chain FROM journal WHERE sequence = ?", arguments: [last]) {
            head.sealedFrom = last
            try database.execute(
                sql: "UPDATE journal SET seal = ? WHERE sequence = ?",
                arguments: [seal.record(last, try row.bytes("chain")), last])
        } else {
            head.sealedFrom = head.next
        }
        try database.execute(
            sql: "UPDATE terminal SET sealed_from = ?, head_seal = ?", arguments: [head.sealedFrom, seal.head(head)])
    }

    private static let sealTables = """
        ALTER TABLE journal ADD COLUMN seal BLOB;           -- over sequence and chain; NULL: from before sealed_from

        ALTER TABLE terminal ADD COLUMN head_seal BLOB;     -- over next_sequence, chain and the next two
        ALTER TABLE terminal ADD COLUMN sealed_from INTEGER NOT NULL DEFAULT 1;   -- the first record that has a seal
        ALTER TABLE terminal ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;         -- rows of journal_mark
        ALTER TABLE terminal ADD COLUMN marks_seen INTEGER NOT NULL DEFAULT 0;    -- of which a technician has taken note

        CREATE TABLE journal_anchor (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            sequence INTEGER NOT NULL,           -- the last record purged
            chain BLOB NOT NULL,                 -- its link, which the chain goes on from
            purged_at INTEGER NOT NULL,
            seal BLOB
        ) STRICT;

        CREATE TABLE journal_mark (
            number INTEGER PRIMARY KEY,
            after INTEGER NOT NULL,              -- the last record of the store when the host knew of another
            chain BLOB NOT NULL,                 -- its link
            host_sequence INTEGER NOT NULL,      -- the last record that the host had then
            host_chain BLOB NOT NULL,            -- its link
            noted_at INTEGER NOT NULL,
            seal BLOB
        ) STRICT;
        """
}
