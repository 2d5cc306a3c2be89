// A region of terminals comes back at one moment: what the host sees, by policy (goal R12).
//
//   Herd SVG [SEED]     prints the table, writes the plot of the 10,000 terminals
import Foundation
import HostProtocol
import Simulation

@main
enum Report {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 2 || arguments.count == 3, let seed = UInt64(arguments.count == 3 ? arguments[2] : "12") else {
            print("Herd SVG [SEED]")
            exit(2)
        }
        print("seed \(seed)")
        print("| terminals | host, requests/s | errand | policy | peak, requests/s | requests a terminal | 99 % done | all done |")
        print("|---|---|---|---|---|---|---|---|")
        var plotted: [(String, [Int])] = []
        for terminals in [10_000, 100_000] {
            let herd = Herd(terminals: terminals, capacity: 100)
            let own = HostPace.spread(terminals: terminals, capacity: 100)
            let policies: [Herd.Policy] = [
                .fixed, .fullJitter, .spread(seconds: 60), .spread(seconds: 300), .spread(seconds: own),
            ]
            // Fixed sleeps of the larger herd are fifty million requests: the smaller one shows enough.
            for policy in policies where policy != .fixed || terminals == 10_000 {
                let outcome = herd.run(policy, seed: seed)
                show(herd, policy, outcome)
                if terminals == 10_000, policy.spread != own * 1000 { plotted.append((policy.name, outcome.perSecond)) }
            }
            var errand = Herd(terminals: terminals, capacity: 300)
            errand.errand = .queue
            show(errand, .spread(seconds: own), errand.run(.spread(seconds: own), seed: seed))
        }
        try Plot(series: plotted, seconds: 330).svg.write(toFile: arguments[1], atomically: true, encoding: .utf8)
    }

    static func show(_ herd: Herd, _ policy: Herd.Policy, _ outcome: Herd.Outcome) {
        func seconds(_ share: Double) -> String {
            outcome.seconds(share: share, of: herd.terminals).map { String(format: "%.0f s", $0) } ?? "not in 2 h"
        }
        let each = String(format: "%.2f", Double(outcome.requests) / Double(herd.terminals))
        print(
            "| \(herd.terminals) | \(herd.capacity) | \(herd.errand == .contact ? "contact" : "contact, queue, limits")"
                + " | \(policy.name) | \(outcome.peak) | \(each) | \(seconds(0.99)) | \(seconds(1)) |")
    }
}
