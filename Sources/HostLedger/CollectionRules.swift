import Core
import HostProtocol
import Programmes

/// What the books know of a payment that they declined later (ALL-7).
struct LateClaim {
    /// The deferred approval.
    var record: UUIDv7
    var terminal: String
    var account: String?
    var currency: String
    /// Minor units that the terminal approved.
    var approved: Int64
    /// What its terminal gave back before it heard of the decline.
    var forgiven: Int64 = 0
    /// What collections hold of it.
    var collected: Int64 = 0
    /// Somebody has settled it by hand.
    var isCleared = false

    /// What is still owed of it, in minor units.
    var due: Int64 { isCleared ? 0 : max(0, approved.subtractingReportingOverflow(forgiven).partialValue &- collected) }
}

// A purchase and what collects it are never both booked: the books hold the one that came first, and the other moves nothing.
extension LedgerRules {
    /// Whether a collection asks for what is open: declined later for this terminal, of this account, at most what is owed.
    /// True for what is no collection.
    func isDue(_ request: AuthorisationRequest, _ claim: LateClaim?, account: BookAccount, terminal: BookTerminal) -> Bool {
        guard request.original != nil else { return true }
        guard let claim, claim.terminal == terminal.id, claim.account == account.id,
            claim.currency == request.amount.currency.code
        else { return false }
        return request.amount.minorUnits <= claim.due
    }

    /// A record of a collection that these books did not authorise, or have forgotten. When they have booked the purchase that
    /// it collects, it never will be booked.
    func collecting(_ record: JournalRecord, isAuthorised: Bool, isBooked: Bool) -> [BookChange] {
        guard record.kind == .onlineApproval, let original = record.original, !isAuthorised else { return [] }
        return [.collect(record.payment, of: original)]
            + (isBooked ? cancelling([record.payment], terminal: record.terminal) : [])
    }

    /// The purchase was booked: no record of its collections that has come, or comes later, is; as if their reversals had
    /// come first.
    func cancelling(_ collections: [UUIDv7], terminal: String) -> [BookChange] {
        collections.flatMap { [BookChange.neverAuthorise($0, terminal: terminal), .release($0)] }
    }
}
