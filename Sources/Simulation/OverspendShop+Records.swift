import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// What the terminals forward, and what the accounts come to in the end.
extension OverspendShop {
    @discardableResult
    func book(
        _ terminal: Int, _ account: Int, _ record: UUIDv7, _ kind: JournalRecord.Kind, _ payment: UUIDv7,
        _ amount: Int64
    ) -> Int64 {
        let sequence = accounts[account].next[terminal] ?? 1
        accounts[account].next[terminal] = sequence + 1
        let entry = ModelAccount.Entry(
            kind: kind, sequence: sequence, payment: payment, original: nil, units: Units(amount, 0, 0, 0),
            day: programme.day(of: now))
        sent[record] = (terminal, account, entry, false)
        return sequence
    }

    func forward(_ terminal: Int, everything: Bool) throws {
        if everything || random.one(in: 6) { _ = try terminals[terminal].store.requeue() }
        var results: [RecordResult] = []
        for record in try terminals[terminal].store.pending(limit: everything ? 100 : 1 + random.below(8)) {
            guard let found = sent[record.id] else { return fault("an unknown record") }
            let hash = Data(JournalChain.bodyHash(Array(record.body)))
            if !everything, random.one(in: 10) {
                results.append(RecordResult(id: record.id, bodyHash: hash, outcome: .rejected, reason: "malformed"))
                continue
            }
            if !found.isBooked {
                guard RecordGlance(record.body)?.sequence == found.entry.sequence else { return fault("a number") }
                version += 1
                accounts[found.account].books.book(found.entry, of: terminal, version: version)
                sent[record.id]?.isBooked = true
            }
            if everything || !random.one(in: 6) {
                results.append(RecordResult(id: record.id, bodyHash: hash, outcome: .applied))
            }
        }
        try terminals[terminal].store.settle(results)
    }

    /// Everything that was ever approved comes in, from broken terminals too: the worst for the accounts.
    func settleAll() throws {
        for terminal in terminals.indices {
            try answer(terminal)
            _ = try terminals[terminal].store.requeue()
            while try !terminals[terminal].store.pending(limit: 1).isEmpty, findings.faults.isEmpty {
                try forward(terminal, everything: true)
            }
        }
        for account in accounts {
            let balance = account.books.balance[0]
            let bound = account.most.values.reduce(0, +)
            if balance < 0 {
                findings.overspent += 1
                if bound > 0 { findings.closest = max(findings.closest, -balance * 100 / bound) }
            }
            if balance < -bound { fault("\(account.id) is at \(balance), the bound is \(-bound)") }
        }
    }
}
