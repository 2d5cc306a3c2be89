import Core
import Foundation
import GRDB
import HostLedger
import Programmes
import Store

/// Compares, purchase by purchase, what a terminal says that its payer has paid with what the books moved.
struct ClaimCheck {
    private let history: ClaimHistory
    /// Payments whose records somebody dismissed: of those the payer may have paid less.
    private let dismissed: Set<String>

    init(_ history: ClaimHistory, dismissed: Set<String>) {
        (self.history, self.dismissed) = (history, dismissed)
    }

    func faults() async throws -> [String] {
        var faults: [String] = []
        let store = history.store
        let queue = try store.queueSummary()
        if queue.depth + queue.quarantined > 0 { faults.append("\(queue.depth) records wait, \(queue.quarantined) are set aside") }
        let moved = try moved()
        let due = Dictionary(
            try await (history.ledger?.declined(openOnly: false) ?? []).map { ($0.payment, $0) }, uniquingKeysWith: { $1 })
        var total: Int64 = 0
        for purchase in history.purchases {
            guard let stored = try store.payment(purchase) else {
                faults.append("\(purchase): not in the store")
                continue
            }
            let family = history.families[purchase] ?? []
            let paid = ([purchase] + family).reduce(0) { $0 - (moved[$1] ?? 0) }
            total += paid
            let owed = try says(stored, family)
            let isWhole = !([purchase] + family).contains { dismissed.contains($0.description) }
            let sentence = "\(purchase) \(stored.state.rawValue) of \(stored.amount): paid \(paid), the terminal says \(owed)"
            if isWhole ? paid != owed : paid > owed { faults.append(sentence) }
            if paid > stored.amount.minorUnits { faults.append("TWICE " + sentence) }
            guard isWhole, let claim = try store.declined(purchase), let host = due[purchase.description] else { continue }
            switch claim.state {
            // The host is not told what a merchant gives up.
            case .open where host.due < claim.amount.minorUnits,
                .open where host.due != claim.amount.minorUnits && !history.givenUp.contains(purchase):
                faults.append("\(purchase): \(claim.amount) is open here, \(host.due) at the host")
            case .collected where host.due != 0: faults.append("\(purchase): collected here, \(host.due) is due at the host")
            default: break
            }
        }
        let available = try store.account(instrument: history.instrument, today: nil).flatMap { $0.units("prepaid") }
        if available != ClaimHistory.opening - total {
            faults.append("available \(available ?? -1), but \(total) of \(ClaimHistory.opening) is paid")
        }
        faults += try LedgerReport(path: history.ledgerPath).faults
        return faults
    }

    /// What the payer has paid by the terminal's tables.
    private func says(_ purchase: StoredPayment, _ family: [UUIDv7]) throws -> Int64 {
        switch purchase.state {
        case .approved: return purchase.amount.minorUnits - purchase.refunded.minorUnits
        case .declinedLater: break
        default: return 0
        }
        return try family.reduce(0) { sum, id in
            guard let payment = try history.store.payment(id), payment.kind == .purchase, payment.state == .approved else {
                return sum
            }
            return sum + payment.amount.minorUnits - payment.refunded.minorUnits
        }
    }

    /// Minor units that the books moved for each payment; less than nothing for what they took.
    private func moved() throws -> [UUIDv7: Int64] {
        let books = try DatabaseQueue(path: history.ledgerPath)
        defer { try? books.close() }
        let rows = try books.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT entry.payment, sum(movement.units) AS units FROM movement JOIN entry ON entry.number = movement.entry
                    WHERE entry.payment IS NOT NULL GROUP BY entry.payment
                    """)
        }
        var moved: [UUIDv7: Int64] = [:]
        for row in rows {
            if let payment = UUIDv7(bytes: Array(row["payment"] as Data)) { moved[payment] = row["units"] }
        }
        return moved
    }
}
