import Core
import Diagnostics
import Foundation
import HostLink
import HostProtocol
import Store
import Workers

/// The queue to the host, as a technician drives it.
extension KassaTerminal {
    /// Without progress for so long, with the host there, a flush ends.
    private static let flushPatience = Duration.seconds(10)

    public func flush(
        progress: @escaping @Sendable (FlushProgressReply) async -> Void
    ) async throws -> FlushProgressReply {
        let before = try await onStore { try $0.queueSummary() }
        let settledBefore = link.state.settledRecords
        let report = { @Sendable (summary: QueueSummary, state: LinkState) in
            let refused = max(0, summary.quarantined - before.quarantined)
            return FlushProgressReply(
                queue: QueueSummaryReply(summary), settled: max(0, state.settledRecords - settledBefore - refused),
                refused: refused, waiting: summary.depth, failure: state.failureInWords)
        }
        var last = report(before, link.state)
        await progress(last)
        func end(_ why: String?) async throws -> FlushProgressReply {
            var reply = report(try await onStore { try $0.queueSummary() }, link.state)
            reply.ended = true
            reply.why = reply.waiting == 0 ? nil : why
            return reply
        }
        // Now, whatever the back-off says: somebody stands there and has mended the network.
        guard await link.probe(within: configuration.host.probeTimeout) else {
            return try await end("the host is away: \(link.state.failureInWords ?? "no answer")")
        }
        link.recordCommitted()
        link.syncNow()
        link.probeSoon()
        var moved = ContinuousClock.now
        while true {
            let (summary, state) = (try await onStore { try $0.queueSummary() }, link.state)
            if summary.depth == 0 { return try await end(nil) }
            let now = report(summary, state)
            if now != last {
                if now.waiting != last.waiting || now.settled != last.settled { moved = .now }
                last = now
                await progress(now)
            }
            if case .unreachable = state.reach, await !link.probe(within: configuration.host.probeTimeout) {
                return try await end("the host is away: \(link.state.failureInWords ?? "no answer")")
            }
            if ContinuousClock.now - moved > Self.flushPatience {
                return try await end(link.state.failureInWords ?? "the host answers, but takes no records")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    public func queued(_ name: String) async throws -> QueuedDetailReply {
        guard let found = try await onStore({ try $0.queued(name) }) else { throw DiagnosticsError.unknownRecord }
        let record = found.record
        let sends = try await onStore { try $0.sends(record.sequence) }
        let now = clock.now.instant
        let boot = clock.bootMilliseconds
        return QueuedDetailReply(
            sequence: record.sequence, record: record.id.description, payment: record.payment.description,
            kind: record.kind.rawValue, amount: AmountReply(record.amount), approved: AmountReply(record.approved),
            reference: record.reference, original: record.original?.description, programme: record.programme,
            account: record.account, accountSequence: record.accountSequence, rule: record.rule, reason: record.reason,
            decidedAt: record.decidedAt.milliseconds, state: found.state.rawValue, hostReason: found.quarantined,
            attempts: sends?.count ?? 0, lastAttemptMillisecondsAgo: sends.map { max(0, now.millisecondsSince($0.last)) },
            nextAttemptInMilliseconds: found.state == .waiting ? link.state.nextAttempt(in: boot) : nil,
            carriesEvidence: record.sealedEvidence != nil, bodyBytes: found.forwarded.body.count,
            bodyHash: Hex.encode(JournalChain.bodyHash(Array(found.forwarded.body))))
    }

    public func retry(_ name: String?) async throws -> FlushReply {
        if let name {
            let requeued = try await onStore { store in
                guard let found = try store.queued(name) else { return false }
                return try store.requeue(sequence: found.record.sequence)
            }
            guard requeued else { throw DiagnosticsError.unknownRecord }
        } else {
            _ = try await onStore { try $0.requeue() }
        }
        link.recordsReturned()
        let end = try await flush { _ in }
        return FlushReply(queue: end.queue, why: end.why)
    }

    public func exportQueue(after: Int64?) async throws -> ExportQueueReply {
        let (terminal, now, key) = (configuration.terminal, clock.now.instant, deviceKey)
        return try await onStore { store in
            var lines: [String] = []
            if after == nil {
                let header = QueueExport.Header(terminal: terminal, count: try store.unacknowledgedCount(), exportedAt: now)
                lines.append(try QueueExport.sign(header, key: key))
            }
            // As many as a reply holds, at least one.
            var bytes = 0
            var last = after ?? 0
            let records = try store.unacknowledged(after: last, limit: 500)
            for (record, quarantined) in records {
                let line = try QueueExport.sign(
                    QueueExport.Line(terminal: terminal, record: record, quarantined: quarantined), key: key)
                guard bytes == 0 || bytes + line.utf8.count < 600_000 else { break }
                bytes += line.utf8.count
                lines.append(line)
                last = record.sequence
            }
            let isWhole = records.count < 500 && records.last?.record.sequence ?? last == last
            return ExportQueueReply(lines: lines, next: isWhole ? nil : last)
        }
    }
}

extension LinkState {
    /// The newest failure that keeps records here, in words for a technician; nil when there is none.
    var failureInWords: String? {
        if case .unreachable(_, let reason, _) = reach { return reason.words }
        return forwardFailure?.words
    }
}

extension LinkFailure {
    var words: String {
        switch self {
        case .unreachable(let what): "no connection to the host (\(what)): check cable, network and address"
        case .tls: "the host's certificate is not the pinned one, or TLS failed: another server answers"
        case .timeout: "the host did not answer in time"
        case .notOurHost(let status, _):
            "something else answered in the host's place (HTTP \(status)): a log-in page, a proxy or another server"
        case .refused(FailureAnswer.overloaded): "the host has too much to do: the queue goes on at the time that it named"
        case .refused(let reason): "the host refused the request: \(reason)"
        case .malformed(let field): "the host's answer was not understood: \(field)"
        case .hostBehind: "the host's books are older than this terminal's limits: run `kassa-host restored` there"
        case .store(let what): "the terminal's own store failed: \(what)"
        }
    }
}
