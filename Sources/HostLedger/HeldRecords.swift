import Core
import Foundation
import GRDB
import HostProtocol

/// What an accepted record waits for.
enum HoldReason: String {
    case unknownAccount, unknownAuthorisation, unknownOriginal

    var alarm: AlarmKind {
        switch self {
        case .unknownAccount: .heldUnknownAccount
        case .unknownAuthorisation: .heldUnknownAuthorisation
        case .unknownOriginal: .heldUnknownOriginal
        }
    }
}

/// What a record speaks of that the books have to know before it can be booked.
enum RecordWant: Hashable {
    case account(String)
    case authorisation(UUIDv7)
    /// The payment that it changes.
    case original(UUIDv7)

    var reason: HoldReason {
        switch self {
        case .account: .unknownAccount
        case .authorisation: .unknownAuthorisation
        case .original: .unknownOriginal
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .account(let id): Array(id.utf8)
        case .authorisation(let payment), .original(let payment): payment.bytes
        }
    }
}

extension JournalRecord {
    var want: RecordWant? {
        switch kind {
        case .offlineApproval, .hold: account.map { .account($0) }
        // A decline's fee (CARD-19); without one there is nothing to book.
        case .declineAdvice: split?.isEmpty == false ? account.map { .account($0) } : nil
        case .onlineApproval: .authorisation(payment)
        case .completion, .release, .refund, .void: original.map { .original($0) }
        case .deferredApproval, .reversal, .torn: nil
        }
    }
}

extension LedgerTransaction {
    /// A record that is in order, but speaks of what these books do not know yet, is accepted and waits here: the
    /// terminal has done its part.
    func hold(_ record: JournalRecord, now: UTCInstant) throws -> Bool {
        if record.kind == .onlineApproval, let original = record.original {
            let isBooked = try isBooked(original)
            for change in rules.collecting(record, isAuthorised: try authorisation(record.payment) != nil, isBooked: isBooked) {
                try carryOut(change, of: record, now: now)
            }
        }
        guard let (reason, awaits) = try missing(record) else { return false }
        try run(
            "INSERT INTO held (record, reason, awaits) VALUES (?, ?, ?)", [Data(record.id.bytes), reason.rawValue, awaits])
        try alarm(reason.alarm, record, record.account.map { "account \($0)" } ?? "no account", at: now)
        try openCase(
            .held, terminal: record.terminal, record: record.id, payment: record.payment, note: reason.rawValue, at: now)
        return true
    }

    private func missing(_ record: JournalRecord) throws -> (HoldReason, awaits: Data)? {
        guard let want = record.want else { return nil }
        let isThere =
            switch want {
            case .account(let id): try account(id) != nil
            case .authorisation(let payment): try authorisation(payment) != nil
            case .original(let payment): try charge(payment) != nil || authorisation(payment) != nil
            }
        return isThere ? nil : (want.reason, Data(want.bytes))
    }

    /// Books what was held for want of an account that is there now.
    func release(account: String, now: UTCInstant) throws {
        try release(.unknownAccount, Data(account.utf8), now: now)
    }

    /// Books what was held for want of an authorisation that is known now.
    func release(payment: UUIDv7, now: UTCInstant) throws {
        try release(.unknownAuthorisation, Data(payment.bytes), now: now)
        try release(original: payment, now: now)
    }

    /// Books what was held for want of the payment that it changes.
    func release(original: UUIDv7, now: UTCInstant) throws {
        try release(.unknownOriginal, Data(original.bytes), now: now)
    }

    private func release(_ reason: HoldReason, _ awaits: Data, now: UTCInstant) throws {
        let waiting = try rows(
            """
            SELECT record.id, record.body, record.image, record.received_at FROM held JOIN record ON record.id = held.record
            WHERE held.awaits = ? AND held.reason = ? ORDER BY record.terminal, record.image, record.sequence
            """, [awaits, reason.rawValue])
        for row in waiting {
            let (id, image): (Data, Int64) = (row["id"], row["image"])
            let record = try WireJSON.decode(JournalRecord.self, from: Array(row["body"] as Data))
            do {
                try db.inSavepoint {
                    try run("DELETE FROM held WHERE record = ?", [id])
                    try settle(record, image: image, receivedAt: UTCInstant(milliseconds: row["received_at"]), now: now)
                    try closeCases(of: record.id, .held, .booked, why: "what it waited for has come", now: now)
                    return .commit
                }
            } catch let refusal as RecordRefusal {
                try run("UPDATE held SET reason = ? WHERE record = ?", [refusal.reason, id])
                try alarm(.heldNotBooked, record, refusal.reason, at: now)
            }
        }
    }
}
