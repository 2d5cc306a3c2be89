import Core
import Foundation
import HostProtocol
import Programmes
import Store
import Synchronization

/// Two lanes, two threads, one account with money for one of them: round after round both ask for it at the same
/// moment.
///
/// A decision that was taken on what was read before the write transaction gives it to both: either both are inside
/// their
/// decisions at once, or the second decides on a balance from before the first.
public enum LaneRace {
    public struct Result: Sendable, Equatable {
        /// Rounds in which both lanes were approved, or what is left is below zero.
        public var overspent = 0
        /// Rounds in which no lane was approved.
        public var lost = 0
        /// Times that both lanes were inside `decide` at once.
        public var overlaps = 0

        public init() {}
    }

    /// - Parameter folder: exists; the store's file is made in it, and removed in the end.
    public static func run(rounds: Int, folder: URL, programme: Programme) throws -> Result {
        let path = folder.appending(path: "race-\(UInt64.random(in: .min ... .max)).sqlite").path
        let store = PaymentStore(path: path, terminal: "T1")
        defer {
            store.close()
            for suffix in ["", "-wal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        var result = Result()
        let now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_258_800_000), anchored: true)
        guard let instrument = Pseudonym(bytes: [UInt8](repeating: 3, count: 16)) else { return result }
        let inside = Mutex((now: 0, most: 0))
        for round in 1...rounds {
            try store.apply(page(Int64(round), programme, instrument, now), anchor: anchor(now))
            let payments = (0..<2).map { id(round, $0, 1) }
            for payment in payments {
                _ = try store.begin(
                    PaymentIntent(id: payment, reference: nil, amount: amount(programme), startedAt: now.instant))
            }
            let approved = Mutex(0)
            let failures = Mutex<[String]>([])
            let waiting = Atomic(2)
            inside.withLock { $0 = (0, 0) }
            DispatchQueue.concurrentPerform(iterations: 2) { lane in
                waiting.subtract(1, ordering: .sequentiallyConsistent)
                while waiting.load(ordering: .sequentiallyConsistent) > 0 {}
                let closing = PaymentClosing(
                    payment: payments[lane], record: id(round, lane, 2),
                    request: PurchaseRequest(amount: amount(programme)), programme: programme, instrument: instrument,
                    sealedEvidence: nil, now: now, hostReachable: false)
                do {
                    let settled = try store.settle(closing) { account, _ in
                        inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        // Time for the other lane to come in too, if anything lets it.
                        for _ in 0..<200 where inside.withLock({ $0.most }) < 2 { sched_yield() }
                        defer { inside.withLock { $0.now -= 1 } }
                        let left = account.flatMap { try? $0.available() }?.minorUnits ?? 0
                        guard left >= 100 else {
                            return .local(
                                .declined(amount(programme), rule: "CARD-1", reason: .insufficientFunds),
                                cardMovedOn: false)
                        }
                        return .local(
                            Decision(
                                outcome: .approved, approvedAmount: amount(programme), rule: "ALL-7",
                                reason: .approvedOffline),
                            cardMovedOn: true)
                    }
                    if settled.decision.approved { approved.withLock { $0 += 1 } }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            if let failure = failures.withLock({ $0.first }) {
                throw SimulationFailure(seed: UInt64(round), world: nil, message: failure, history: [])
            }
            let left = try store.account(instrument: instrument, today: nil)?.available().minorUnits ?? 0
            let count = approved.withLock { $0 }
            if count > 1 || left < 0 { result.overspent += 1 }
            if count == 0 || left > 0 { result.lost += 1 }
            if inside.withLock({ $0.most }) > 1 { result.overlaps += 1 }
        }
        return result
    }

    private static func amount(_ programme: Programme) -> Money { Money(minorUnits: 100, currency: programme.currency) }

    private static func id(_ round: Int, _ lane: Int, _ kind: UInt8) -> UUIDv7 {
        UUIDv7(
            milliseconds: 1_795_258_800_000,
            random: [0, 0, kind, UInt8(lane)] + (0..<4).map { UInt8(truncatingIfNeeded: round >> (24 - 8 * $0)) })
    }

    private static func anchor(_ now: TrustedTime) -> TrustedClock.Anchor {
        TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: 1, bootID: "boot")
    }

    /// Counts all rounds before this one, and leaves exactly one payment.
    private static func page(
        _ round: Int64, _ programme: Programme, _ instrument: Pseudonym, _ now: TrustedTime
    ) throws -> LimitPage {
        let account = AccountLimit(
            account: "A1", programme: programme.id, version: round, currency: programme.currency, balance: 100,
            status: .active, countedThrough: 2 * (round - 1), countedDay: nil, purchasesOnCountedDay: 0,
            offlineAllowance: OfflineAllowance(amount: 1000, count: 10, perTransaction: 1000), instruments: [instrument]
        )
        return LimitPage(
            terminal: "T1", nonce: id(Int(round), 0, 3), version: round, base: round == 1 ? 0 : round - 1,
            issuedAt: now.instant, merchant: "M1", enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 1_000_000_000), accounts: [account])
    }
}
