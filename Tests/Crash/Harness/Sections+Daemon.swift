import Foundation
import Glibc

extension Sections {
    /// What `Tests/Crash/daemon` counted.
    private struct Counts: Decodable {
        /// Payments and amendments that the till was told the end of, and those of them approved.
        var told: Int
        var approved: Int
        /// Images from which the real programs went on.
        var resumed: Int
        var lost: Int
        var doubled: Int
        /// Told declined, and yet in the books.
        var phantom: Int
        var wrong: [String]
        var images: Report
        var lying: Report
        var normal: Report?
        /// Real daemons that were killed, each going on with the last one's files.
        var kills: Int
        /// As many of them at a known command of the tap.
        var steps: Int
        var killed: Report
        var readyMilliseconds: Double
        var readyWith: Int
    }

    /// The real daemon, its host, pcscd and cards, recorded while the till pays; then cut off at each point.
    func daemon() throws -> Bool {
        guard getuid() == 0 else {
            tell("daemon", "needs root for namespaces: not run")
            return false
        }
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let library = try Helper.run(tests + "/Support/fetch-vpcd", []).output.trimmingCharacters(in: .whitespacesAndNewlines)
        let place = folder + "/daemon"
        try Files.empty(place)
        let binaries = URL(filePath: itself).deletingLastPathComponent().path
        let run = try Helper.run(
            tests + "/Crash/daemon", [binaries, library, itself, recorder, place, isShort ? "short" : "full"])
        guard run.status == 0, let last = run.output.split(separator: "\n").last else {
            throw Stop("daemon: status \(run.status): \(run.output.suffix(2000))")
        }
        let counts = try decode(Counts.self, String(last))
        tell("daemon, recorded", "told=\(counts.told) approved=\(counts.approved) \(counts.images.line)", counts.images.examples)
        tell(
            "daemon, gone on with", "images=\(counts.resumed) lost=\(counts.lost) doubled=\(counts.doubled) phantom=\(counts.phantom)",
            counts.wrong)
        tell("daemon, on a lying disk", counts.lying.line)
        if let normal = counts.normal { tell("daemon, synchronous=NORMAL", normal.line) }
        tell(
            "daemon, killed",
            "kills=\(counts.kills) \(counts.killed.line) "
                + String(format: "ready=%.0f ms with %d records queued", counts.readyMilliseconds, counts.readyWith),
            counts.killed.examples)
        let sound = counts.images.bad == 0 && counts.told > 0 && counts.approved > 0
        add("R1", "the recorded daemon: power cuts", counts.images, holds: sound)
        table.add(
            Table.Row(
                goal: "R1", proof: "daemon started on an image: till = host's books", tried: counts.resumed,
                harms: ["lost": counts.lost, "doubled": counts.doubled, "phantom": counts.phantom], holds: counts.wrong.isEmpty))
        let isLieSeen = counts.lying.bad > 0
        add("R1", "mutant: the daemon on a disk that lies", counts.lying, holds: isLieSeen)
        let isNormalSeen = counts.normal.map { $0.bad > 0 } ?? true
        if let normal = counts.normal { add("R1", "mutant: the daemon with synchronous=NORMAL", normal, holds: isNormalSeen) }
        table.add(
            Table.Row(
                goal: "R9", proof: "daemon killed at each command of a tap", tried: counts.steps, harms: counts.killed.harms,
                holds: counts.killed.bad == 0 && counts.steps > 0))
        add("R4", "the daemon killed while it pays, then till = books", counts.killed, holds: counts.killed.bad == 0)
        addReady("daemon", counts.readyMilliseconds, counts.readyWith, holds: counts.readyWith >= (isShort ? 300 : 10_000))
        return sound && counts.wrong.isEmpty && isLieSeen && isNormalSeen && counts.killed.bad == 0 && counts.resumed > 0
    }

    /// What a payment costs the disk, from the recording that ``wear`` has judged.
    func noteWear(holds: Bool) throws -> Bool {
        let phases = try Wear(recording: folder + "/wear.log").phases
        let syncs = ["intents", "amendments"].compactMap { phases[$0]?.syncsEach }.map { String(format: "%.2f", $0) }
        table.add(
            Table.Row(
                goal: "R15", proof: "syncs a payment: \(syncs.joined(separator: ", of one commit "))",
                tried: phases.values.reduce(0) { $0 + $1.payments }, harms: [:], holds: holds))
        return holds
    }

    /// R4 wants a second at most. The time is a print and no reason to fail, because it is the machine's too.
    /// - Parameter holds: what of it is a bound: bytes of the start, or that it came to an end at all.
    func addReady(_ what: String, _ milliseconds: Double, _ records: Int, holds: Bool) {
        table.add(
            Table.Row(
                goal: "R4", proof: String(format: "%@ ready %.0f ms after a kill, with so many queued", what, milliseconds), tried: records,
                harms: [:], holds: holds))
    }

    func add(_ goal: String, _ proof: String, _ report: Report, unknown: Int = 0, resolved: Int = 0, holds: Bool) {
        table.add(
            Table.Row(
                goal: goal, proof: proof, tried: report.tried, harms: report.harms, unknown: unknown, resolved: resolved, holds: holds))
    }
}
