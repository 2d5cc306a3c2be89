import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// Instruments that pay nowhere, whether a terminal knows their accounts or not (CARD-8, WAL-6).
extension SQLiteLedger {
    public func stop(_ entry: StopEntry) async throws(LedgerError) {
        try await write { try $0.stop(entry) }
    }

    /// CARD-8: the issuer clears it. An instrument that is not stopped stays so.
    public func unstop(_ instrument: Pseudonym) async throws(LedgerError) {
        try await write { books in
            guard try books.stopped(instrument) != nil else { return }
            try books.run(
                "UPDATE stop SET removed = 1, version = ? WHERE pseudonym = ?",
                [try books.nextVersion(), Data(instrument.bytes)])
        }
    }

    /// Adds what a file lists: a pseudonym in hexadecimal and a reason on each line. Goes through the file in parts, each
    /// on stable storage before the next is read.
    /// - Returns: how many entries were new or changed.
    /// - Throws: ``LedgerError/malformed(field:)`` naming the first line that is wrong, with what precedes its part added.
    public func importStops(
        from file: URL, partSize: Int = 100_000
    ) async throws(LedgerError) -> Int {
        let lines: StopListReader
        do {
            lines = try StopListReader(file)
        } catch {
            throw .malformed(field: "file")
        }
        // The list is written in no order of its own: a larger cache keeps more of the table's pages at hand.
        try await unsafely("PRAGMA cache_size = -65536")
        var changed = 0
        while true {
            let part = try lines.next(atMost: partSize)
            guard !part.isEmpty else { break }
            changed += try await write { try $0.stop(part) }
        }
        try await unsafely("PRAGMA cache_size = -2000")
        return changed
    }

    private func unsafely(_ pragma: String) async throws(LedgerError) {
        do {
            try await database.writeWithoutTransaction { try $0.execute(sql: pragma) }
        } catch {
            throw LedgerError(error)
        }
    }
}

extension LedgerTransaction {
    func stop(_ entry: StopEntry) throws { _ = try stop([entry]) }

    /// Each change gets a version of its own, so that pages can be cut anywhere.
    func stop(_ entries: [StopEntry]) throws -> Int {
        let first = try version()
        var version = first
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO stop (pseudonym, reason, version) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET reason = excluded.reason, version = excluded.version, removed = 0
                WHERE removed = 1 OR reason <> excluded.reason
                """)
        // In the table's order: neighbours are on one page.
        for entry in entries.sorted(by: { $0.instrument.bytes.lexicographicallyPrecedes($1.instrument.bytes) }) {
            try statement.execute(arguments: [Data(entry.instrument.bytes), entry.reason.rawValue, version + 1])
            if db.changesCount > 0 { version += 1 }
        }
        if version > first {
            news.hasAny = true
            try run("UPDATE ledger SET version = ?", [version])
        }
        return Int(version - first)
    }

    /// Why the instrument is stopped; nil when it is not.
    func stopped(_ instrument: Pseudonym) throws -> Reason? {
        let row = try row("SELECT reason FROM stop WHERE pseudonym = ? AND removed = 0", [Data(instrument.bytes)])
        switch row.flatMap({ StopReason(rawValue: $0["reason"] as UInt8) }) {
        case .blocked: return .blocked
        case .lostOrStolen: return .lostOrStolen
        case .suspended: return .suspended
        case nil: return nil
        }
    }
}

/// Reads a stop list a part at a time.
private final class StopListReader {
    private let handle: FileHandle
    private var rest: [UInt8] = []
    private var isAtEnd = false
    private var line = 0

    init(_ file: URL) throws { handle = try FileHandle(forReadingFrom: file) }

    deinit { try? handle.close() }

    /// Empty at the end of the file.
    func next(atMost count: Int) throws(LedgerError) -> [StopEntry] {
        var entries: [StopEntry] = []
        entries.reserveCapacity(count)
        var start = rest.startIndex
        while entries.count < count {
            if let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if let entry = try entry(rest[start..<end]) { entries.append(entry) }
                start = rest.index(after: end)
                continue
            }
            rest.removeSubrange(..<start)
            start = rest.startIndex
            if isAtEnd {
                if let entry = try entry(rest[...]) { entries.append(entry) }
                rest = []
                return entries
            }
            guard rest.count < 1 << 20, let more = try? handle.read(upToCount: 1 << 20) ?? Data() else {
                throw .malformed(field: "line \(line + 1)")
            }
            isAtEnd = more.isEmpty
            rest += more
        }
        rest.removeSubrange(..<start)
        return entries
    }

    private func entry(_ bytes: ArraySlice<UInt8>) throws(LedgerError) -> StopEntry? {
        line += 1
        let words = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
        guard !words.isEmpty else { return nil }
        guard words.count == 2, let instrument = Pseudonym(hex: String(decoding: words[0], as: UTF8.self)),
            let reason = StopReason(word: String(decoding: words[1], as: UTF8.self))
        else { throw .malformed(field: "line \(line)") }
        return StopEntry(instrument: instrument, reason: reason)
    }
}

extension StopReason {
    /// As people write it.
    public init?(word: String) {
        switch word {
        case "blocked": self = .blocked
        case "lostOrStolen": self = .lostOrStolen
        case "suspended": self = .suspended
        default: return nil
        }
    }

    public var word: String {
        switch self {
        case .blocked: "blocked"
        case .lostOrStolen: "lostOrStolen"
        case .suspended: "suspended"
        }
    }
}
