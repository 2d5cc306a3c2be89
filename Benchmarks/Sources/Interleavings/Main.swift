// Random histories of accounts at one terminal against a trivially correct model (ALL-3).
//
//   Interleavings COUNT SEED FOLDER    prints coverage and verdict; exit code 1 with the seed of a history that differs
import Foundation
import Programmes
import Simulation

@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[1]), let first = UInt64(arguments[2]) else {
            print("Interleavings COUNT SEED FOLDER")
            exit(2)
        }
        let folder = URL(filePath: arguments[3])
        let programmes = try Programme.shipped()
        var coverage = Coverage()
        let start = ContinuousClock.now
        var seed = first
        var nextReport = 0
        while coverage.interleavings < count {
            let shop = Interleavings(seed: seed, folder: folder, programmes: programmes)
            do {
                try shop.run()
            } catch {
                print("FAILED: \(error)")
                exit(1)
            }
            coverage.add(shop.coverage)
            seed += 1
            if coverage.interleavings >= nextReport {
                print("\(coverage.interleavings) interleavings after \(ContinuousClock.now - start), next seed \(seed)")
                // Also into a file: a long run is watched.
                fflush(nil)
                nextReport += max(1, count / 20)
            }
        }
        let time = ContinuousClock.now - start
        print(coverage.report)
        print("seeds \(first)..<\(seed), \(time), \(time / coverage.events) an event")
        print("PASSED")
    }
}
