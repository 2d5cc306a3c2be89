import Core
import Foundation
import GRDB
import Synchronization

/// How often a waiting record was handed to the link, and when last.
public struct Sends: Sendable, Equatable {
    public var count: Int
    public var last: UTCInstant

    public init(count: Int, last: UTCInstant) {
        self.count = count
        self.last = last
    }
}

/// What was handed to the link since the outbox was last written. That a record was sent changes nothing of what a start does
/// about it, so it is no reason for a commit of its own: it goes along with the next answer that is stored. What the host
/// answers at once is never written.
final class SendLog: Sendable {
    private let sends = Mutex<[Int64: Sends]>([:])
    static let capacity = 10_000
    /// Milliseconds without an answer after which a record counts as sent without one.
    static let unanswered: Int64 = 2_000

    func note(_ sequences: some Sequence<Int64>, at now: UTCInstant) {
        sends.withLock { sends in
            for sequence in sequences {
                sends[sequence] = Sends(count: (sends[sequence]?.count ?? 0) + 1, last: now)
            }
            guard sends.count > Self.capacity else { return }
            // What was sent least recently has most likely been answered.
            let oldest = sends.sorted { $0.value.last < $1.value.last }.prefix(sends.count - Self.capacity / 2)
            for (sequence, _) in oldest { sends[sequence] = nil }
        }
    }

    subscript(sequence: Int64) -> Sends? { sends.withLock { $0[sequence] } }

    /// What has had no answer for a while.
    func unanswered(at now: UTCInstant) -> [Int64: Sends] {
        sends.withLock { sends in
            sends.filter { $0.value.last.advanced(byMilliseconds: Self.unanswered) <= now || now < $0.value.last }
        }
    }

    /// What was written, or answered, counts from anew.
    func forget(_ written: [Int64: Sends]) {
        sends.withLock { sends in
            for (sequence, known) in written where sends[sequence] != nil {
                let rest = (sends[sequence]?.count ?? 0) - known.count
                sends[sequence] = rest > 0 ? Sends(count: rest, last: sends[sequence]?.last ?? known.last) : nil
            }
        }
    }

    func forget(answered sequences: [Int64]) {
        sends.withLock { sends in
            for sequence in sequences { sends[sequence] = nil }
        }
    }
}

extension PaymentStore {
    /// The link has taken these records: they are on their way.
    public func noteSent(_ sequences: some Sequence<Int64>, at now: UTCInstant) { sendLog.note(sequences, at: now) }

    /// Nil for a record that does not wait, or was never sent.
    public func sends(_ sequence: Int64) throws(StoreError) -> Sends? {
        guard try isCurrent() else { return sendLog[sequence] }
        let stored = try readCurrent { database -> Sends? in
            let look = try database.cachedStatement(
                sql: "SELECT sent, sent_at FROM outbox WHERE sequence = ? AND sent > 0 AND sent_at IS NOT NULL")
            return try Row.fetchOne(look, arguments: [sequence]).map {
                Sends(count: try $0.value("sent"), last: UTCInstant(milliseconds: try $0.value("sent_at")))
            }
        }
        guard let since = sendLog[sequence] else { return stored }
        return Sends(count: (stored?.count ?? 0) + since.count, last: max(since.last, stored?.last ?? since.last))
    }

    static func write(_ database: Database, _ sends: [Int64: Sends]) throws {
        for (sequence, known) in sends {
            try database.cachedStatement(sql: "UPDATE outbox SET sent = MIN(sent + ?, 1000000), sent_at = ? WHERE sequence = ?")
                .execute(arguments: [known.count, known.last.milliseconds, sequence])
        }
    }
}
