import Foundation
import Store

/// What payments cost the disk, counted from a recording: syncs and bytes.
struct Wear {
    struct Phase {
        var payments = 0
        var syncs = 0
        var bytes = 0

        var syncsEach: Double { Double(syncs) / Double(max(1, payments)) }
        var bytesEach: Int { bytes / max(1, payments) }
    }

    private(set) var phases: [String: Phase] = [:]

    init(recording path: String) throws {
        let recording = try Recording(path: path)
        var phase = ""
        for event in recording.events {
            switch event.kind {
            case .mark:
                let words = recording.text(event).split(separator: " ")
                if words.first == "phase", words.count == 2 { phase = String(words[1]) }
                if words.first == "done" { phases[phase, default: Phase()].payments += 1 }
            case .sync, .folderSync: phases[phase, default: Phase()].syncs += 1
            case .write: phases[phase, default: Phase()].bytes += event.data.count
            default: break
            }
        }
    }

    /// Payments with an intent, then amendments, which are one commit each.
    static func work(path: String, count: Int) throws {
        let shop = try Shop(path: path, seed: 4, lanes: 1)
        try shop.applyPage(whole: true)
        let till = Till(shop, lane: 0)
        Recorder.mark("phase intents")
        for _ in 0..<count { try till.perform(.purchase) }
        Recorder.mark("phase amendments")
        for _ in 0..<count { try till.perform(.refund) }
        Recorder.mark("phase end")
        shop.store.close()
    }
}
