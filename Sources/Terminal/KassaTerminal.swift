import Core
import Crypto
import Diagnostics
import EMV
import Foundation
import HostLink
import HostProtocol
import Logging
import PCSC
import Payments
import Programmes
import SmartCard
import Store
import Synchronization
import Varlink
import Workers

/// The daemon without its `main`: builds the parts, runs them until cancelled. It starts whatever is missing — no
/// pcscd, no reader, no host, no writable store — and says so in its status.
public final class KassaTerminal: Sendable {
    public static let version = "0.1.0"

    public let configuration: TerminalConfiguration
    let store: PaymentStore
    let storeThread: WorkerThread
    let clock: SystemClock
    let system: PCSCSystem
    let link: HostLink
    let lane: Lane
    let programmes: [Programme]
    /// The file of each programme, by its id.
    let programmeFiles: [String: String]
    let amender: Amender
    let logger: Logger
    let announcements: Announcements
    let traces = TapTraces()
    let deviceKey: Curve25519.Signing.PrivateKey
    let keeper: CertificateKeeper
    let tagKeeper: TagKeyKeeper
    /// Of the newest turn.
    let certificateOutcome = Mutex<CertificateKeeper.Outcome?>(nil)
    private let recovered = Mutex(false)
    let chain = Mutex(ChainWalk())

    public init(configuration: TerminalConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let trust = try TrustBundle(
            trustDirectory: configuration.host.trustDirectory, stateDirectory: configuration.stateDirectory)
        guard let caText = try? String(contentsOfFile: configuration.caKeyFile, encoding: .utf8) else {
            throw TrustBundle.Failure.missing(file: configuration.caKeyFile)
        }
        let caKeys = try CAPublicKeyStore(toml: caText, fileName: configuration.caKeyFile)
        let loaded = try Programme.loadWithFiles(overrides: configuration.programmesDirectory)
        let programmes = loaded.map(\.programme)

        let store = PaymentStore(
            path: configuration.stateDirectory + "/kassad.sqlite", terminal: configuration.terminal,
            seal: JournalSeal(deviceKey: Array(trust.deviceKey.rawRepresentation)), queueCap: configuration.queue.mostRecords,
            longestWait: configuration.queue.mostDays > 0 ? Int64(configuration.queue.mostDays) * JournalKeeper.day : nil,
            reserve: configuration.queue.reserveBytes)
        let storeThread = try WorkerThread(name: "store")
        let clock = SystemClock()
        let system = try PCSCSystem()
        announcements = Announcements(logger: logger)
        deviceKey = trust.deviceKey
        let ports = StorePorts(
            store: store, thread: storeThread, clock: clock, announcements: announcements, logger: logger)
        let pace = OutboxMachine.Settings(
            backoff: Backoff.Settings(cap: configuration.host.retryCap.wholeMilliseconds),
            keepAlive: configuration.host.keepAlive.wholeMilliseconds,
            limitsInterval: configuration.host.limitsInterval.wholeMilliseconds)
        let settings = HostLinkConfiguration(
            baseURL: configuration.host.url, pinnedCertificatePEM: trust.hostCertificate,
            hostSigningKey: trust.hostSigningKey, terminal: configuration.terminal, terminalKey: trust.deviceKey,
            pace: pace, hold: configuration.host.limitsHold.wholeMilliseconds)
        let link = try HostLink(
            configuration: settings, outbox: ports, limits: ports, bootClock: { clock.bootMilliseconds }, logger: logger)
        let keeper = KassaTerminal.makeKeeper(configuration, trust, link, settings, clock, logger: logger)
        try link.adopt(pinnedCertificates: keeper.pins, identity: try keeper.start())
        self.keeper = keeper

        let timeouts = configuration.host
        let host = HostConnection(
            probe: {
                // What the link has seen within two seconds need not be asked again.
                if link.state.isReachable, let contact = link.state.lastContact, clock.bootMilliseconds - contact < 2_000 {
                    return true
                }
                return await link.probe(within: timeouts.probeTimeout)
            },
            authorise: { request in
                switch await link.authorise(request, timeout: timeouts.authorisationTimeout) {
                case .answered(let answer): .answered(answer)
                case .notSent: .notReached
                case .unknown: .silent
                }
            },
            recordCommitted: { link.recordCommitted() })
        var parts = Lane.Parts(
            name: configuration.lane.name, store: store, storeThread: storeThread, programmes: programmes,
            pseudonymKey: trust.pseudonymKey, sealingKey: trust.hostSealingKey, caKeys: caKeys, clock: clock,
            country: configuration.lane.country, timeZone: configuration.lane.timeZone,
            takesLyingCard: configuration.lane.takesLyingCard,
            reader: { KassaTerminal.reader(of: system, for: configuration) }, host: host,
            logger: logger)
        let tagKeeper = try KassaTerminal.makeTagKeeper(configuration, trust, link, clock)
        self.tagKeeper = tagKeeper
        parts.tags = { tagKeeper.profiles }
        parts.sealingKey = { keeper.trust.sealingPublicKey ?? trust.hostSealingKey }
        parts.traces = traces
        parts.limits = configuration.limits
        for unused in configuration.unusedLimits(of: programmes) {
            logger.warning("reader limits without effect", metadata: ["field": "\(unused)"])
        }
        lane = Lane(parts)
        self.programmes = programmes
        programmeFiles = Dictionary(loaded.map { ($0.programme.id, $0.file) }) { _, last in last }
        amender = Amender(store: store, programmes: programmes, clock: clock)
        self.store = store
        self.storeThread = storeThread
        self.clock = clock
        self.system = system
        self.link = link
    }

    /// Runs until the task is cancelled, then closes what it opened.
    public func run() async throws {
        let interface = try DiagnosticsInterface.make(self)
        let service = try VarlinkService(
            vendor: "kassa", product: "kassad", version: KassaTerminal.version, url: "urn:kassa:kassad",
            interfaces: [interface])
        let listener = try VarlinkListener.bind(path: configuration.socket)
        let server = VarlinkServer(listener: listener, service: service, logger: logger)
        logger.info("started", metadata: ["terminal": "\(configuration.terminal)", "version": "\(KassaTerminal.version)"])

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.openStore() }
            group.addTask { try await self.runLink() }
            group.addTask { try await server.run() }
            group.addTask { await self.keepCertificates() }
            group.addTask { await self.keepTagKeys() }
            group.addTask { await self.reportReaders() }
            group.addTask { await self.releaseHolds() }
            group.addTask { await self.keepReserve() }
            group.addTask { await self.keepJournal() }
            group.addTask { await self.reconcileDays() }
            group.addTask { await self.watchNetwork() }
            // Any part that ends before the daemon does, ends the daemon: systemd starts it anew.
            defer { group.cancelAll() }
            try await group.next()
            while !Task.isCancelled { try await group.next() ?? () }
        }
    }

    public func shutdown() async {
        await system.shutdown()
        try? await storeThread.run { [store] in store.close() }
        storeThread.stop()
        logger.info("stopped")
    }

    private func openStore() async {
        await StoreOpener(
            store: store, thread: storeThread, clock: clock, logger: logger,
            setReady: { [self] isReady in recovered.withLock { $0 = isReady } },
            recordCommitted: { [link] in link.recordCommitted() }
        ).run()
    }

    /// Ends holds whose time is over (CARD-12); twice a minute is soon enough for what lasts hours.
    private func releaseHolds() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            guard isReady, !Task.isCancelled else { continue }
            do {
                let released = try await storeThread.run { [amender] in try amender.releaseExpiredHolds() }
                for payment in released { logger.info("hold released", metadata: ["payment": "\(payment)"]) }
                if !released.isEmpty { link.recordCommitted() }
            } catch {
                logger.warning("holds not looked at", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The link starts with what the store remembers of the host; a store that can't be opened is not waited for.
    private func runLink() async throws {
        for _ in 0..<40 where !isReady && !Task.isCancelled { try? await Task.sleep(for: .milliseconds(50)) }
        try await link.run()
    }

    /// Makes the disk's reserve, and makes it anew when it was used up and there is space again.
    private func keepReserve() async {
        while !Task.isCancelled {
            // A few megabytes at a time: lanes go on in between.
            var isDone = false
            if isReady { isDone = (try? await storeThread.run { [store] in store.keepReserve(step: 2 << 20) }) ?? true }
            if isReady, !isDone { continue }
            try? await Task.sleep(for: isReady ? .seconds(20) : .milliseconds(300))
        }
    }

    /// True once interrupted payments are closed: no payment starts before.
    var isReady: Bool { recovered.withLock { $0 } }

    private func reportReaders() async {
        for await event in system.events() {
            switch event {
            case .serviceUp: logger.info("pcscd is there")
            case .serviceDown(let outage): logger.warning("no pcscd", metadata: ["reason": "\(outage)"])
            case .readerAdded(let name): logger.info("reader added", metadata: ["reader": "\(name)"])
            case .readerIdentified(let reader):
                logger.info(
                    "reader identified",
                    metadata: ["reader": "\(reader.name)", "identity": "\(reader.key)", "usb": "\(reader.usbID ?? "-")"])
            case .readerRemoved(let name): logger.warning("reader gone", metadata: ["reader": "\(name)"])
            case .readerIgnored(let name):
                logger.error("too many readers: one takes no cards", metadata: ["reader": "\(name)", "most": "\(SlotNames.most)"])
            case .card: continue
            }
        }
        // The stream ends with the system; until cancellation there is nothing left to report.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}

extension Duration {
    var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
