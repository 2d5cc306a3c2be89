import Foundation
import GRDB
import HostProtocol

/// Where the journal ends, as the terminal's row has it.
struct JournalHead {
    /// The sequence of the next record.
    var next: Int64
    /// The link that it goes on from.
    var chain: [UInt8]
    /// The first record that must carry a seal.
    var sealedFrom: Int64
    /// How many rows ``JournalMark`` has.
    var marks: Int64
    var seal: Data?

    var last: Int64 { next - 1 }

    init(_ database: Database) throws {
        let look = try database.cachedStatement(sql: "SELECT next_sequence, chain, sealed_from, marks, head_seal FROM terminal")
        let head = try look.first([]) { columns in
            try JournalHead(
                next: columns.value(), chain: Array(columns.value(Data.self)), sealedFrom: columns.value(),
                marks: columns.value(), seal: columns.optional())
        }
        guard let head else { throw StoreError.damaged }
        self = head
    }

    /// Of a file whose migration has failed: without seals.
    init(unsealed database: Database) throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT next_sequence, chain FROM terminal") else {
            throw StoreError.damaged
        }
        self = try JournalHead(
            next: row.value("next_sequence"), chain: row.bytes("chain"), sealedFrom: .max, marks: 0, seal: nil)
    }

    private init(next: Int64, chain: [UInt8], sealedFrom: Int64, marks: Int64, seal: Data?) throws {
        // Far above any journal, far below where sums overflow.
        guard (1...1 << 60).contains(next), chain.count == 32 else { throw StoreError.damaged }
        (self.next, self.chain, self.sealedFrom, self.marks, self.seal) = (next, chain, sealedFrom, marks, seal)
    }
}

/// What a purge leaves in place of the records that it deleted: the rest of the chain is proved from here.
struct JournalAnchor {
    var sequence: Int64
    var chain: [UInt8]
    var purgedAt: Int64
    var seal: Data?

    /// Nil when nothing was purged yet.
    static func find(_ database: Database) throws -> JournalAnchor? {
        let look = try database.cachedStatement(sql: "SELECT * FROM journal_anchor")
        guard let row = try Row.fetchOne(look) else { return nil }
        return JournalAnchor(
            sequence: try row.value("sequence"), chain: try row.bytes("chain"), purgedAt: try row.value("purged_at"),
            seal: try row.optional("seal"))
    }
}

/// Noted when the host held a record that this journal did not: the store had been restored from an image, or is new. The
/// numbers go on after the host's, from the host's link, so that nothing collides.
public struct JournalMark: Sendable, Equatable {
    /// From 1.
    public var number: Int64
    /// The last record that the journal held.
    public var after: Int64
    /// The last record that the host held.
    public var hostSequence: Int64
    /// Milliseconds since 1970 UTC, as the terminal believed.
    public var notedAt: Int64
    var chain: [UInt8]
    var hostChain: [UInt8]
    var seal: Data?

    /// The record before the next one.
    public var resumes: Int64 { max(after, hostSequence) }

    /// The link that the next record goes on from.
    var resumedChain: [UInt8] { hostSequence > after ? hostChain : chain }

    static func all(_ database: Database) throws -> [JournalMark] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM journal_mark ORDER BY number")).map { row in
            JournalMark(
                number: try row.value("number"), after: try row.value("after"), hostSequence: try row.value("host_sequence"),
                notedAt: try row.value("noted_at"), chain: try row.bytes("chain"), hostChain: try row.bytes("host_chain"),
                seal: try row.optional("seal"))
        }
    }
}
