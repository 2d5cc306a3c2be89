import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// Why a simulation stopped: the store differs from what must be.
public struct SimulationFailure: Error, CustomStringConvertible {
    public var seed: UInt64
    public var world: Int?
    public var message: String
    /// What happened to the account, oldest first.
    public var history: [SimulatedEvent]

    public var description: String {
        "seed \(seed)\(world.map { ", account \($0)" } ?? ""): \(message); history: "
            + history.map { "\($0)" }.joined(separator: " ")
    }
}

/// Many accounts at one terminal, each with a history of its own, all in one real ``PaymentStore``: each account is one
/// interleaving. The same seed gives the same histories.
///
/// After every event of an account what the store says of it is compared with ``ModelTerminal``; in the end
/// everything is
/// delivered, and the host's books are compared with what the tills were told.
public final class Interleavings {
    public struct Settings: Sendable {
        /// Accounts that share a store.
        public var accounts = 64
        /// Least events of each.
        public var events = 50
        public var lanes = 3
        /// Decodes one in so many records in full.
        public var decodeOneIn = 16

        public init() {}
    }

    struct Sent {
        var world: Int
        var entry: ModelAccount.Entry
        var shares: [PurseShare]
        var isDeferred = false
        var hash: Data?
        var outcome: RecordResult.Outcome?
        var isRefused = false
        var isGone = false
    }

    static let terminal = "T1"
    static let bootID = "boot"
    static let risk = TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 1_000_000_000_000)

    let seed: UInt64
    let settings: Settings
    let folder: URL
    var random: SplitMix64
    var store: PaymentStore
    var files = 0
    var worlds: [World] = []
    var sent: [UUIDv7: Sent] = [:]
    var minted: UInt64 = 0
    var firstRecord: UUIDv7?
    /// 2026-11-21 12:00 in Stockholm.
    var now = UTCInstant(milliseconds: 1_795_258_800_000)
    var today: [CivilDate] = []
    let programmes: [Programme]
    /// Of the host's books.
    var version: Int64 = 1
    var applied: Int64 = 0
    /// A snapshot under way: the version when it began, and the account that its next page begins with.
    var snapshot: (at: Int64, next: Int)?
    var oldPage: LimitPage?
    public private(set) var coverage = Coverage()

    /// - Parameter folder: exists; the store's files are made in it, and removed in the end.
    public init(seed: UInt64, folder: URL, programmes: [Programme], settings: Settings = Settings()) {
        self.seed = seed
        self.settings = settings
        self.folder = folder
        random = SplitMix64(seed: seed)
        self.programmes = PurseLayout.all.compactMap { layout in programmes.first { $0.id == layout.programme } }
        store = PaymentStore(
            path: folder.appending(path: "store-\(seed)-0.sqlite").path, terminal: Interleavings.terminal)
        worlds = (0..<settings.accounts).compactMap {
            World($0, lanes: settings.lanes, version: 1, allowance: Interleavings.allowance(&random))
        }
        setDays()
    }

    deinit {
        store.close()
        removeFiles()
    }

    /// Runs all histories to their ends.
    /// - Throws: ``SimulationFailure``.
    public func run() throws {
        do {
            // Of a run that broke off.
            removeFiles()
            try startSnapshot(whole: true)
            // Those that are done wait for the others.
            var busy = Array(worlds.indices)
            while !busy.isEmpty {
                switch random.below(400) {
                case 0..<28: try forward()
                case 28..<48: try sync()
                case 48: try machineEvent()
                default:
                    let place = random.below(busy.count)
                    if worlds[busy[place]].history.count < settings.events {
                        try lane(busy[place])
                    } else {
                        busy.remove(at: place)
                    }
                }
            }
            try finish()
        } catch let failure as SimulationFailure {
            throw failure
        } catch {
            throw failure("unexpected error: \(error)", nil)
        }
    }

    // MARK: Parts

    func failure(_ message: String, _ world: Int?) -> SimulationFailure {
        SimulationFailure(seed: seed, world: world, message: message, history: world.map { worlds[$0].history } ?? [])
    }

    func note(_ event: SimulatedEvent, _ world: Int) {
        coverage.note(event, after: worlds[world].history.last)
        worlds[world].history.append(event)
    }

    func noteAll(_ event: SimulatedEvent) { for world in worlds.indices { note(event, world) } }

    func countFinished() { for world in worlds { coverage.finished(events: world.history.count) } }

    func mint() -> UUIDv7 {
        minted += 1
        let count = minted
        return UUIDv7(
            milliseconds: now.milliseconds,
            random: [0, 0, 0, 0] + (0..<6).map { UInt8(truncatingIfNeeded: count >> UInt64(40 - 8 * $0)) })
    }

    var trusted: TrustedTime { TrustedTime(instant: now, anchored: true) }
    var anchor: TrustedClock.Anchor {
        TrustedClock.Anchor(hostTime: now, bootMilliseconds: 1000, bootID: Interleavings.bootID)
    }

    func setDays() { today = programmes.map { $0.day(of: now) } }
    func programme(_ world: Int) -> Programme { programmes[world % PurseLayout.all.count] }
    func day(_ world: Int) -> CivilDate { today[world % PurseLayout.all.count] }

    static func allowance(_ random: inout SplitMix64) -> OfflineAllowance {
        OfflineAllowance(
            amount: 90 + random.below(Int64(400)), count: 3 + random.below(10),
            perTransaction: 60 + random.below(Int64(120)))
    }

    func statement(_ world: Int) -> AccountLimit {
        let held = worlds[world]
        return held.books.statement(
            for: 0, account: held.account, layout: held.layout, instrument: held.instrument, today: day(world))
    }

    /// The comparison after each event.
    func check(_ world: Int) throws {
        let state = try store.account(instrument: worlds[world].instrument, today: day(world))
        if let difference = worlds[world].terminal.difference(
            from: state, layout: worlds[world].layout, today: day(world))
        {
            throw failure(difference, world)
        }
    }

    func checkAll() throws { for world in worlds.indices { try check(world) } }

    func file() -> URL { folder.appending(path: "store-\(seed)-\(files).sqlite") }

    func removeFiles() { for number in 0...files { removeFile(number) } }

    func removeFile(_ number: Int) {
        let path = folder.appending(path: "store-\(seed)-\(number).sqlite").path
        for suffix in ["", "-wal", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
