/// The part of the queue that the planner sees.
extension BatchPlanner {
    /// What of the queue is to be read: the first `limit` records after `after`.
    public struct Reading: Sendable, Hashable {
        public var after: Int64
        public var limit: Int
        var growth: Int
        /// Of the window: what was read before it moved back is not the queue as it is now.
        var rewinds: Int
    }

    /// What the planner wants to see next; nil: nothing now.
    public mutating func reading(at now: Int64) -> Reading? {
        wake(at: now)
        makeRoom(at: now)
        guard !isAtEnd, entries.count <= settings.window / 2 else { return nil }
        return Reading(after: readThrough, limit: min(settings.window - entries.count, 500), growth: growth, rewinds: rewinds)
    }

    /// Takes what the store has of a ``reading(at:)``, by sequence.
    public mutating func add(_ records: [WaitingRecord], of reading: Reading, at now: Int64) {
        // The queue may have to be looked at anew since.
        guard reading.after == readThrough, reading.rewinds == rewinds else { return }
        let held = Set(entries.map(\.record.sequence))
        for record in records {
            readThrough = max(readThrough, record.sequence)
            guard !held.contains(record.sequence) else { continue }
            if record.retryIn > 0, !ignoresStoredWaits { park(record.group, until: now + min(record.retryIn, Backoff.day)) }
            // Once one record of an account is left out, those after it are: they would overtake it.
            let isCrowded = entries.count > settings.window / 4
            if dropped[record.group] != nil || isCrowded && isParked(record.group, at: now) {
                dropped[record.group] = min(dropped[record.group] ?? .max, record.sequence)
            } else {
                entries.append(Waiting(record: record, most: settings.count))
            }
        }
        entries.sort { $0.record.sequence < $1.record.sequence }
        isAtEnd = records.count < reading.limit && reading.growth == growth
        if isAtEnd { ignoresStoredWaits = false }
    }

    /// A record was added to the store.
    public mutating func grown() {
        growth += 1
        isAtEnd = false
    }

    /// Records that have been read and left wait again: someone has put them back. Nothing goes any sooner for it.
    public mutating func reread() { rewind(to: 0) }

    /// Looks at the whole queue anew, and whatever waits by itself may go at once: someone has mended the cause.
    public mutating func resume() {
        parked = [:]
        dropped = [:]
        ignoresStoredWaits = true
        rewind(to: 0)
    }

    private mutating func rewind(to sequence: Int64) {
        rewinds += 1
        readThrough = min(readThrough, sequence)
        isAtEnd = false
        entries.removeAll { [readThrough] in $0.batch == nil && $0.record.sequence > readThrough }
    }

    /// Reads again what was left out and may go now.
    private mutating func wake(at now: Int64) {
        let due = dropped.filter { !isParked($0.key, at: now) }
        guard let first = due.values.min() else { return }
        for group in due.keys { dropped[group] = nil }
        rewind(to: first - 1)
    }

    /// What waits by itself must not fill the window.
    private mutating func makeRoom(at now: Int64) {
        guard entries.count > settings.window / 2 else { return }
        let idle = entries.filter { $0.batch == nil && isParked($0.record.group, at: now) }
        guard idle.count > settings.window / 4 else { return }
        for waiting in idle {
            let group = waiting.record.group
            dropped[group] = min(dropped[group] ?? .max, waiting.record.sequence)
        }
        entries = entries.filter { $0.batch != nil || !isParked($0.record.group, at: now) }
    }

    func isParked(_ group: String, at now: Int64) -> Bool { parked[group].map { $0.until > now } ?? false }

    mutating func park(_ group: String, until: Int64) {
        let held = parked[group]
        parked[group] = Parked(until: max(until, held?.until ?? until), backoff: held?.backoff ?? Backoff(settings.backoff))
    }
}
