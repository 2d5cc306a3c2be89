import Core
import HostProtocol
import Programmes
import Store

/// What the terminals take, alone or through the host.
extension OverspendShop {
    func money(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: programme.currency) }

    func closing(
        _ account: Int, _ payment: UUIDv7, _ record: UUIDv7, _ amount: Int64, online: Bool
    ) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: record, request: PurchaseRequest(amount: money(amount)), programme: programme,
            instrument: accounts[account].instrument, sealedEvidence: nil,
            now: TrustedTime(instant: now, anchored: true), hostReachable: online)
    }

    func begin(_ terminal: Int, _ amount: Int64) throws -> UUIDv7 {
        let payment = mint()
        _ = try terminals[terminal].store.begin(
            PaymentIntent(id: payment, reference: nil, amount: money(amount), startedAt: now))
        return payment
    }

    func payOffline(_ terminal: Int, _ account: Int) throws {
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
    func askOnline(_ terminal: Int, _ account: Int) throws {
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

    func answer(_ terminal: Int) throws {
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
}
