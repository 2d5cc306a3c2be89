import Diagnostics
import Foundation
import HostLedger
import Testing

extension RealParts {
    @Suite("Reconciliation of real parts") struct ReconcileTests {
        private func reconcile(_ scenario: Scenario) async throws -> (reply: ReconcileReply, status: Int32) {
            let child = try scenario.control(["reconcile", "--records", "1-1000"])
            let status = try await child.ended()
            return (try JSONDecoder().decode(ReconcileReply.self, from: Data(child.text.utf8)), status)
        }

        private func host(_ scenario: Scenario, _ arguments: [String]) async throws -> (text: String, status: Int32) {
            let child = try Child(
                Programs.built("kassa-host"), arguments + ["--dir", scenario.host.directory], in: scenario.folder)
            let status = try await child.ended()
            return (child.text, status)
        }

        @Test(
            "A host set back to an old copy gets what it lost: at once when its keeper says so, else by reconciliation",
            arguments: [true, false])
        func restored(isTold: Bool) async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            let first = try await scenario.tap("95.00")
            #expect(first.status == 0, "\(first.words)")
            try await scenario.drained()
            let before = try await reconcile(scenario)
            #expect(before.status == 0 && before.reply.agrees && before.reply.records == 1)
            #expect(before.reply.lines.map(\.terminal) == before.reply.lines.map(\.host))
            scenario.host.stop()
            try await scenario.hostLost()
            let copy = scenario.path("host-copy")
            try FileManager.default.copyItem(atPath: scenario.host.directory, toPath: copy)
            for _ in 0..<2 { try await scenario.tap("95.00", is: "approved ALL-7 approvedOffline") }
            try await scenario.host.start()
            try await scenario.drained()
            #expect(try await reconcile(scenario).reply.records == 3)

            scenario.host.stop()
            try await scenario.hostLost()
            let unreachable = try await reconcile(scenario)
            #expect(unreachable.status == 2 && unreachable.reply.unreachable != nil)
            try FileManager.default.removeItem(atPath: scenario.host.directory)
            try FileManager.default.copyItem(atPath: copy, toPath: scenario.host.directory)
            if isTold { _ = try await host(scenario, ["restored"]) }
            try await scenario.host.start()
            try await scenario.hostReachable()
            if !isTold {
                let found = try await reconcile(scenario)
                #expect(found.status == 1 && !found.reply.agrees)
                #expect(found.reply.differences.map(\.kind) == ["missingAtHost", "missingAtHost"])
                #expect(found.reply.differences.map(\.sequence) == [2, 3] && found.reply.forwardedAgain == 2)
            }
            let held = await eventually(within: 30) {
                (try? await scenario.host.ledger())?.payments.count == 3 ? true : nil
            }
            #expect(held == true)
            try await scenario.drained()
            let after = try await reconcile(scenario)
            #expect(after.status == 0 && after.reply.agrees && after.reply.records == 3)
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.amount) == [-9_500, -9_500, -9_500] && ledger.faults.isEmpty)
            #expect(ledger.alarms.count { $0.kind == "reconciliationDiffers" } == (isTold ? 0 : 2))
            let report = try await host(scenario, ["reconcile"])
            #expect(report.status == 0 && report.text.contains("T1  1-1000  agrees  3 records"))
            let check = try await host(scenario, ["check"])
            #expect(check.status == 0 && check.text.contains("merchant:Lunch & Co  28500  285.00 SEK"))
            let payment = try #require(ledger.payments.first?.payment)
            let receipt = try await host(scenario, ["receipt", payment])
            #expect(receipt.text.contains("BOOKED  95.00 SEK") || receipt.text.contains("COMPLETED  95.00 SEK"))
            try await scenario.endsClean()
        }
    }
}
