import Diagnostics
import Foundation
import HostLedger
import Testing

extension RealParts {
    @Suite("After a time-out the till gets the truth by asking") struct TruthTests {
        private func scenario() async throws -> (Scenario, FaultProxy) {
            let scenario = try await Scenario()
            let proxy = try await FaultProxy(before: scenario.host, in: scenario.folder, seed: 1)
            try scenario.reroute(proxy)
            try await scenario.startDaemonReady()
            return (scenario, proxy)
        }

        /// How the till's payment stands.
        private func state(_ scenario: Scenario, _ reference: String) async throws -> String? {
            let ran = try await scenario.run(["payments", "--reference", reference])
            return try JSONDecoder().decode(PaymentsReply.self, from: Data(ran.text.utf8)).payments.first?.state
        }

        private func expect(
            _ scenario: Scenario, _ reference: String, _ wanted: String, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            var last: String?
            let found = await eventually { () -> Bool? in
                last = try? await self.state(scenario, reference)
                return last == wanted ? true : nil
            }
            #expect(found == true, "\(reference) is \(last ?? "unknown"), not \(wanted)", sourceLocation: sourceLocation)
        }

        /// The card may not pay offline: without the host's answer the payment is declined, and undone at the host.
        private func timedOut(_ scenario: Scenario, _ reference: String) async throws {
            let told = try await scenario.tap("30.00", Scenario.visa(Scenario.bo), reference: reference)
            #expect(told.status == 1 && told.reply?.outcome == "declined", "\(told)")
            #expect(told.reply?.reason == "hostOutcomeUnknown" && told.reply?.reversal == "queued", "\(told)")
        }

        private func balance(_ scenario: Scenario, _ account: String) async throws -> Int64? {
            try await scenario.host.ledger().accounts.first { $0.account == account }?.balance
        }

        @Test("Booked, and its answer lost: first the reversal waits, then it is reversed, here and at the host")
        func answerLost() async throws {
            let (scenario, proxy) = try await scenario()
            try await proxy.set("unheard")
            try await timedOut(scenario, "R-lost")
            #expect(try await state(scenario, "R-lost") == "reversalQueued")
            // It was booked: the purchase is in the books before its reversal is.
            #expect(try await balance(scenario, "bo") == 100_000 - 3_000)
            try await proxy.set("pass")
            try await scenario.drained()
            try await expect(scenario, "R-lost", "reversed")
            #expect(try await balance(scenario, "bo") == 100_000)
            // The same reference is no second payment, and says the same.
            let again = try await scenario.pay("30.00", reference: "R-lost")
            #expect(again.reply?.outcome == "declined" && again.reply?.reversal == "reversed", "\(again)")
            try await scenario.endsClean()
        }

        @Test("A reversal that arrives before its original: kept, and the original is declined when it comes")
        func reversalFirst() async throws {
            let (scenario, proxy) = try await scenario()
            try await proxy.set("hold")
            try await timedOut(scenario, "R-late")
            try await scenario.drained()
            try await expect(scenario, "R-late", "reversed")
            #expect(try await balance(scenario, "bo") == 100_000)
            let told = try await proxy.deliver()
            #expect(told.count == 1 && told.first?.status == 200)
            #expect(told.first?.body.approved == false && told.first?.body.rule == "ALL-10", "\(told)")
            #expect(try await balance(scenario, "bo") == 100_000)
            #expect(try await state(scenario, "R-late") == "reversed")
            try await proxy.set("pass")
            // The next one is as if nothing had been.
            let next = try await scenario.tap("30.00", Scenario.visa(Scenario.bo), reference: "R-next")
            #expect(next.reply?.outcome == "approved", "\(next)")
            try await expect(scenario, "R-next", "approved")
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.alarms.isEmpty && ledger.faults.isEmpty)
            try await scenario.endsClean()
        }

        @Test("A reference that looks like a card number is refused by name, without the number, and is kept nowhere (ALL-5)")
        func cardNumberForReference() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            let pan = "5555555555554444"
            for arguments in [
                ["pay", "10.00", "SEK", "--reference", pan], ["pay", "10.00", "SEK", "--reference", "sale 5555-5555-5555-4444"],
                ["refund", "0123", "1.00", "--reference", pan], ["queue", "collect", "0123", "--reference", pan],
            ] {
                let ran = try await scenario.run(arguments)
                #expect(ran.status == 1 && ran.errorText.contains("reference looks like a card number"), "\(ran.errorText)")
                #expect(!ran.errorText.contains("4444") && !ran.text.contains("4444"))
            }
            try await scenario.tap("10.00", is: "approved CARD-21 approvedOnline")
            let log = scenario.daemon?.errorText ?? ""
            #expect(!log.contains(pan) && !log.contains("5555-5555"))
            try await scenario.endsClean()
        }
    }
}
