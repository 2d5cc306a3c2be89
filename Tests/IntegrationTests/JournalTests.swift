import Diagnostics
import Foundation
import Glibc
import Testing

extension RealParts {
    @Suite("The journal, as a technician proves it") struct JournalTests {
        @Test("Whole after payments; a byte changed with sqlite3 is named; a disk set back to an image is told by the host")
        func proved() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")
            try await scenario.drained()
            try await scenario.stopDaemon()
            try FileManager.default.copyItem(atPath: scenario.path("state/kassad.sqlite"), toPath: scenario.path("image"))

            try await scenario.startDaemonReady()
            try await scenario.tap("40.00", is: "approved CARD-21 approvedOnline")
            try await scenario.tap("30.00", is: "approved CARD-21 approvedOnline")
            try await scenario.drained()
            var (verdict, status) = try await scenario.journal("verify")
            #expect(status == 0 && verdict.sentence == "whole: 3 record(s), sequence 1…3, nothing purged")

            // The disk is set back: what the host holds beyond it is found at the first contact.
            try await scenario.stopDaemon()
            try FileManager.default.removeItem(atPath: scenario.path("state/kassad.sqlite"))
            try FileManager.default.copyItem(atPath: scenario.path("image"), toPath: scenario.path("state/kassad.sqlite"))
            try await scenario.startDaemonReady()
            try await scenario.expect("restored image told") { $0.findings.contains { $0.what.hasPrefix("restored from an image") } }
            try await scenario.tap("20.00", is: "approved CARD-21 approvedOnline")
            try await scenario.drained()
            (verdict, status) = try await scenario.journal("acknowledge")
            #expect(status == 0 && verdict.restored == 1 && verdict.lastSequence == 4 && verdict.records == 2)
            // Whether its limits can be trusted is told as long as it is so, whoever has taken note of the image.
            try await scenario.expect("nothing more to tell, with limits from after the image") { $0.findings == [] }
            let ledger = try await scenario.host.ledger()
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 81_500)
            #expect(ledger.terminals.first.map { $0.missing.isEmpty && $0.highestSequence == 4 } == true)

            try await scenario.stopDaemon()
            let change = "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '2000', '9000') AS BLOB) WHERE sequence = 4"
            let edit = try Child(
                "/usr/bin/env", ["sqlite3", scenario.path("state/kassad.sqlite"), change], in: scenario.folder)
            #expect(try await edit.ended() == 0, "\(edit.errorText)")
            try await scenario.startDaemonReady()
            (verdict, status) = try await scenario.journal("verify")
            #expect(status == 1 && verdict.brokenAt == 4 && verdict.fault == "body")
            #expect(try await scenario.status().findings.contains { $0.what.contains("journal") })
        }
    }
}

extension Scenario {
    func journal(_ what: String) async throws -> (JournalVerdictReply, Int32) {
        let child = try control(["journal", what])
        let status = try await child.ended()
        return (try JSONDecoder().decode(JournalVerdictReply.self, from: Data(child.text.utf8)), status)
    }

    /// Ends the daemon so that all of its journal is in the one file.
    func stopDaemon() async throws {
        let daemon = try #require(daemon)
        #expect(Glibc.kill(daemon.pid, SIGTERM) == 0)
        try await daemon.ended()
        killDaemon()
    }
}
