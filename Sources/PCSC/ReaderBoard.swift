import Core
import SmartCard
import Synchronization

/// What is known of service and readers, and those who want to hear of it. Subscribers get the present state first and
/// then every change in order; one that does not read keeps the newest 256 events.
final class ReaderBoard: Sendable {
    private struct State: Sendable {
        var readers: [ReaderStatus] = []
        var ignored: [String] = []
        var isServiceUp = false
        var outage: ServiceOutage?
        /// Since when each stuck reader has been so.
        var stuck: [String: UTCInstant] = [:]
        var identities = ReaderIdentities()
        var subscribers: [UInt64: AsyncStream<SystemEvent>.Continuation] = [:]
        var cardSubscribers: [UInt64: (reader: String, AsyncStream<CardEvent>.Continuation)] = [:]
        var nextSubscriber: UInt64 = 0
        var isFinished = false

        func shown(_ reader: ReaderStatus) -> ReaderStatus {
            var shown = reader
            shown.identity = identities[reader.name]
            guard let since = stuck[reader.name] else { return shown }
            (shown.state, shown.since) = (.stuck, since)
            return shown
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> UTCInstant

    init(now: @escaping @Sendable () -> UTCInstant) { self.now = now }

    var readers: [ReaderStatus] {
        state.withLock { state in state.readers.map(state.shown) }
    }

    var ignored: [String] { state.withLock { $0.ignored } }
    var outage: ServiceOutage? { state.withLock { $0.outage } }
    var isServiceUp: Bool { state.withLock { $0.isServiceUp } }

    func tapContext(of name: String) -> TapContext {
        state.withLock { state in
            var context = TapContext(identity: state.identities[name])
            if case .card(let answerToReset, _)? = state.readers.first(where: { $0.name == name })?.state {
                context.answerToReset = answerToReset
            }
            return context
        }
    }

    func publish(_ machine: MonitorMachine, _ events: [SystemEvent]) {
        state.withLock { state in
            state.readers = machine.readers
            state.ignored = machine.ignored
            state.isServiceUp = machine.isServiceUp
            state.outage = machine.outage
            for event in events {
                // A stuck reader is unavailable to its users, whatever the field shows.
                if case .card(let name, _) = event, state.stuck[name] != nil { continue }
                Self.send(event, state)
            }
        }
    }

    /// Which readers are to be asked for their identity after these events, and the number of each question.
    func questions(after events: [SystemEvent], plugged: Bool) -> [(name: String, question: UInt64)] {
        state.withLock { $0.identities.questions(after: events, plugged: plugged) }
    }

    /// - Parameter identity: nil when the driver could not be asked.
    func answer(_ question: UInt64, of name: String, _ identity: ReaderIdentity?) {
        state.withLock { state in
            guard let news = state.identities.answer(question, of: name, identity) else { return }
            Self.send(.readerIdentified(news), state)
        }
    }

    func setStuck(_ name: String, _ isStuck: Bool) {
        let since = now()
        state.withLock { state in
            guard (state.stuck[name] != nil) != isStuck else { return }
            state.stuck[name] = isStuck ? since : nil
            guard let reader = state.readers.first(where: { $0.name == name }) else { return }
            Self.send(.card(reader: name, state.shown(reader).event), state)
        }
    }

    func events() -> AsyncStream<SystemEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SystemEvent.self, bufferingPolicy: .bufferingNewest(256))
        let id: UInt64? = state.withLock { state in
            guard !state.isFinished else { return nil }
            if state.isServiceUp { continuation.yield(.serviceUp) }
            if let outage = state.outage { continuation.yield(.serviceDown(outage)) }
            for reader in state.readers {
                continuation.yield(.readerAdded(reader.name))
                if let identity = state.identities[reader.name] { continuation.yield(.readerIdentified(identity)) }
                continuation.yield(.card(reader: reader.name, state.shown(reader).event))
            }
            for name in state.ignored { continuation.yield(.readerIgnored(name)) }
            state.nextSubscriber &+= 1
            state.subscribers[state.nextSubscriber] = continuation
            return state.nextSubscriber
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
        }
        return stream
    }

    func events(of name: String) -> AsyncStream<CardEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: CardEvent.self, bufferingPolicy: .bufferingNewest(256))
        let id: UInt64? = state.withLock { state in
            guard !state.isFinished else { return nil }
            let reader = state.readers.first { $0.name == name }
            continuation.yield(reader.map { state.shown($0).event } ?? .unavailable)
            state.nextSubscriber &+= 1
            state.cardSubscribers[state.nextSubscriber] = (name, continuation)
            return state.nextSubscriber
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.cardSubscribers.removeValue(forKey: id) }
        }
        return stream
    }

    /// Ends every stream.
    func finish() {
        let (system, card) = state.withLock { state in
            state.isFinished = true
            defer { (state.subscribers, state.cardSubscribers) = ([:], [:]) }
            return (Array(state.subscribers.values), state.cardSubscribers.values.map { $0.1 })
        }
        // Outside the lock: ending a stream calls back into the board.
        for continuation in system { continuation.finish() }
        for continuation in card { continuation.finish() }
    }

    private static func send(_ event: SystemEvent, _ state: State) {
        for continuation in state.subscribers.values { continuation.yield(event) }
        let news: (String, CardEvent)? = switch event {
        case .card(let reader, let event): (reader, event)
        case .readerRemoved(let reader): (reader, .unavailable)
        case .serviceUp, .serviceDown, .readerAdded, .readerIdentified, .readerIgnored: nil
        }
        guard let news else { return }
        for (reader, continuation) in state.cardSubscribers.values where reader == news.0 { continuation.yield(news.1) }
    }
}
