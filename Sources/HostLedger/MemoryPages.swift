import Core
import Foundation
import HostProtocol
import Programmes

// What terminals are told of ``MemoryBooks``.
extension MemoryBooks {
    func page(
        for holder: BookTerminal, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize
    ) -> LimitNews {
        var page = LimitPage(
            terminal: holder.id, nonce: request.nonce, version: version, base: 0, issuedAt: now, merchant: holder.merchant,
            enrolledProgrammes: holder.programmes, risk: holder.risk, accounts: [], merchantCategory: holder.merchantCategory)
        let visible = accounts.values.filter { holder.programmes.contains($0.programme) && !$0.isRemoved }
        let isDelta =
            request.since > 0 && request.since <= version && request.since >= holder.changed && request.incarnation == 1
            && request.snapshot == nil
        guard isDelta else {
            page.accounts = visible.sorted { $0.id < $1.id }.map { limit(of: $0, for: holder.id, now: now) }
            return LimitNews(page: page, isNews: true, dataVersion: 0)
        }
        page.base = request.since
        let changed = visible.filter { $0.version > request.since }.sorted { $0.version < $1.version }
        page.accounts = changed.prefix(size.accounts).map { limit(of: $0, for: holder.id, now: now) }
        page.more = changed.count > page.accounts.count
        if page.more, let last = page.accounts.last { page.version = last.version }
        return LimitNews(page: page, isNews: !page.accounts.isEmpty, dataVersion: 0)
    }

    /// The account as `terminal` may see it: without what its own records did that do not count yet (ALL-3).
    func limit(of account: BookAccount, for terminal: String, now: UTCInstant) -> AccountLimit {
        let place = Place(account: account.id, terminal: terminal)
        let through = counted[place] ?? 0
        let today = rules.day(account.programme, now)
        var shown = purses[account.id] ?? []
        var sums = bought[Day(account: account.id, day: today)] ?? Bought()
        for (_, effect) in ahead[place] ?? [:] {
            if effect.day == today {
                sums.count &-= effect.purchases
                sums.amount &-= effect.amount
            }
            for share in effect.taken {
                for at in shown.indices where PurseLine(shown[at].purse, shown[at].denomination) == PurseLine(share) {
                    shown[at].balance += share.units
                }
            }
        }
        let open = charges.values.filter {
            $0.account == account.id && $0.terminal == terminal && ($0.state == .open || endings[$0.payment] != nil)
                && $0.sequence ?? 0 <= through
        }
        let bindings = instruments.values.filter { $0.account == account.id }.map(\.binding)
        return AccountLimit(
            account: account.id, programme: account.programme, version: account.version, currency: account.currency,
            purses: shown, status: account.status, countedThrough: through, countedDay: CivilDate(today),
            purchasesOnCountedDay: max(0, sums.count), offlineAllowance: allowances[place],
            instruments: bindings.sorted { $0.pseudonym.bytes.lexicographicallyPrecedes($1.pseudonym.bytes) },
            lastDay: account.lastDay, amountOnCountedDay: max(0, sums.amount),
            openHolds: open.map(\.payment).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }, pin: account.pin)
    }

    func reconcile(
        _ request: ReconciliationRequest, terminal: BookTerminal, now: UTCInstant
    ) throws(LedgerError) -> ReconciliationAnswer {
        let scope = request.scope
        guard scope.isWellFormed else { throw .malformed(field: "scope") }
        let mine = records.filter {
            $0.record.terminal == terminal.id && $0.image == terminal.image && scope.sequences.contains($0.record.sequence)
                && scope.decided.contains($0.record.decidedAt.milliseconds)
        }.sorted {
            $0.record.sequence != $1.record.sequence
                ? $0.record.sequence < $1.record.sequence
                : $0.record.id.bytes.lexicographicallyPrecedes($1.record.id.bytes)
        }
        let named = mine.map { ReconciledRecord(sequence: $0.record.sequence, id: $0.record.id, bodyHash: Data($0.hash)) }
        var summary = ReconciliationSummary()
        for (kept, name) in zip(mine, named) {
            do {
                try summary.add(
                    name, programme: kept.record.programme, kind: kept.record.kind.rawValue,
                    currency: kept.record.amount.currency, amount: kept.record.amount.minorUnits,
                    approved: kept.record.approved.minorUnits)
            } catch {
                throw .unavailable("sum")
            }
        }
        var answer = ReconciliationAnswer(
            terminal: terminal.id, nonce: request.nonce, agrees: false, lines: [], digest: Data(), records: [], next: nil,
            hostTime: now)
        guard request.differences == nil else {
            answer.agrees = request.differences?.isEmpty ?? true
            return answer
        }
        if request.after == nil {
            (answer.lines, answer.digest, answer.agrees) = (summary.lines, summary.digest, summary.digest == request.digest)
            if answer.agrees { return answer }
        }
        let rest = named.drop { name in
            request.after.map { ReconciledRecord(sequence: $0.sequence, id: $0.id, bodyHash: Data()) }
                .map { !ReconciledRecord.precedes($0, name) } ?? false
        }
        answer.records = Array(rest.prefix(ReconciliationAnswer.maximumRecords))
        if rest.count > answer.records.count {
            answer.next = answer.records.last.map { ReconciliationPosition(sequence: $0.sequence, id: $0.id) }
        }
        return answer
    }
}
