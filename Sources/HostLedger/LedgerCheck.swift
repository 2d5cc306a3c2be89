import GRDB

/// Whether the books add up: every purse is the sum of its movements, every entry the sum of its lines, and every record
/// was booked, waits in sight, or is of a kind that moves nothing.
enum LedgerCheck {
    static func faults(_ db: Database) throws -> [String] {
        try checks.flatMap { name, sql in
            try String.fetchAll(db, sql: "\(sql) LIMIT 100").map { "\(name): \($0)" }
        }
    }

    private static let checks: [(name: String, sql: String)] = [
        (
            "purse is not the sum of its movements",
            """
            SELECT purse.account || ' ' || purse.purse || ' ' || purse.denomination FROM purse
            LEFT JOIN (
                SELECT account, purse, denomination, sum(units) AS moved FROM movement GROUP BY account, purse, denomination
            ) AS book USING (account, purse, denomination)
            WHERE purse.units <> coalesce(book.moved, 0)
            """
        ),
        (
            "movement in no purse",
            """
            SELECT DISTINCT account || ' ' || purse FROM movement WHERE NOT EXISTS (
                SELECT 1 FROM purse WHERE purse.account = movement.account AND purse.purse = movement.purse
                    AND purse.denomination = movement.denomination)
            """
        ),
        (
            "entry is not the sum of its movements",
            """
            SELECT entry.number FROM entry LEFT JOIN movement ON movement.entry = entry.number
            GROUP BY entry.number HAVING entry.amount <> coalesce(sum(movement.money), 0)
            """
        ),
        (
            "entry whose two sides do not cancel",
            """
            SELECT entry || ' ' || purse || ' ' || denomination FROM (
                SELECT entry, purse, denomination, units, money FROM movement
                UNION ALL SELECT entry, purse, denomination, units, money FROM counter)
            GROUP BY entry, purse, denomination HAVING sum(units) <> 0 OR sum(money) <> 0
            """
        ),
        (
            "all accounts together are not zero",
            """
            SELECT currency || ' ' || purse || ' ' || denomination FROM (
                SELECT currency, purse, denomination, units, money FROM movement JOIN account ON account.id = account
                UNION ALL SELECT currency, purse, denomination, units, money FROM counter)
            GROUP BY currency, purse, denomination HAVING sum(units) <> 0 OR sum(money) <> 0
            """
        ),
        (
            "purse of an account that is not there",
            "SELECT account FROM purse WHERE account NOT IN (SELECT id FROM account)"
        ),
        (
            "spend that was neither booked nor held",
            """
            SELECT hex(record.id) FROM record
            WHERE record.kind IN ('offlineApproval', 'hold', 'deferredApproval') AND approved > 0
                AND id NOT IN (SELECT record FROM entry WHERE record IS NOT NULL) AND id NOT IN (SELECT record FROM held)
                AND id NOT IN (SELECT record FROM declined_later) AND id NOT IN (SELECT record FROM dismissed)
            """
        ),
        (
            "refunds above their purchase",
            """
            SELECT DISTINCT hex(charge.payment) FROM charge JOIN charge_share USING (payment)
            WHERE refunded > amount OR back_units > units OR back_money > money
            """
        ),
    ]
}
