import Core
import Foundation
import GRDB
import HostProtocol

/// What the host's word about the journal says of this store.
public enum JournalComparison: Sendable, Equatable {
    /// The store holds what the host holds.
    case agrees
    /// The host holds a record of this terminal that is purged here: nothing can be said.
    case unknown
    /// The difference has been noted before.
    case noted
    /// The host holds a record that this store does not: noted now.
    case restored(JournalMark)
}

extension PaymentStore {
    /// Compares the last record that the host holds with the journal. The host holds nothing that this terminal has not
    /// committed before, so a record that is not here means that the store was set back to an earlier state, or is new.
    ///
    /// Then a mark is left in the journal, and the next records are numbered after all that the host holds and go on from its
    /// link. Nothing is approved offline before limits have come that can be trusted (``LimitDoubt``). What the store has written since it was set back stays as it is and is forwarded: its ids are new, so the host
    /// books it.
    public func compare(_ host: JournalPosition, now: TrustedTime) throws(StoreError) -> JournalComparison {
        guard host.isWellFormed, try isCurrent() else { return .unknown }
        let found = try readCurrent { try PaymentStore.comparison($0, host) }
        guard found == nil else { return found ?? .agrees }
        return try writeCurrent { database in
            if let found = try PaymentStore.comparison(database, host) { return found }
            return .restored(try note(database, host, now))
        }
    }

    /// The marks that no technician has taken note of yet, oldest first; none in a forward-only store.
    public func unseenMarks() throws(StoreError) -> [JournalMark] {
        guard try isCurrent() else { return [] }
        return try readCurrent { database in
            let seen = try Int64.fetchOne(database, sql: "SELECT marks_seen FROM terminal") ?? 0
            return try JournalMark.all(database).filter { $0.number > seen }
        }
    }

    /// Takes note of every mark there is.
    public func seeMarks() throws(StoreError) {
        try writeCurrent { try $0.execute(sql: "UPDATE terminal SET marks_seen = marks") }
    }

    /// Nil for a difference that is not noted yet.
    private static func comparison(_ database: Database, _ host: JournalPosition) throws -> JournalComparison? {
        let head = try JournalHead(database)
        let marks = try JournalMark.all(database)
        let hostChain = Array(host.chain)
        if marks.contains(where: { $0.hostSequence == host.sequence && $0.hostChain == hostChain }) { return .noted }
        guard host.sequence <= head.last else { return nil }
        if let own = try link(database, at: host.sequence, head, marks) { return own == hostChain ? .agrees : nil }
        // Purged, or one of the numbers that were left out after an image.
        let isLeftOut = marks.contains { $0.after < host.sequence && host.sequence <= $0.resumes }
        return isLeftOut ? nil : .unknown
    }

    private static func link(
        _ database: Database, at sequence: Int64, _ head: JournalHead, _ marks: [JournalMark]
    ) throws -> [UInt8]? {
        if sequence == head.last { return head.chain }
        let look = try database.cachedStatement(sql: "SELECT chain FROM journal WHERE sequence = ?")
        if let row = try Row.fetchOne(look, arguments: [sequence]) { return try row.bytes("chain") }
        if let mark = marks.first(where: { $0.resumes == sequence }) { return mark.resumedChain }
        guard let anchor = try JournalAnchor.find(database), anchor.sequence == sequence else { return nil }
        return anchor.chain
    }

    private func note(_ database: Database, _ host: JournalPosition, _ now: TrustedTime) throws -> JournalMark {
        var head = try JournalHead(database)
        var mark = JournalMark(
            number: head.marks + 1, after: head.last, hostSequence: host.sequence, notedAt: now.instant.milliseconds,
            chain: head.chain, hostChain: Array(host.chain), seal: nil)
        mark.seal = seal?.mark(mark)
        try database.execute(
            sql: """
                INSERT INTO journal_mark (number, after, chain, host_sequence, host_chain, noted_at, seal)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                mark.number, mark.after, Data(mark.chain), mark.hostSequence, Data(mark.hostChain), mark.notedAt, mark.seal,
            ])
        try LimitDoubt.begin(database, through: mark.resumes)
        (head.next, head.chain, head.marks) = (mark.resumes + 1, mark.resumedChain, mark.number)
        try database.execute(
            sql: "UPDATE terminal SET next_sequence = ?, chain = ?, marks = ?, head_seal = ?",
            arguments: [head.next, Data(head.chain), head.marks, seal?.head(head)])
        return mark
    }
}
