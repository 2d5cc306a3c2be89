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
    }

    struct Paid: Sendable {
        var payment: UUIDv7
        var amount: Int64
        var isHeld: Bool
        var refunded: Int64 = 0
    }

    let state: Mutex<State>

    init(path: String, seed: UInt64, lanes: Int) throws {
        store = PaymentStore(path: path, terminal: Checker.terminal, seal: Checker.seal)
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
        let page = LimitPage(
            terminal: Checker.terminal, nonce: mint(), version: version, base: whole ? 0 : base, issuedAt: Clock.start,
            merchant: "M1", enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 86_400_000), accounts: accounts,
            merchantCategory: "5812")
        try store.apply(page, anchor: Clock.anchor)
        Recorder.mark("paged \(version)")
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
        for record in waiting {
            let body = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
            let hash = Data(JournalChain.bodyHash(Array(record.body)))
            let draw = pick(100)
            if draw < 5 {
                results.append(RecordResult(id: record.id, bodyHash: hash, outcome: .rejected, reason: "malformed"))
                lines.append("answered \(record.id) aside")
            } else {
                let isLate = body.kind == .deferredApproval && draw < 50
                if isLate { Recorder.mark("try \(body.payment) declinedLater") }
                results.append(
                    RecordResult(id: record.id, bodyHash: hash, outcome: isLate ? .declinedLater : draw < 20 ? .duplicate : .applied))
                lines.append("answered \(record.id) gone")
                if let account = body.account, let number = body.accountSequence {
                    state.withLock { _ = $0.booked[account, default: []].insert(number) }
                }
            }
            Recorder.mark("answering \(record.id)")
        }
        try store.settle(results)
        lines.forEach(Recorder.mark)
        return true
    }

    func requeue() throws {
        Recorder.mark("requeueing")
        _ = try store.requeue()
        Recorder.mark("requeued")
    }
}
