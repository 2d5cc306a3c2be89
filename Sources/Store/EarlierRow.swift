import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// A payment that may be amended, with what only the tables need of it.
struct EarlierRow {
    var payment: EarlierPayment
    var account: String?
    /// The number of its record in the account; 0 when the host's balance included the payment from the start.
    var sequence: Int64?
    /// Approved by the host.
    var online: Bool
    /// Approved here for a host that may still decline it (ALL-7).
    var isDeferred: Bool
    var decidedAt: UTCInstant
    /// The payment whose open amount it has collected (ALL-7).
    var collects: UUIDv7?

    /// Nil for payments that took nothing, and for amendments: those can't be amended.
    init?(_ database: Database, _ id: UUIDv7) throws {
        let look = try database.cachedStatement(sql: "SELECT * FROM payment WHERE id = ? AND kind IN ('purchase', 'hold')")
        guard let row = try Row.fetchOne(look, arguments: [Data(id.bytes)]),
            let state = EarlierRow.state(StoredPayment.State(rawValue: try row.value("state"))),
            let currency = Currency(code: try row.value("currency"))
        else { return nil }
        account = try row.optional("account")
        sequence = try row.optional("account_sequence")
        online = try row.optional("online") ?? false
        isDeferred = try row.optional("decision", as: String.self).flatMap { Decision(stored: $0) }?.reason == .approvedDeferred
        decidedAt = UTCInstant(milliseconds: try row.optional("decided_at") ?? 0)
        payment = EarlierPayment(
            payment: id, state: state, merchant: try row.optional("merchant") ?? "",
            programme: try row.optional("programme") ?? "",
            amount: Money(minorUnits: try row.optional("taken") ?? 0, currency: currency),
            split: try StoredText.split(from: try row.optional("split") ?? ""),
            refunded: Money(minorUnits: try row.value("refunded"), currency: currency),
            expiresAt: try row.optional("expires_at", as: Int64.self).map { UTCInstant(milliseconds: $0) })
        collects = try row.optional("original", as: Data.self).flatMap { UUIDv7(bytes: Array($0)) }
        payment.isReserved = try EarlierRow.isReserved(database, id, account, sequence)
    }

    private static func state(_ state: StoredPayment.State?) -> EarlierPayment.State? {
        switch state {
        case .held: .held
        case .approved, .completed: .paid
        case .released, .voided, .declinedLater: .closed
        case .open, .declined, .abandoned, nil: nil
        }
    }

    /// Until the host has counted the record its amount is held here; from then on, while the host says so.
    private static func isReserved(_ database: Database, _ id: UUIDv7, _ account: String?, _ sequence: Int64?) throws -> Bool {
        guard let account, let sequence else { return false }
        let look = try database.cachedStatement(
            sql: """
                SELECT counted_through, open_holds FROM account
                WHERE generation = (SELECT generation FROM terminal) AND id = ?
                """)
        guard let row = try Row.fetchOne(look, arguments: [account]) else { return true }
        if sequence > (try row.value("counted_through", as: Int64.self)) { return true }
        return try StoredText.holds(from: try row.optional("open_holds")).contains(id)
    }
}
