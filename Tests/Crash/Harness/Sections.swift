import Foundation
import Glibc

/// The parts of the proof. Each prints what it counted and says whether it holds.
struct Sections {
    let folder: String
    /// For each change of the program; else before a release.
    let isShort: Bool
    let recorder: String
    let itself: String
    let table = Table()
    private var processes: Int { 2 }

    static let names = ["images", "mutants", "checker", "faults", "torn", "kills", "full", "wear", "daemon"]

    init(folder: String, isShort: Bool) throws {
        self.folder = folder
        self.isShort = isShort
        itself = try Helper.itself
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        recorder = try Recorder.build(source.appending(path: "recorder.c").path, into: folder)
    }

    /// A section that can't be run to its end fails, and the others follow.
    func run(_ name: String) -> Bool {
        do {
            return try prove(name)
        } catch {
            tell(name, "not run to its end: \(error)")
            return false
        }
    }

    private func prove(_ name: String) throws -> Bool {
        switch name {
        case "images": try images()
        case "mutants": try mutants()
        case "checker": try checker()
        case "faults": try faults()
        case "torn": try torn()
        case "kills": try kills()
        case "full": try full()
        case "wear": try noteWear(holds: wear())
        case "daemon": try daemon()
        default: throw Stop("sections are \(Sections.names.joined(separator: ", "))")
        }
    }

    // MARK: Recording

    private struct Recorded {
        var log: String
        var store: String
        var output: String
    }

    /// Runs a part under the recorder, on a store in a folder of its own.
    private func record(_ name: String, _ words: [String], environment: [String: String] = [:]) throws -> Recorded {
        let store = folder + "/\(name).store"
        let log = folder + "/\(name).log"
        try Files.empty(store)
        unlink(log)
        var settings = environment
        settings["LD_PRELOAD"] = recorder
        settings["CRASHREC_FOLDER"] = store
        settings["CRASHREC_LOG"] = log
        guard let command = words.first else { throw Stop("nothing to record") }
        let run = try Helper.run(itself, [command, store + "/store.sqlite"] + words.dropFirst(), environment: settings)
        guard run.status == 0 else { throw Stop("\(name): the workload has failed: status \(run.status)") }
        return Recorded(log: log, store: store, output: run.output)
    }

    private func replay(_ recorded: Recorded, _ disk: Disk.Kind = .honest, share: Int, parts: Int? = nil) throws -> Report {
        let parts = parts ?? processes
        let reports = try Helper.parallel(
            (0..<parts).map { part in
                ["replay", recorded.log, "\(recorded.log).image\(part)", disk.rawValue, "1", "\(share)", "\(part)", "\(parts)"]
            })
        var sum = Report()
        for report in reports { sum.add(try decode(Report.self, report), samePoints: true) }
        try? FileManager.default.removeItem(atPath: "\(recorded.log).image0")
        try? FileManager.default.removeItem(atPath: "\(recorded.log).image1")
        return sum
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    func tell(_ name: String, _ line: String, _ examples: [String] = []) {
        print("\(name): \(line)")
        for example in examples.prefix(5) { print("    \(example)") }
        // Long runs are watched through a file.
        fflush(nil)
    }

    // MARK: R1

    private func images() throws -> Bool {
        // Short runs keep stores small: each image is recovered the sooner.
        let one = try record("one", ["work", "7", "1", isShort ? "26" : "160", "2"])
        let four = try record(
            "four", ["work", "8", "4", isShort ? "32" : "160", "2"], environment: ["CRASHREC_SYNC_US": "300"])
        var sum = Report()
        for (name, recorded, share) in [("1 lane", one, isShort ? 20 : 27), ("4 lanes", four, isShort ? 20 : 45)] {
            let report = try replay(recorded, share: share)
            tell("images, \(name)", report.line, report.examples)
            add("R1", "power cuts, \(name)", report, holds: report.bad == 0)
            sum.add(report, samePoints: false)
        }
        let least = isShort ? 10_000 : 100_000
        tell("images", sum.line)
        if sum.tried < least { tell("images", "fewer than \(least) tried") }
        add("R1", "power cuts in all, at least \(least)", sum, holds: sum.bad == 0 && sum.tried >= least)
        return sum.bad == 0 && sum.tried >= least
    }

    private func mutants() throws -> Bool {
        let steps = isShort ? "30" : "120"
        let share = isShort ? 1 : 2
        var passed = true
        func judge(_ name: String, _ recorded: Recorded, _ disk: Disk.Kind, _ what: String) throws {
            let report = try replay(recorded, disk, share: share, parts: 1)
            let isSeen = report.bad > 0
            passed = passed && isSeen
            add("R1", "mutant: \(name)", report, holds: isSeen)
            tell("mutant \(name) (\(what))", "\(isSeen ? "seen" : "SURVIVED") \(report.line)")
        }
        for word in ["NORMAL", "OFF"] {
            let recorded = try record(
                word, ["work", "7", "1", steps, "2"], environment: ["CRASHREC_SYNCHRONOUS": word])
            // Without the rewriting, once for each connection, it would be the sound program.
            let rewrites = recorded.output.split(separator: " ").last.flatMap { Int($0.trimmingCharacters(in: .newlines)) } ?? 0
            guard rewrites >= 2 else { throw Stop("the mutant \(word) was not made") }
            try judge(word, recorded, .honest, "the store asks SQLite for synchronous=\(word)")
        }
        let sound = try record("lies", ["work", "7", "1", steps, "2"])
        try judge("lying disk", sound, .lying, "syncs do nothing, the newest \(Disk.lyingCache) changes are in a cache")
        return passed
    }

    private func checker() throws -> Bool {
        let recorded = try record("damage", ["work", "7", "1", "68", "2"])
        let (missed, count) = try Damage.run(recording: recorded.log, store: recorded.store, folder: folder + "/damaged")
        tell("checker", "damages=\(count) missed=\(missed.count)", missed)
        return missed.isEmpty
    }

    // MARK: R5

    private func faults() throws -> Bool {
        let output = try Helper.run(
            itself, ["faults", folder + "/faults", isShort ? "67" : "1"],
            environment: ["LD_PRELOAD": recorder, "CRASHREC_SYNC_US": "100"])
        guard output.status == 0 else { throw Stop("faults: status \(output.status)") }
        let counts = try decode(FaultLoop.Counts.self, output.output)
        tell(
            "faults",
            "runs=\(counts.runs) refused=\(counts.refused) approved=\(counts.approved) unknown=\(counts.unknown) "
                + "resolved=\(counts.resolved) stuck=\(counts.stuck) \(counts.images.line)",
            counts.examples + counts.images.examples)
        let holds =
            counts.images.bad == 0 && counts.stuck == 0 && counts.unknown == counts.resolved && counts.unknown > 0
            && counts.refused > 0
        var sum = counts.images
        sum.tried = counts.runs
        add(
            "R5", "each I/O operation fails, EIO and ENOSPC, once, for good", sum, unknown: counts.unknown, resolved: counts.resolved,
            holds: holds)
        return holds
    }

    // MARK: R9

    private func torn() throws -> Bool {
        let recorded = try record("torn", ["lane"])
        let counts = try decode(TornPayments.Counts.self, recorded.output)
        let report = try replay(recorded, share: isShort ? 1 : 100)
        tell(
            "torn",
            "payments=\(counts.payments) approved=\(counts.approved) reversed=\(counts.reversed) "
                + "without-record=\(counts.withoutRecord) spent=\(counts.spent) wrong=\(counts.wrong) \(report.line)",
            counts.examples + report.examples)
        let isRight = counts.wrong == 0 && counts.spent > 0 && counts.reversed > 0
        table.add(
            Table.Row(
                goal: "R9", proof: "card leaves at each command: posted once or reversed once", tried: counts.payments,
                harms: ["lost": counts.wrong], holds: isRight))
        add("R9", "power goes at each write between those commands", report, holds: report.bad == 0)
        return isRight && report.bad == 0
    }

    // MARK: R4

    private func kills() throws -> Bool {
        let total = isShort ? 60 : 10_000
        let outputs = try Helper.parallel(
            (0..<processes).map { part in
                [
                    "kills", folder + "/kills\(part)", "\(total / processes)", "\(part + 1)",
                    part == 0 && !isShort ? "10000" : "0",
                ]
            })
        var report = Report()
        var promises = 0
        var isReadySoon = true
        for (part, output) in outputs.enumerated() {
            let counts = try decode(Kills.Counts.self, output)
            report.add(counts.report, samePoints: false)
            promises += counts.promises
            if part == 0, counts.readyWith > 0 {
                tell(
                    "kills",
                    String(
                        format: "ready %.0f ms (printed alone) and %d bytes (at most %d) after the start with %d records queued",
                        counts.readyMilliseconds, counts.readyBytes, Traffic.mostOfAStart, counts.readyWith))
                isReadySoon = (1...Traffic.mostOfAStart).contains(counts.readyBytes) && counts.readyWith >= 10_000
                addReady("store", counts.readyMilliseconds, counts.readyWith, holds: isReadySoon)
            }
        }
        tell("kills", "kills=\(report.points) promises=\(promises) \(report.line)", report.examples)
        let holds = report.bad == 0 && report.points == total && promises > total && isReadySoon
        add("R4", "kill -9, at least \(total)", report, holds: holds)
        return holds
    }

    // MARK: R14

    private func full() throws -> Bool {
        guard getuid() == 0 else {
            tell("full", "needs root for a small file system: not run")
            return false
        }
        let disk = folder + "/full"
        try Files.empty(disk)
        let script = "mount -t tmpfs -o size=3m tmpfs \"$1\" && exec \"$2\" full \"$1\" \"$3\""
        let output = try Helper.run(
            "/usr/bin/unshare", ["--mount", "bash", "-c", script, "-", disk, itself, isShort ? "15" : "60"])
        guard output.status == 0 else { throw Stop("full: status \(output.status)") }
        let counts = try decode(FullDisk.Counts.self, output.output)
        tell(
            "full",
            "rounds=\(counts.rounds) reserves=\(counts.reserves) approved=\(counts.approved) refused=\(counts.refused) stuck=\(counts.stuck) "
                + String(
                    format: "most-return-bytes=%d (at most %d) slowest-return-ms=%.0f (printed alone) ", counts.mostReturnBytes,
                    Traffic.mostOfAStart, counts.slowestReturnMilliseconds) + counts.report.line,
            counts.report.examples)
        let holds =
            counts.report.bad == 0 && counts.stuck == 0 && counts.refused > 0 && counts.approved > counts.rounds
            && counts.reserves > 0 && (1...Traffic.mostOfAStart).contains(counts.mostReturnBytes)
        add("R14", "rounds on a disk that is full to the last byte", counts.report, unknown: counts.unknown, resolved: counts.unknown, holds: holds)
        return holds
    }

    // MARK: R15

    private func wear() throws -> Bool {
        let recorded = try record("wear", ["wear", isShort ? "600" : "2000"])
        let wear = try Wear(recording: recorded.log)
        guard let intents = wear.phases["intents"], let amendments = wear.phases["amendments"] else {
            throw Stop("wear: nothing recorded")
        }
        let text = "payments=%d syncs-each=%.3f bytes-each=%d (at most %d)"
        tell(
            "wear, with an intent",
            String(format: text, intents.payments, intents.syncsEach, intents.bytesEach, Wear.mostBytes))
        tell(
            "wear, one commit",
            String(format: text, amendments.payments, amendments.syncsEach, amendments.bytesEach, Wear.mostBytes))
        tell("wear, the log", "longest=\(wear.logBytes) (at most \(Wear.mostLogBytes))")
        return intents.holds(commits: 2, bytes: Wear.mostBytes)
            && amendments.holds(commits: 1, bytes: Wear.mostBytes) && wear.logBytes <= Wear.mostLogBytes && wear.logBytes > 0
    }
}

extension Helper {
    /// Runs commands of this program at the same time.
    /// - Returns: what each printed.
    static func parallel(_ commands: [[String]]) throws -> [String] {
        let itself = try itself
        var running: [(Process, Pipe)] = []
        for words in commands {
            let process = Process()
            process.executableURL = URL(filePath: itself)
            process.arguments = words
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            running.append((process, pipe))
        }
        return try running.map { process, pipe in
            let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationReason == .exit, process.terminationStatus == 0 else {
                throw Stop("\(process.arguments?.first ?? ""): status \(process.terminationStatus)")
            }
            return output
        }
    }
}
