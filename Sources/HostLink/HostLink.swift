import Core
import HostProtocol
import Logging
import Payments
import Synchronization

/// The terminal's side of the host: keeps the limits fresh, forwards the outbox, authorises online, and knows whether the
/// host is there. Decides nothing by itself: ``OutboxMachine`` says when, this actor carries it out.
public actor HostLink {
    let configuration: HostLinkConfiguration
    let client: HostClient
    /// For payments alone: no connection of theirs is ever taken by the queue, the limits or the long poll.
    let payments: HostClient
    let outbox: any OutboxPort
    let limits: any LimitCachePort
    let bootClock: @Sendable () -> Int64
    let random: @Sendable () -> UInt64
    let logger: Logger

    private let status = Mutex(LinkState())
    private let events: AsyncStream<OutboxMachine.Event>
    let post: AsyncStream<OutboxMachine.Event>.Continuation
    private var machine: OutboxMachine
    private var timer: Task<Void, Never>?
    private var poller: Task<Void, Never>?
    private var started = false
    var planner: BatchPlanner
    /// One batch is settled at a time: a payment that comes meanwhile waits for one at most.
    let settling = Turnstile()
    /// The last span of the host, in seconds.
    let spread = Mutex<Int64?>(nil)
    /// One page is applied at a time, the machine's or the poll's.
    let turnstile = Turnstile()
    var catchUp = CatchUp()
    var pollPace: PollPace
    private let tidyWishes: AsyncStream<Void>
    let tidy: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - bootClock: CLOCK_BOOTTIME in milliseconds.
    ///   - random: 64 uniform bits, unpredictable: they make nonces as well as jitter.
    public init(
        configuration: HostLinkConfiguration, outbox: any OutboxPort, limits: any LimitCachePort,
        bootClock: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        logger: Logger
    ) throws(LinkConfigurationError) {
        self.configuration = configuration
        client = try HostClient(configuration)
        payments = try HostClient(configuration)
        planner = BatchPlanner(
            BatchPlanner.Settings(batches: configuration.pace.batches, backoff: configuration.pace.backoff))
        self.outbox = outbox
        self.limits = limits
        self.bootClock = bootClock
        self.random = random
        self.logger = logger
        machine = OutboxMachine(configuration.pace)
        (events, post) = AsyncStream.makeStream()
        (tidyWishes, tidy) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        pollPace = PollPace(Backoff(configuration.pace.backoff))
    }

    /// The newest state, without waiting.
    public nonisolated var state: LinkState { status.withLock { $0 } }

    /// Over which terminals of this host spread what they do at one moment.
    public nonisolated var span: Duration {
        .seconds(spread.withLock { $0 } ?? OutboxMachine.Settings.defaultSpread / 1000)
    }

    /// A record waits in the outbox: forward it when the host is there.
    public nonisolated func recordCommitted() { post.yield(.recordCommitted) }

    /// Records wait again that had left the queue or had been set aside: forward them when the host is there.
    public nonisolated func recordsReturned() { post.yield(.recordsReturned) }

    /// Sync the limits as soon as the host is there.
    public nonisolated func syncNow() { post.yield(.limitsDue) }

    /// Look for the host now, whatever back-offs and spans say, and send whatever waits by itself, from the queue's beginning:
    /// someone stands there and has mended the cause, or records are in the queue again that had left it.
    public nonisolated func probeSoon() {
        post.yield(.probeWanted)
        post.yield(.recordCommitted)
    }

    /// Look for the host soon: this machine's network has come back, maybe a whole region's.
    public nonisolated func networkChanged() { post.yield(.networkChanged) }

    /// Runs until the task is cancelled; once.
    /// - Throws: ``HostLinkError/alreadyRunning`` the second time.
    public func run() async throws(HostLinkError) {
        guard !started else { throw .alreadyRunning }
        started = true
        // An outbox that can't be counted is taken for one that holds something.
        let depth = (try? await outbox.depth()) ?? 1
        let memory = (try? await outbox.memory()) ?? LinkMemory()
        if let span = memory.spread, (0...HostPace.longest).contains(span) {
            spread.withLock { $0 = span }
            machine.remember(spread: span * 1000)
        }
        tidy.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in self.tidyWishes { await self.tidyUp() } }
            // Before anything else that was posted meanwhile: any other event would look for the host at once.
            carryOut(memory.silence.map { .startedAfter(silence: $0, depth: depth) } ?? .started(depth: depth), &group)
            for await event in events { carryOut(event, &group) }
            group.cancelAll()
        }
        timer?.cancel()
        poller?.cancel()
        await poller?.value
    }

    private func carryOut(_ event: OutboxMachine.Event, _ group: inout DiscardingTaskGroup) {
        switch event {
        case .recordCommitted: planner.grown()
        case .recordsReturned: planner.reread()
        case .probeWanted: planner.resume()
        default: break
        }
        let now = bootClock()
        let action = machine.handle(event, at: now, random: random())
        let next = machine.nextAttempt(at: now)
        status.withLock { $0.nextAttempt(at: next.map { now + $0 }) }
        timer?.cancel()
        keepPolling(configuration.hold > 0 && machine.pollsLimits)
        switch action {
        case .idle: break
        case .wait(let milliseconds): startTimer(milliseconds)
        case .probe: group.addTask { await self.runProbe() }
        case .sendBatch: group.addTask { await self.forward() }
        case .syncLimits: group.addTask { await self.syncLimits() }
        }
    }

    private func keepPolling(_ wanted: Bool) {
        if !wanted {
            poller?.cancel()
            poller = nil
        } else if poller == nil {
            poller = Task { await pollLimits() }
        }
    }

    private func startTimer(_ milliseconds: Int64) {
        timer = Task { [post] in
            guard (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil else { return }
            post.yield(.timerFired)
        }
    }

    // MARK: What is known of the host

    /// Any answer signed by the host.
    nonisolated func heard() {
        let now = bootClock()
        let returned = status.withLock { state in
            defer { state.lastContact = now }
            if state.isReachable { return false }
            state.reach = .reachable(since: now)
            return true
        }
        if returned { logger.notice("host reachable") }
    }

    /// Anything that means that the host can't be worked with now.
    nonisolated func lost(_ reason: LinkFailure) {
        let now = bootClock()
        let news = status.withLock { state in
            if case .unreachable(let since, let old, let next) = state.reach {
                state.reach = .unreachable(since: since, reason: reason, nextAttemptAt: next)
                return old != reason
            }
            state.reach = .unreachable(since: now, reason: reason, nextAttemptAt: nil)
            return true
        }
        if news { logger.warning("host unreachable", metadata: ["reason": "\(reason)"]) }
    }

    nonisolated func update(_ change: (inout LinkState) -> Void) { status.withLock { change(&$0) } }

    /// Turns a failed exchange into what the machine and the state must know. A refusal or a malformed answer is the
    /// host's all the same: it spoils one operation, not the link, unless the operation is the probe itself.
    nonisolated func report(_ failure: HostClient.Failure, of operation: OutboxMachine.Operation?) {
        switch failure.cause {
        // Too large a page is one that this link can't take, not a link that is down.
        case .notOurHost(_, .size) where operation == .limits, .refused, .malformed, .hostBehind, .store:
            switch operation {
            case .probe:
                lost(failure.cause)
                post.yield(.failed(.probe, retryAfter: failure.retryAfter))
                return
            case .batch: update { $0.forwardFailure = failure.cause }
            case .limits: update { $0.limitsFailure = failure.cause }
            case nil: return
            }
            if let operation { post.yield(.failed(operation, retryAfter: failure.retryAfter)) }
            logger.warning("host operation failed", metadata: ["reason": "\(failure.cause)"])
        case .unreachable, .tls, .timeout, .notOurHost:
            lost(failure.cause)
            post.yield(.lost(operation, retryAfter: failure.retryAfter))
        }
    }
}

public enum HostLinkError: Error, Hashable, Sendable { case alreadyRunning }

extension LinkState {
    mutating func nextAttempt(at time: Int64?) {
        hasBegun = true
        firstAttemptAt = reach == .starting ? time : nil
        guard case .unreachable(let since, let reason, _) = reach else { return }
        reach = .unreachable(since: since, reason: reason, nextAttemptAt: time)
    }
}
