import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// Several terminals, each with a real store, and a host that spend from the same accounts while they hear little of
/// each
/// other: how far below zero can an account fall (R8, `Programmes/OfflineBound.md`)?
public final class OverspendShop {
    public struct Findings: Sendable, Equatable {
        /// Sentences about what must never be.
        public var faults: [String] = []
        public var approvedOffline = 0
        public var approvedOnline = 0
        public var replacements = 0
        /// Accounts that fell below zero: the bound is about something.
        public var overspent = 0
        /// The largest overspending, in percent of its bound.
        public var closest: Int64 = 0

        public init() {}
    }

    private struct Approval {
        var sequence: Int64
        var amount: Int64
    }

    private struct Account {
        var id: String
        var instrument: Pseudonym
        var books: ModelAccount
        /// By terminal: what it may spend now, and the most that it ever might.
        var allowance: [Int: OfflineAllowance] = [:]
        var most: [Int: Int64] = [:]
        /// By terminal: the statement it goes by, and the number of its next record.
        var statement: [Int: AccountLimit] = [:]
        var next: [Int: Int64] = [:]
        var offline: [Int: [Approval]] = [:]
    }

    private struct Terminal {
        var store: PaymentStore
        var path: String
        var applied: Int64 = 0
        var isAway = false
        var isGone = false
        /// The host has decided; the answer is under way, or lost.
        var asked: (account: Int, payment: UUIDv7, amount: Int64, answer: AuthorisationAnswer)?
    }

    private static let initial: Int64 = 60_000

    private var random: SplitMix64
    private let programme: Programme
    private let folder: URL
    private var accounts: [Account] = []
    private var terminals: [Terminal] = []
    private var sent: [UUIDv7: (terminal: Int, account: Int, entry: ModelAccount.Entry, isBooked: Bool)] = [:]
    private var version: Int64 = 1
    private var minted: UInt32 = 0
    private var now = UTCInstant(milliseconds: 1_795_258_800_000)
    private let seed: UInt64
    private var findings = Findings()

    /// - Parameters:
    ///   - folder: exists; the stores are made in it, and removed in the end.
    ///   - programme: of a prepaid card.
    public init(seed: UInt64, accounts: Int = 4, terminals: Int = 3, folder: URL, programme: Programme) throws {
        random = SplitMix64(seed: seed)
        self.seed = seed
        self.folder = folder
        self.programme = programme
        for number in 0..<accounts {
            guard let instrument = Pseudonym(bytes: [UInt8](repeating: UInt8(number + 1), count: 16)) else { continue }
            let initial = Units(OverspendShop.initial, 0, 0, 0)
            self.accounts.append(
                Account(
                    id: "A\(number)", instrument: instrument,
                    books: ModelAccount(initial: initial, version: 1, allowance: nil)))
        }
        for _ in 0..<terminals { try addTerminal() }
    }

    public func run(steps: Int) throws -> Findings {
        for _ in 0..<steps where findings.faults.isEmpty {
            now = now.advanced(byMilliseconds: random.below(Int64(2_400_000)))
            let terminal = random.below(terminals.count)
            if terminals[terminal].isGone { continue }
            switch random.below(20) {
            case 0..<10: try payOffline(terminal, random.below(accounts.count))
            case 10, 11: try askOnline(terminal, random.below(accounts.count))
            case 12, 13: try answer(terminal)
            case 14, 15: if !terminals[terminal].isAway { try forward(terminal, everything: false) }
            case 16, 17: if !terminals[terminal].isAway { try update(terminal) }
            case 18: terminals[terminal].isAway.toggle()
            default:
                if random.one(in: 12) { try replace(terminal) } else { grant(random.below(accounts.count), terminal) }
            }
        }
        try settleAll()
        for terminal in terminals.indices {
            terminals[terminal].store.close()
            for suffix in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: terminals[terminal].path + suffix)
            }
        }
        return findings
    }

    // MARK: Terminals

    private func addTerminal() throws {
        let number = terminals.count
        let path = folder.appending(path: "overspend-\(seed)-\(number).sqlite").path
        terminals.append(Terminal(store: PaymentStore(path: path, terminal: "T\(number)"), path: path))
        for account in accounts.indices { grant(account, number) }
        try update(number)
    }

    private func grant(_ account: Int, _ terminal: Int) {
        let amount = random.one(in: 6) ? 0 : 4_000 + random.below(Int64(20_000))
        accounts[account].allowance[terminal] = OfflineAllowance(
            amount: amount, count: 3 + random.below(12), perTransaction: 12_000)
        accounts[account].most[terminal] = max(accounts[account].most[terminal] ?? 0, amount)
        version += 1
        accounts[account].books.touch(version)
    }

    /// A new terminal in the place of a broken one, whose records may come later, or never.
    private func replace(_ terminal: Int) throws {
        guard terminals.count < 8 else { return }
        terminals[terminal].isGone = true
        findings.replacements += 1
        try addTerminal()
    }

    private func update(_ terminal: Int) throws {
        let today = programme.day(of: now)
        var statements: [AccountLimit] = []
        for account in accounts {
            var limit = account.books.statement(
                for: terminal, account: account.id, layout: .prepaid, instrument: account.instrument, today: today)
            limit.offlineAllowance = account.allowance[terminal]
            statements.append(limit)
        }
        let page = LimitPage(
            terminal: "T\(terminal)", nonce: mint(), version: version, base: 0, issuedAt: now, merchant: "M1",
            enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000, maximumCacheAge: 10 * 86_400_000), accounts: statements,
            merchantCategory: "5812")
        let anchor = TrustedClock.Anchor(hostTime: now, bootMilliseconds: 1, bootID: "boot")
        try terminals[terminal].store.apply(page, anchor: anchor)
        for (account, statement) in statements.enumerated() { accounts[account].statement[terminal] = statement }
    }

    // MARK: Payments

    private func money(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: programme.currency) }

    private func closing(
        _ account: Int, _ payment: UUIDv7, _ record: UUIDv7, _ amount: Int64, online: Bool
    ) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: record, request: PurchaseRequest(amount: money(amount)), programme: programme,
            instrument: accounts[account].instrument, sealedEvidence: nil,
            now: TrustedTime(instant: now, anchored: true), hostReachable: online)
    }

    private func begin(_ terminal: Int, _ amount: Int64) throws -> UUIDv7 {
        let payment = mint()
        _ = try terminals[terminal].store.begin(
            PaymentIntent(id: payment, reference: nil, amount: money(amount), startedAt: now))
        return payment
    }

    private func payOffline(_ terminal: Int, _ account: Int) throws {
        let amount = 500 + random.below(Int64(9_500))
        let payment = try begin(terminal, amount)
        let closing = closing(account, payment, mint(), amount, online: false)
        let settled = try terminals[terminal].store.settle(closing) { state, facts in
            let evidence = InstrumentEvidence(
                cryptogram: .tc, authentication: .passed, verification: .pin,
                expiry: CivilDate(year: 2040, month: 1, day: 1))
            return .local(
                programme.decide(
                    closing.request, evidence: evidence, account: state, terminal: facts, now: closing.now),
                cardMovedOn: true)
        }
        let approved = settled.decision.approved
        let sequence = book(
            terminal, account, closing.record, approved ? .offlineApproval : .declineAdvice, payment,
            approved ? amount : 0)
        guard approved else { return }
        findings.approvedOffline += 1
        accounts[account].offline[terminal, default: []].append(Approval(sequence: sequence, amount: amount))
        // The checker: all that it approved and was not told to be counted, against the allowance it went by.
        guard let statement = accounts[account].statement[terminal] else {
            return fault("approved without a statement")
        }
        let open = (accounts[account].offline[terminal] ?? []).filter { $0.sequence > statement.countedThrough }
        let sum = open.reduce(Int64(0)) { $0 + $1.amount }
        let allowance = statement.offlineAllowance ?? OfflineAllowance(amount: 0, count: 0, perTransaction: 0)
        if sum > allowance.amount || open.count > allowance.count || amount > allowance.perTransaction {
            fault("terminal \(terminal) spent \(sum) of \(allowance.amount) in \(open.count) of \(allowance.count)")
        }
        if sum > statement.balance { fault("terminal \(terminal) spent \(sum) of a balance of \(statement.balance)") }
    }

    /// The host takes off what the asking terminal says is on its way and has not come yet.
    private func askOnline(_ terminal: Int, _ account: Int) throws {
        guard !terminals[terminal].isAway, terminals[terminal].asked == nil else { return }
        let amount = 500 + random.below(Int64(12_000))
        let payment = try begin(terminal, amount)
        let told = try terminals[terminal].store.uncountedOffline(instrument: accounts[account].instrument)
        let from = told?.from ?? 0
        let came = accounts[account].books.arrived[terminal] ?? []
        let booked = (accounts[account].offline[terminal] ?? []).filter {
            $0.sequence > from && came.contains($0.sequence)
        }
        let onTheWay = max(0, (told?.amount ?? 0) - booked.reduce(0) { $0 + $1.amount })
        let approved = accounts[account].books.balance[0] - onTheWay >= amount
        if approved {
            version += 1
            accounts[account].books.authorise(
                payment, Units(amount, 0, 0, 0), day: programme.day(of: now), version: version)
        }
        var statement = accounts[account].books.statement(
            for: terminal, account: accounts[account].id, layout: .prepaid, instrument: accounts[account].instrument,
            today: programme.day(of: now))
        statement.offlineAllowance = accounts[account].allowance[terminal]
        let answer = AuthorisationAnswer(
            payment: payment, approved: approved, rule: "CARD-21",
            reason: approved ? "approvedOnline" : "insufficientFunds", authorisationCode: approved ? "123456" : nil,
            account: statement, hostTime: now)
        terminals[terminal].asked = (account, payment, amount, answer)
    }

    private func answer(_ terminal: Int) throws {
        guard let asked = terminals[terminal].asked else { return }
        terminals[terminal].asked = nil
        let closing = closing(asked.account, asked.payment, mint(), asked.amount, online: true)
        let held = accounts[asked.account].statement[terminal]
        if random.one(in: 4) || held.map({ $0.version > asked.answer.account?.version ?? 0 }) ?? false {
            let unknown = Decision.declined(money(asked.amount), rule: "ALL-10", reason: .hostOutcomeUnknown)
            _ = try terminals[terminal].store.settle(closing) { _, _ in .hostUnknown(unknown) }
            book(terminal, asked.account, closing.record, .reversal, asked.payment, 0)
            return
        }
        let decision =
            asked.answer.approved
            ? Decision(
                outcome: .approved, approvedAmount: money(asked.amount), rule: "CARD-21", reason: .approvedOnline)
            : .declined(money(asked.amount), rule: "CARD-1", reason: .insufficientFunds)
        _ = try terminals[terminal].store.settle(closing) { _, _ in .host(decision, asked.answer) }
        accounts[asked.account].statement[terminal] = asked.answer.account
        guard asked.answer.approved else { return }
        findings.approvedOnline += 1
        book(terminal, asked.account, closing.record, .onlineApproval, asked.payment, asked.amount)
    }

    // MARK: Records

    @discardableResult
    private func book(
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

    private func forward(_ terminal: Int, everything: Bool) throws {
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
    private func settleAll() throws {
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

    private func fault(_ sentence: String) { findings.faults.append("seed \(seed): \(sentence)") }

    private func mint() -> UUIDv7 {
        minted += 1
        return UUIDv7(
            milliseconds: now.milliseconds,
            random: [0, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: minted >> UInt32(24 - 8 * $0)) })
    }
}
