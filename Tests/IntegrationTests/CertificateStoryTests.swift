import Diagnostics
import Foundation
import Testing

extension RealParts {
    @Suite("Certificates come and go by themselves") struct CertificateStoryTests {
        private func certificate(_ scenario: Scenario, _ arguments: [String]) async throws -> (status: Int32, text: String) {
            let child = try Child(
                Programs.built("kassa-host"), arguments + ["--dir", scenario.host.directory], in: scenario.folder)
            return (try await child.ended(), child.text + child.errorText)
        }

        private func known(_ scenario: Scenario, _ names: [String]) async throws {
            try await scenario.expect("known: \(names)", within: 30) {
                $0.link.state == "reachable" && $0.certificates?.map(\.of) == names
            }
        }

        @Test("A terminal is given one at its first visit; the host's is rotated twice, and its sealing key; payments go on")
        func rotation() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await known(scenario, ["terminal", "host"])
            let anna = Scenario.visa(Scenario.anna, ["--state", scenario.path("anna.json")])
            try await scenario.tap("10.00", anna, is: "approved CARD-21 approvedOnline")

            for round in 1...2 {
                // Step one: made, and refused as long as the terminal has not heard of it: it is away, or it might have by then.
                scenario.killDaemon()
                #expect(try await certificate(scenario, ["certificate", "rotate"]).status == 0)
                let early = try await certificate(scenario, ["certificate", "rotate"])
                #expect(early.status != 0 && early.text.contains("not known yet to T1"))
                try await scenario.startDaemonReady()
                // The host runs on, or is back before anybody misses it.
                if round == 2 { try await scenario.host.restart() }
                try await known(scenario, ["terminal", "host", "nextHost"])
                // The terminal says so before it shows it, or right after.
                let told = await eventually(within: 20) { () -> Bool? in
                    let list = try? await self.certificate(scenario, ["certificate", "list"]).text
                    return list?.contains("T1  has not said") == false ? true : nil
                }
                #expect(told == true)
                // Step two: served. The daemon starts anew in between: what it heard is kept.
                if round == 2 {
                    scenario.killDaemon()
                    try await scenario.startDaemonReady()
                }
                let before = try await shown(scenario)
                #expect(try await certificate(scenario, ["certificate", "rotate"]).status == 0)
                try await known(scenario, ["terminal", "host"])
                // New connections see another one, which is what the host's directory holds.
                let after = try await shown(scenario)
                #expect(!after.isEmpty && after != before)
                #expect(after == (try await fingerprint(scenario, ["-in", scenario.host.directory + "/host-certificate.pem"])))
                try await scenario.tap("10.00", anna, is: "approved CARD-21 approvedOnline")
            }

            // An offline approval is sealed to the old key and opened after the rotation; the next to the new one.
            scenario.host.stop()
            try await scenario.hostLost()
            try await scenario.tap("20.00", anna, is: "approved ALL-7 approvedOffline")
            #expect(try await certificate(scenario, ["sealing-key", "rotate"]).status == 0)
            try await scenario.host.start()
            try await scenario.drained()
            let told = await eventually(within: 20) { () -> Bool? in
                let list = try? await self.certificate(scenario, ["certificate", "list"]).text
                return list?.contains("T1  has not said") == false ? true : nil
            }
            #expect(told == true)
            try await scenario.tap("10.00", anna, is: "approved CARD-21 approvedOnline")
            let ledger = try await scenario.host.ledger()
            #expect(ledger.alarms.isEmpty && ledger.payments.count == 5)
            #expect(try await certificate(scenario, ["sealing-key", "list"]).text.split(separator: "\n").count == 2)
            // Once more while the host runs: the next offline approval is sealed to the new key.
            let key = try await certificate(scenario, ["sealing-key", "rotate"]).text.trimmingCharacters(in: .whitespacesAndNewlines)
            let knows = await eventually(within: 30) { () -> Bool? in
                let list = try? await self.certificate(scenario, ["certificate", "list"]).text
                return list?.contains("T1  has not said") == false ? true : nil
            }
            #expect(knows == true && !key.isEmpty)
            try await scenario.tap("10.00", anna, is: "approved CARD-21 approvedOnline")
            #expect(try await scenario.host.ledger().payments.count == 6)
            try await scenario.endsClean()
        }

        private func fingerprint(_ scenario: Scenario, _ arguments: [String]) async throws -> String {
            let child = try Child("/usr/bin/openssl", ["x509", "-noout", "-fingerprint", "-sha256"] + arguments, in: scenario.folder)
            try await child.ended()
            return child.text
        }

        /// What the host shows to whoever connects, told by openssl.
        private func shown(_ scenario: Scenario) async throws -> String {
            let script = "openssl s_client -connect 127.0.0.1:\(scenario.host.port) </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256"
            let child = try Child("/usr/bin/bash", ["-c", script], in: scenario.folder)
            try await child.ended()
            return child.text
        }

        @Test("A revoked terminal is shut out at once, says so, goes on offline, and comes back when it is admitted")
        func revocation() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await known(scenario, ["terminal", "host"])
            #expect(try await certificate(scenario, ["certificate", "revoke", Scenario.terminal]).text.contains("1 certificate(s) revoked"))
            try await scenario.expect("says that it is shut out", within: 30) { status in
                status.link.state == "unreachable" && status.findings.contains { $0.what.contains("does not let this terminal in") }
            }
            try await scenario.tap("20.00", is: "approved ALL-7 approvedOffline")
            #expect(try await scenario.queue().queue.approvals == 1)
            #expect(try await certificate(scenario, ["certificate", "admit", Scenario.terminal]).status == 0)
            try await scenario.hostReachable()
            try await scenario.drained()
            #expect(try await scenario.host.ledger().payments.count == 1)
            try await scenario.endsClean()
        }
    }
}
