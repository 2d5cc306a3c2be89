import Foundation
import Glibc

/// What a terminal's store keeps through crashes and faults, counted.
///
///     crash-harness run FOLDER [--short] [SECTION …]     exit code 0: all holds
///
/// FOLDER is best in memory (/dev/shm). The other commands are the parts that `run` starts.
@main
enum Main {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("crash-harness: \(error)\n".utf8))
            exit(2)
        }
    }

    private static func run(_ words: [String]) async throws {
        func word(_ place: Int) throws -> String {
            guard place < words.count else { throw Stop("crash-harness run FOLDER [--short] [SECTION …]") }
            return words[place]
        }
        func number(_ place: Int) throws -> Int {
            guard let number = Int(try word(place)) else { throw Stop("not a number: \(try word(place))") }
            return number
        }
        func tell(_ counts: some Encodable) throws {
            print(String(decoding: try JSONEncoder().encode(counts), as: UTF8.self))
        }
        switch words.first {
        case "run":
            let named = words.dropFirst(2).filter { $0 != "--short" }
            let sections = try Sections(folder: try word(1), isShort: words.contains("--short"))
            var failed: [String] = []
            for name in named.isEmpty ? Sections.names : Array(named) where !sections.run(name) { failed.append(name) }
            sections.table.lines.forEach { print($0) }
            print(failed.isEmpty ? "PASSED" : "FAILED: \(failed.joined(separator: ", "))")
            exit(failed.isEmpty ? 0 : 1)
        case "work":  // FILE SEED LANES STEPS SESSIONS
            try Workload.run(
                path: try word(1), seed: UInt64(try number(2)), lanes: try number(3), steps: try number(4),
                sessions: try number(5))
            print("rewrites \(Recorder.rewrites)")
        case "wear":  // FILE COUNT
            try Wear.work(path: try word(1), count: try number(2))
        case "lane":  // FILE
            try tell(try await TornPayments.run(path: try word(1)))
        case "live":  // FILE SEED
            try Workload.endless(path: try word(1), seed: UInt64(try number(2)))
        case "replay":  // LOG FOLDER DISK SEED SHARE PART OF
            guard let disk = Disk.Kind(rawValue: try word(3)) else { throw Stop("no such disk") }
            var replay = try Replay(
                Replay.Options(
                    recording: try word(1), disk: disk, seed: UInt64(try number(4)), share: try number(5), part: try number(6),
                    of: try number(7)), folder: try word(2))
            try replay.run()
            try tell(replay.report)
        case "daemon-replay":  // RECORDING STATE HOST FOLDER DISK SHARE PART OF
            let run = DaemonRun(folder: try word(1), state: try word(2), host: try word(3))
            guard let disk = Disk.Kind(rawValue: try word(5)) else { throw Stop("no such disk") }
            var options = Replay.Options(
                recording: run.log, disk: disk, share: try number(6), part: try number(7), of: try number(8))
            (options.start, options.within, options.seal) = (run.stateStart, run.state, try run.seal())
            options.last = disk == .honest
            var replay = try Replay(options, folder: try word(4), file: DaemonRun.file)
            try replay.run()
            try tell(replay.report)
        case "daemon-samples":  // RECORDING STATE HOST OUT COUNT SEED
            try DaemonRun(folder: try word(1), state: try word(2), host: try word(3))
                .samples(try number(5), seed: UInt64(try number(6)), out: try word(4))
        case "daemon-queue":  // STATE RECORDS
            try tell(try Kills.fill(state: try word(1), records: try number(2)))
        case "faults":  // FOLDER STRIDE
            var loop = FaultLoop(folder: try word(1), stride: try number(2))
            try loop.run()
            try tell(loop.counts)
        case "kills":  // FOLDER COUNT SEED RECORDS
            var kills = Kills()
            try kills.run(folder: try word(1), count: try number(2), seed: UInt64(try number(3)))
            if try number(4) > 0 { try kills.readiness(folder: try word(1), records: try number(4)) }
            try tell(kills.counts)
        case "full":  // FOLDER ROUNDS
            var full = FullDisk()
            try full.run(folder: try word(1), rounds: try number(2))
            try tell(full.counts)
        default: throw Stop("crash-harness run FOLDER [--short] [SECTION …]")
        }
    }
}
