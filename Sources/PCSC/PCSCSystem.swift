import Core
import Glibc
import SmartCard
import Synchronization
import Workers

/// The machine's PC/SC service with its readers. It needs nothing to be there: without pcscd it says so
/// (``SystemEvent/serviceDown(_:)``) and comes up by itself when pcscd does, within 5 s.
///
/// Threads: one monitor, one watchdog, one per reader. Idle it wakes once per
/// ``Configuration/wait``. The threads live until ``shutdown()``. It never restarts pcscd, resets readers, or speaks to USB.
public final class PCSCSystem: Sendable {
    public struct Configuration: Sendable {
        /// Longest wait for a change, in ms; also how late a plug notification lost by pcscd may be noticed. 1000…5000.
        public var wait: UInt64 = 2_000
        /// How long one PC/SC call may take, in ms, before its reader counts as stuck.
        public var callLimit: UInt64 = 30_000
        /// Where the kernel tells of USB devices.
        public var devices = USBDeviceList()
        /// For ``ReaderStatus/since``.
        public var now: @Sendable () -> UTCInstant = { .now }

        public init() {}
    }

    private let board: ReaderBoard
    private let monitor: MonitorLoop
    private let watchdog: Watchdog
    private let thread: WorkerThread
    private let devices: USBDeviceList
    private let lenders = Mutex<[String: PCSCReader]>([:])

    /// Starts monitor and watchdog.
    /// - Throws: ``WorkerError`` when the system has no thread left.
    public init(_ configuration: Configuration = Configuration()) throws(WorkerError) {
        board = ReaderBoard(now: configuration.now)
        devices = configuration.devices
        monitor = MonitorLoop(wait: configuration.wait, now: configuration.now)
        watchdog = try Watchdog(limitMilliseconds: configuration.callLimit)
        thread = try WorkerThread(name: "pcsc-monitor")
        thread.submit { [weak self, board, monitor] in
            var plugs: UInt64 = 0
            monitor.run { machine, events in
                board.publish(machine, events)
                self?.renewReaders(after: events)
                self?.identifyReaders(after: events, plugged: machine.plugs != plugs)
                plugs = machine.plugs
            }
        }
    }

    /// The readers pcscd lists now, contact and SAM slots left out; while it is away, those it listed last.
    public var readers: [ReaderStatus] { board.readers }

    /// Readers that pcscd lists beyond the ``SlotNames/most`` that are watched: they take no cards.
    public var ignoredReaders: [String] { board.ignored }

    public var isServiceUp: Bool { board.isServiceUp }

    /// Why the service is down; nil while it is up and before the first attempt.
    public var outage: ServiceOutage? { board.outage }

    /// Each call is a subscription: first the present state, then each change, until ``shutdown()``.
    public func events() -> AsyncStream<SystemEvent> { board.events() }

    /// The reader of this name, there or not. The same object for the same name.
    public func reader(named name: String) -> PCSCReader {
        lenders.withLock { lenders in
            if let reader = lenders[name] { return reader }
            let reader = PCSCReader(name: name, board: board, watchdog: watchdog)
            lenders[name] = reader
            return reader
        }
    }

    /// Ends threads and streams. Taps in progress finish first, those that hang are left behind. At most about
    /// ``Configuration/wait`` + 4 s.
    public func shutdown() async {
        // Cancelling talks to pcscd and joining blocks: neither belongs on the cooperative pool.
        guard let closer = try? WorkerThread(name: "pcsc-closer") else { return }
        try? await closer.run { [self] in
            monitor.stop()
            thread.stop()
            let readers = lenders.withLock { Array($0.values) }
            for reader in readers { reader.close(milliseconds: 2_000) }
            watchdog.stop()
        }
        closer.stop()
        board.finish()
    }

    private func identifyReaders(after events: [SystemEvent], plugged: Bool) {
        for (name, question) in board.questions(after: events, plugged: plugged) {
            reader(named: name).identify(devices: devices) { [board] in board.answer(question, of: name, $0) }
        }
    }

    private func renewReaders(after events: [SystemEvent]) {
        for event in events {
            switch event {
            case .serviceUp: for reader in lenders.withLock({ Array($0.values) }) { reader.renew() }
            case .readerAdded(let name): lenders.withLock { $0[name] }?.renew()
            case .serviceDown, .readerRemoved, .readerIdentified, .readerIgnored, .card: break
            }
        }
    }
}

extension UTCInstant {
    /// The wall clock, for display only.
    public static var now: UTCInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCInstant(milliseconds: Int64(time.tv_sec) &* 1_000 &+ Int64(time.tv_nsec / 1_000_000))
    }
}
