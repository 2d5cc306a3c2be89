import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Store

/// The real store as a terminal's outbox, in a folder of its own.
final class DurableOutbox: OutboxPort, LimitCachePort {
    let store: PaymentStore
    private let folder: URL

    /// - Parameter count: offline approvals of 1.00 SEK that wait.
    init(_ count: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kassad-outbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = PaymentStore(path: folder.appending(path: "store.sqlite").path, terminal: "T1")
        let amount = Money(minorUnits: 100, currency: .sek)
        for _ in 0..<count {
            let now = TrustedTime(instant: Shop.time(), anchored: true)
            let payment = Shop.id()
            _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: amount, startedAt: now.instant))
            let closing = PaymentClosing(
                payment: payment, record: Shop.id(), request: PurchaseRequest(amount: amount), programme: nil,
                instrument: nil, sealedEvidence: nil, now: now, hostReachable: false)
            _ = try store.settle(closing) { _, _ in
                .local(
                    Decision(outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline),
                    cardMovedOn: true)
            }
        }
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Records that wait, those set aside, and what they are worth in minor units.
    func waiting() throws -> [Int64] {
        let summary = try store.queueSummary()
        return [Int64(summary.depth), Int64(summary.quarantined)] + summary.exposure.map(\.minorUnits)
    }

    func waiting(after: Int64, limit: Int) async throws -> [WaitingRecord] {
        try store.waiting(after: after, limit: limit, now: Shop.time())
    }

    func records(_ sequences: [Int64]) async throws -> [ForwardedRecord] { try store.records(sequences) }
    func note(_ consequences: [BatchPlanner.Consequence]) async throws { try store.note(consequences, now: Shop.time()) }
    func memory() async throws -> LinkMemory { LinkMemory(spread: try store.spread()) }
    func remember(spread: Int64) async throws { try store.setSpread(spread) }
    func depth() async throws -> Int { try store.queueSummary().depth }
    func settle(_ results: [RecordResult]) async throws -> Bool { try !store.settle(results).isEmpty }

    // Limits have tests of their own.
    func position() async throws -> LimitCachePosition { LimitCachePosition() }
    func apply(_ page: LimitPage, receivedAtBoot: Int64) async throws {}
    func tidy() async throws -> Bool { false }
    func observe(hostTime: UTCInstant, atBoot: Int64) async throws {}
}
