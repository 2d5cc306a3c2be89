import Core
import HostProtocol
import Payments
import Synchronization

/// What a terminal keeps, in memory: an outbox and a limit cache.
final class MemoryStore: OutboxPort, LimitCachePort {
    struct State {
        var queue: [ForwardedRecord] = []
        var quarantined: [UUIDv7] = []
        /// Reasons of records that the link set aside itself, by sequence.
        var setAside: [Int64: String] = [:]
        var attempts: [Int64: Int] = [:]
        var waits: [Int64: Int64] = [:]
        var spread: Int64?
        var silence: Int64?
        var groups: [Int64: String] = [:]
        /// Most records that were read at once.
        var mostRead = 0
        /// The newest page applied.
        var page: LimitPage?
        var position = LimitCachePosition()
        var accounts: [String: AccountLimit] = [:]
        var staged: [String: AccountLimit] = [:]
        var stagedIncarnation: Int64 = 0
        /// Ids of accounts in the order in which pages brought them.
        var brought: [String] = []
        var refusals: [LimitPageRefusal] = []
        var observed: [UTCInstant] = []
        var refuseDeltas = false
        var refuseAll: LimitPageRefusal?
        /// What the host told of the journal.
        var told: [JournalPosition] = []
        var applying = 0
        var mostApplying = 0
        /// What the next ``settle(_:)`` writes, and how many quarantines are still not kept.
        var written: [ForwardedRecord] = []
        var failsQuarantines = 0
        /// How many more times there is something to tidy up, and how often it was done.
        var outdated = 0
        var tidyings = 0
    }

    let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func waiting(after: Int64, limit: Int) async throws -> [WaitingRecord] {
        state.withLock { state in
            var found: [WaitingRecord] = []
            for record in state.queue where found.count < limit && record.sequence > after {
                guard state.setAside[record.sequence] == nil else { continue }
                let group = state.groups[record.sequence] ?? Self.group(record)
                state.groups[record.sequence] = group
                found.append(
                    WaitingRecord(
                        sequence: record.sequence, group: group, bytes: record.body.count,
                        attempts: state.attempts[record.sequence] ?? 0, retryIn: state.waits[record.sequence] ?? 0))
            }
            state.mostRead = max(state.mostRead, found.count)
            return found
        }
    }

    func records(_ sequences: [Int64]) async throws -> [ForwardedRecord] {
        let wanted = Set(sequences)
        return state.withLock { state in
            state.queue.filter { wanted.contains($0.sequence) && state.setAside[$0.sequence] == nil }
        }
    }

    struct NoteFails: Error {}

    func note(_ consequences: [BatchPlanner.Consequence]) async throws {
        try state.withLock { state in
            let isQuarantine = consequences.contains { if case .quarantine = $0 { true } else { false } }
            if isQuarantine, state.failsQuarantines > 0 {
                state.failsQuarantines -= 1
                throw NoteFails()
            }
            for consequence in consequences {
                switch consequence {
                case .postpone(let sequence, let attempts, let wait):
                    state.attempts[sequence] = attempts
                    state.waits[sequence] = wait
                case .quarantine(let sequence, let reason): state.setAside[sequence] = reason
                }
            }
        }
    }

    func memory() async throws -> LinkMemory {
        state.withLock { LinkMemory(silence: $0.silence, spread: $0.spread) }
    }

    func remember(spread: Int64) async throws { state.withLock { $0.spread = spread } }

    /// As the real store keys them.
    static func group(_ record: ForwardedRecord) -> String {
        guard let record = try? WireJSON.decode(JournalRecord.self, from: Array(record.body)) else { return "" }
        return record.account ?? "payment \((record.original ?? record.payment).description)"
    }

    func depth() async throws -> Int { state.withLock { $0.queue.count } }

    func settle(_ results: [RecordResult]) async throws -> Bool {
        state.withLock { state in
            let ids = Set(results.map(\.id))
            state.queue.removeAll { ids.contains($0.id) }
            for result in results {
                if result.outcome == .rejected { state.quarantined.append(result.id) }
            }
            // As the real store does for a purchase that was paid twice.
            defer { state.written = [] }
            state.queue += state.written
            return !state.written.isEmpty
        }
    }

    func compare(_ host: JournalPosition) async throws { state.withLock { $0.told.append(host) } }

    func position() async throws -> LimitCachePosition { state.withLock { $0.position } }

    func apply(_ page: LimitPage, receivedAtBoot: Int64) async throws {
        state.withLock {
            $0.applying += 1
            $0.mostApplying = max($0.mostApplying, $0.applying)
        }
        // Long enough for a second one to come in if it could.
        try? await Task.sleep(for: .milliseconds(2))
        let refusal = state.withLock { state in
            state.applying -= 1
            let refusal = state.take(page)
            if let refusal { state.refusals.append(refusal) }
            return refusal
        }
        if let refusal { throw refusal }
    }

    func tidy() async throws -> Bool {
        state.withLock { state in
            state.tidyings += 1
            state.outdated = max(0, state.outdated - 1)
            return state.outdated > 0
        }
    }

    func observe(hostTime: UTCInstant, atBoot: Int64) async throws { state.withLock { $0.observed.append(hostTime) } }
}

extension MemoryStore.State {
    mutating func take(_ page: LimitPage) -> LimitPageRefusal? {
        if let refuseAll { return refuseAll }
        if page.base > 0 {
            guard !refuseDeltas, page.incarnation == position.incarnation, page.base == position.version else { return .gap }
            for account in page.accounts { accounts[account.account] = account }
            for id in page.removed { accounts[id] = nil }
            position = LimitCachePosition(incarnation: page.incarnation, version: page.version)
        } else {
            guard (page.incarnation, page.version) >= (position.incarnation, position.version) else { return .stale }
            if page.position == nil {
                staged = [:]
                stagedIncarnation = page.incarnation
            } else if page.position != position.snapshot || page.incarnation != stagedIncarnation {
                return .gap
            }
            for account in page.accounts { staged[account.account] = account }
            position.snapshot = page.next
            if page.next == nil {
                accounts = staged
                position = LimitCachePosition(incarnation: page.incarnation, version: page.version)
            }
        }
        brought += page.accounts.map(\.account)
        self.page = page
        return nil
    }
}
