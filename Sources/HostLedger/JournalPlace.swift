import Core
import Foundation
import GRDB
import HostProtocol

/// The places of records in their terminal's journal. What is wrong with one is an alarm, never a reason to forget money that
/// has been spent.
///
/// A terminal forwards several accounts at once, so a record may come before an earlier one of another account. The terminal
/// says from which number on it still waits: what is missing below that is lost, what is missing above is awaited.
extension LedgerTransaction {
    func checkPlace(_ record: JournalRecord, chain: [UInt8], hash: [UInt8], oldest: Int64?, now: UTCInstant) throws {
        let (terminal, sequence) = (record.terminal, record.sequence)
        let holder = try self.terminal(terminal)
        let isReused = try holds(
            "SELECT 1 FROM record WHERE terminal = ? AND sequence = ? AND image = ?", [terminal, sequence, holder.image])
        if isReused {
            try alarm(.sequenceReused, record, "another id holds it", at: now)
        }
        let highest = holder.highestSequence
        if sequence > highest {
            let missing = highest + 1
            if missing < sequence {
                let awaited = min(max(missing, oldest ?? sequence), sequence)
                if missing < awaited { try alarm(.sequenceGap, record, "expected \(missing)", at: now) }
                if awaited < sequence { try expect(terminal, holder.image, awaited, sequence - 1) }
            }
            try run("UPDATE terminal SET highest_sequence = ? WHERE id = ?", [sequence, terminal])
        } else {
            try arrived(terminal, holder.image, sequence)
        }
        try checkLink(record, chain: chain, hash: hash, image: holder.image, now: now)
        // What follows a number used twice continues from the first that held it.
        if !isReused { try checkNextLink(record, chain: chain, image: holder.image, now: now) }
    }

    /// Alarms for what a terminal no longer waits for and this host lacks, once for each stretch.
    func missLost(terminal: String, below oldest: Int64, now: UTCInstant) throws {
        let image = try self.terminal(terminal).image
        let lost = try rows(
            "SELECT first, last FROM awaited WHERE terminal = ? AND image = ? AND first < ? ORDER BY first",
            [terminal, image, oldest])
        for row in lost {
            let (first, last): (Int64, Int64) = (row["first"], row["last"])
            try alarm(
                .sequenceGap, terminal: terminal, sequence: min(last, oldest - 1), record: nil, "expected \(first)", at: now)
            try run("DELETE FROM awaited WHERE terminal = ? AND image = ? AND first = ?", [terminal, image, first])
            if last >= oldest { try expect(terminal, image, oldest, last) }
        }
    }

    private func expect(_ terminal: String, _ image: Int64, _ first: Int64, _ last: Int64) throws {
        try run("INSERT OR REPLACE INTO awaited VALUES (?, ?, ?, ?)", [terminal, image, first, last])
    }

    private func arrived(_ terminal: String, _ image: Int64, _ sequence: Int64) throws {
        guard
            let row = try row(
                "SELECT first, last FROM awaited WHERE terminal = ? AND image = ? AND first <= ? ORDER BY first DESC LIMIT 1",
                [terminal, image, sequence])
        else { return }
        let (first, last): (Int64, Int64) = (row["first"], row["last"])
        guard sequence <= last else { return }
        try run("DELETE FROM awaited WHERE terminal = ? AND image = ? AND first = ?", [terminal, image, first])
        if first < sequence { try expect(terminal, image, first, sequence - 1) }
        if sequence < last { try expect(terminal, image, sequence + 1, last) }
    }

    /// The chain continues from the record before, if that is here.
    private func checkLink(_ record: JournalRecord, chain: [UInt8], hash: [UInt8], image: Int64, now: UTCInstant) throws {
        let sequence = record.sequence
        var previous = [JournalChain.genesis]
        if sequence > 1 {
            previous = try rows(
                "SELECT chain FROM record WHERE terminal = ? AND sequence = ? AND image = ?",
                [record.terminal, sequence - 1, image]
            ).map { Array($0["chain"] as Data) }
        }
        let continues = previous.contains {
            JournalChain.link(previous: $0, sequence: sequence, id: record.id, bodyHash: hash) == chain
        }
        if !previous.isEmpty, !continues { try alarm(.chainBroken, record, "link differs", at: now) }
    }

    /// The chain continues to the record after, if that has come before this one.
    private func checkNextLink(_ record: JournalRecord, chain: [UInt8], image: Int64, now: UTCInstant) throws {
        let sequence = record.sequence
        let next = try rows(
            "SELECT id, body_hash, chain FROM record WHERE terminal = ? AND sequence = ? AND image = ?",
            [record.terminal, sequence + 1, image])
        for row in next {
            guard let id = UUIDv7(bytes: Array(row["id"] as Data)) else { continue }
            let link = JournalChain.link(
                previous: chain, sequence: sequence + 1, id: id, bodyHash: Array(row["body_hash"] as Data))
            if link != Array(row["chain"] as Data) {
                try alarm(
                    .chainBroken, terminal: record.terminal, sequence: sequence + 1, record: id, "link differs", at: now)
            }
        }
    }
}

extension LedgerSchema {
    /// Numbers of a terminal's journal that came to be passed over by records of other accounts, in stretches.
    static let awaited = """
        CREATE TABLE awaited (
            terminal TEXT NOT NULL, image INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            PRIMARY KEY (terminal, image, first)
        ) STRICT, WITHOUT ROWID;
        """
}
