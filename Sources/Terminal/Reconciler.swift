import Core
import HostProtocol
import Store
import Workers

/// What a comparison with the host came to.
struct ReconciliationOutcome: Sendable {
    var scope: ReconciliationScope
    var lines: [ReconciliationLine]
    var hostLines: [ReconciliationLine]
    /// Records of this terminal in the scope that the host has acknowledged.
    var records: Int64
    var comparison: ReconciliationComparison
    /// Records that the host lacks, which wait for it again now.
    var forwardedAgain = 0

    var agrees: Bool { comparison.isEmpty }
}

/// Compares journal and books: counts and sums first, record by record where those differ. What the host lost is forwarded
/// again; what it has and this terminal never wrote is for people, on both sides.
struct Reconciler: Sendable {
    /// Most days that are made up for after a time without the host.
    static let mostDays = 31

    let store: PaymentStore
    let thread: WorkerThread
    let exchange: @Sendable (ReconciliationRequest) async throws -> ReconciliationAnswer
    let nonce: @Sendable () -> UUIDv7
    /// Records wait again that had left the queue.
    var recordsReturned: @Sendable () -> Void = {}
    /// Hears of each comparison once its outcome is kept.
    var compared: @Sendable (ReconciliationOutcome) -> Void = { _ in }

    /// Records wait for so long at most before the days go on without them.
    static let patience: Int64 = 2 * 86_400_000

    /// What is due: each UTC day that is over, and the records since the last comparison by number. Empty while records
    /// wait for the host: they will be compared once it has them. One that waits for days holds up no more than that: the queue's
    /// own findings tell of it.
    func due(at now: UTCInstant) async throws -> [ReconciliationScope] {
        try await thread.run { [store] in
            guard let extent = try store.journalExtent() else { return [] }
            if let oldest = try store.pending(limit: 1).first,
                try WireJSON.decode(JournalRecord.self, from: Array(oldest.body)).decidedAt.millisecondsSince(now) > -Self.patience
            {
                return []
            }
            let state = try store.reconciliationState()
            let yesterday = CivilDate(daysSince1970: now.milliseconds / 86_400_000 - 1)
            let oldest = max(
                CivilDate(daysSince1970: extent.firstDecided.milliseconds / 86_400_000),
                yesterday.adding(days: 1 - Self.mostDays))
            var day = max(state.day?.adding(days: 1) ?? oldest, oldest)
            var scopes: [ReconciliationScope] = []
            while day <= yesterday {
                scopes.append(ReconciliationScope(day: day))
                day = day.adding(days: 1)
            }
            // By number with the days: a record whose clock was wrong belongs to some range for certain.
            if !scopes.isEmpty, extent.last > state.through {
                scopes.append(ReconciliationScope(first: max(extent.first, state.through + 1), last: extent.last))
            }
            return scopes
        }
    }

    /// Compares everything that is due, and with it whatever an earlier comparison left to people. What each came to is kept
    /// before the next begins: the host may go in between.
    /// - Returns: the outcomes, what was open first, then the oldest day first.
    func catchUp(at now: UTCInstant) async throws -> [ReconciliationOutcome] {
        let due = try await due(at: now)
        guard !due.isEmpty else { return [] }
        let state = try await thread.run { [store] in try store.reconciliationState() }
        var open: [ReconciliationScope] = []
        for scope in state.differences.compactMap(\.scope) where !open.contains(scope) && !due.contains(scope) {
            open.append(scope)
        }
        var outcomes: [ReconciliationOutcome] = []
        for scope in open.suffix(Self.mostDays) + due {
            let outcome = try await compare(scope)
            try await keep(outcome, isDue: due.contains(scope), at: now)
            compared(outcome)
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// What was open of the scope gives way to what is.
    private func keep(_ outcome: ReconciliationOutcome, isDue: Bool, at now: UTCInstant) async throws {
        try await thread.run { [store] in
            var state = try store.reconciliationState()
            if isDue {
                if let day = outcome.scope.day { state.day = day }
                if let last = outcome.scope.last { state.through = max(state.through, last) }
            }
            state.checkedAt = now
            // What no scope was noted of was found by a version that kept the last comparison alone.
            state.differences.removeAll { $0.scope == nil || $0.scope == outcome.scope }
            let known = Set(state.differences.map(\.difference))
            state.differences += outcome.comparison.differences.filter { !known.contains($0) }.map {
                OpenDifference($0, in: outcome.scope)
            }
            try store.keep(state)
        }
    }

    /// Somebody has compared a scope: what was open of it is mended when both sides agree.
    func noteMended(_ outcome: ReconciliationOutcome) async throws {
        guard outcome.agrees else { return }
        try await thread.run { [store] in
            var state = try store.reconciliationState()
            guard state.differences.contains(where: { $0.scope == outcome.scope }) else { return }
            state.differences.removeAll { $0.scope == outcome.scope }
            try store.keep(state)
        }
    }

    /// Compares one scope, and does what a difference asks for.
    func compare(_ scope: ReconciliationScope) async throws -> ReconciliationOutcome {
        let extent = try await thread.run { [store] in try store.journalExtent() }
        let own = try await summary(of: scope, extent)
        var request = ReconciliationRequest(nonce: nonce(), scope: scope, lines: own.lines, digest: own.digest)
        let first = try await exchange(request)
        var outcome = ReconciliationOutcome(
            scope: scope, lines: request.lines, hostLines: first.lines, records: own.count,
            comparison: ReconciliationComparison())
        guard !first.agrees else { return outcome }
        outcome.comparison = try await walk(request, first, extent)
        request.nonce = nonce()
        request.differences = Array(outcome.comparison.differences.prefix(ReconciliationRequest.maximumDifferences))
        _ = try await exchange(request)
        let lost = outcome.comparison.differences.filter { $0.kind == .missingAtHost }
        outcome.forwardedAgain = try await thread.run { [store] in try store.forwardAgain(lost) }
        if outcome.forwardedAgain > 0 { recordsReturned() }
        return outcome
    }

    private func summary(
        of scope: ReconciliationScope, _ extent: JournalExtent?
    ) async throws -> ReconciliationSummary {
        var summary = ReconciliationSummary()
        guard let extent else { return summary }
        var after = max(extent.first, scope.sequences.lowerBound) - 1
        let last = min(extent.last, scope.sequences.upperBound)
        while after < last {
            let (before, from) = (summary, after)
            (summary, after) = try await thread.run { [store] in
                try store.addAcknowledged(scope, after: from, through: last, to: before)
            }
        }
        return summary
    }

    /// Goes through the host's list and the journal together, a page at a time.
    private func walk(
        _ request: ReconciliationRequest, _ first: ReconciliationAnswer, _ extent: JournalExtent?
    ) async throws -> ReconciliationComparison {
        var comparison = ReconciliationComparison()
        var (request, answer) = (request, first)
        // What the journal no longer holds can't be compared.
        let floor = max(extent?.first ?? 1, request.scope.sequences.lowerBound)
        let top = min(extent?.last ?? 0, request.scope.sequences.upperBound)
        var (from, held) = (floor, [ReconciledRecord]())
        while true {
            held += answer.records.filter { $0.sequence >= floor }
            let isLast = answer.next == nil
            // Others of the last number may be on the next page.
            let end = isLast ? max(top, held.last?.sequence ?? 0) : (held.last?.sequence ?? from) - 1
            if end >= from {
                try await compare(request.scope, from...end, held.filter { $0.sequence <= end }, top, &comparison)
                held.removeAll { $0.sequence <= end }
                from = end + 1
            }
            guard let next = answer.next else { return comparison }
            (request.after, request.nonce) = (next, nonce())
            answer = try await exchange(request)
        }
    }

    /// In steps of the journal; beyond its end there is only what the host holds.
    private func compare(
        _ scope: ReconciliationScope, _ range: ClosedRange<Int64>, _ host: [ReconciledRecord], _ top: Int64,
        _ comparison: inout ReconciliationComparison
    ) async throws {
        var rest = host[...]
        var from = range.lowerBound
        while from <= min(range.upperBound, top) {
            let end = min(min(range.upperBound, top), from + PaymentStore.reconciliationStep - 1)
            let step = from...end
            let own = try await thread.run { [store] in try store.reconciled(scope, in: step) }
            let theirs = rest.prefix { $0.sequence <= end }
            comparison.add(terminal: own.acknowledged, host: Array(theirs), waiting: own.waiting)
            rest = rest.dropFirst(theirs.count)
            from = end + 1
        }
        comparison.add(terminal: [], host: Array(rest))
    }
}
