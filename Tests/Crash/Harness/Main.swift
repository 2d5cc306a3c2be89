import Foundation
import Glibc

/// What a terminal's store keeps through crashes, counted. `crash-harness run FOLDER [--short]` does everything; the other
/// commands are its parts.
@main
enum Main {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("crash-harness: \(error)\n".utf8))
            exit(2)
        }
    }

    private static func run(_ words: [String]) throws {
        func word(_ place: Int) throws -> String {
            guard place < words.count else { throw Stop("see the head of Main.swift") }
            return words[place]
        }
        func number(_ place: Int) throws -> Int {
            guard let number = Int(try word(place)) else { throw Stop("not a number: \(try word(place))") }
            return number
        }
        switch words.first {
        case "work":  // FILE SEED LANES STEPS SESSIONS
            try Workload.run(
                path: try word(1), seed: UInt64(try number(2)), lanes: try number(3), steps: try number(4),
                sessions: try number(5))
            FileHandle.standardError.write(Data("rewrites \(Recorder.rewrites)\n".utf8))
        case "replay":  // LOG FOLDER DISK SEED SHARE PART OF
            guard let disk = Disk.Kind(rawValue: try word(3)) else { throw Stop("no such disk") }
            var replay = try Replay(
                Replay.Options(
                    recording: try word(1), disk: disk, seed: UInt64(try number(4)), share: try number(5), part: try number(6),
                    of: try number(7)), folder: try word(2))
            try replay.run()
            print(String(decoding: try JSONEncoder().encode(replay.report), as: UTF8.self))
        case "live":  // FILE SEED
            try Workload.endless(path: try word(1), seed: UInt64(try number(2)))
        case "faults":  // FOLDER STRIDE
            var loop = FaultLoop(folder: try word(1), stride: try number(2))
            try loop.run()
            print(String(decoding: try JSONEncoder().encode(loop.counts), as: UTF8.self))
        case "kills":  // FOLDER COUNT SEED RECORDS
            var kills = Kills()
            try kills.run(folder: try word(1), count: try number(2), seed: UInt64(try number(3)))
            if try number(4) > 0 { try kills.readiness(folder: try word(1), records: try number(4)) }
            print(String(decoding: try JSONEncoder().encode(kills.counts), as: UTF8.self))
        case "full":  // FOLDER ROUNDS
            var full = FullDisk()
            try full.run(folder: try word(1), rounds: try number(2))
            print(String(decoding: try JSONEncoder().encode(full.counts), as: UTF8.self))
        default: throw Stop("see the head of Main.swift")
        }
    }
}
