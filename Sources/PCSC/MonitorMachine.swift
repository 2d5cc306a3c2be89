import Core
import SmartCard

/// The life of the reader monitor as a value: what happened goes in, what to do next comes out. It makes no call and
/// reads no clock; ``MonitorLoop`` carries its orders out, tests drive it by hand.
///
/// ```
/// establish ─▶ list ─▶ wait ─▶ (change: wait │ time-out, plug: list │ service lost: release ─▶ pause ─▶ establish)
/// ```
/// The list is read again at least every `wait`: pcsc-lite before 2.3.0 misses a reader that is plugged in between the
/// list and the wait (PCSC#190).
struct MonitorMachine: Sendable {
    /// One reader as `SCardGetStatusChange` takes it.
    struct Watch: Sendable, Hashable {
        var reader: String
        /// The whole previous event state, counter included.
        var known: ReaderState
    }

    /// One reader as `SCardGetStatusChange` gives it back.
    struct Observation: Sendable, Hashable {
        var reader: String
        var state: ReaderState
        var answerToReset: [UInt8]
    }

    /// What came of the last order.
    enum Input: Sendable, Hashable {
        case established
        case listed([String])
        /// In the order of the watches, plug notification included.
        case observed([Observation])
        case released
        case paused
        /// The order's call failed.
        case failed(PCSCCode)
        /// pcscd closed the connection that asked for a context (0x8010006A).
        /// - Parameter clients: it serves now; nil when that can't be counted.
        case refused(clients: Int?)
    }

    /// What the monitor does next.
    enum Order: Sendable, Hashable {
        case establish
        case list
        case wait([Watch], milliseconds: UInt64)
        case release
        case pause(milliseconds: UInt64)
    }

    struct Step: Sendable, Hashable {
        var events: [SystemEvent]
        var order: Order
    }

    /// The pseudo reader that wakes the wait when readers come or go.
    static let plugNotification = #"\\?PnP?\Notification"#

    private enum Phase: Sendable, Hashable {
        case down(ServiceOutage?)
        case up
    }

    private let wait: UInt64
    private var phase = Phase.down(nil)
    private var order = Order.establish
    private var backoff = Backoff()
    private var watches: [Watch] = []
    private var plugState = ReaderState.unaware
    private var listedAt: UTCInstant?
    private var field = FieldMemory()
    /// In the order pcscd lists them. Readers stay, as unavailable, while the service is away.
    private(set) var readers: [ReaderStatus] = []
    /// Listed by pcscd, but more than can be watched.
    private(set) var ignored: [String] = []
    /// Grows with each notice of pcscd that readers came or went, also when the names stayed.
    private(set) var plugs: UInt64 = 0

    /// - Parameter wait: longest wait in ms, at which also a lost cancel and a lost plug notification heal.
    init(wait: UInt64) { self.wait = wait }

    /// The first order.
    func start() -> Step { Step(events: [], order: .establish) }

    /// Nil while the service is up, and before the first attempt.
    var outage: ServiceOutage? { if case .down(let outage) = phase { outage } else { nil } }
    var isServiceUp: Bool { phase == .up }

    mutating func handle(_ input: Input, at now: UTCInstant) -> Step {
        var events: [SystemEvent] = []
        order = next(after: input, at: now, &events)
        return Step(events: events, order: order)
    }

    private mutating func next(after input: Input, at now: UTCInstant, _ events: inout [SystemEvent]) -> Order {
        switch input {
        case .established: return .list
        case .listed(let names):
            backoff.reset()
            if phase != .up {
                phase = .up
                events.append(.serviceUp)
            }
            reconcile(names.filter(SlotNames.takesPayerCard), at: now, &events)
            listedAt = now
            return waiting()
        case .observed(let observations):
            let listAgain = take(observations, at: now, &events) || isListStale(now)
            return listAgain ? .list : waiting()
        case .failed(let code): return afterFailure(code, at: now, &events)
        case .refused(let clients): return stayDown(ServiceOutage(refusedAmong: clients), at: now, &events)
        case .released:
            guard case .down(let outage) = phase else { return .establish }
            return .pause(milliseconds: backoff.pause(after: outage ?? .lost))
        case .paused: return .establish
        }
    }

    private mutating func afterFailure(
        _ code: PCSCCode, at now: UTCInstant, _ events: inout [SystemEvent]
    ) -> Order {
        switch order {
        case .establish: return stayDown(ServiceOutage(establishing: code), at: now, &events)
        case .list where code == .noReadersAvailable:
            return next(after: .listed([]), at: now, &events)
        case .wait where code.meaning == .interrupted || code.meaning == .readerLost:
            return .list
        case .list, .wait:
            let outage: ServiceOutage = code.meaning == .serviceLost ? .lost : .other(code)
            goDown(outage, at: now, &events)
            return .release
        // What a dead context answers to its release doesn't matter: the client side is free.
        case .release: return next(after: .released, at: now, &events)
        case .pause: return .establish
        }
    }

    private mutating func stayDown(
        _ outage: ServiceOutage, at now: UTCInstant, _ events: inout [SystemEvent]
    ) -> Order {
        goDown(outage, at: now, &events)
        return .pause(milliseconds: backoff.pause(after: outage))
    }

    private mutating func goDown(_ outage: ServiceOutage, at now: UTCInstant, _ events: inout [SystemEvent]) {
        // "Not running" after a loss is the same outage seen again.
        if case .down(let known?) = phase, known == outage || (known == .lost && outage == .notRunning) { return }
        phase = .down(outage)
        events.append(.serviceDown(outage))
        watches = []
        plugState = .unaware
        for index in readers.indices { change(index, to: .unavailable, at: now, &events) }
    }

    /// Brings readers and watches to the list of names. States already known are kept: starting every round from
    /// "unaware" would turn the wait into a busy loop.
    private mutating func reconcile(_ names: [String], at now: UTCInstant, _ events: inout [SystemEvent]) {
        for reader in readers where !names.contains(reader.name) {
            field.left(reader.name)
            events.append(.readerRemoved(reader.name))
        }
        let known = Dictionary(readers.map { ($0.name, $0) }) { first, _ in first }
        let states = Dictionary(watches.map { ($0.reader, $0.known) }) { first, _ in first }
        let ignoredBefore = ignored
        readers = []
        watches = []
        ignored = []
        for name in names where !watches.contains(where: { $0.reader == name }) {
            guard watches.count < SlotNames.most else {
                ignored.append(name)
                if !ignoredBefore.contains(name) { events.append(.readerIgnored(name)) }
                continue
            }
            if known[name] == nil { events.append(.readerAdded(name)) }
            readers.append(known[name] ?? ReaderStatus(name: name, state: .unavailable, since: now))
            watches.append(Watch(reader: name, known: states[name] ?? .unaware))
        }
    }

    /// True when the list must be read again.
    private mutating func take(
        _ observations: [Observation], at now: UTCInstant, _ events: inout [SystemEvent]
    ) -> Bool {
        var listAgain = false
        for observation in observations {
            if observation.reader == Self.plugNotification {
                if observation.state.hasChanged {
                    listAgain = true
                    plugs &+= 1
                }
                // From 2.3.0 on the counter in the upper half closes the race between list and wait.
                plugState = ReaderState(rawValue: observation.state.rawValue & 0xFFFF_0000)
                continue
            }
            guard let index = watches.firstIndex(where: { $0.reader == observation.reader }) else { continue }
            let before = watches[index].known
            watches[index].known = observation.state
            listAgain = listAgain || observation.state.isUnknown
            settle(index, observation, before: before, at: now, &events)
        }
        return listAgain
    }

    private mutating func settle(
        _ index: Int, _ observation: Observation, before: ReaderState, at now: UTCInstant,
        _ events: inout [SystemEvent]
    ) {
        let (state, name) = (observation.state, observation.reader)
        guard !state.isUnknown, !state.isUnavailable else { return change(index, to: .unavailable, at: now, &events) }
        guard state.isPresent || state.isEmpty else { return }
        let generation = field.settle(
            name, state, observation.answerToReset, before: readers[index].state == .unavailable ? nil : before, at: now)
        guard let generation else { return change(index, to: .empty, at: now, &events) }
        guard !state.isMute else { return change(index, to: .mute, at: now, &events) }
        if case .card(_, let known) = readers[index].state {
            // Present before and now: a mere change of sharing, or a swap.
            guard known != generation else { return }
            change(index, to: .empty, at: now, &events)
        }
        change(index, to: .card(answerToReset: observation.answerToReset, generation: generation), at: now, &events)
    }

    private mutating func change(
        _ index: Int, to state: ReaderStatus.State, at now: UTCInstant, _ events: inout [SystemEvent]
    ) {
        guard readers[index].state != state else { return }
        if state == .unavailable { field.left(readers[index].name) }
        readers[index].state = state
        readers[index].since = now
        events.append(.card(reader: readers[index].name, readers[index].event))
    }

    private func waiting() -> Order {
        let plug = Watch(reader: Self.plugNotification, known: plugState)
        // Sixteen states are all the call takes; the bounded wait finds further readers then.
        return .wait(watches.count < SlotNames.most ? watches + [plug] : watches, milliseconds: wait)
    }

    private func isListStale(_ now: UTCInstant) -> Bool {
        guard let listedAt else { return true }
        let age = now.millisecondsSince(listedAt)
        return age < 0 || age >= Int64(clamping: wait)
    }
}
