import Core
import Foundation
import GRDB
import HostProtocol

// ALL-3: records of one terminal and account count as a contiguous prefix of their numbers. Those that arrive ahead of a
// missing one are booked, and kept here by what they did, which the terminal's page leaves out until they count.
extension LedgerTransaction {
    func countedThrough(_ account: String, _ terminal: String) throws -> Int64 {
        try number("SELECT through FROM counted WHERE account = ? AND terminal = ?", [account, terminal]) ?? 0
    }

    /// Moves the contiguous prefix on, over records that had arrived ahead of this one.
    func count(_ record: JournalRecord, account: String, sequence: Int64, effect: Effect, now: UTCInstant) throws {
        let key: StatementArguments = [account, record.terminal]
        var through = try countedThrough(account, record.terminal)
        let isAhead = "SELECT 1 FROM ahead WHERE account = ? AND terminal = ? AND sequence = ?"
        guard sequence > through, try !holds(isAhead, key + [sequence]) else {
            try alarm(.accountSequenceReused, record, "account \(account), number \(sequence)", at: now)
            return
        }
        guard sequence == through + 1 else {
            let programme = try self.account(account)?.programme ?? record.programme ?? ""
            try run(
                "INSERT INTO ahead (account, terminal, sequence, amount, day, purchases) VALUES (?, ?, ?, ?, ?, ?)",
                key + [sequence, effect.amount, effect.day ?? day(programme, record.decidedAt), effect.purchases])
            for share in try effect.taken.summed() {
                try run(
                    "INSERT INTO ahead_share VALUES (?, ?, ?, ?, ?, ?, ?)",
                    key + [sequence, share.purse, share.denomination ?? 0, share.units, share.money])
            }
            return
        }
        through = sequence
        while try holds(isAhead, key + [through + 1]) { through += 1 }
        if through > sequence {
            try run("DELETE FROM ahead WHERE account = ? AND terminal = ? AND sequence <= ?", key + [through])
            try run("DELETE FROM ahead_share WHERE account = ? AND terminal = ? AND sequence <= ?", key + [through])
        }
        try run(
            """
            UPDATE charge SET ending = NULL
            WHERE account = ? AND terminal = ? AND (state = 'open' OR ending IS NOT NULL) AND ending <= ?
            """, key + [through])
        try run("INSERT INTO counted VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET through = excluded.through", key + [through])
    }

    /// The purses no longer lack what this record took, though it does not count yet.
    func forgetAhead(_ account: String, terminal: String, sequence: Int64) throws {
        let key: StatementArguments = [account, terminal, sequence]
        try run("DELETE FROM ahead_share WHERE account = ? AND terminal = ? AND sequence = ?", key)
        try run("UPDATE ahead SET amount = 0 WHERE account = ? AND terminal = ? AND sequence = ?", key)
    }

    /// Closes the old journal's numbers: the new one goes on after the highest account numbers that the old one is known
    /// to have used, so that what is counted next is never taken for what came ahead before.
    func replace(terminal: String, now: UTCInstant) throws {
        let old = try self.terminal(terminal)
        let open = try rows(
            """
            SELECT account, max(sequence) AS highest FROM (
                SELECT account, sequence FROM ahead WHERE terminal = ?1
                UNION ALL
                SELECT record.account, record.account_sequence FROM held CROSS JOIN record ON record.id = held.record
                WHERE record.terminal = ?1 AND record.account IS NOT NULL
            ) GROUP BY account ORDER BY account
            """, [terminal])
        for row in open {
            let account: String = row["account"]
            try run(
                "INSERT INTO counted VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET through = max(through, excluded.through)",
                [account, terminal, row["highest"] as Int64])
            try touch(account)
        }
        try run("DELETE FROM ahead WHERE terminal = ?", [terminal])
        try run("DELETE FROM ahead_share WHERE terminal = ?", [terminal])
        try run("UPDATE charge SET ending = NULL WHERE terminal = ? AND ending IS NOT NULL", [terminal])
        try run("UPDATE terminal SET image = image + 1, highest_sequence = 0 WHERE id = ?", [terminal])
        try alarm(
            .terminalReplaced, terminal: terminal, sequence: old.highestSequence, record: nil,
            "journal \(old.image) ends, accounts with records missing: \(open.count)", at: now)
    }
}
