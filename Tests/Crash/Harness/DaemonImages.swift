import Foundation
import Simulation
import Store

/// A recording of the real daemon and its host in one log: what each wrote below its own folder, and what the till was told.
struct DaemonRun {
    /// The recording's folder: `log`, and the two folders as they were before it, `state.start` and `host.start`.
    let folder: String
    /// Where the daemon and its host had their files.
    let state: String
    let host: String

    static let file = "kassad.sqlite"
    var log: String { folder + "/log" }
    var stateStart: String { folder + "/state.start" }
    var hostStart: String { folder + "/host.start" }

    /// The seal of the device key that the daemon had made.
    func seal() throws -> JournalSeal { try DaemonRun.seal(of: stateStart) }

    static func seal(of state: String) throws -> JournalSeal {
        guard let text = try? String(contentsOfFile: state + "/device-key.b64", encoding: .utf8),
            let key = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw Stop("no device key") }
        return JournalSeal(deviceKey: Array(key))
    }

    /// A power cut at the terminal: what is on its disk, what the host has by then, and what the till had been told.
    struct Sample: Codable {
        var event: Int
        var told: [TillAnswer]
    }

    /// Writes some power cuts of the recording to `out`, each as `NUMBER/state`, `NUMBER/host` and `NUMBER/told.json`, to be gone on
    /// from by real programs; and all that was told as `told.json`.
    func samples(_ count: Int, seed: UInt64, out: String) throws {
        let recording = try Recording(path: log)
        var random = SplitMix64(seed: seed)
        let points = try points(recording)
        guard let first = points.first, let last = points.last else { throw Stop("nothing was recorded") }
        // One in each part of the run, the last at its end.
        let chosen = (0..<count).map { number in
            let parts = points.count * number / count..<max(points.count * (number + 1) / count, points.count * number / count + 1)
            return number == count - 1 ? last : parts.isEmpty ? first : points[parts.lowerBound + random.pick(parts.count)]
        }
        var disk = Disk(recording, within: state)
        try disk.load(stateStart)
        var hostDisk = Disk(recording, within: host)
        try hostDisk.load(hostStart)
        var told: [TillAnswer] = []
        for (place, event) in recording.events.enumerated() {
            if event.kind == .mark { told += try TillAnswer.all(recording.text(event)) }
            _ = try hostDisk.take(event)
            _ = try disk.take(event)
            for (number, point) in chosen.enumerated() where point == place {
                let images = Images.all(disk, last: event.kind == .write, &random)
                try write(disk, images[random.pick(images.count)], to: "\(out)/\(number)/state", like: stateStart)
                // The host has not lost its power: all that it wrote is there.
                let whole = hostDisk.pending.indices.map { Disk.Kept(change: $0) }
                try write(hostDisk, whole, to: "\(out)/\(number)/host", like: hostStart)
                try JSONEncoder().encode(Sample(event: place, told: told)).write(to: URL(filePath: "\(out)/\(number)/told.json"))
            }
        }
        try JSONEncoder().encode(told).write(to: URL(filePath: "\(out)/told.json"))
    }

    /// Events that change the terminal's disk.
    private func points(_ recording: Recording) throws -> [Int] {
        var disk = Disk(recording, within: state)
        try disk.load(stateStart)
        return try recording.events.indices.filter { try disk.take(recording.events[$0]) }
    }

    private func write(_ disk: Disk, _ image: [Disk.Kept], to path: String, like start: String) throws {
        try Files.empty(path)
        // Folders below and what is in them were there before, and nobody writes to them.
        for name in try FileManager.default.contentsOfDirectory(atPath: start) {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: start + "/" + name, isDirectory: &isFolder), isFolder.boolValue else { continue }
            try FileManager.default.copyItem(atPath: start + "/" + name, toPath: path + "/" + name)
        }
        try disk.with(image) { names, _ in
            // The index of a write-ahead log is memory, and is made anew.
            for (name, number) in names where !name.hasSuffix("-shm") { try disk.files[number].copy(to: path + "/" + name) }
        }
    }
}
