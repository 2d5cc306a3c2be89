import Foundation

/// Breaks a sound store in known ways: the checker has to see each, else its zeros mean nothing.
enum Damage {
    struct Case {
        var name: String
        var harm: Harm
        var sql: String
    }

    static let cases: [Case] = [
        Case(
            name: "the last record is gone", harm: .lost,
            sql: "PRAGMA foreign_keys = OFF; DELETE FROM journal WHERE sequence = (SELECT MAX(sequence) FROM journal)"),
        Case(
            name: "an approved payment is open again", harm: .lost,
            sql: "UPDATE payment SET state = 'open' WHERE id = (SELECT id FROM payment WHERE state = 'approved' LIMIT 1)"),
        Case(
            name: "a waiting record has left the outbox", harm: .lost,
            sql: "DELETE FROM outbox WHERE sequence = (SELECT MAX(sequence) FROM outbox WHERE quarantined IS NULL)"),
        Case(
            name: "a waiting record is purged", harm: .lost, sql: """
                PRAGMA foreign_keys = OFF;
                INSERT OR REPLACE INTO journal_anchor SELECT 1, sequence, chain, 0, NULL FROM journal
                    WHERE sequence = (SELECT MAX(sequence) FROM outbox WHERE quarantined IS NULL);
                DELETE FROM journal WHERE sequence <= (SELECT sequence FROM journal_anchor)
                """),
        Case(
            name: "a purge without its anchor", harm: .chain,
            sql: "PRAGMA foreign_keys = OFF; DELETE FROM journal_anchor; DELETE FROM journal WHERE sequence <= (SELECT MIN(sequence) FROM journal)"),
        Case(name: "a late decline is gone", harm: .lost, sql: "DELETE FROM declined WHERE payment = (SELECT MAX(payment) FROM declined)"),
        Case(
            name: "a late decline is open again", harm: .lost,
            sql: "UPDATE declined SET state = 'open' WHERE payment = (SELECT MAX(payment) FROM declined WHERE state <> 'open')"),
        Case(name: "the limits are set back", harm: .lost, sql: "UPDATE terminal SET limit_version = 1"),
        Case(
            name: "a record twice", harm: .doubled, sql: """
                INSERT INTO journal (sequence, id, payment, body, body_hash, chain)
                    SELECT sequence + 1, zeroblob(16), payment, body, body_hash, chain FROM journal ORDER BY sequence DESC LIMIT 1
                """),
        Case(
            name: "exposure is not the sum", harm: .half, sql: "UPDATE exposure SET amount = amount + 1"),
        Case(
            name: "a spend is missing", harm: .half, sql: """
                DELETE FROM spend WHERE (account, account_sequence) IN (
                    SELECT s.account, s.account_sequence FROM spend s JOIN account a
                        ON a.id = s.account AND a.generation = (SELECT generation FROM terminal)
                    WHERE s.account_sequence > a.counted_through AND s.approvals = 1 LIMIT 1)
                """),
        Case(
            name: "a spend of nobody", harm: .half, sql: """
                INSERT INTO spend (account, account_sequence, purchases, offline, approvals, lines)
                VALUES ('nobody', 1, 1, 1, 1, '')
                """),
        Case(name: "an account's numbering goes back", harm: .half, sql: "UPDATE numbering SET next_sequence = next_sequence - 1"),
        Case(name: "the journal's numbering goes on", harm: .half, sql: "UPDATE terminal SET next_sequence = next_sequence + 1"),
        Case(name: "an account is missing", harm: .half, sql: "DELETE FROM account WHERE id = (SELECT MIN(id) FROM account)"),
        Case(
            name: "an outbox entry of another kind", harm: .half,
            sql: "UPDATE outbox SET kind = 'void' WHERE sequence = (SELECT MAX(sequence) FROM outbox)"),
        Case(
            name: "a payment that nobody began", harm: .phantom, sql: """
                INSERT INTO payment (id, amount, currency, state, started_at) VALUES (zeroblob(16), 1, 'SEK', 'declined', 0)
                """),
        Case(
            name: "a byte of a body is another", harm: .chain, sql: """
                UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '"merchant":"M1"', '"merchant":"M2"') AS BLOB)
                WHERE sequence = (SELECT MAX(sequence) - 2 FROM journal)
                """),
        Case(name: "a link is another", harm: .chain, sql: "UPDATE journal SET chain = zeroblob(32) WHERE sequence = (SELECT MAX(sequence) - 1 FROM journal)"),
    ]

    /// - Returns: names of the cases that the checker did not see, and how many there are.
    static func run(recording: String, store: String, folder: String) throws -> (missed: [String], count: Int) {
        let lines = try Recording(path: recording)
        let checker = try Checker()
        var promises = try Promises(checker.sql)
        for event in lines.events where event.kind == .mark { try promises.take(lines.text(event)) }
        let copy = folder + "/store.sqlite"
        func fresh() throws {
            try Files.empty(folder)
            try Files.copy(store, to: folder)
        }
        try fresh()
        let sound = try checker.check(copy)
        guard sound.isEmpty else { throw Stop("the sound store is found harmed: \(sound)") }
        var missed: [String] = []
        for one in cases {
            try fresh()
            do {
                let file = try SQL(copy)
                try file.execute(one.sql)
                guard try file.integer("SELECT total_changes()") > 0 else { throw Stop("\(one.name): nothing to break") }
            }
            let found = try checker.check(copy)
            if found[one.harm] == nil { missed.append("\(one.name): found \(found)") }
        }
        try fresh()
        guard let data = FileManager.default.contents(atPath: copy) else { throw Stop("no store") }
        try data.prefix(data.count / 2).write(to: URL(filePath: copy))
        let found = try checker.check(copy)
        if found[.unreadable] == nil { missed.append("half of the file: found \(found)") }
        return (missed, cases.count + 1)
    }
}
