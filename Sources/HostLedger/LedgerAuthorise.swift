import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes

extension Ledger {
    /// Decides an online authorisation and books an approval. Asked again with the same content it gives the same bytes;
    /// a reversal that came first makes it a decline (ALL-10).
    /// - Returns: the encoded ``AuthorisationAnswer``.
    /// - Throws: ``LedgerError/paymentReused`` when the id was used with other content or by another terminal.
    public func authorise(
        _ request: AuthorisationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [UInt8] {
        guard (request.uncountedFrom == nil) == (request.uncountedAmount == nil), request.uncountedFrom ?? 0 >= 0 else {
            throw .malformed(field: "uncountedFrom")
        }
        guard request.uncountedAmount ?? 0 >= 0 else { throw .malformed(field: "uncountedAmount") }
        let hash: [UInt8]
        do {
            // What the terminal has not seen counted is its state, not the payment's.
            var payment = request
            (payment.uncountedFrom, payment.uncountedAmount) = (nil, nil)
            hash = JournalChain.bodyHash(try WireJSON.encode(payment))
        } catch {
            throw .malformed(field: "")
        }
        return try await write { books in
            let holder = try books.terminal(terminal)
            let earlier = try Row.fetchOne(
                books.db, sql: "SELECT * FROM authorisation WHERE payment = ?", arguments: [Data(request.payment.bytes)])
            if let earlier {
                guard earlier["terminal"] as String == terminal else { throw LedgerError.paymentReused }
                if let answer = earlier["answer"] as Data? {
                    guard (earlier["request_hash"] as Data?) == Data(hash) else { throw LedgerError.paymentReused }
                    return Array(answer)
                }
            }
            let account = try books.account(of: request.instrument)
            let verdict =
                earlier == nil
                ? try self.verdict(request, account: account, terminal: holder, books: books, now: now)
                : Verdict(approved: false, rule: "ALL-10", reason: .cancelled)
            let day = books.day(request.programme, now)
            if verdict.approved, let account {
                try books.move(
                    account, by: -request.amount.minorUnits, kind: "authorisation", terminal: terminal,
                    payment: request.payment, record: nil, at: now)
                try books.countPurchase(account.id, day: day, delta: 1)
                try books.touch(account.id)
            }
            let after = try account.flatMap { try books.account($0.id) }
            let enrolled = after.map { holder.programmes.contains($0.programme) } ?? false
            let answer = AuthorisationAnswer(
                payment: request.payment, approved: verdict.approved, rule: verdict.rule.rawValue,
                reason: verdict.reason.rawValue, authorisationCode: verdict.approved ? Self.code(request.payment) : nil,
                account: enrolled ? try after.map { try books.limit(of: $0, for: terminal, now: now) } : nil, hostTime: now)
            let bytes = try WireJSON.encode(answer)
            let state = earlier != nil ? "reversed" : verdict.approved ? "booked" : "declined"
            try books.db.execute(
                sql: "INSERT OR REPLACE INTO authorisation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    Data(request.payment.bytes), terminal, state, Data(hash), Data(bytes), account?.id,
                    request.amount.currency.code, request.amount.minorUnits, day, now.milliseconds,
                ])
            try books.release(payment: request.payment, now: now)
            return bytes
        }
    }

    struct Verdict {
        var approved: Bool
        var rule: RuleID
        var reason: Reason
    }

    private func verdict(
        _ request: AuthorisationRequest, account: LedgerTransaction.Account?, terminal: LedgerTransaction.Terminal,
        books: LedgerTransaction, now: UTCInstant
    ) throws -> Verdict {
        func declined(_ rule: RuleID, _ reason: Reason) -> Verdict { Verdict(approved: false, rule: rule, reason: reason) }
        guard terminal.programmes.contains(request.programme), let programme = programmes[request.programme] else {
            return declined("CARD-22", .merchantNotEnrolled)
        }
        guard let evidence = try? cards.open(request.sealedEvidence, payment: request.payment),
            cards.instrument(evidence) == request.instrument, evidence.amount == request.amount
        else { return declined("ALL-7", .cardDataInvalid) }
        guard cards.isAuthentic(evidence) else { return declined("ALL-7", .cardNotAuthentic) }
        guard let account, account.programme == request.programme else { return declined("CARD-21", .unknownInstrument) }

        let today = books.day(programme.id, now)
        let onTheWay = try books.onTheWay(request, account: account.id, terminal: terminal)
        let state = AccountState(
            limit: AccountLimit(
                account: account.id, programme: account.programme, version: account.version, currency: account.currency,
                balance: account.balance, status: account.status, countedThrough: 0, countedDay: CivilDate(today),
                purchasesOnCountedDay: try books.purchases(account.id, day: today), offlineAllowance: nil, instruments: []),
            uncounted: UncountedSpends(amount: onTheWay, offlineAmount: onTheWay, offlineCount: 0, purchasesToday: 0))
        let decision = programme.authorise(
            amount: request.amount, account: state, cardExpiry: evidence.expiry ?? account.expiry, now: now)
        return Verdict(approved: decision.approved, rule: decision.rule, reason: decision.reason)
    }

    /// Six digits that a receipt shows; the payment id is what identifies.
    private static func code(_ payment: UUIDv7) -> String {
        let number = SHA256.hash(data: Data(payment.bytes)).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}

extension LedgerTransaction {
    /// ALL-3: what the asking terminal has approved offline from this account and the books do not hold yet.
    func onTheWay(_ request: AuthorisationRequest, account: String, terminal: Terminal) throws -> Int64 {
        guard let from = request.uncountedFrom, let spent = request.uncountedAmount else { return 0 }
        let booked =
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT coalesce(sum(approved), 0) FROM record
                    WHERE account = ? AND terminal = ? AND account_sequence > ? AND image = ? AND kind = 'offlineApproval'
                        AND id NOT IN (SELECT record FROM held)
                    """, arguments: [account, terminal.id, from, terminal.image]) ?? 0
        return max(0, spent - booked)
    }
}
