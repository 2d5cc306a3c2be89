import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import Store

@Suite("S9: whoever changes the journal without the terminal's key is found", .serialized)
struct JournalMutationTests {
    /// Mutations of one kind; each is made on the same good file and undone.
    private static let rounds = 300

    enum Mutation: String, CaseIterable {
        case flip, deleteRow, swapRows, swapColumn, cutTail, cutTailWell, rehash, rehashWithoutSeals, flipEnd, flipRest, forgeRow
    }

    @Test("Thousands of random mutations by plain SQL: each is found, and at the record that was changed", arguments: Mutation.allCases)
    func mutations(_ mutation: Mutation) async throws {
        // On a thread of its own: the other tests need theirs.
        let (kinds, missed) = try await withCheckedThrowingContinuation { (done: CheckedContinuation<([String: Int], [String]), any Error>) in
            Thread.detachNewThread { done.resume(with: Result { try Self.run(mutation) }) }
        }
        #expect(missed == [])
        #expect(kinds.values.reduce(0, +) == Self.rounds)
        print("journal mutations, \(mutation): \(Self.rounds) made, \(kinds.values.reduce(0, +)) found, \(kinds)")
    }

    /// - Returns: how many were found as what, and what was wrong about the others.
    private static func run(_ mutation: Mutation) throws -> ([String: Int], [String]) {
        let scene = try StoreScene()
        let (path, store) = try prepare(scene)
        defer { store.close() }
        let whole = try store.walkJournal()
        guard whole.fault == nil, whole.purgedThrough == 12, whole.marks == 2 else { return ([:], ["not as prepared"]) }
        store.close()
        let good = try Data(contentsOf: URL(filePath: path))
        var dice = Dice(mutation.rawValue.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        var kinds: [String: Int] = [:]
        var missed: [String] = []
        for round in 0..<rounds {
            let expected = try mutate(path, mutation, &dice)
            let found = try verify(store)
            store.close()
            switch found {
            case .fault(let fault):
                kinds[fault.kind.rawValue, default: 0] += 1
                if let expected, fault.sequence != expected { missed.append("\(round): \(fault), expected \(expected)") }
                // Nothing but the seal tells of a chain that is good again.
                if mutation == .rehash, fault.kind != .seal { missed.append("\(round): \(fault)") }
            case .unreadable: kinds["unreadable", default: 0] += 1
            case nil: missed.append("\(round) was not found")
            }
            try good.write(to: URL(filePath: path))
        }
        if try store.walkJournal().fault != nil { missed.append("the good file is not good") }
        return (kinds, missed)
    }

    enum Found {
        case fault(JournalFault)
        /// The daemon takes the row for damaged.
        case unreadable
    }

    private static func verify(_ store: PaymentStore) throws -> Found? {
        do {
            return try store.walkJournal().fault.map { .fault($0) }
        } catch .damaged {
            return .unreadable
        }
    }

    /// Purged through 12, two marks of restored images, one of which left numbers out.
    private static func prepare(_ scene: StoreScene) throws -> (String, PaymentStore) {
        try scene.fillJournal(30)
        try scene.acknowledge(oldest: 12)
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: 500 * 86_400_000), anchored: true)
        #expect(try scene.purge(days: 400).purged == 12)
        let stranger = Data(repeating: 5, count: 32)
        _ = try scene.store.compare(JournalPosition(sequence: 20, chain: stranger), now: scene.now)
        _ = try scene.store.compare(JournalPosition(sequence: 45, chain: stranger), now: scene.now)
        try scene.page([scene.account(balance: 100_000_000, version: 2)], version: 2)
        for _ in 0..<8 { try scene.begin(100) }
        _ = try scene.store.recoverOpenPayments(now: scene.now, mint: scene.mint)
        return try scene.copy("mutant.sqlite")
    }

    /// - Returns: the record at which it must be found, where that is one.
    private static func mutate(_ path: String, _ mutation: Mutation, _ dice: inout Dice) throws -> Int64? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        var thrown = dice
        defer { dice = thrown }
        return try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF")
            let sequences = try Int64.fetchAll(database, sql: "SELECT sequence FROM journal ORDER BY sequence")
            let one = sequences[thrown.below(sequences.count)]
            switch mutation {
            case .flip:
                let column = ["sequence", "id", "payment", "body", "body_hash", "chain", "seal"][thrown.below(7)]
                try flip(database, "journal", column, "sequence = \(one)", &thrown)
                return column == "sequence" ? nil : one
            case .deleteRow:
                let count = 1 + thrown.below(3)
                try database.execute(sql: "DELETE FROM journal WHERE sequence BETWEEN \(one) AND \(one) + \(count) - 1")
                return one
            case .swapRows:
                let other = sequences[thrown.below(sequences.count)]
                let columns = ["id", "payment", "body", "body_hash", "chain", "seal"]
                try swap(database, columns, one, one == other ? sequences[(sequences.firstIndex(of: one) ?? 0) == 0 ? 1 : 0] : other)
                return nil
            case .swapColumn:
                let other = sequences[(thrown.below(sequences.count - 1) + 1 + (sequences.firstIndex(of: one) ?? 0)) % sequences.count]
                try swap(database, [["payment", "body", "body_hash", "chain", "seal"][thrown.below(5)]], one, other)
                return min(one, other)
            case .cutTail:
                try database.execute(sql: "DELETE FROM journal WHERE sequence >= \(one)")
                return one
            case .cutTailWell:
                try cut(database, from: one, seals: thrown.below(2) == 0)
                // Behind a place where numbers were left out, or a purge, the end is met elsewhere.
                return sequences.contains(one - 1) ? one : nil
            case .rehash:
                let body: Data = try #require(try Data.fetchOne(database, sql: "SELECT body FROM journal WHERE sequence = \(one)"))
                let text = String(decoding: body, as: UTF8.self).replacingOccurrences(of: ":100}", with: ":999}")
                try database.execute(sql: "UPDATE journal SET body = ? WHERE sequence = \(one)", arguments: [Data(text.utf8)])
                try rehash(database, from: one)
                return one
            case .rehashWithoutSeals:
                try database.execute(sql: "UPDATE journal SET body = CAST(body || x'20' AS BLOB) WHERE sequence = \(one)")
                try rehash(database, from: one)
                try database.execute(sql: "UPDATE journal SET seal = NULL WHERE sequence >= \(one)")
                if thrown.below(2) == 0 { try database.execute(sql: "UPDATE terminal SET sealed_from = next_sequence") }
                return nil
            case .flipEnd:
                let column = ["next_sequence", "chain", "head_seal", "sealed_from", "marks"][thrown.below(5)]
                try flip(database, "terminal", column, "one = 1", &thrown)
                return nil
            case .flipRest:
                let (table, columns) = [
                    ("journal_anchor", ["sequence", "chain", "purged_at", "seal"]),
                    ("journal_mark", ["number", "after", "chain", "host_sequence", "host_chain", "noted_at", "seal"]),
                ][thrown.below(2)]
                let rows = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
                let row = 1 + thrown.below(rows)
                if thrown.below(8) == 0 {
                    try database.execute(sql: "DELETE FROM \(table) WHERE rowid = \(row)")
                } else {
                    try flip(database, table, columns[thrown.below(columns.count)], "rowid = \(row)", &thrown)
                }
                return nil
            case .forgeRow:
                // A record of their own at the end, with a good chain and a good end, but no seal.
                let last = try #require(sequences.last)
                try database.execute(
                    sql: """
                        INSERT INTO journal SELECT sequence + 1, randomblob(16), payment, body, body_hash, chain, seal
                        FROM journal WHERE sequence = \(last)
                        """)
                try rehash(database, from: last + 1)
                try database.execute(sql: "UPDATE terminal SET next_sequence = next_sequence + 1")
                return last + 1
            }
        }
    }

    private static func flip(
        _ database: Database, _ table: String, _ column: String, _ clause: String, _ dice: inout Dice
    ) throws {
        let value = try #require(try DatabaseValue.fetchOne(database, sql: "SELECT \(column) FROM \(table) WHERE \(clause)"))
        let flipped: DatabaseValue
        if let number = Int64.fromDatabaseValue(value) {
            flipped = (number ^ (1 << Int64(dice.below(62)))).databaseValue
        } else {
            var bytes = try #require(Data.fromDatabaseValue(value))
            let place = dice.below(bytes.count * 8)
            bytes[bytes.startIndex + place / 8] ^= 1 << UInt8(place % 8)
            flipped = bytes.databaseValue
        }
        try database.execute(sql: "UPDATE OR REPLACE \(table) SET \(column) = ? WHERE \(clause)", arguments: [flipped])
    }

    private static func swap(_ database: Database, _ columns: [String], _ one: Int64, _ other: Int64) throws {
        for column in columns {
            let values = try [one, other].map {
                try #require(try DatabaseValue.fetchOne(database, sql: "SELECT \(column) FROM journal WHERE sequence = \($0)"))
            }
            if column == "id" { try database.execute(sql: "UPDATE journal SET id = randomblob(16) WHERE sequence = \(other)") }
            try database.execute(sql: "UPDATE journal SET \(column) = ? WHERE sequence = \(one)", arguments: [values[1]])
            try database.execute(sql: "UPDATE journal SET \(column) = ? WHERE sequence = \(other)", arguments: [values[0]])
        }
    }

    /// As one who knows how the tables hang together: the end goes back to the record before.
    private static func cut(_ database: Database, from sequence: Int64, seals: Bool) throws {
        try database.execute(sql: "DELETE FROM outbox WHERE sequence >= \(sequence)")
        try database.execute(sql: "DELETE FROM journal WHERE sequence >= \(sequence)")
        let row = try Row.fetchOne(database, sql: "SELECT sequence, chain, seal FROM journal ORDER BY sequence DESC")
        try database.execute(
            sql: "UPDATE terminal SET next_sequence = ?, chain = ?",
            arguments: [(row?["sequence"] as Int64? ?? 12) + 1, row?["chain"] as Data? ?? Data(repeating: 0, count: 32)])
        // The only seal at hand over this link is the record's own.
        if seals { try database.execute(sql: "UPDATE terminal SET head_seal = ?", arguments: [row?["seal"] as Data?]) }
    }

    /// Makes hashes and links good again from a record to the end.
    private static func rehash(_ database: Database, from sequence: Int64) throws {
        var previous = try Data.fetchOne(
            database, sql: "SELECT chain FROM journal WHERE sequence < \(sequence) ORDER BY sequence DESC LIMIT 1")
        previous = try previous ?? Data.fetchOne(database, sql: "SELECT chain FROM journal_anchor")
        previous = try Data.fetchOne(
            database, sql: "SELECT host_chain FROM journal_mark WHERE host_sequence = \(sequence - 1) AND host_sequence > after") ?? previous
        var before = try #require(previous)
        var last = sequence - 1
        for row in try Row.fetchAll(database, sql: "SELECT sequence, id, body FROM journal WHERE sequence >= \(sequence) ORDER BY sequence") {
            let number: Int64 = row["sequence"]
            if number != last + 1, let chain = try Data.fetchOne(
                database, sql: "SELECT host_chain FROM journal_mark WHERE host_sequence = \(number - 1) AND host_sequence > after")
            { before = chain }
            let hash = JournalChain.bodyHash(Array(row["body"] as Data))
            let id = try #require(UUIDv7(bytes: Array(row["id"] as Data)))
            let link = JournalChain.link(previous: Array(before), sequence: number, id: id, bodyHash: hash)
            try database.execute(
                sql: "UPDATE journal SET body_hash = ?, chain = ? WHERE sequence = \(number)", arguments: [Data(hash), Data(link)])
            (before, last) = (Data(link), number)
        }
        try database.execute(sql: "UPDATE terminal SET chain = ?", arguments: [before])
    }
}
