// Several terminals' real stores and the host's real books, joined by a wire that loses 30 % of the acknowledgements, repeats
// 5 % and reorders 5 % of the batches, with restarts on both sides.
//
//   ExactlyOnce SENDS SEED FOLDER [MUTANT]    prints counts and verdict; exit code 1 when anything was lost or doubled
import Fleet
import Foundation
import Programmes

@main
enum Main {
    static func main() async throws { try await run() }

    nonisolated private static func run() async throws {
        let arguments = CommandLine.arguments
        guard (4...5).contains(arguments.count), let sends = Int(arguments[1]), let seed = UInt64(arguments[2]) else {
            print("ExactlyOnce SENDS SEED FOLDER [\(Fleet.Mutant.allCases.map(\.rawValue).joined(separator: "|"))]")
            exit(2)
        }
        let folder = URL(filePath: arguments[3]).appending(path: "exactly-once-\(seed)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = Fleet.Settings()
        settings.sends = sends
        settings.mutant = arguments.count > 4 ? Fleet.Mutant(rawValue: arguments[4]) : nil
        let start = ContinuousClock.now
        let fleet = try Fleet(seed: seed, folder: folder, programmes: try Programme.shipped(), settings: settings)
        var next = 0
        let verdict = try await fleet.run { counts in
            guard counts.sends >= next else { return }
            next += max(1, sends / 20)
            print("\(counts.sends) sends after \(ContinuousClock.now - start)")
            fflush(nil)
        }
        print("seed \(seed), \(ContinuousClock.now - start)")
        print(fleet.counts.report)
        print(verdict.report)
        print(verdict.isSound ? "PASSED" : "FAILED")
        if !verdict.isSound {
            try? FileManager.default.removeItem(at: folder)
            exit(1)
        }
    }
}
