import Core
import Crypto
import Foundation
import GRDB
import HostLedger
import HostProtocol
import Payments
import Programmes
import Simulation
import Store

/// One terminal with its real store and the host's real books, through late declines, their collections, what gives those
/// back, lost answers, restarts, and books that are set back to copies of themselves. The same seed gives the same run.
///
/// After each step no purchase is booked together with what collected it. In the end everything is delivered, people decide
/// the host's open cases, and for each purchase the payer has paid what the terminal says, to the cent, and never more than
/// was approved once.
public final class ClaimHistory {
    /// What happened, by a word each.
    public private(set) var counts: [String: Int] = [:]

    let seed: UInt64
    let folder: URL
    let programme: Programme
    var random: SplitMix64
    var store: PaymentStore
    var ledger: SQLiteLedger?
    var purchases: [UUIDv7] = []
    /// Payments that belong to a purchase: its collections, and what gave back of any of them.
    var families: [UUIDv7: [UUIDv7]] = [:]
    /// Purchases of which the merchant gave up what was open then.
    var givenUp: Set<UUIDv7> = []
    private var minted: UInt64 = 0
    private var step = 0
    private var hasCopy = false
    private var isSuspended = false

    static let opening: Int64 = 1_000_000
    private static let key = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
    private let evidenceKey = Curve25519.KeyAgreement.PrivateKey()
    let instrument: Pseudonym

    /// - Parameter folder: exists and is empty; it holds all files of the run.
    public init(seed: UInt64, folder: URL, programmes: [Programme]) throws {
        guard let programme = programmes.first(where: { $0.id == "epassi-card" }),
            let instrument = Pseudonym(bytes: [UInt8](repeating: 0xA5, count: 16))
        else { throw FleetFailure(seed: seed, message: "programme epassi-card is missing") }
        (self.seed, self.folder, self.programme, self.instrument) = (seed, folder, programme, instrument)
        random = SplitMix64(seed: seed)
        store = PaymentStore(path: folder.appending(path: "T1.sqlite").path, terminal: "T1")
    }

    /// Runs so many steps, delivers the rest and compares.
    /// - Returns: what is wrong; nothing in a sound run.
    public func run(steps: Int) async throws -> [String] {
        try await open()
        while step < steps {
            step += 1
            switch random.below(100) {
            case 0..<20: try purchase()
            case 20..<44: try await forward(isSafe: false)
            case 44..<60: try await collect()
            case 60..<70: try giveBack()
            case 70..<74: try await suspend(!isSuspended)
            case 74..<75: try giveUp()
            case 75..<82: try await sync()
            case 82..<86: try restart()
            case 86..<91: try await copy()
            default: try await setBack()
            }
            let both = try both()
            if both > 0 { return ["step \(step): \(both) purchases and their collections are both booked"] }
        }
        return try await finish()
    }

    // MARK: The till

    private func purchase() throws {
        let amount = Int64(100 + random.below(900))
        let payment = mint()
        let shares = [PurseShare(purse: PurseBalance.prepaid, units: amount, money: amount)]
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: sek(amount), startedAt: now))
        _ = try store.settle(closing(payment, amount)) { [sek = sek(amount)] _, _ in
            .local(
                Decision(outcome: .approved, approvedAmount: sek, rule: "ALL-7", reason: .approvedDeferred, split: shares),
                cardMovedOn: true)
        }
        purchases.append(payment)
        note("purchases")
    }

    /// The instrument returns. The host's answer may be lost, the terminal may be restarted before it has stored it, and the
    /// books may be set back in between.
    private func collect() async throws {
        let open = try store.declined(openOnly: true, limit: 100)
        guard !open.isEmpty, let ledger else { return }
        let claim = open[random.below(open.count)]
        // Mostly the payer comes back when the account may pay again.
        if isSuspended, !random.one(in: 5) { try await suspend(false) }
        let (payment, amount) = (mint(), claim.amount)
        families[claim.payment, default: []].append(payment)
        let request = PurchaseRequest(amount: amount, collects: claim.payment)
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, request: request, startedAt: now))
        let bytes = try await ledger.authorise(
            AuthorisationRequest(
                payment: payment, programme: programme.id, instrument: instrument, amount: amount, requestedAt: now,
                sealedEvidence: "", original: claim.payment), terminal: "T1", now: now)
        let answer = try WireJSON.decode(AuthorisationAnswer.self, from: bytes)
        if random.one(in: 8) { try await setBack() }
        if random.one(in: 8) { return try restart() }
        var closing = closing(payment, amount.minorUnits)
        closing.request = request
        let isLost = random.one(in: 5)
        let settled = try store.settle(closing) { _, _ in
            if isLost { return .hostUnknown(.declined(amount, rule: "ALL-10", reason: .hostOutcomeUnknown)) }
            guard answer.approved else {
                return .host(.declined(amount, rule: "CARD-21", reason: .declinedByHost), answer)
            }
            return .host(
                Decision(
                    outcome: .approved, approvedAmount: amount, rule: "CARD-21", reason: .approvedOnline,
                    split: answer.split ?? []), answer)
        }
        note(isLost ? "collections with lost answers" : settled.decision.approved ? "collections" : "collections declined")
    }

    /// A refund or a void of a purchase or of a collection.
    private func giveBack() throws {
        // Mostly of what has been collected: few purchases are.
        let collected = purchases.filter { families[$0] != nil }
        guard let purchase = pick(collected.isEmpty || random.one(in: 4) ? purchases : collected) else { return }
        let collections = try (families[purchase] ?? []).filter { try store.payment($0)?.state == .approved }
        let target = random.one(in: 4) ? purchase : pick(collections) ?? purchase
        guard let earlier = try store.earlier(target) else { return }
        let kind: Amendment.Kind = random.one(in: 3) ? .void : .refund
        let amount = sek(Int64(1 + random.below(Int(max(1, earlier.amount.minorUnits / 2)))))
        let moment = TrustedTime(instant: now, anchored: true)
        let amendment = Amendment(
            payment: mint(), record: mint(), reference: nil, kind: kind, original: target, amount: amount,
            programme: programme, now: moment, hostReachable: false)
        let settled = try store.amend(amendment) { earlier, account, terminal in
            kind == .void
                ? programme.void(earlier, terminal: terminal, now: moment)
                : programme.refund(earlier, amount: amount, account: account, terminal: terminal, now: moment)
        }
        guard settled.decision.approved else { return }
        families[purchase, default: []].append(amendment.payment)
        note(target == purchase ? "\(kind.rawValue)s of purchases" : "\(kind.rawValue)s of collections")
    }

    private func giveUp() throws {
        guard let claim = try store.declined(openOnly: true, limit: 100).first else { return }
        guard try store.giveUp(claim.payment, at: now) else { return }
        givenUp.insert(claim.payment)
        note("given up")
    }

    private func restart() throws {
        store.close()
        store = PaymentStore(path: folder.appending(path: "T1.sqlite").path, terminal: "T1")
        _ = try store.recover(now: TrustedTime(instant: now, anchored: true)) { mint() }
        note("restarts")
    }

    // MARK: The host

    private func suspend(_ suspended: Bool) async throws {
        isSuspended = suspended
        try await ledger?.setStatus(suspended ? .suspended : .active, account: "A1")
    }

    private func copy() async throws {
        // The older a copy is, the more declines and collections it lacks.
        guard !hasCopy || random.one(in: 3) else { return }
        let path = folder.appending(path: "copy.sqlite").path
        try? FileManager.default.removeItem(atPath: path)
        let (books, copy) = (try DatabaseQueue(path: ledgerPath), try DatabaseQueue(path: path))
        try books.backup(to: copy)
        try books.close()
        try copy.close()
        hasCopy = true
        note("copies")
    }

    /// The books are a copy from before: the host says so, or the terminal finds what they lack when it reconciles.
    private func setBack() async throws {
        guard hasCopy else { return }
        ledger = nil
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledgerPath + suffix) }
        try FileManager.default.copyItem(atPath: folder.appending(path: "copy.sqlite").path, toPath: ledgerPath)
        let books = try openLedger()
        ledger = books
        // Someone takes note, whichever way; a copy of the copy must not be told as the same incarnation again.
        for _ in 0...(counts["set back"] ?? 0) { try await books.restored() }
        note("set back")
        if random.one(in: 2) { try await sync() } else { try reconcile() }
        try await suspend(random.one(in: 4))
    }

    /// Records that the journal holds as acknowledged and the books lack go out again.
    private func reconcile() throws {
        let books = try DatabaseQueue(path: ledgerPath)
        let known = try books.read { Set(try Data.fetchAll($0, sql: "SELECT id FROM record")) }
        try books.close()
        var missing: [ReconciliationDifference] = []
        var after: Int64 = 0
        while let found = try store.queued(String(after + 1)) {
            after += 1
            if found.state == .forwarded, !known.contains(Data(found.forwarded.id.bytes)) {
                missing.append(ReconciliationDifference(.missingAtHost, sequence: after, id: found.forwarded.id))
            }
        }
        if try store.forwardAgain(missing) > 0 { note("put back") }
    }

    // MARK: The wire

    private func forward(isSafe: Bool) async throws {
        let waiting = try store.pending(limit: isSafe ? RecordBatch.maximumCount : 1 + random.below(8))
        guard !waiting.isEmpty, let ledger else { return }
        let results = try await ledger.apply(RecordBatch(records: waiting), terminal: "T1", now: now)
        for result in results where result.outcome == .declinedLater { note("declined later") }
        if !isSafe, random.one(in: 4) { return note("lost answers") }
        let rest = try store.pending(limit: 10_000).count - results.count
        let accepted = try store.settle(results, at: now) { _ in mint() }
        note("accepted after all", accepted.count)
        note("collections taken back", try store.pending(limit: 10_000).count - rest)
    }

    private func sync() async throws {
        guard let ledger else { return }
        while true {
            let (incarnation, version) = try store.limitPosition()
            let page = try await ledger.limits(
                for: "T1",
                LimitRequest(since: version, nonce: mint(), snapshot: try store.snapshotPosition(), incarnation: incarnation),
                now: now)
            do {
                try store.apply(page, anchor: TrustedClock.Anchor(hostTime: now, bootMilliseconds: 1000, bootID: "boot"))
            } catch LimitPageRefusal.stale {
                return note("stale pages")
            }
            guard page.more || page.next != nil else { return }
        }
    }

    // MARK: Parts

    var ledgerPath: String { folder.appending(path: "ledger.sqlite").path }
    var now: UTCInstant { UTCInstant(milliseconds: 1_795_258_800_000 + Int64(step) * 10_800_000) }

    func sek(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: .sek) }
    func note(_ word: String, _ count: Int = 1) { counts[word, default: 0] += count }

    func mint() -> UUIDv7 {
        minted += 1
        let count = minted
        return UUIDv7(
            milliseconds: now.milliseconds,
            random: [0, 0, 0, 0] + (0..<6).map { UInt8(truncatingIfNeeded: count >> UInt64(40 - 8 * $0)) })
    }

    private func pick<Element>(_ all: [Element]) -> Element? { all.isEmpty ? nil : all[random.below(all.count)] }

    private func closing(_ payment: UUIDv7, _ amount: Int64) -> PaymentClosing {
        PaymentClosing(
            payment: payment, record: mint(), request: PurchaseRequest(amount: sek(amount)), programme: programme,
            instrument: instrument, sealedEvidence: nil, now: TrustedTime(instant: now, anchored: true), hostReachable: true)
    }

    private func openLedger() throws -> SQLiteLedger {
        try SQLiteLedger(path: ledgerPath, programmes: [programme], evidenceKey: evidenceKey, pseudonymKey: Self.key)
    }

    private func open() async throws {
        let ledger = try openLedger()
        self.ledger = ledger
        try await ledger.setTerminal(
            "T1", merchant: "M1", signingKey: Fleet.terminalKey, programmes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1 << 40, maximumCacheAge: 1 << 40), merchantCategory: "5812", now: now)
        try await ledger.addAccount(
            NewAccount(
                id: "A1", programme: programme.id, currency: programme.currency,
                purses: [PurseBalance(purse: PurseBalance.prepaid, balance: Self.opening)],
                instruments: [InstrumentBinding(pseudonym: instrument, kind: .app)],
                expiry: CivilDate(year: 2030, month: 12, day: 1)), now: now)
        try await sync()
    }

    /// Whatever is left goes out in peace; people book what the host holds, or dismiss what it does not let them book.
    private func finish() async throws -> [String] {
        try restart()
        guard let ledger else { return ["no books"] }
        // The last word of the host about itself: everything is sent once more.
        for _ in 0...(counts["set back"] ?? 0) { try await ledger.restored() }
        try await sync()
        for _ in 0..<1000 where try !store.pending(limit: 1).isEmpty { try await forward(isSafe: true) }
        var dismissed: Set<String> = []
        for open in try await ledger.cases() where open.kind == .held || open.kind == .rejected {
            // Booking one may have brought others to their end.
            guard try await ledger.cases().contains(where: { $0.number == open.number }) else { continue }
            if await isBooked(byOrder: open.number, ledger) {
                note("booked by order")
            } else {
                try await ledger.resolveCase(open.number, .dismissed, by: "J", why: "history", now: now)
                dismissed.insert(open.payment ?? "")
                note("dismissed")
            }
        }
        // What people have decided about is sent once more, and known.
        _ = try store.requeue()
        for _ in 0..<1000 where try !store.pending(limit: 1).isEmpty { try await forward(isSafe: true) }
        try await sync()
        return try await ClaimCheck(self, dismissed: dismissed).faults()
    }

    private func isBooked(byOrder number: Int64, _ ledger: SQLiteLedger) async -> Bool {
        do {
            try await ledger.resolveCase(number, .booked, by: "J", why: "history", now: now)
            return true
        } catch {
            return false
        }
    }

    /// Purchases that are booked while a collection of theirs holds money too.
    private func both() throws -> Int {
        let books = try DatabaseQueue(path: ledgerPath)
        defer { try? books.close() }
        return try books.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM collects JOIN charge AS collection ON collection.payment = collects.payment
                    JOIN charge AS purchase ON purchase.payment = collects.original
                    WHERE collection.state = 'booked' AND collection.amount > collection.refunded AND purchase.state = 'booked'
                    """) ?? 0
        }
    }
}
