import Core
import HostProtocol
import Logging
import Payments
import Synchronization

/// The queue: ``BatchPlanner`` says which records go, this carries it out, several batches at once.
extension HostLink {
    /// What came of one exchange.
    private struct Exchange {
        /// Sequences that no longer wait.
        var settled: Set<Int64>
        /// Milliseconds by sequence.
        var delays: [Int64: Int64] = [:]
        var results = 0
        var rejected = 0
        /// Whether settling them wrote records that wait now.
        var wrote = false
        /// Milliseconds that the store took; nil when it had nothing to do.
        var settling: Int64?
    }

    /// Puts the next batch together and sees it through.
    func forward() async {
        do throws(HostClient.Failure) {
            while let reading = planner.reading(at: bootClock()) {
                let found = try await stored { [outbox] in
                    try await outbox.waiting(after: reading.after, limit: reading.limit)
                }
                planner.add(found, of: reading, at: bootClock())
            }
        } catch {
            update { $0.forwardFailure = error.cause }
            logger.warning("queue not read", metadata: ["reason": "\(error.cause)"])
            post.yield(.planFailed)
            return
        }
        let now = bootClock()
        guard let batch = planner.next(at: now) else {
            post.yield(planner.wait(at: now).map { .allWait($0) } ?? .nothingToSend)
            return
        }
        post.yield(.batchLeft(more: planner.hasMore(at: now)))
        do throws(HostClient.Failure) {
            await conclude(batch, try await exchange(batch))
        } catch {
            await conclude(batch, error)
        }
    }

    /// Off the actor: to encode and to check a batch takes a while.
    private nonisolated func exchange(_ batch: BatchPlanner.Batch) async throws(HostClient.Failure) -> Exchange {
        let records = try await stored { [outbox] in try await outbox.records(batch.sequences) }
        // What is not there any more was settled by someone else.
        let gone = Set(batch.sequences).subtracting(records.map(\.sequence))
        guard !records.isEmpty else { return Exchange(settled: gone) }
        let bytes = try await client.post(
            HostPath.records, try encode(RecordBatch(records: records, oldest: batch.oldest)), limit: Self.answerLimit,
            timeout: configuration.timeouts.records)
        let terminal = configuration.terminal
        let word = try checked { () throws(LinkFailure) in
            try AnswerCheck.batch(bytes, terminal: terminal, sent: records)
        }
        heard()
        await take(word.pace)
        // Before anything is settled: a store that was set back has to know it before it approves anything more.
        await compare(word.journal)
        let took = try await stored { [outbox, settling, bootClock] in
            try await settling.pass { () async throws -> (milliseconds: Int64, wrote: Bool) in
                let begun = bootClock()
                let wrote = word.results.isEmpty ? false : try await outbox.settle(word.results)
                return (bootClock() - begun, wrote)
            }
        }
        var sequences: [UUIDv7: Int64] = [:]
        for record in records { sequences[record.id] = record.sequence }
        var exchange = Exchange(settled: gone)
        exchange.settled.formUnion(word.results.compactMap { sequences[$0.id] })
        for (id, delay) in word.delays { if let sequence = sequences[id] { exchange.delays[sequence] = delay } }
        exchange.results = word.results.count
        exchange.rejected = word.results.count { $0.outcome == .rejected }
        exchange.settling = word.results.isEmpty ? nil : took.milliseconds
        exchange.wrote = took.wrote
        return exchange
    }

    private func conclude(_ batch: BatchPlanner.Batch, _ exchange: Exchange) async {
        let consequences = planner.answered(
            batch, settled: exchange.settled, delays: exchange.delays, at: bootClock(), random: random())
        if let took = exchange.settling { planner.settled(in: took) }
        await note(consequences)
        if exchange.rejected > 0 {
            logger.error("host rejected records", metadata: ["count": "\(exchange.rejected)"])
        }
        update {
            $0.settledRecords += exchange.results
            $0.forwardFailure = nil
        }
        // A batch about which the host says nothing at all is no reason to send the next one at once.
        let isMute = exchange.settled.isEmpty && exchange.delays.isEmpty && batch.sequences.count > 1
        post.yield(
            .batchAnswered(settled: exchange.results, remaining: exchange.results > 0 && planner.holdsBack || isMute ? 1 : 0))
        if exchange.wrote || exchange.results == 0 && !isMute { post.yield(.recordCommitted) }
    }

    private func conclude(_ batch: BatchPlanner.Batch, _ error: HostClient.Failure) async {
        let failure = Self.failure(error)
        await takeSpread(error.pace)
        let consequences = planner.failed(
            batch, failure, at: bootClock(), random: random(), retryAfter: error.retryAfter)
        await note(consequences)
        guard case .refused = failure, !planner.isBarren else {
            report(error, of: .batch)
            return
        }
        // The host is there, and refuses what is in this batch: the others go on.
        heard()
        update { $0.forwardFailure = error.cause }
        logger.warning(
            "host refused a batch", metadata: ["reason": "\(error.cause)", "records": "\(batch.sequences.count)"])
        post.yield(.batchAnswered(settled: 0, remaining: 0))
        post.yield(.recordCommitted)
    }

    private static func failure(_ error: HostClient.Failure) -> BatchPlanner.Failure {
        switch error.cause {
        // The host has not looked at the batch: nothing in it is to blame.
        case .refused(FailureAnswer.overloaded): .store
        case .refused(let word) where error.status == 400 || error.status == 413: .refused(word)
        case .refused, .malformed, .hostBehind, .notOurHost(_, .size): .unavailable
        case .store: .store
        case .unreachable, .tls, .timeout, .notOurHost(_, .signature): .lost
        }
    }

    private func note(_ consequences: [BatchPlanner.Consequence]) async {
        guard !consequences.isEmpty else { return }
        for case .quarantine(let sequence, let reason) in consequences {
            logger.error("record set aside", metadata: ["sequence": "\(sequence)", "reason": "\(reason)"])
        }
        do throws(HostClient.Failure) {
            try await stored { [outbox] in try await outbox.note(consequences) }
        } catch {
            // The record is read again, and comes to the same end.
            planner.reread()
            logger.error("waits of records not stored", metadata: ["reason": "\(error.cause)"])
        }
    }

    /// What the host wants of this terminal's pace.
    nonisolated func take(_ pace: HostPace?) async {
        guard let pace else { return }
        if let rest = pace.retryAfter { post.yield(.paced(rest * 1000)) }
        await takeSpread(pace)
    }

    /// The span for first attempts, remembered over restarts.
    nonisolated func takeSpread(_ pace: HostPace?) async {
        guard let span = pace?.spread, spread.withLock({ $0 != span }) else { return }
        spread.withLock { $0 = span }
        post.yield(.spread(span * 1000))
        do {
            try await outbox.remember(spread: span)
        } catch {
            // Asked for again at the next answer.
            spread.withLock { $0 = nil }
            logger.error("the host's span not stored", metadata: ["error": "\(type(of: error))"])
        }
    }
}
