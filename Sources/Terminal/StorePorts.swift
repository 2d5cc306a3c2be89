import Core
import HostProtocol
import Logging
import Payments
import Store
import Workers

/// The store as the host link sees it: each call is a job on the store's thread.
struct StorePorts: OutboxPort, LimitCachePort {
    let store: PaymentStore
    let thread: WorkerThread
    let clock: SystemClock
    var announcements = Announcements()
    var logger = Logger(label: "kassad")

    /// Once noted, the status tells of it.
    func compare(_ host: JournalPosition) async throws {
        let found = try await thread.run { [store, clock] in try store.compare(host, now: clock.now) }
        guard case .restored(let mark) = found else { return }
        logger.error(
            "restored from an image: the host holds records that this store does not",
            metadata: ["host": "\(mark.hostSequence)", "store": "\(mark.after)"])
    }

    func waiting(after: Int64, limit: Int) async throws -> [WaitingRecord] {
        try await thread.run { [store, clock] in try store.waiting(after: after, limit: limit, now: clock.now.instant) }
    }

    func records(_ sequences: [Int64]) async throws -> [ForwardedRecord] {
        try await thread.run { [store, clock] in
            let records = try store.records(sequences)
            store.noteSent(records.map(\.sequence), at: clock.now.instant)
            return records
        }
    }

    func note(_ consequences: [BatchPlanner.Consequence]) async throws {
        try await thread.run { [store, clock] in try store.note(consequences, now: clock.now.instant) }
    }

    func memory() async throws -> LinkMemory {
        try await thread.run { [store, clock] in
            LinkMemory(
                silence: clock.silence(since: try store.syncedAt(), anchor: try store.clock().anchor),
                spread: try store.spread())
        }
    }

    func remember(spread: Int64) async throws { try await thread.run { [store] in try store.setSpread(spread) } }

    func depth() async throws -> Int {
        try await thread.run { [store] in try store.pending(limit: 1).count }
    }

    func settle(_ results: [RecordResult]) async throws -> Bool {
        let now = clock.now.instant
        let (bounced, accepted, reversed) = try await thread.run { [store] in
            let accepted = try store.settle(results, at: now)
            return (
                results.filter { $0.outcome == .declinedLater }.compactMap { try? store.declined(record: $0.id) },
                accepted.compactMap { try? store.declined($0) }, !accepted.isEmpty
            )
        }
        for declined in accepted { announcements.post("acceptedAfterAll", declined, at: now) }
        for declined in bounced where declined.state == .open { announcements.post("declinedLater", declined, at: now) }
        return reversed
    }

    func position() async throws -> LimitCachePosition {
        try await thread.run { [store] in
            let (incarnation, version) = try store.limitPosition()
            return LimitCachePosition(
                incarnation: incarnation, version: version, snapshot: try store.snapshotPosition())
        }
    }

    /// Few enough that a payment which comes meanwhile hardly waits.
    func tidy() async throws -> Bool { try await thread.run { [store] in try store.tidy(rows: 2000) } }

    func apply(_ page: LimitPage, receivedAtBoot boot: Int64) async throws {
        let anchor = clock.anchor(hostTime: page.issuedAt, atBoot: boot)
        try await thread.run { [store] in try store.apply(page, anchor: anchor) }
        _ = clock.observe(anchor)
    }

    /// The anchor in memory follows every answer; the stored one only when it would be missed after a restart. A sign of
    /// life costs no commit.
    func observe(hostTime: UTCInstant, atBoot boot: Int64) async throws {
        let anchor = clock.anchor(hostTime: hostTime, atBoot: boot)
        let isNews = clock.observe(anchor)
        if isNews { try await thread.run { [store] in try store.observe(anchor) } }
    }
}
