import Foundation
import Glibc
import Simulation
import Store
import Synchronization

/// Kills a working process at random moments, again and again on the same store.
struct Kills {
    struct Counts: Codable {
        var kills = 0
        var stores = 0
        /// Promises that the killed had given.
        var promises = 0
        var checks = 0
        var report = Report()
        /// Milliseconds from a killed terminal's start until it can pay, with this many records queued.
        var readyWith = 0
        var readyMilliseconds = 0.0
        /// What that start read and wrote.
        var readyBytes = 0
    }

    /// Kills of one store: then it is a new one's turn, so that checks stay quick.
    static let perStore = 100

    private(set) var counts = Counts()

    mutating func run(folder: String, count: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var findings = Findings()
        let itself = try Helper.itself
        while counts.kills < count {
            try Files.empty(folder)
            let path = folder + "/store.sqlite"
            let checker = try Checker()
            var promises = try Promises(checker.sql)
            counts.stores += 1
            for number in 0..<min(Kills.perStore, count - counts.kills) {
                // Most die at work, the others while they start: a store is opened, recovered, given its limits.
                let output = try Kills.cut(
                    itself, ["live", path, "\(counts.kills + 1)"], atWork: random.chance(75),
                    after: UInt32(random.pick(25_000)))
                // Each line was one write: only a cut write leaves a rest.
                let lines = output.split(separator: "\n", omittingEmptySubsequences: true)
                let whole = output.hasSuffix("\n") ? lines[...] : lines.dropLast()
                for line in whole { try promises.take(String(line)) }
                counts.promises += whole.count
                counts.kills += 1
                // Else the next one recovers what this one left.
                guard random.chance(30) || number == Kills.perStore - 1 || counts.kills == count else { continue }
                counts.checks += 1
                findings.add(try checker.check(path), at: "kill \(counts.kills)")
            }
        }
        counts.report = Report(
            points: counts.kills, tried: counts.kills, distinct: counts.kills, opened: counts.checks, findings: findings)
    }

    /// Starts a program, kills it after `microseconds`, counted from its first word when it shall be `atWork`.
    /// - Returns: what it had written.
    private static func cut(
        _ program: String, _ arguments: [String], atWork: Bool, after microseconds: UInt32
    ) throws -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Stop("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { Glibc.close(ends[0]) }
        // More than it says in its life: it is never held up.
        _ = fcntl(ends[0], 1031, 1 << 20)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, program, &actions, nil, &words, environ) == 0 else { throw Stop("can't start \(program)") }
        Glibc.close(ends[1])
        var first = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        if atWork { poll(&first, 1, 10_000) }
        usleep(microseconds)
        kill(pid, SIGKILL)
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            output += buffer[0..<count]
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        // Killed, and by nothing else: a trap would be a finding.
        guard status & 0x7F == SIGKILL else { throw Stop("the killed one ended by itself: status \(status)") }
        return String(decoding: output, as: UTF8.self)
    }

    struct Queue: Codable {
        var records: Int
    }

    /// Fills a real terminal's queue, as a day without a network does, and leaves the store as a killed daemon does.
    /// - Parameter state: its state directory.
    static func fill(state: String, records: Int) throws -> Queue {
        let shop = try Shop(
            path: state + "/" + DaemonRun.file, seed: 1, lanes: 1, seal: try DaemonRun.seal(of: state))
        Recorder.collected.withLock { $0 = [] }
        try shop.applyPage(whole: true)
        let till = Till(shop, lane: 0)
        for _ in 0..<records { try till.perform(.purchase) }
        return Queue(records: try shop.store.queueSummary().depth)
    }

    /// How long a killed terminal with a long queue takes until it can pay.
    mutating func readiness(folder: String, records: Int) throws {
        try Files.empty(folder)
        let shop = try Shop(path: folder + "/store.sqlite", seed: 1, lanes: 1)
        Recorder.collected.withLock { $0 = [] }
        defer { Recorder.collected.withLock { $0 = nil } }
        try shop.applyPage(whole: true)
        let till = Till(shop, lane: 0)
        for _ in 0..<records { try till.perform(.purchase) }
        let crashed = folder + "/crashed"
        try Files.empty(crashed)
        try Files.copy(folder, to: crashed)
        shop.store.close()
        let again = try Shop(path: crashed + "/store.sqlite", seed: 2, lanes: 1)
        let before = Traffic.bytes
        let start = ContinuousClock.now
        try again.store.open()
        _ = try again.store.recoverOpenPayments(now: Clock.now) { again.mint() }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        counts.readyBytes = Traffic.bytes - before
        counts.readyWith = try again.store.queueSummary().depth
        counts.readyMilliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        again.store.close()
    }
}
