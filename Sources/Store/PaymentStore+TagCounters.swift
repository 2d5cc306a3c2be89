import Core
import Foundation
import GRDB

/// What became of a tag's counter.
public enum TagCounterStep: Sendable, Hashable {
    /// The highest so far; before it was `from`, 0 when the tag was not known.
    case advanced(from: UInt32)
    /// As high has been taken before.
    case replayed(last: UInt32)
    /// The store was set back to an image, which has forgotten taps: until fresh limits have come a counter proves nothing.
    case inDoubt
}

extension PaymentStore {
    /// Takes a tag's counter when it is above the last one taken: compare and set in one transaction, on stable storage when
    /// this returns. A counter never goes back, and gaps are normal.
    ///
    /// To be called for tags alone whose MAC has been verified: what is stored grows with the number of genuine tags, and
    /// nobody else can move a counter.
    /// - Parameters:
    ///   - tag: pseudonym of the UID (ALL-5).
    ///   - counter: 24 bits; 0 and more than 24 bits are never taken.
    public func advance(tag: Pseudonym, to counter: UInt32, at now: UTCInstant) throws(StoreError) -> TagCounterStep {
        try writeCurrent { database in try PaymentStore.advance(database, tag: tag, to: counter, at: now) }
    }

    /// As ``advance(tag:to:at:)``, inside a transaction that does more: a tap is taken with what it pays, or not at all.
    static func advance(
        _ database: Database, tag: Pseudonym, to counter: UInt32, at now: UTCInstant
    ) throws -> TagCounterStep {
        guard try !LimitDoubt.isOpen(database) else { return .inDoubt }
        let look = try database.cachedStatement(sql: "SELECT counter FROM tag_counter WHERE tag = ?")
        let known = try look.first([Data(tag.bytes)]) { try $0.value(Int64.self) }
        guard let last = UInt32(exactly: known ?? 0) else { throw StoreError.damaged }
        guard counter > last, counter <= 0xFF_FFFF else { return .replayed(last: last) }
        try database.cachedStatement(
            sql: """
                INSERT INTO tag_counter VALUES (?, ?, ?)
                ON CONFLICT (tag) DO UPDATE SET counter = excluded.counter, seen_at = excluded.seen_at
                WHERE excluded.counter > tag_counter.counter
                """
        ).execute(arguments: [Data(tag.bytes), Int64(counter), now.milliseconds])
        guard database.changesCount == 1 else { throw StoreError.damaged }
        return .advanced(from: last)
    }
}
