import Foundation
import Testing

extension RealParts {
    @Suite("Disks that go wrong") struct StoreFaultTests {
        @Test("The store can't be opened: no payment, a finding with its remedy; it can: works without a restart")
        func unwritable() async throws {
            let scenario = try await Scenario()
            let file = scenario.path("state/kassad.sqlite")
            try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
            try await scenario.startDaemon()
            try await scenario.fieldEmpty()
            let refused = try await scenario.tap("95.00")
            #expect(refused.status == 1 && refused.error.contains("StoreUnavailable"))
            let status = try await scenario.status()
            #expect(status.store.state == "notWritable" && status.queue == nil)
            #expect(status.findings.contains { $0.severity == "error" && $0.what.contains("store") })
            #expect(scenario.daemonIsAlive)

            try FileManager.default.removeItem(atPath: file)
            try await scenario.expect("store open, limits synced") { $0.store.state == "ok" && $0.store.accounts == 3 }
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")
            try await scenario.endsClean()
        }

        @Test("Disk full: declined, no record lost, and back when there is space; what the host booked meanwhile is undone")
        func full() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemon(stateSize: "1m")
            try await scenario.expect("limits synced") { $0.store.accounts == 3 }
            try await scenario.fieldEmpty()
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")
            try await scenario.drained()
            let pid = try #require(scenario.daemon?.pid)
            let disk = "/proc/\(pid)/root\(scenario.path("state"))"

            // Full while the till waits for the card: the intent is stored, the decision can't be.
            let pay = try scenario.startPay("50.00", reference: "R2")
            try await scenario.prompted(pay)
            try await fill(disk, scenario)
            let card = try scenario.readers.present(Scenario.visa())
            let told = try await scenario.told(pay).words
            #expect(told == "declined ALL-2 storeUnavailable")
            card.kill()
            try await scenario.fieldEmpty()
            // Full from the start: nobody is asked for a card.
            try await scenario.pay("60.00", timeout: 1, is: "declined ALL-2 storeUnavailable")
            #expect(scenario.daemonIsAlive)

            try FileManager.default.removeItem(atPath: disk + "/filler")
            let undone = await eventually { () -> Bool? in
                try? await scenario.host.ledger().payments.map(\.kind).contains("reversal") ? true : nil
            }
            #expect(undone == true)
            try await scenario.pay("50.00", reference: "R2", timeout: 1, is: "declined ALL-10 interrupted")
            try await scenario.tap("70.00", is: "approved CARD-21 approvedOnline")
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 83_500)
            #expect(ledger.terminals.first.map { $0.missing.isEmpty && Int64($0.records) == $0.highestSequence } == true)
            // The disk goes with the daemon's namespace: what is on it is looked at as a copy.
            let copy = try Child("/bin/cp", ["-a", disk + "/.", scenario.path("state")], in: scenario.folder)
            #expect(try await copy.ended() == 0)
            try await scenario.endsClean()
        }

        private func fill(_ disk: String, _ scenario: Scenario) async throws {
            let filler = try Child("/bin/dd", ["if=/dev/zero", "of=\(disk)/filler", "bs=4096"], in: scenario.folder)
            #expect(try await filler.ended() != 0)
        }
    }
}
