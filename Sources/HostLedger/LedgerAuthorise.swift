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
        try Self.check(request)
        let hash: [UInt8]
        do {
            // What the terminal has not seen counted is its state, not the payment's.
            var payment = request
            (payment.uncountedFrom, payment.uncountedAmount, payment.uncountedShares) = (nil, nil, nil)
            payment.account = nil
            hash = JournalChain.bodyHash(try WireJSON.encode(payment))
        } catch {
            throw .malformed(field: "")
        }
        return try await write { books in
            let holder = try books.terminal(terminal)
            let earlier = try books.authorisation(request.payment)
            if let earlier {
                guard earlier["terminal"] as String == terminal else { throw LedgerError.paymentReused }
                if let answer = earlier["answer"] as Data? {
                    guard (earlier["request_hash"] as Data?) == Data(hash) else { throw LedgerError.paymentReused }
                    return Array(answer)
                }
            }
            try books.expireHolds(now: now)
            let account = try books.account(of: request.instrument)
            let decision =
                earlier == nil
                ? try books.decide(request, account: account, terminal: holder, now: now)
                : .declined(request.amount, rule: "ALL-10", reason: .cancelled)
            let day = books.day(request.programme, now)
            if let account { try books.take(decision, for: request, from: account, terminal: holder, day: day, now: now) }
            let bytes = try WireJSON.encode(
                try books.answer(request, decision, account: account?.id, terminal: holder, now: now))
            let state = earlier != nil ? "reversed" : decision.approved ? "booked" : "declined"
            try books.run(
                """
                INSERT OR REPLACE INTO authorisation
                    (payment, terminal, state, request_hash, answer, account, currency, amount, day, decided_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    Data(request.payment.bytes), terminal, state, Data(hash), Data(bytes), account?.id,
                    request.amount.currency.code,
                    decision.approved ? decision.approvedAmount.minorUnits : request.amount.minorUnits, day,
                    now.milliseconds,
                ])
            try books.release(payment: request.payment, now: now)
            return bytes
        }
    }

    private static func check(_ request: AuthorisationRequest) throws(LedgerError) {
        guard (request.uncountedFrom == nil) == (request.uncountedAmount == nil), request.uncountedFrom ?? 0 >= 0 else {
            throw .malformed(field: "uncountedFrom")
        }
        // By purse, refunds that are on their way may outweigh what was spent.
        guard request.uncountedShares != nil || request.uncountedAmount ?? 0 >= 0 else {
            throw .malformed(field: "uncountedAmount")
        }
        let bounds = Int64(-1 << 50)...Int64(1 << 50)
        let shares = request.uncountedShares ?? []
        guard shares.isEmpty || request.uncountedFrom != nil, shares.count <= 64,
            shares.allSatisfy({ bounds.contains($0.units) && bounds.contains($0.money) }),
            Set(shares.map { PurseLine($0) }).count == shares.count
        else { throw .malformed(field: "uncountedShares") }
        guard (request.kind == .collection) == (request.original != nil) else { throw .malformed(field: "original") }
        guard request.basket?.count ?? 0 <= 1000 else { throw .malformed(field: "basket") }
    }
}

extension PurchaseRequest {
    /// What a terminal asks for, in the rules' words.
    fileprivate init(_ request: AuthorisationRequest) {
        self.init(
            kind: request.holdUntil == nil ? .purchase : .hold, amount: request.amount, basket: request.basket ?? [],
            allowsPartial: request.allowsPartial ?? false, acceptsVoucherLoss: request.acceptsVoucherLoss ?? false)
    }
}

extension LedgerTransaction {
    /// The rules' answer to a request, at the true balances.
    fileprivate func decide(
        _ request: AuthorisationRequest, account: Account?, terminal: Terminal, now: UTCInstant
    ) throws -> Decision {
        func declined(_ rule: RuleID, _ reason: Reason) -> Decision { .declined(request.amount, rule: rule, reason: reason) }
        guard terminal.programmes.contains(request.programme), let programme = programmes[request.programme] else {
            return declined("CARD-22", .merchantNotEnrolled)
        }
        let kind = try account.flatMap { try self.kind(of: request.instrument, account: $0.id, at: now) }
        var expiry = account?.expiry
        // A tag, a number or an address has no card data; a card always has.
        if !request.sealedEvidence.isEmpty || kind ?? .card == .card {
            guard let evidence = try? cards.open(request.sealedEvidence, payment: request.payment),
                cards.instrument(evidence) == request.instrument,
                // A card is asked for no less than what the programme may pay of the basket, and no more than the whole.
                let shown = evidence.amount, shown.currency == request.amount.currency,
                (programme.cardAmount(of: PurchaseRequest(request)).minorUnits...max(
                    request.amount.minorUnits, programme.cardAmount(of: PurchaseRequest(request)).minorUnits)
                ).contains(shown.minorUnits)
            else { return declined("ALL-7", .cardDataInvalid) }
            guard cards.isAuthentic(evidence) else { return declined("ALL-7", .cardNotAuthentic) }
            expiry = evidence.expiry ?? expiry
        }
        if let stopped = try stopped(request.instrument) { return declined("CARD-8", stopped) }
        guard let account, account.programme == request.programme, !account.isRemoved else {
            return declined("CARD-21", .unknownInstrument)
        }
        guard try isDue(request, account: account, terminal: terminal) else { return declined("ALL-7", .collectionNotDue) }
        let onTheWay = try onTheWay(request, account: account.id, terminal: terminal)
        let money = try onTheWay.money()
        return programme.authorise(
            PurchaseRequest(request),
            account: try state(
                of: account,
                uncounted: UncountedSpends(
                    shares: onTheWay, offlineAmount: money, offlineCount: 0, purchasesToday: 0, amountToday: 0),
                now: now),
            cardExpiry: expiry, merchantCategory: terminal.merchantCategory ?? request.merchantCategory,
            rates: try rates(), now: now)
    }

    /// The account as the rules look at it.
    func state(of account: Account, uncounted: UncountedSpends, now: UTCInstant) throws -> AccountState {
        let today = day(account.programme, now)
        let bought = try purchases(account.id, day: today)
        return AccountState(
            limit: AccountLimit(
                account: account.id, programme: account.programme, version: account.version, currency: account.currency,
                purses: try purses(of: account.id), status: account.status, countedThrough: 0, countedDay: CivilDate(today),
                purchasesOnCountedDay: bought.count, offlineAllowance: nil, instruments: [], lastDay: account.lastDay,
                amountOnCountedDay: bought.amount, pin: account.pin),
            uncounted: uncounted)
    }

    /// Books an approval, or the fee of a decline (CARD-19).
    fileprivate func take(
        _ decision: Decision, for request: AuthorisationRequest, from account: Account, terminal: Terminal, day: String,
        now: UTCInstant
    ) throws {
        guard !decision.split.isEmpty else { return }
        var occasion = Occasion(
            decision.approved ? "authorisation" : "fee", terminal: terminal.id, payment: request.payment, record: nil,
            valueDate: decision.valueDate, at: now)
        occasion.merchant = terminal.merchant
        occasion.fees = ChargeFees(decision.lines, currency: account.currency)
        try move(account, taken: decision.split, occasion)
        if decision.approved {
            try countPurchase(account.id, day: day, purchases: 1, amount: decision.split.money())
            // A hold that this host has approved is held back from now on, whatever the number of its record (CARD-12).
            // A terminal whose clock is behind asks for an end that is over: then the programme's counts.
            let longest = programmes[request.programme]?.hold.map { now.advanced(byMilliseconds: $0.validity) }
            let wanted = request.holdUntil.flatMap { $0 > now ? $0 : longest }
            try open(
                request.payment, request.holdUntil == nil ? .purchase : .hold,
                state: request.holdUntil == nil ? .booked : .open, account: account.id, terminal: terminal,
                amount: decision.approvedAmount, day: day, shares: decision.split,
                expiresAt: wanted.map { wanted in longest.map { min($0, wanted) } ?? wanted }, sequence: nil)
            try noteCollection(request.payment, of: request.original, now: now)
        }
        try touch(account.id)
    }

    fileprivate func answer(
        _ request: AuthorisationRequest, _ decision: Decision, account: String?, terminal: Terminal, now: UTCInstant
    ) throws -> AuthorisationAnswer {
        let after = try account.flatMap { try self.account($0) }
        let shown = after.flatMap { terminal.programmes.contains($0.programme) && !$0.isRemoved ? $0 : nil }
        return AuthorisationAnswer(
            payment: request.payment, approved: decision.approved, rule: decision.rule.rawValue,
            reason: decision.reason.rawValue, authorisationCode: decision.approved ? Self.code(request.payment) : nil,
            account: try shown.map { try limit(of: $0, for: terminal.id, now: now) }, hostTime: now,
            approvedAmount: decision.approved ? decision.approvedAmount : nil,
            split: decision.split.isEmpty ? nil : decision.split, lines: decision.lines.isEmpty ? nil : decision.lines,
            valueDate: decision.valueDate, incarnation: try incarnation())
    }

    /// Six digits that a receipt shows; the payment id is what identifies.
    private static func code(_ payment: UUIDv7) -> String {
        let number = SHA256.hash(data: Data(payment.bytes)).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// ALL-3: what the asking terminal has taken from each purse and the books do not hold yet.
    private func onTheWay(
        _ request: AuthorisationRequest, account: String, terminal: Terminal
    ) throws -> [PurseShare] {
        guard let from = request.uncountedFrom, let amount = request.uncountedAmount else { return [] }
        // The instrument has moved since the terminal heard of it (WAL-8): what it has spent of another account is not this one's.
        guard request.account == nil || request.account == account else { return [] }
        let spent = try request.uncountedShares ?? firstPurse(of: account, units: amount)
        let booked = try rows(
            """
            SELECT record.id, record.kind, record.body, purse, denomination, -movement.units AS units, -movement.money AS money
            FROM record JOIN entry ON entry.record = record.id JOIN movement ON movement.entry = entry.number
            WHERE record.account = ? AND record.terminal = ? AND record.account_sequence > ? AND record.image = ?
                AND record.kind NOT IN ('reversal', 'refund')
            """, [account, terminal.id, from, terminal.image]
        ).filter { try isTold($0) }.map { PurseShare($0) }.summed()
        return try (spent + booked.negated()).summed().filter { $0.units > 0 }.map { share in
            var share = share
            share.money = max(0, share.money)
            return share
        }
    }

    /// Whether a terminal counts this movement among its own offline spends: not what gives back a part of what this host has
    /// authorised itself.
    private func isTold(_ row: Row) throws -> Bool {
        let (kind, body, units): (String, Data, Int64) = (row["kind"], row["body"], row["units"])
        guard units < 0, ["completion", "release", "void"].contains(kind),
            let original = try? WireJSON.decode(JournalRecord.self, from: Array(body)).original
        else { return true }
        return try authorisation(original) == nil
    }
}
