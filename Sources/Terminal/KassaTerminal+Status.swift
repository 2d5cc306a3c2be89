import CLinux
import Core
import Diagnostics
import HostLink
import HostProtocol
import PCSC
import Payments
import Programmes
import Store
import Synchronization
import Workers

extension KassaTerminal {
    public func status() async -> StatusReply {
        let now = clock.now
        let link = linkReply()
        let readers = system.readers
        var queue: QueueSummaryReply?
        var storeReply: StoreReply
        var risk: RiskStanding?
        do {
            // A step of the journal's check each time: the lanes don't wait for the whole of it.
            let walk: @Sendable (PaymentStore) throws -> Bool = { [self] store in
                var walk = chain.withLock { $0 }
                try store.step(&walk)
                let stepped = walk
                chain.withLock { $0 = stepped }
                return walk.broken == nil
            }
            let facts = try await storeThread.run { [store] in
                StoreFacts(
                    queue: try store.queueSummary(), version: try store.limitVersion(), accounts: try store.accountCount(),
                    stops: try store.stopCount(), isCurrent: try store.isCurrent(),
                    position: (try? store.limitPosition())?.incarnation,
                    hasSnapshot: ((try? store.snapshotPosition()) ?? nil) != nil,
                    terminal: try store.terminalState(currency: .eur, now: now, hostReachable: false),
                    oldest: try store.oldestWaiting(), isWhole: try walk(store))
            }
            queue = QueueSummaryReply(facts.queue, oldest: facts.oldest, now: now.instant)
            risk = RiskStanding(facts.terminal, facts.queue, oldest: facts.oldest, now: now, configuration.queue)
            // Readable is not enough: no payment starts before interrupted ones are closed.
            storeReply = StoreReply(
                state: !facts.isCurrent ? "forwardOnly" : isReady ? "ok" : "opening", remedy: facts.isCurrent ? nil : StoreError.notCurrent.remedy,
                limitVersion: facts.version, accounts: facts.accounts, journalWhole: facts.isWhole,
                tables: facts.isCurrent ? "current" : "forwardOnly", stopListEntries: facts.stops,
                incarnation: facts.position.map { String($0) }, snapshotUnderWay: facts.hasSnapshot,
                cacheSharePercent: programmes.map { Int($0.offlineShare(atAge: facts.terminal.cacheAge)) }.min())
        } catch {
            let error = error as? StoreError ?? .failed(code: -1)
            storeReply = StoreReply(state: "\(error)", remedy: error.remedy)
        }
        let bounced = try? await storeThread.run { [store] in try store.declinedSummary() }
        return StatusReply(
            version: KassaTerminal.version, terminal: configuration.terminal,
            merchant: try? await storeThread.run { [store] in try store.merchant() }, time: now.instant.milliseconds,
            timeAnchored: now.anchored, service: serviceWord, readers: readers.count, link: link, queue: queue,
            store: storeReply, cpuMicroseconds: kassa_process_cpu_microseconds(),
            findings: findings(now, link, queue, storeReply, readers, bounced, risk) + certificateFindings()
                + tagKeyFindings()
                + (await journalFindings()) + (await reconciliationFindings()),
            declined: bounced.map { DeclinedSummaryReply($0) }, certificates: certificates())
    }

    var serviceWord: String {
        if system.isServiceUp { return "up" }
        return system.outage.map { "\($0)" } ?? "starting"
    }

    private func linkReply() -> LinkReply {
        let state = link.state
        let boot = clock.bootMilliseconds
        var reply: LinkReply
        switch state.reach {
        case .starting:
            reply = LinkReply(state: "starting", nextAttemptInMilliseconds: state.nextAttempt(in: boot))
        case .reachable(let since):
            reply = LinkReply(state: "reachable", sinceMilliseconds: boot - since)
        case .unreachable(let since, let reason, _):
            reply = LinkReply(
                state: "unreachable", reason: "\(reason)", sinceMilliseconds: boot - since,
                nextAttemptInMilliseconds: state.nextAttempt(in: boot))
        }
        reply.lastContact = state.lastContact
        reply.forwardFailure = state.forwardFailure?.words
        reply.limitsFailure = state.limitsFailure?.words
        return reply
    }
}

extension QueueSummaryReply {
    /// - Parameter oldest: when the record was made that has waited longest.
    init(_ summary: QueueSummary, oldest: UTCInstant? = nil, now: UTCInstant? = nil) {
        var wait: Int64?
        if let oldest, let now { wait = max(0, now.millisecondsSince(oldest)) }
        self.init(
            approvals: summary.approvals, advices: summary.advices, quarantined: summary.quarantined,
            exposure: summary.exposure.map(AmountReply.init), oldestWaitingMilliseconds: wait)
    }
}

/// What the status tells of the store.
private struct StoreFacts: Sendable {
    var queue: QueueSummary
    var version: Int64
    var accounts: Int
    var stops: Int
    var isCurrent: Bool
    var position: Int64?
    var hasSnapshot: Bool
    var terminal: TerminalState
    var oldest: UTCInstant?
    var isWhole: Bool
}
