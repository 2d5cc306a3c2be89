import Core
import Foundation
import GRDB
import HostProtocol

extension Schema {
    static let declinedTables = "5 late declines"

    /// What the host declined after this terminal had approved it (ALL-7), also what it had declined before this table was.
    static func addDeclined(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE declined (
                    payment BLOB PRIMARY KEY,
                    record BLOB NOT NULL,
                    amount INTEGER NOT NULL,      -- minor units that the host will not pay
                    currency TEXT NOT NULL,
                    account TEXT,
                    instrument BLOB,              -- pseudonym; NULL when the record named none
                    reason TEXT NOT NULL,         -- the host's
                    retry TEXT,                   -- never, later; NULL: it may be collected at once
                    retry_at INTEGER,             -- with later: not before
                    declined_at INTEGER NOT NULL,
                    state TEXT NOT NULL,          -- open, collected, givenUp, cleared
                    closed_at INTEGER,
                    collected_by BLOB             -- the payment that did
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX declined_open ON declined(instrument) WHERE state = 'open';
                """)
        let earlier = try Row.fetchAll(
            database,
            sql: """
                SELECT journal.id, payment.id AS payment, body, payment.amount, payment.currency
                FROM payment JOIN journal ON journal.payment = payment.id WHERE payment.state = 'declinedLater'
                """)
        for row in earlier {
            let bounce = try PaymentStore.Bounce(
                record: row.value("id"), payment: row.value("payment"), body: row.bytes("body"), row: row, reason: "declinedLater")
            try PaymentStore.insert(database, bounce)
        }
    }
}
