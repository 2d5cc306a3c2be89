import Core
import Foundation
import GRDB
import HostProtocol

/// What is wrong with the journal, and where first.
public struct JournalFault: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// No record has this sequence.
        case missing
        /// A record where there must be none: purged, or before the first.
        case surplus
        /// The body is not the one that was hashed.
        case body
        /// The hash is not the body's.
        case hash
        /// The link does not go on from the record before.
        case link
        /// The record is kept under another payment than its body names.
        case payment
        /// The seal is missing or not this terminal's.
        case seal
        /// What a purge left is not this terminal's.
        case anchor
        /// A mark of a restored image is missing or not this terminal's.
        case mark
        /// The journal ends before its last record.
        case tail
        /// The end is not the one that this terminal sealed.
        case head

        /// A sentence for the technician.
        public var sentence: String {
            switch self {
            case .missing: "the record is missing"
            case .surplus: "a record is where none may be"
            case .body: "the body was changed"
            case .hash: "the body's hash was changed"
            case .link: "the link does not go on from the record before"
            case .payment: "the record was moved to another payment"
            case .seal: "the seal is missing or not this terminal's: the record was written by someone else"
            case .anchor: "what the last purge left was changed"
            case .mark: "the mark of a restored image is missing or was changed"
            case .tail: "the records from here on are cut off"
            case .head: "the journal's end is not the one that this terminal sealed: records from here on were cut off or changed"
            }
        }
    }

    public var sequence: Int64
    public var kind: Kind
}

/// How far the journal has been proved.
public struct ChainWalk: Sendable, Equatable {
    static let recordsPerStep = 250

    /// The last record that fits.
    public internal(set) var verified: Int64 = 0
    /// The first that does not.
    public internal(set) var fault: JournalFault?
    /// Nothing was left after the last step, and the journal's end is the one that was sealed.
    public internal(set) var isAtEnd = false
    /// Records looked at, and the first of them.
    public internal(set) var records = 0
    public internal(set) var first: Int64?
    /// The last record that was purged; 0 when none was.
    public internal(set) var purgedThrough: Int64 = 0
    /// Restored images that the journal knows of.
    public internal(set) var marks = 0
    var link = JournalChain.genesis

    public init() {}

    /// The sequence of the first record that does not fit.
    public var broken: Int64? { fault?.sequence }
}

extension PaymentStore {
    /// Walks the whole journal. Nil when it is whole, else the first sequence that does not fit.
    public func firstBrokenLink() throws(StoreError) -> Int64? { try walkJournal().broken }

    /// Walks the whole journal: links, hashes, seals, and its end.
    public func walkJournal() throws(StoreError) -> ChainWalk {
        var walk = ChainWalk()
        repeat { try step(&walk) } while !walk.isAtEnd && walk.fault == nil
        return walk
    }

    /// Goes on with a walk over the journal, some hundred records at a time: lanes commit between two steps. After the end,
    /// and after a fault, another step looks once more from the last record that fits.
    public func step(_ walk: inout ChainWalk) throws(StoreError) {
        let (after, isCurrent) = (walk, try isCurrent())
        walk = try read { database in
            let proof = try JournalProof(database, seal, isCurrent: isCurrent)
            var walk = after
            try proof.go(on: &walk)
            return walk
        }
    }
}

/// Proves records from the file as it is within one look.
struct JournalProof {
    private let database: Database
    private let seal: JournalSeal?
    private let head: JournalHead
    private let anchor: JournalAnchor?
    private let marks: [JournalMark]

    /// - Parameter isCurrent: whether the file has all tables of this version; else it may still have those of the seals.
    init(_ database: Database, _ seal: JournalSeal?, isCurrent: Bool = true) throws {
        self.database = database
        let isSealed = try isCurrent || database.tableExists("journal_anchor")
        head = try isSealed ? JournalHead(database) : JournalHead(unsealed: database)
        anchor = try isSealed ? JournalAnchor.find(database) : nil
        marks = try isSealed ? JournalMark.all(database) : []
        // Nothing can be said of seals that the file has no place for.
        self.seal = isSealed ? seal : nil
    }

    func go(on walk: inout ChainWalk) throws {
        walk.fault = nil
        walk.isAtEnd = false
        guard try start(&walk) else { return }
        let rows = try Row.fetchCursor(
            database.cachedStatement(sql: "SELECT * FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?"),
            arguments: [walk.verified, ChainWalk.recordsPerStep])
        var count = 0
        while let row = try rows.next() {
            guard try take(row, &walk) else { return }
            count += 1
        }
        if count < ChainWalk.recordsPerStep { try finish(&walk) }
    }

    /// Goes to the anchor when the walk is not past it.
    /// - Returns: false after a fault.
    func start(_ walk: inout ChainWalk) throws -> Bool {
        if let anchor {
            guard seal?.isValid(anchor) ?? true else { return fail(&walk, .anchor, at: anchor.sequence) }
            walk.purgedThrough = anchor.sequence
            if anchor.sequence > walk.verified {
                walk = ChainWalk()
                (walk.verified, walk.link, walk.purgedThrough) = (anchor.sequence, anchor.chain, anchor.sequence)
            }
        }
        let lowest = try Int64.fetchOne(database.cachedStatement(sql: "SELECT MIN(sequence) FROM journal"))
        if let lowest, lowest <= anchor?.sequence ?? 0 { return fail(&walk, .surplus, at: lowest) }
        return true
    }

    /// - Returns: false after a fault.
    func take(_ row: Row, _ walk: inout ChainWalk) throws -> Bool {
        let sequence: Int64 = try row.value("sequence")
        while sequence != walk.verified &+ 1 {
            guard let mark = mark(after: walk.verified), mark.resumes < sequence else {
                return fail(&walk, .missing, at: walk.verified &+ 1)
            }
            guard pass(mark, &walk) else { return false }
        }
        let chain = try row.bytes("chain")
        if let kind = try fault(of: row, sequence, chain, after: walk.link) { return fail(&walk, kind, at: sequence) }
        if walk.first == nil { walk.first = sequence }
        walk.records += 1
        (walk.verified, walk.link) = (sequence, chain)
        return true
    }

    private func fault(
        of row: Row, _ sequence: Int64, _ chain: [UInt8], after previous: [UInt8]
    ) throws -> JournalFault.Kind? {
        let body: Data = try row.value("body")
        let (hash, kept) = (JournalChain.bodyHash(Array(body)), try row.bytes("body_hash"))
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { return .link }
        if hash != kept {
            // The link tells which of the two was changed.
            let isKeptHash = JournalChain.link(previous: previous, sequence: sequence, id: id, bodyHash: hash) == chain
            return isKeptHash ? .hash : .body
        }
        guard JournalChain.link(previous: previous, sequence: sequence, id: id, bodyHash: hash) == chain else { return .link }
        // In the body's one form no text can hold this: quotation marks inside of texts are escaped.
        guard let payment = UUIDv7(bytes: try row.bytes("payment")),
            body.range(of: Data("\"payment\":\"\(payment)\"".utf8)) != nil
        else { return .payment }
        guard let seal, sequence >= head.sealedFrom else { return nil }
        return seal.isValid(try row.optional("seal"), record: sequence, chain) ? nil : .seal
    }

    /// The journal's end, when no record is left.
    private func finish(_ walk: inout ChainWalk) throws {
        while let mark = mark(after: walk.verified) { guard pass(mark, &walk) else { return } }
        // A mark whose place was moved is met by no record.
        for mark in marks where seal.map({ !$0.isValid(mark) }) ?? false {
            _ = fail(&walk, .mark, at: mark.after &+ 1)
            return
        }
        if head.last > walk.verified {
            _ = fail(&walk, .tail, at: walk.verified &+ 1)
        } else if head.last < walk.verified || head.chain != walk.link {
            _ = fail(&walk, .head, at: min(head.next, walk.verified))
        } else if let seal, !seal.isValid(head) {
            _ = fail(&walk, .head, at: head.next)
        } else if marks.count != head.marks {
            _ = fail(&walk, .mark, at: head.next)
        } else {
            walk.marks = marks.count
            walk.isAtEnd = true
        }
    }

    /// The mark that takes the numbers on from this record.
    private func mark(after sequence: Int64) -> JournalMark? {
        marks.first { $0.after == sequence && $0.resumes > sequence }
    }

    private func pass(_ mark: JournalMark, _ walk: inout ChainWalk) -> Bool {
        guard mark.chain == walk.link, seal?.isValid(mark) ?? true else { return fail(&walk, .mark, at: mark.after &+ 1) }
        (walk.verified, walk.link) = (mark.resumes, mark.resumedChain)
        return true
    }

    private func fail(_ walk: inout ChainWalk, _ kind: JournalFault.Kind, at sequence: Int64) -> Bool {
        walk.fault = JournalFault(sequence: sequence, kind: kind)
        return false
    }
}
