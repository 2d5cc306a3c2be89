/// Which waiting records go into the next batch: sequences and account keys in, batches out. No store, no clock, no
/// randomness of its own.
///
/// Records of one account go in the order of their numbers: never two batches of one account at once, and none past an
/// earlier one. Accounts are spread over the batches by a hash of their key, so that a long queue fills all of them. What a
/// planner holds is bounded: it looks at a window of the queue and is handed more as that empties.
///
/// A record that can't be booked now waits by itself, with its account behind it. A batch that the host refuses as a whole is
/// tried again in halves until what spoils it is alone; alone it is set aside after ``Settings/attempts`` refusals.
public struct BatchPlanner: Sendable, Equatable {
    public struct Settings: Sendable, Hashable {
        /// Most batches on their way at once.
        public let batches: Int
        /// Most records of one batch.
        public let count: Int
        /// Most body bytes of one batch; a larger record goes alone.
        public let bytes: Int
        /// Records looked at ahead.
        public let window: Int
        /// Refusals of a record alone before it is set aside.
        public let attempts: Int
        /// Waits of records that fail alone.
        public let backoff: Backoff.Settings

        public init(
            batches: Int = 4, count: Int = 100, bytes: Int = 512 << 10, window: Int = 2000, attempts: Int = 5,
            backoff: Backoff.Settings = Backoff.Settings()
        ) {
            self.batches = min(max(1, batches), 64)
            self.count = min(max(1, count), 10_000)
            self.bytes = max(1, bytes)
            self.window = max(4 * self.batches * self.count, window)
            self.attempts = max(1, attempts)
            self.backoff = backoff
        }
    }

    public struct Batch: Sendable, Hashable, Identifiable {
        public var id: Int
        /// Ascending.
        public var sequences: [Int64]
        /// The lowest sequence that waits for an answer, as ``RecordBatch/oldest`` says it.
        public var oldest: Int64
    }

    /// Why a batch came to nothing.
    public enum Failure: Sendable, Hashable {
        /// The host refuses it as a whole, for what is in it: a word of the host, for people.
        case refused(String)
        /// The host can't serve it now.
        case unavailable
        /// No answer came.
        case lost
        /// The store failed: nothing is known of the records.
        case store
    }

    /// What is to be written of a record that failed alone.
    public enum Consequence: Sendable, Hashable {
        case postpone(sequence: Int64, attempts: Int, milliseconds: Int64)
        case quarantine(sequence: Int64, reason: String)
    }

    struct Waiting: Sendable, Hashable {
        var record: WaitingRecord
        /// Most records of a batch that may hold it.
        var most: Int
        /// Batches with it that came to nothing in a row.
        var failures = 0
        /// How many batches had been answered when it was first refused alone.
        var refusedAt: Int?
        var batch: Int?
    }

    struct Parked: Sendable, Hashable {
        var until: Int64
        var backoff: Backoff
    }

    /// Batches of several records that come to nothing in a row before they are sent in halves, when the host does not say
    /// that it is their content.
    static let patience = 3

    let settings: Settings
    /// By sequence.
    var entries: [Waiting] = []
    var parked: [String: Parked] = [:]
    /// The lowest sequence of each account that waits by itself and was left out of the window.
    var dropped: [String: Int64] = [:]
    /// Accounts of batches on their way, by batch.
    var away: [Int: Set<String>] = [:]
    private var nextBatch = 0
    /// Records of one batch now: fewer while the store is slow.
    var size: Int
    /// The store was read up to here.
    var readThrough: Int64 = 0
    /// Whether the store had no more when it was read.
    var isAtEnd = false
    /// Records that were added to the store in this run.
    var growth = 0
    /// How often the window was moved back.
    var rewinds = 0
    var ignoresStoredWaits = false
    /// Batches that the host has booked something of.
    var successes = 0
    /// Refusals since then.
    var refusals = 0

    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        size = settings.count
    }

    // MARK: Batches

    /// The next batch, which is then on its way; nil when there is none now. To be asked once there is no more to read.
    public mutating func next(at now: Int64) -> Batch? {
        guard away.count < settings.batches else { return nil }
        let ready = sendable(at: now)
        guard let first = ready.first else { return nil }
        // A queue that fits one batch is not cut up.
        let lane = ready.count > size ? lane(of: first.record.group) : nil
        var chosen: [Int64] = []
        var groups: Set<String> = []
        var passed: Set<String> = []
        var bytes = 0
        for waiting in ready {
            let record = waiting.record
            if chosen.count == min(size, first.most) { break }
            if let lane, self.lane(of: record.group) != lane { continue }
            let fits = chosen.isEmpty || bytes + record.bytes <= settings.bytes
            // What is passed over must not be overtaken by its own account.
            guard fits, waiting.most == first.most, !passed.contains(record.group) else {
                passed.insert(record.group)
                continue
            }
            chosen.append(record.sequence)
            groups.insert(record.group)
            bytes += record.bytes
        }
        nextBatch += 1
        let taken = Set(chosen)
        for index in entries.indices where taken.contains(entries[index].record.sequence) { entries[index].batch = nextBatch }
        away[nextBatch] = groups
        return Batch(id: nextBatch, sequences: chosen, oldest: min(dropped.values.min() ?? .max, entries[0].record.sequence))
    }

    /// Whether ``next(at:)`` may have a batch, now or when the store is read on.
    public func hasMore(at now: Int64) -> Bool {
        guard away.count < settings.batches else { return false }
        return !isAtEnd && entries.count <= settings.window / 2 || !sendable(at: now).isEmpty
    }

    /// Whether anything waits that is not on its way.
    public var holdsBack: Bool { !isAtEnd || !dropped.isEmpty || entries.contains { $0.batch == nil } }

    /// Whether the host refuses whatever it is sent, so that it is not the records that are wrong.
    public var isBarren: Bool { refusals > 16 }

    /// Milliseconds until the first of what waits by itself may go; nil when nothing does.
    public func wait(at now: Int64) -> Int64? { parked.values.map(\.until).filter { $0 > now }.min().map { $0 - now } }

    private func sendable(at now: Int64) -> [Waiting] {
        var busy = away.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        // One batch at a time looks for what spoilt another; the rest belong to those that nobody has refused.
        let isSearching = entries.contains { $0.batch != nil && $0.most < settings.count }
        return entries.filter { waiting in
            let group = waiting.record.group
            // What has not been read through may have an earlier record of its account before it.
            guard waiting.batch == nil, waiting.record.sequence <= readThrough, !busy.contains(group) else { return false }
            let isHeld = isSearching && waiting.most < settings.count || isParked(group, at: now)
            // Nobody of its account may pass it.
            if isHeld { busy.insert(group) }
            return !isHeld
        }
    }

    /// FNV-1a: the same account always goes the same way.
    private func lane(of group: String) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in group.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(hash % UInt64(settings.batches))
    }
}
