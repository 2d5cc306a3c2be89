import Core
import Foundation
import HostProtocol
import Payments
import Testing

@testable import Store

/// Not part of the suite: `KASSA_SCALE=1000000 swift test --filter ScaleProbe` fills that many accounts and ten times as many
/// stops, and prints what it found.
@Suite("Scale probe", .enabled(if: ProcessInfo.processInfo.environment["KASSA_SCALE"] != nil))
struct ScaleProbe {
    @Test("Look-ups, memory, start-up and file size")
    func scale() throws {
        let accounts = ProcessInfo.processInfo.environment["KASSA_SCALE"].flatMap { Int($0) } ?? 100_000
        let scene = try StoreScene()
        let limits = SyntheticLimits(accounts: accounts, stops: accounts * 10)
        print("accounts \(accounts), stops \(accounts * 10)")
        try measure("empty: open") { try scene.store.open() }
        scene.store.close()
        print("resident before \(try resident()) kB")
        try measure("snapshot") {
            try limits.snapshot(version: 1, at: scene.now.instant) { try scene.apply($0) }
        }
        #expect(try scene.store.accountCount() == accounts)
        scene.store.close()
        try measure("full: open") { try scene.store.open() }
        print("resident after opening \(try resident()) kB")

        var random = SplitMix(state: 1)
        for (name, count, look) in [
            ("account", accounts, { _ = try scene.store.account(instrument: #require(limits.instrument($0)), today: nil) }),
            ("stop, listed", accounts * 10, { try expect(scene, limits.stopped($0), isStopped: true) }),
            ("stop, not listed", accounts, { try expect(scene, limits.instrument($0), isStopped: false) }),
        ] as [(String, Int, (Int) throws -> Void)] {
            var times: [Double] = []
            for _ in 0..<20_000 {
                let place = Int(random.next() % UInt64(count))
                let start = ContinuousClock.now
                try look(place)
                times.append((ContinuousClock.now - start) / .microseconds(1))
            }
            times.sort()
            print("\(name): p50 \(times[10_000]) µs, p99 \(times[19_800]) µs, largest \(times[19_999]) µs")
        }
        print("resident after look-ups \(try resident()) kB")
        try measure("delta of 10,000 accounts") {
            try scene.apply(limits.delta(base: 1, count: min(10_000, accounts), at: scene.now.instant))
        }
        try measure("second snapshot's first page") {
            try scene.apply(scene.limits(version: 3, next: SnapshotPosition(at: 3, after: "x")))
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: scene.folder.path) {
            let size = try FileManager.default.attributesOfItem(atPath: scene.folder.path + "/" + file)[.size] ?? 0
            print("\(file) \(size) bytes")
        }
    }

    private func expect(_ scene: StoreScene, _ instrument: Pseudonym?, isStopped: Bool) throws {
        let reason = try scene.store.stopped(instrument: try #require(instrument))
        #expect((reason != nil) == isStopped)
    }

    private func measure(_ name: String, _ body: () throws -> Void) throws {
        let time = try ContinuousClock().measure(body)
        print("\(name): \(time), resident \(try resident()) kB")
    }

    /// VmRSS in kB.
    private func resident() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? ""
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    }
}
