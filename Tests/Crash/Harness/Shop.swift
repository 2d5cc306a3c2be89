import Core
import Foundation
import HostProtocol
import Programmes
import Simulation
import Store
import Synchronization

/// Trusted time of the whole run: nothing here depends on the hour.
enum Clock {
    static let start = UTCInstant(milliseconds: 1_795_258_800_000)
    static let now = TrustedTime(instant: start, anchored: true)
    static let anchor = TrustedClock.Anchor(hostTime: start, bootMilliseconds: 0, bootID: "crash")
}

/// A terminal's store with what works on it: accounts, lanes, a host that answers. Each promise of the store becomes a mark.
final class Shop: Sendable {
    let store: PaymentStore
    let programme: Programme
    let seed: UInt64
    let lanes: Int
    static let accountsPerLane = 3

    /// What the host has booked, and the ids that were given out.
    struct State: Sendable {
        var random: SplitMix64
        var minted: UInt64 = 0
        var version: Int64
        /// Numbers of records that the host has, by account.
        var booked: [String: Set<Int64>] = [:]
        /// Purchases and holds that may be amended, by lane.
        var paid: [Int: [Paid]] = [:]
        /// Records that the host has acknowledged, and payments that it has declined later, in their order.
        var acknowledged: [ReconciliationDifference] = []
        var late: [UUIDv7] = []
        /// Every payment of this run that the host has declined later, whatever came of it.
        var bounced: Set<UUIDv7> = []
        /// Those of them that it has taken after all: it does not change its mind again.
        var accepted: Set<UUIDv7> = []
    }

    struct Paid: Sendable {
        var payment: UUIDv7
        var amount: Int64
        var isHeld: Bool
        var refunded: Int64 = 0
    }

    let state: Mutex<State>

    init(path: String, seed: UInt64, lanes: Int, reserve: Int64 = 0, seal: JournalSeal = Checker.seal) throws {
        store = PaymentStore(path: path, terminal: Checker.terminal, seal: seal, reserve: reserve)
        guard let programme = try Programme.shipped().first(where: { $0.id == "epassi-card" }) else {
            throw Stop("no programme")
        }
        self.programme = programme
        self.seed = seed
        self.lanes = lanes
        state = Mutex(State(random: SplitMix64(seed: seed), version: 0))
    }

    func mint() -> UUIDv7 {
        let count = state.withLock { state in
            state.minted += 1
            return state.minted
        }
        let low = (0..<5).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        return UUIDv7(
            milliseconds: Clock.start.milliseconds, random: [0, UInt8(truncatingIfNeeded: seed >> 16), 0, UInt8(truncatingIfNeeded: seed >> 8), UInt8(truncatingIfNeeded: seed)] + low)
    }

    func pick(_ bound: Int) -> Int { state.withLock { $0.random.pick(bound) } }

    // MARK: Accounts

    static func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .sek) }

    func account(_ lane: Int, _ number: Int) -> String { "A\(seed)-\(lane)-\(number)" }

    func instrument(_ lane: Int, _ number: Int) -> Pseudonym? {
        Pseudonym(
            bytes: [UInt8(lane), UInt8(number), 0, 0, 0, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: seed >> (8 * $0)) })
    }

    private func limit(_ lane: Int, _ number: Int, version: Int64) -> AccountLimit {
        let account = account(lane, number)
        let booked = state.withLock { $0.booked[account] ?? [] }
        var counted: Int64 = 0
        while booked.contains(counted + 1) { counted += 1 }
        return AccountLimit(
            account: account, programme: programme.id, version: version, currency: .sek, balance: 1_000_000_000, status: .active,
            countedThrough: counted, countedDay: nil, purchasesOnCountedDay: 0,
            offlineAllowance: OfflineAllowance(amount: 1_000_000_000, count: 1_000_000, perTransaction: 1_000_000),
            instruments: instrument(lane, number).map { [$0] } ?? [])
    }

    /// A page that tells all accounts anew.
    func applyPage(whole: Bool) throws {
        if whole, let held = try? store.limitVersion() { state.withLock { $0.version = max($0.version, held) } }
        let (base, version) = state.withLock { state in
            defer { state.version += 1 }
            return (state.version, state.version + 1)
        }
        let accounts = (0..<lanes).flatMap { lane in
            (0..<Shop.accountsPerLane).map { limit(lane, $0, version: version) }
        }
        var page = LimitPage(
            terminal: Checker.terminal, nonce: mint(), version: version, base: whole ? 0 : base, issuedAt: Clock.start,
            merchant: "M1", enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 86_400_000), accounts: accounts,
            merchantCategory: "5812")
        // One that the host has settled by itself since.
        let cleared = whole ? nil : state.withLock { $0.late.popLast() }
        if let cleared {
            page.clearedDeclines = [cleared]
            Recorder.mark("closing \(cleared) cleared")
        }
        try store.apply(page, anchor: Clock.anchor)
        Recorder.mark("paged \(version)")
        if let cleared { Recorder.mark("closed-late \(cleared) cleared") }
    }

    /// The host's statement with an online answer.
    func statement(_ lane: Int, _ number: Int) -> AccountLimit {
        let version = state.withLock { $0.version }
        return limit(lane, number, version: version)
    }

    // MARK: Host

    /// Sends what waits, and takes the answers.
    /// - Returns: whether anything waited.
    @discardableResult
    func forward(limit: Int = 50) throws -> Bool {
        let waiting = try store.pending(limit: limit)
        guard !waiting.isEmpty else { return false }
        var results: [RecordResult] = []
        var lines: [String] = []
        var gone: [(record: ReconciliationDifference, late: UUIDv7?)] = []
        for record in waiting {
            let body = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
            let hash = Data(JournalChain.bodyHash(Array(record.body)))
            let draw = pick(100)
            if draw < 5 {
                results.append(RecordResult(id: record.id, bodyHash: hash, outcome: .rejected, reason: "malformed"))
                lines.append("answered \(record.id) aside")
            } else {
                let isLate = body.kind == .deferredApproval && draw < 50 && state.withLock { !$0.accepted.contains(body.payment) }
                if isLate { Recorder.mark("try \(body.payment) declinedLater") }
                // Put back, sent again, and taken this time: the payment is paid after all.
                let isAccepted = !isLate && body.kind == .deferredApproval && state.withLock { $0.bounced.contains(body.payment) }
                if isAccepted {
                    Recorder.mark("try \(body.payment) approved")
                    Recorder.mark("closing \(body.payment) cleared")
                    state.withLock { state in
                        state.late.removeAll { $0 == body.payment }
                        state.accepted.insert(body.payment)
                    }
                }
                results.append(
                    RecordResult(id: record.id, bodyHash: hash, outcome: isLate ? .declinedLater : draw < 20 ? .duplicate : .applied))
                lines.append("answered \(record.id) gone")
                if isLate { lines.append("late \(body.payment)") }
                if isAccepted { lines.append("closed-late \(body.payment) cleared") }
                gone.append((ReconciliationDifference(.missingAtHost, sequence: record.sequence, id: record.id), isLate ? body.payment : nil))
                if let account = body.account, let number = body.accountSequence {
                    state.withLock { _ = $0.booked[account, default: []].insert(number) }
                }
            }
            Recorder.mark("answering \(record.id)")
        }
        try store.settle(results)
        lines.forEach(Recorder.mark)
        state.withLock { state in
            state.acknowledged += gone.map(\.record)
            state.late += gone.compactMap(\.late)
            state.bounced.formUnion(gone.compactMap(\.late))
        }
        return true
    }

    func requeue() throws {
        Recorder.mark("requeueing")
        _ = try store.requeue()
        Recorder.mark("requeued")
    }

    // MARK: Upkeep

    /// A host that was restored from a backup has lost records that it had acknowledged: they wait again.
    func putBack(_ count: Int = 3) throws {
        let lost = state.withLock { state -> [ReconciliationDifference] in
            guard !state.acknowledged.isEmpty else { return [] }
            return (0..<count).map { _ in state.acknowledged[state.random.pick(state.acknowledged.count)] }
        }
        for record in Set(lost) {
            Recorder.mark("puttingBack \(record.id)")
            // None when it was purged.
            if try store.forwardAgain([record]) == 1 { Recorder.mark("putBack \(record.id)") }
        }
    }

    /// Deletes the acknowledged beginning of the journal.
    func purge() throws {
        var walk = ChainWalk()
        repeat { try store.step(&walk) } while !walk.isAtEnd && walk.fault == nil
        while true {
            let step = try store.purgeJournal(
                before: Clock.start.advanced(byMilliseconds: 1), proven: walk, now: Clock.now)
            if let fault = step.fault { throw Stop("the purge finds \(fault)") }
            guard step.goesOn else { return }
        }
    }

    /// The merchant asks no more for the oldest payment that bounced.
    func giveUp() throws {
        guard let payment = state.withLock({ $0.late.isEmpty ? nil : $0.late.removeFirst() }) else { return }
        Recorder.mark("closing \(payment) givenUp")
        // False when it was never open: voided before it bounced.
        if try store.giveUp(payment, at: Clock.start) { Recorder.mark("closed-late \(payment) givenUp") }
    }
}
