import Core
import Dispatch
import Foundation
import Glibc
import Payments
import Simulation
import Store
import Synchronization

/// Fails the n-th operation on the store's files, n = 1, 2, … until a run passes untouched: once or from then on, with each
/// error, also while a crashed store recovers; then each sync. Runs under the recorder.
struct FaultLoop {
    struct Counts: Codable {
        var runs = 0
        /// Commits whose outcome the store could not tell.
        var unknown = 0
        /// Of them, those that a look-up told when the disk was well again.
        var resolved = 0
        /// Runs after which the store did not work again by itself.
        var stuck = 0
        /// Steps that an error ended, and approvals that were given all the same.
        var refused = 0
        var approved = 0
        var images = Report()
        var examples: [String] = []
    }

    /// Operations of the opening that are failed one by one, whatever the stride.
    private static let early = 24

    private let folder: String
    /// Every so many operations one is failed.
    private let stride: Int
    private(set) var counts = Counts()
    private var start: String { folder + "/start" }
    private var store: String { folder + "/store" }
    private var log: String { folder + "/fault.log" }

    init(folder: String, stride: Int) {
        self.folder = folder
        self.stride = stride
    }

    mutating func run() throws {
        guard Recorder.isLoaded else { throw Stop("faults need the recorder") }
        let promised = try prepareCrashed()
        for (error, name) in [(EIO, "EIO"), (ENOSPC, "ENOSPC")] {
            for sticky in [false, true] {
                for crashed in [false, true] {
                    var operation = 1 + (sticky ? stride / 2 : 0)
                    let what = "\(name)\(sticky ? " for good" : " once")\(crashed ? ", while a crashed store recovers" : "")"
                    // Each of those that open the store: what goes wrong there stays.
                    for early in 1...Self.early where stride > 1 {
                        _ = try one(early, error, sticky, crashed ? promised : nil, what)
                    }
                    while try one(operation, error, sticky, crashed ? promised : nil, what) { operation += stride }
                }
            }
        }
        // Each sync by itself: what it leaves on the disk is drawn, so each several times.
        Recorder.countsSyncs(true)
        defer { Recorder.countsSyncs(false) }
        for draw in 0..<(stride > 1 ? 1 : 8) {
            for sticky in [false, true] {
                for crashed in [false, true] {
                    let what = "EIO\(sticky ? " for good" : " once") at a sync\(crashed ? ", while a crashed store recovers" : "")"
                    var sync = 1
                    while try one(sync, EIO, sticky, crashed ? promised : nil, what, draw: draw) { sync += 1 }
                }
            }
        }
    }

    /// A store that was cut off with a long log and a payment under way.
    /// - Returns: what it had promised.
    private func prepareCrashed() throws -> [String] {
        try Files.empty(start)
        try Files.empty(store)
        Recorder.folder("")
        Recorder.collected.withLock { $0 = [] }
        let shop = try Shop(path: store + "/store.sqlite", seed: 99, lanes: 1)
        try shop.applyPage(whole: true)
        let till = Till(shop, lane: 0)
        for _ in 0..<12 { try till.step() }
        let open = shop.mint()
        Recorder.mark("start \(open)")
        _ = try shop.store.begin(
            PaymentIntent(id: open, reference: nil, amount: Shop.money(500), startedAt: Clock.start))
        Recorder.mark("begun \(open)")
        // As a power cut leaves it: not closed.
        try Files.copy(store, to: start)
        shop.store.close()
        return Recorder.collected.withLock { lines in
            defer { lines = nil }
            return lines ?? []
        }
    }

    /// - Returns: whether a fault struck.
    private mutating func one(
        _ operation: Int, _ error: Int32, _ sticky: Bool, _ promised: [String]?, _ what: String, draw: Int = 0
    ) throws -> Bool {
        try Files.empty(store)
        if promised != nil { try Files.copy(start, to: store) }
        unlink(log)
        Recorder.folder(store)
        Recorder.log(to: log)
        Recorder.fail(operation, with: error, sticky: sticky)
        let shop = try Shop(path: store + "/store.sqlite", seed: 5, lanes: 1)
        let till = Till(shop, lane: 0)
        try work(shop, till)
        let struck = Recorder.fired > 0
        Recorder.fail(0)
        try heal(shop, till, "\(what), operation \(operation)")
        shop.store.close()
        Recorder.log(to: nil)
        Recorder.folder("")
        counts.runs += 1
        try check(promised ?? [], isStart: promised != nil, seed: UInt64(operation + 100_000 * draw), "\(what), operation \(operation)")
        return struck
    }

    private mutating func work(_ shop: Shop, _ till: Till) throws {
        func attempt(_ body: () throws -> Void) throws {
            do {
                try body()
            } catch is StoreError {
                counts.refused += 1
            } catch LimitPageRefusal.gap {
                // The page before was not stored: a host would send all anew.
                counts.refused += 1
            }
        }
        try attempt {
            try shop.store.open()
            _ = try shop.store.recoverOpenPayments(now: Clock.now) { shop.mint() }
        }
        try attempt { try shop.applyPage(whole: true) }
        for kind: Till.Kind in [.purchase, .hold, .online, .completion, .unknown, .abandoned, .torn, .refund] {
            try attempt { try till.perform(kind) }
        }
        try attempt { try shop.forward() }
        try attempt { try till.perform(.void) }
        try attempt { try shop.putBack() }
        try attempt { try shop.purge() }
        try attempt { try shop.giveUp() }
        try attempt { try shop.applyPage(whole: false) }
        shop.store.close()
        try attempt { try till.perform(.purchase) }
        counts.approved += till.approved
        try burst(shop, till)
    }

    /// Lanes that share commits: each hears of its own payment.
    private mutating func burst(_ shop: Shop, _ till: Till) throws {
        let others = (0..<3).map { _ in Till(shop, lane: 0, keepsPaid: false) }
        let group = DispatchGroup()
        let failures = Failures()
        let refused = Atomic(0)
        for other in others {
            group.enter()
            let thread = Thread {
                defer { group.leave() }
                for _ in 0..<3 {
                    do {
                        try other.perform(.purchase)
                    } catch is StoreError {
                        refused.add(1, ordering: .relaxed)
                    } catch {
                        failures.add(error)
                    }
                }
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.wait()
        if let first = failures.first { throw first }
        counts.refused += refused.load(ordering: .relaxed)
        for other in others {
            counts.approved += other.approved
            till.unknown += other.unknown
        }
    }

    /// The disk is well again: what was unknown is asked for, and the terminal pays as before, without a restart.
    private mutating func heal(_ shop: Shop, _ till: Till, _ what: String) throws {
        counts.unknown += till.unknown.count
        for payment in till.unknown {
            do {
                let found = try shop.store.lookUp(payment)
                counts.resolved += 1
                if let stored = try shop.store.payment(payment) {
                    Recorder.mark(found == nil ? "refused \(payment)" : "now \(payment) \(stored.state.rawValue)")
                }
            } catch {
                counts.examples.append("\(what): not resolved: \(error)")
            }
        }
        do {
            if try shop.store.limitVersion() == 0 { try shop.applyPage(whole: true) }
            try till.perform(.purchase)
        } catch {
            counts.stuck += 1
            counts.examples.append("\(what): does not work again: \(error)")
        }
    }

    /// The file as it is, and as a power cut at seeded moments leaves it.
    private mutating func check(_ promised: [String], isStart: Bool, seed: UInt64, _ what: String) throws {
        var options = Replay.Options(recording: log)
        options.start = isStart ? start : nil
        options.seed = seed
        options.strictest = true
        options.share = 4
        options.last = true
        options.afterFailure = true
        var replay = try Replay(options, folder: folder + "/image")
        try replay.promise(promised)
        try replay.run()
        var report = replay.report
        let harms = try replay.check(file: store + "/store.sqlite")
        var live = Findings()
        live.add(harms, at: "as it is")
        report.add(Report(points: 1, tried: 1, distinct: 1, opened: 1, findings: live), samePoints: false)
        report.examples = report.examples.map { "\(what): \($0)" }
        counts.images.add(report, samePoints: false)
    }
}

enum Files {
    static func empty(_ folder: String) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    static func copy(_ folder: String, to other: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            try data.write(to: URL(filePath: other + "/" + name))
        }
    }
}
