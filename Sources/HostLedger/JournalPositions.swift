import Foundation
import GRDB
import HostProtocol

extension SQLiteLedger {
    /// The last record that the books hold of the terminal's present journal; nil when they hold none. Of several with one
    /// number the one that came first: whoever holds another has been set back.
    public func journalPosition(of terminal: String) async throws(LedgerError) -> JournalPosition? {
        try await read { books in
            let holder = try books.terminal(terminal)
            guard holder.highestSequence > 0,
                let row = try books.row(
                    """
                    SELECT chain FROM record WHERE terminal = ? AND sequence = ? AND image = ?
                    ORDER BY received_at, id LIMIT 1
                    """, [terminal, holder.highestSequence, holder.image])
            else { return nil }
            return JournalPosition(sequence: holder.highestSequence, chain: row["chain"])
        }
    }

    public func terminalCount() async throws(LedgerError) -> Int {
        try await read { books in try Int.fetchOne(books.db, sql: "SELECT COUNT(*) FROM terminal") ?? 0 }
    }
}
