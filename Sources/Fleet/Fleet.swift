import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Simulation
import Store

/// Several terminals with their real stores, and the reference host with its real books, in one process, joined by a wire that
/// loses, repeats, delays and reorders. The same seed gives the same run.
///
/// Terminals pay, forward and sync, all of them are restarted now and then, some in the middle of a payment. In the end
/// everything is delivered once more, and ``FleetCheck`` compares what the tills were told, the journals and the books.
public final class Fleet {
    public struct Settings: Sendable {
        public var terminals = 4
        /// Of each programme.
        public var accounts = 8
        /// Records put on the wire, each time one is: the run goes on until there were so many.
        public var sends = 5000
        /// A batch has one to so many records.
        public var largestBatch = 20
        /// In percent of the batches.
        public var lostRequests = 5
        public var lostAcknowledgements = 30
        public var duplicates = 5
        public var reordered = 5
        /// Answers that name only some of the records, in any order, and answers that come when the terminal is further on.
        public var partialAnswers = 5
        public var lateAnswers = 3
        /// One step in so many restarts a terminal, and one the host.
        public var restartOneIn = 400
        public var mutant: Mutant?

        public init() {}
    }

    /// What a sound pair of terminal and host does not do. Each has to be found out.
    public enum Mutant: String, Sendable, CaseIterable {
        /// A new id for each sending: the host can't know a record again.
        case newIDOnResend
        /// The results are taken for the oldest records in their order, whatever ids they name.
        case settleByPosition
        /// What was sent is taken for booked.
        case settleOnSend
        /// The host answers first, and restarts before it books.
        case answerBeforeBooking
    }

    struct Letter {
        var terminal: Int
        var records: [ForwardedRecord]
        var due: Int
    }

    struct Answer {
        var terminal: Int
        var results: [RecordResult]
        var due: Int
    }

    public static let shipped: [PurseLayout] = [.wallet, .vouchers]
    static let pseudonymKey = SymmetricKey(data: [UInt8](repeating: 7, count: 32))

    /// The wire is in this process: nothing is signed, so any key does.
    static let terminalKey = Curve25519.Signing.PrivateKey().publicKey

    public let seed: UInt64
    let settings: Settings
    let folder: URL
    let programmes: [Programme]
    let evidenceKey = Curve25519.KeyAgreement.PrivateKey()
    var random: SplitMix64
    var terminals: [FleetTerminal]
    var accounts: [FleetAccount] = []
    var ledger: SQLiteLedger
    var letters: [Letter] = []
    var answers: [Answer] = []
    var sentBefore: Set<UUIDv7> = []
    /// Records that were on stable storage when the till was answered, and those that the host has answered for.
    var told: Set<UUIDv7> = []
    var acknowledged: Set<UUIDv7> = []
    var step = 0
    var minted: UInt64 = 0
    public internal(set) var counts = FleetCounts()

    /// - Parameter folder: exists and is empty; it holds all files of the run.
    public init(seed: UInt64, folder: URL, programmes: [Programme], settings: Settings = Settings()) throws {
        self.seed = seed
        self.settings = settings
        self.folder = folder
        self.programmes = Fleet.shipped.compactMap { layout in programmes.first { $0.id == layout.programme } }
        random = SplitMix64(seed: seed)
        terminals = (1...max(1, settings.terminals)).map { FleetTerminal("T\($0)", folder: folder) }
        ledger = try Fleet.open(folder, self.programmes, evidenceKey)
    }

    var ledgerPath: String { folder.appending(path: "ledger.sqlite").path }

    static func open(
        _ folder: URL, _ programmes: [Programme], _ key: Curve25519.KeyAgreement.PrivateKey
    ) throws -> SQLiteLedger {
        try SQLiteLedger(
            path: folder.appending(path: "ledger.sqlite").path, programmes: programmes, evidenceKey: key,
            pseudonymKey: pseudonymKey)
    }

    /// Runs until the wanted number of sends, delivers the rest, and compares.
    /// - Parameter progress: called every ten thousand steps.
    public func run(progress: (FleetCounts) -> Void = { _ in }) async throws -> FleetVerdict {
        try await openAccounts()
        for terminal in terminals.indices { try await sync(terminal) }
        while counts.sends < settings.sends {
            step += 1
            try await arrive()
            let terminal = random.below(terminals.count)
            switch random.below(100) {
            case 0..<52: try pay(terminal)
            case 52..<56: try refund(terminal)
            case 56..<58: try breakOff(terminal)
            case 58..<62: try await sync(terminal)
            default: try await send(terminal)
            }
            if random.one(in: settings.restartOneIn) { try restart(terminal) }
            if random.one(in: settings.restartOneIn) { try restartHost() }
            if step % 10_000 == 0 { progress(counts) }
        }
        try await finish()
        return try FleetCheck(self).verdict()
    }

    /// Everything that is under way arrives, then each terminal forwards in peace; nothing is lost any more.
    private func finish() async throws {
        for terminal in terminals.indices { try restart(terminal) }
        step = .max
        try await arrive()
        for place in terminals.indices {
            let all = RecordBatch.maximumCount
            while case let waiting = try terminals[place].store.pending(limit: all), !waiting.isEmpty {
                let results = try await deliver(Letter(terminal: place, records: waiting, due: 0))
                counts.noteSends(waiting, before: &sentBefore)
                try settle(place, results)
                guard try terminals[place].store.pending(limit: all).first?.id != waiting.first?.id else {
                    throw FleetFailure(seed: seed, message: "\(terminals[place].id): an answer moves nothing")
                }
            }
        }
        for place in terminals.indices { try await sync(place, isSafe: true) }
    }

    // MARK: Parts

    var now: UTCInstant { UTCInstant(milliseconds: 1_795_258_800_000 + Int64(min(step, 1 << 30)) * 20) }
    var trusted: TrustedTime { TrustedTime(instant: now, anchored: true) }

    func mint() -> UUIDv7 {
        minted += 1
        let count = minted
        return UUIDv7(
            milliseconds: now.milliseconds,
            random: [0, 0, 0, 0] + (0..<6).map { UInt8(truncatingIfNeeded: count >> UInt64(40 - 8 * $0)) })
    }

    func roll(_ percent: Int) -> Bool { random.below(100) < percent }
}

/// Why a run came to no end.
public struct FleetFailure: Error, CustomStringConvertible {
    public var seed: UInt64
    public var message: String
    public var description: String { "seed \(seed): \(message)" }
}

extension SplitMix64 {
    /// 0..<bound; 0 for a bound that is not positive.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
    mutating func one(in count: Int) -> Bool { below(count) == 0 }
}
