import Core
import Crypto
import Foundation
import HostProtocol

/// Brings in the queue of a terminal that can't forward it any more, as `kassactl queue export` wrote it.
public struct RecordImport: Sendable {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case unreadable
        /// The line, from 1, is not as the terminal signed it, or not of this file's terminal.
        case changed(line: Int, field: String)
        case notAnExport
        case unknownTerminal(String)

        public var description: String {
            switch self {
            case .unreadable: "the file can't be read"
            case .changed(let line, let field): "line \(line): \(field) is not as the terminal signed it; nothing was applied"
            case .notAnExport: "the first line is not that of an exported queue"
            case .unknownTerminal(let id): "this host has no terminal \(id)"
            }
        }
    }

    public struct Outcome: Sendable, Equatable {
        public var terminal: String
        public var exportedAt: UTCInstant
        /// As the file's first line says.
        public var expected: Int
        public var applied = 0
        public var duplicates = 0
        public var declinedLater = 0
        public var rejected: [Rejected] = []

        public struct Rejected: Sendable, Equatable {
            public var sequence: Int64
            public var id: UUIDv7
            public var reason: String
        }

        public var found: Int { applied + duplicates + declinedLater + rejected.count }
    }

    private let file: URL
    private let ledger: SQLiteLedger

    public init(file: URL, into ledger: SQLiteLedger) {
        self.file = file
        self.ledger = ledger
    }

    /// Applies each record exactly as if it had been forwarded: what the books hold already is not booked again. The whole
    /// file is proved before anything of it is applied.
    /// - Throws: ``Failure``, ``LedgerError``.
    public func run(now: UTCInstant) async throws -> Outcome {
        let (header, key) = try await header()
        try each(header, key) { _ in }
        var outcome = Outcome(terminal: header.terminal, exportedAt: header.exportedAt, expected: header.count)
        var batch: [ForwardedRecord] = []
        var batches: [[ForwardedRecord]] = []
        try each(header, key) { record in
            batch.append(record)
            guard batch.count == RecordBatch.maximumCount else { return }
            batches.append(batch)
            batch = []
        }
        if !batch.isEmpty { batches.append(batch) }
        for records in batches {
            let results = try await ledger.apply(RecordBatch(records: records), terminal: header.terminal, now: now)
            for (record, result) in zip(records, results) {
                switch result.outcome {
                case .applied: outcome.applied += 1
                case .duplicate: outcome.duplicates += 1
                case .declinedLater: outcome.declinedLater += 1
                case .rejected:
                    outcome.rejected.append(
                        Outcome.Rejected(sequence: record.sequence, id: record.id, reason: result.reason ?? "rejected"))
                }
            }
        }
        return outcome
    }

    private func header() async throws -> (QueueExport.Header, Curve25519.Signing.PublicKey) {
        guard let lines = LineFile(file) else { throw Failure.unreadable }
        guard let first = lines.next(), let terminal = QueueExport.claimedTerminal(line: first) else {
            throw Failure.notAnExport
        }
        let key: Curve25519.Signing.PublicKey
        do {
            key = try await ledger.terminalKey(terminal)
        } catch .unknownTerminal {
            throw Failure.unknownTerminal(terminal)
        }
        do throws(WireError) {
            let header = try QueueExport.read(QueueExport.Header.self, line: first, key: key)
            guard header.type == "queue", header.terminal == terminal else { throw WireError.malformed(field: "type") }
            return (header, key)
        } catch {
            throw Self.failure(error, line: 1)
        }
    }

    private func each(
        _ header: QueueExport.Header, _ key: Curve25519.Signing.PublicKey, _ body: (ForwardedRecord) -> Void
    ) throws {
        guard let lines = LineFile(file) else { throw Failure.unreadable }
        _ = lines.next()
        var number = 1
        while let text = lines.next() {
            number += 1
            do throws(WireError) {
                let line = try QueueExport.read(QueueExport.Line.self, line: text, key: key)
                guard line.type == "record", line.terminal == header.terminal else {
                    throw WireError.malformed(field: "terminal")
                }
                body(line.record)
            } catch {
                throw Self.failure(error, line: number)
            }
        }
    }

    private static func failure(_ error: WireError, line: Int) -> Failure {
        switch error {
        case .malformed(let field): .changed(line: line, field: field)
        }
    }
}

/// A file's lines, one at a time; a line that is longer than any may be comes cut, and so proves nothing.
private final class LineFile {
    private let handle: FileHandle
    private var held: [UInt8] = []
    private var isAtEnd = false

    init?(_ file: URL) {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        self.handle = handle
    }

    deinit { try? handle.close() }

    /// Nil at the end; empty lines are passed over.
    func next() -> [UInt8]? {
        while true {
            if let end = held.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(held[..<end])
                held.removeSubrange(...end)
                if !line.isEmpty { return line }
                continue
            }
            guard !isAtEnd, held.count <= QueueExport.maximumLineBytes else {
                defer { held = [] }
                isAtEnd = true
                return held.isEmpty ? nil : held
            }
            if let more = try? handle.read(upToCount: 64 << 10), !more.isEmpty {
                held += more
            } else {
                isAtEnd = true
            }
        }
    }
}
