/// What the host says, or does not say, to a batch.
extension BatchPlanner {
    /// The host has answered a batch.
    /// - Parameters:
    ///   - settled: what it took a stand on; none of it waits any more.
    ///   - delays: milliseconds by sequence, for what it can't process now. What is named nowhere waits by a back-off.
    /// - Returns: what is to be written of the records that wait on.
    public mutating func answered(
        _ batch: Batch, settled: Set<Int64>, delays: [Int64: Int64] = [:], at now: Int64, random: UInt64
    ) -> [Consequence] {
        var consequences: [Consequence] = []
        if !settled.isEmpty {
            successes += 1
            refusals = 0
        }
        entries.removeAll { $0.batch == batch.id && settled.contains($0.record.sequence) }
        let groups = leave(batch)
        var waiting: Set<String> = []
        for sequence in batch.sequences where !settled.contains(sequence) {
            guard let index = index(of: sequence) else { continue }
            let record = entries[index].record
            guard waiting.insert(record.group).inserted else { continue }
            if let delay = delays[sequence] {
                let milliseconds = min(max(1000, delay), Backoff.day)
                park(record.group, until: now + milliseconds)
                consequences.append(.postpone(sequence: sequence, attempts: record.attempts, milliseconds: milliseconds))
            } else {
                slow(record.group, at: now, random: random)
            }
        }
        for group in groups where !waiting.contains(group) { parked[group] = nil }
        return consequences
    }

    /// A batch came to nothing; its records wait again.
    /// - Parameter retryAfter: what the host asked for, in milliseconds.
    /// - Returns: what is to be written of a record that was alone.
    public mutating func failed(
        _ batch: Batch, _ failure: Failure, at now: Int64, random: UInt64, retryAfter: Int64? = nil
    ) -> [Consequence] {
        leave(batch)
        guard failure != .store else { return [] }
        if case .refused = failure { refusals += 1 }
        if batch.sequences.count == 1, let sequence = batch.sequences.first, let index = index(of: sequence) {
            return alone(index, failure, at: now, random: random, retryAfter: retryAfter)
        }
        for sequence in batch.sequences {
            guard let index = index(of: sequence) else { continue }
            entries[index].failures += 1
            let isContent = if case .refused = failure { true } else { false }
            if isContent || entries[index].failures >= Self.patience {
                entries[index].most = max(1, batch.sequences.count / 2)
                entries[index].failures = 0
            }
        }
        return []
    }

    private mutating func alone(
        _ index: Int, _ failure: Failure, at now: Int64, random: UInt64, retryAfter: Int64?
    ) -> [Consequence] {
        let group = entries[index].record.group
        let sequence = entries[index].record.sequence
        if case .refused(let word) = failure {
            let refusedAt = entries[index].refusedAt ?? successes
            entries[index].refusedAt = refusedAt
            entries[index].record.attempts = min(entries[index].record.attempts + 1, 1_000_000)
            // A host that refuses everyone is the one that is wrong: then nothing is set aside.
            if entries[index].record.attempts >= settings.attempts, successes > refusedAt {
                entries.remove(at: index)
                parked[group] = nil
                return [.quarantine(sequence: sequence, reason: "unsendable:\(word)")]
            }
        }
        let milliseconds = slow(group, at: now, random: random, retryAfter: retryAfter)
        // What is not the record's fault is not worth a commit.
        guard case .refused = failure else { return [] }
        return [
            .postpone(sequence: sequence, attempts: entries[index].record.attempts, milliseconds: milliseconds)
        ]
    }

    /// How long the store took to settle a batch, in milliseconds: payments wait behind it, so it must not take long.
    public mutating func settled(in milliseconds: Int64) {
        if milliseconds > Self.longestSettle {
            size = max(min(10, settings.count), size / 2)
        } else if milliseconds < Self.longestSettle / 2 {
            size = min(settings.count, size + 10)
        }
    }

    static let longestSettle: Int64 = 50

    @discardableResult
    private mutating func slow(_ group: String, at now: Int64, random: UInt64, retryAfter: Int64? = nil) -> Int64 {
        var wait = parked[group] ?? Parked(until: now, backoff: Backoff(settings.backoff))
        let milliseconds = max(1, wait.backoff.failed(random: random, retryAfter: retryAfter))
        wait.until = max(wait.until, now + milliseconds)
        parked[group] = wait
        return milliseconds
    }

    @discardableResult
    private mutating func leave(_ batch: Batch) -> Set<String> {
        for index in entries.indices where entries[index].batch == batch.id { entries[index].batch = nil }
        return away.removeValue(forKey: batch.id) ?? []
    }

    private func index(of sequence: Int64) -> Int? {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].record.sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].record.sequence == sequence ? low : nil
    }
}
