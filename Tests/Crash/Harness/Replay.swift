import Foundation
import Simulation
import Store

/// Rebuilds the disk at each point of a recording in each way that is tried, recovers, and checks.
struct Replay {
    struct Options {
        var recording: String
        var disk = Disk.Kind.honest
        var seed: UInt64 = 1
        /// Of the points, in percent.
        var share = 100
        /// This process takes windows between marks number `part`, `part + of`, …
        var part = 0
        var of = 1
        /// What was on the disk when the recording began.
        var start: String?
        /// Of a recording of several programs, the folder whose disk it is; nil: all that was recorded.
        var within: String?
        /// Of a real terminal; nil: the workload's.
        var seal: JournalSeal?
        /// Only what was synced.
        var strictest = false
        /// The end is tried whatever the share.
        var last = false
        /// So is each sync, cut and unlink after a sync that failed: between them the disk holds something else than the cache shows.
        var afterFailure = false
    }

    private(set) var points = 0
    private(set) var tried = 0
    private(set) var distinct = 0
    private(set) var opened = 0
    private(set) var findings = Findings()
    private let options: Options
    private let folder: String
    private let file: String
    private let checker: Checker
    private var promises: Promises
    private var seen: Set<Int> = []
    private var seenSince: Set<Int> = []

    /// - Parameters:
    ///   - folder: for images, one at a time.
    ///   - file: name of the store's file.
    init(_ options: Options, folder: String, file: String = "store.sqlite") throws {
        self.options = options
        self.folder = folder
        self.file = file
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        checker = try Checker(seal: options.seal)
        promises = try Promises(checker.sql)
    }

    /// Marks that are taken before the first event: of an earlier recording.
    mutating func promise(_ lines: [String]) throws { for line in lines { try promises.take(line) } }

    mutating func run() throws {
        let recording = try Recording(path: options.recording)
        var disk = Disk(recording, kind: options.disk, within: options.within)
        if let start = options.start { try disk.load(start) }
        var random = SplitMix64(seed: options.seed)
        var window = 0
        var hasFailed = false
        for (place, event) in recording.events.enumerated() {
            if event.kind == .mark {
                try promises.take(recording.text(event))
                window += 1
                // The same image has to keep more now.
                seenSince.removeAll(keepingCapacity: true)
                continue
            }
            guard try disk.take(event, keepsFailed: { random.chance(50) }) else { continue }
            points += 1
            if event.failed { hasFailed = true }
            let isDue = options.afterFailure && hasFailed && event.kind != .write
            // Seeded by the place: whatever part runs it, a point has the same images.
            var local = SplitMix64(seed: options.seed &* 1_000_003 &+ UInt64(place))
            guard window % options.of == options.part, local.chance(options.share) || isDue else { continue }
            var images = Images.all(disk, last: event.kind == .write, &local)
            if options.strictest { images = [[]] }
            for (number, image) in images.enumerated() {
                tried += 1
                try disk.with(image) { names, digest in
                    try check(disk, names, digest, "event \(place) of \(recording.events.count), image \(number)")
                }
            }
        }
        guard options.last else { return }
        // The promises after the last operation bind the end.
        seenSince.removeAll()
        tried += 1
        try disk.with([]) { names, digest in try check(disk, names, digest, "the end") }
    }

    /// What is wrong with a file outside of the replay, by all that was promised so far.
    func check(file path: String) throws -> [Harm: String] { try checker.check(path) }

    private mutating func check(
        _ disk: Disk, _ names: [String: Int], _ digest: Int, _ place: @autoclosure () -> String
    ) throws {
        guard seenSince.insert(digest).inserted else { return }
        if seen.insert(digest).inserted { distinct += 1 }
        for old in try FileManager.default.contentsOfDirectory(atPath: folder) { unlink(folder + "/" + old) }
        for (name, number) in names { try disk.files[number].copy(to: folder + "/" + name) }
        opened += 1
        findings.add(try checker.check(folder + "/" + file), at: place())
    }

    var report: Report {
        Report(points: points, tried: tried, distinct: distinct, opened: opened, findings: findings)
    }
}
