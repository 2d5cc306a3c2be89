import Foundation
import Testing

extension RealParts {
    @Suite("Hosts that go wrong") struct HostFaultTests {
        @Test("Garbage and a captive portal move nothing; the right host then drains the queue", arguments: ["garbage", "captive"])
        func stranger(_ fault: String) async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await scenario.host.restart(fault: [fault])
            try await scenario.expect("a stranger is noticed") { $0.link.reason?.hasPrefix("notOurHost (HTTP 200") == true }
            try await scenario.tap("95.00", is: "approved ALL-7 approvedOffline")
            let limits = try await scenario.status().store.limitVersion
            try await Task.sleep(for: .seconds(1))
            let status = try await scenario.status()
            #expect(status.queue?.approvals == 1 && status.store.limitVersion == limits)
            #expect(status.link.state == "unreachable")
            try await scenario.host.restart()
            try await scenario.drained()
            #expect(try await scenario.host.ledger().payments.map(\.amount) == [-9_500])
            try await scenario.endsClean()
        }

        @Test("Invariant 2: booked, but the acknowledgement is lost again and again: sent again, booked once")
        func lostAcknowledgement() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            scenario.host.stop()
            try await scenario.hostLost()
            for _ in 0..<2 { try await scenario.tap("95.00", is: "approved ALL-7 approvedOffline") }
            try await scenario.host.start(fault: ["drop-answer"])
            let booked = await eventually { () -> Bool? in
                try? await scenario.host.ledger().payments.count == 2 ? true : nil
            }
            #expect(booked == true)
            try await Task.sleep(for: .seconds(1))
            #expect(try await scenario.queue().queue.approvals == 2)
            try await scenario.host.restart()
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.amount) == [-9_500, -9_500] && ledger.alarms.isEmpty)
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 81_000)
            try await scenario.endsClean()
        }

        @Test("ALL-10: booked, but the answer is lost: declined as unknown, and the reversal undoes it")
        func lostAnswer() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await scenario.host.restart(fault: ["drop-answer"])
            try await scenario.hostReachable()
            let told = try await scenario.tap("95.00")
            #expect(told.words == "declined ALL-10 hostOutcomeUnknown" && told.status == 1)
            try await scenario.host.restart()
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.kind) == ["authorisation", "reversal"])
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 100_000)
            try await scenario.endsClean()
        }

        @Test("Another certificate than the pinned one: not a word is exchanged, and the daemon says why")
        func wrongCertificate() async throws {
            let scenario = try await Scenario()
            let other = try await HostSide(in: scenario.folder, name: "other")
            other.stop()
            try await other.exportTrust(to: scenario.path("other-trust"))
            try scenario.configure(trust: "other-trust")
            try await scenario.startDaemon()
            try await scenario.expect("refused") { $0.link.state == "unreachable" && $0.link.reason == "tls" }
            try await scenario.fieldEmpty()
            try await scenario.tap("95.00", is: "declined CARD-22 merchantNotEnrolled")
            let status = try await scenario.status()
            #expect(status.link.lastContact == nil && status.store.limitVersion == 0 && !status.timeAnchored)
            #expect(try await scenario.host.ledger().terminals.first?.records == 0)
            try await scenario.endsClean()
        }

        @Test("The right certificate, but answers signed by another key: a stranger")
        func wrongSigningKey() async throws {
            let scenario = try await Scenario()
            let other = try await HostSide(in: scenario.folder, name: "other")
            other.stop()
            try await other.exportTrust(to: scenario.path("other-trust"))
            try FileManager.default.removeItem(atPath: scenario.path("trust/host-signing-key.b64"))
            try FileManager.default.copyItem(
                atPath: scenario.path("other-trust/host-signing-key.b64"), toPath: scenario.path("trust/host-signing-key.b64"))
            try await scenario.startDaemon()
            try await scenario.expect("refused") {
                $0.link.reason?.hasPrefix("notOurHost") == true && $0.link.reason?.hasSuffix("signature)") == true
            }
            #expect(try await scenario.status().store.limitVersion == 0)
            try await scenario.endsClean()
        }
    }
}
