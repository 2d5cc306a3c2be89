// Durable decisions: intent, rules, journal, outbox, spend, two commits per payment, through the real store.
//
//   StoreBench FILE COUNT LANES      prints payments per second, on so many lanes at once
//   StoreBench FILE COUNT prepare    makes the file with its accounts, for the C program; prints the bytes of a record's body
//                                    and of a stored decision
import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Store
import Synchronization

@main
enum StoreBench {
    static let terminal = "T1"
    static let now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_258_800_000), anchored: true)
    static let amount = Money(minorUnits: 100, currency: .sek)

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[2]), count > 0 else {
            throw Stop("StoreBench FILE COUNT LANES|prepare")
        }
        guard let programme = try Programme.shipped().first else { throw Stop("no programme") }
        let store = PaymentStore(path: arguments[1], terminal: terminal)
        try fill(store, programme.id, payments: count)
        if arguments[3] == "prepare" {
            let settled = try pay(store, programme, 1)
            let body = try store.pending(limit: 1).first?.body.count ?? 0
            let decision = settled.decision.stored.utf8.count
            store.close()
            // The C program starts from the same empty books.
            for suffix in ["", "-wal"] { try? FileManager.default.removeItem(atPath: arguments[1] + suffix) }
            try fill(store, programme.id, payments: count)
            store.close()
            print(body, decision)
            return
        }
        guard let lanes = Int(arguments[3]), (1...64).contains(lanes) else { throw Stop("LANES: 1…64") }
        // Each lane has a thread of its own, and payers of its own.
        let perLane = count / lanes / perAccount * perAccount
        let failures = Mutex(0)
        let ended = DispatchGroup()
        let start = ContinuousClock.now
        for lane in 0..<lanes {
            ended.enter()
            Thread.detachNewThread {
                for index in (lane * perLane + 1)...((lane + 1) * perLane) {
                    let settled = try? pay(store, programme, index)
                    if settled?.decision.approved != true { failures.withLock { $0 += 1 } }
                }
                ended.leave()
            }
        }
        ended.wait()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        guard failures.withLock({ $0 }) == 0 else { throw Stop("not approved") }
        print(String(format: "%.1f", Double(lanes * perLane) / (Double(seconds) + Double(attoseconds) / 1e18)))
        store.close()
    }

    private static func pay(
        _ store: PaymentStore, _ programme: Programme, _ index: Int
    ) throws -> Settled {
        let number = (0..<7).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
        let payment = UUIDv7(milliseconds: now.instant.milliseconds, random: [1, 0, 0] + number)
        let record = UUIDv7(milliseconds: now.instant.milliseconds, random: [2, 0, 0] + number)
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: amount, startedAt: now.instant))
        let closing = PaymentClosing(
            payment: payment, record: record, request: PurchaseRequest(amount: amount), programme: programme,
            instrument: instrument((index - 1) / perAccount),
            sealedEvidence: String(repeating: "s", count: 400), now: now, hostReachable: false)
        return try store.settle(closing) { account, terminal in
            let evidence = InstrumentEvidence(
                cryptogram: .tc, authentication: .passed, expiry: CivilDate(year: 2030, month: 12, day: 31))
            return .local(
                programme.decide(
                    PurchaseRequest(amount: amount), evidence: evidence, account: account, terminal: terminal, now: now),
                cardMovedOn: true)
        }
    }

    /// As many accounts as it takes to stay within what one may do offline in a row.
    static let perAccount = 5

    private static func instrument(_ account: Int) -> Pseudonym? {
        Pseudonym(
            bytes: [UInt8](repeating: 7, count: 8) + (0..<8).map { UInt8(truncatingIfNeeded: account >> (8 * $0)) })
    }

    private static func fill(_ store: PaymentStore, _ programme: String, payments: Int) throws {
        let accounts = (0...(payments / perAccount)).map { number in
            AccountLimit(
                account: "A\(number)", programme: programme, version: 1, currency: .sek, balance: 100_000, status: .active,
                countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 50_000, count: perAccount, perTransaction: 30_000),
                instruments: instrument(number).map { [$0] } ?? [])
        }
        let page = LimitPage(
            terminal: terminal, nonce: UUIDv7(milliseconds: 0, random: []), version: 1, base: 0, issuedAt: now.instant,
            merchant: "M1", enrolledProgrammes: [programme],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 86_400_000), accounts: accounts,
            merchantCategory: "5812")
        try store.apply(
            page, anchor: TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: 0, bootID: "bench"))
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
