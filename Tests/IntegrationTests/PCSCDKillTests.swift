import Foundation
import Testing

extension RealParts {
    /// Wants the machine for itself: `make kill-pcscd`, or KASSAD_KILL_PCSCD=1.
    @Suite("pcscd dies while a card is read", .enabled(if: ProcessInfo.processInfo.environment["KASSAD_KILL_PCSCD"] != nil))
    struct PCSCDKillTests {
        @Test("Killed at each command of a payment: a definite outcome, the same daemon, and the cards' own log equals the journal")
        func eachCommand() async throws {
            try Programs.requireNamespaces()
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kassad-kill-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let binaries = URL(fileURLWithPath: try Programs.built("kassad")).deletingLastPathComponent().path
            let fetch = try Child(Programs.support("fetch-vpcd"), [], in: folder)
            try #require(try await fetch.ended() == 0, "\(fetch.errorText)")
            let library = fetch.text.trimmingCharacters(in: .whitespacesAndNewlines)
            let run = try Child(Programs.support("../Readers/kill-pcscd"), [binaries, library, "1"], in: folder)
            let status = try await run.ended(within: 170)
            let told = run.text
            #expect(status == 0, "\(told) \(run.errorText)")
            #expect(told.contains("kill-pcscd: passed") && told.contains("killed at commands 0, 1, 2, 3, 4, 5, 1 times each"))
        }
    }
}
