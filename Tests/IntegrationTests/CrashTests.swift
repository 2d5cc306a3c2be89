import Diagnostics
import Foundation
import Testing

extension RealParts {
    @Suite("Power cuts") struct CrashTests {
        /// What the till heard over all kills.
        private struct Heard {
            var approved: [PayReply] = []
            var unanswered = 0
        }

        @Test("Invariants 1, 2 and 4: killed at random moments, nothing that was called approved is lost or booked twice")
        func killedWhilePaying() async throws {
            let scenario = try await Scenario()
            for (number, pan) in Scenario.numbers.enumerated() where number > 2 {
                try await scenario.host.open("extra\(number)", pan: pan, allowance: ("900.00", 9))
            }
            try await scenario.startDaemon()
            try await scenario.expect("limits synced") { $0.store.accounts == Scenario.numbers.count }
            var heard = Heard()
            // One tap in peace tells how long one takes on this machine; the cuts come within three of them.
            let clock = ContinuousClock()
            let start = clock.now
            let first = try await scenario.tap("9.00")
            let span = clock.now - start
            if let reply = first.reply, reply.outcome == "approved" { heard.approved.append(reply) }
            // The first kills meet a terminal with a host, the others one without.
            for round in 0..<15 {
                if round == 5 { scenario.host.stop() }
                try await scenario.fieldEmpty()
                try await burst(scenario, round, within: span * 3, &heard)
                try await scenario.startDaemon()
            }
            try await scenario.fieldEmpty()
            try await scenario.host.start()
            try await scenario.drained()
            #expect(heard.unanswered > 0 && !heard.approved.isEmpty)
            print("kills: \(heard.approved.count) approvals told, \(heard.unanswered) payments cut off")
            try await check(scenario, heard)
            try await scenario.endsClean()
        }

        /// Taps until the cut, which comes at random within `span` after the first tap began.
        private func burst(_ scenario: Scenario, _ round: Int, within span: Duration, _ heard: inout Heard) async throws {
            let clock = ContinuousClock()
            let cut = clock.now.advanced(by: span * Double.random(in: 0...1))
            let daemon = scenario.daemon
            let killer = Task {
                try? await clock.sleep(until: cut)
                daemon?.kill()
            }
            var tap = 0
            while clock.now < cut {
                let pan = Scenario.numbers[(round + tap) % Scenario.numbers.count]
                let pay = try scenario.startPay("\(10 + round).\(10 + tap)")
                let card = try scenario.readers.present(Scenario.visa(pan, ["--quiet"]))
                let told = try await scenario.told(pay)
                card.kill()
                if let reply = told.reply {
                    if reply.outcome == "approved" { heard.approved.append(reply) }
                } else {
                    heard.unanswered += 1
                }
                tap += 1
                _ = await eventually { () -> Bool? in
                    if daemon?.status != nil { return true }
                    return try? await scenario.fieldIsEmpty() ? true : nil
                }
            }
            await killer.value
            scenario.killDaemon()
        }

        private func check(_ scenario: Scenario, _ heard: Heard) async throws {
            let ledger = try await scenario.host.ledger()
            let entries = Dictionary(grouping: ledger.payments, by: \.payment)
            for reply in heard.approved {
                let booked = entries[reply.payment ?? ""] ?? []
                #expect(booked.count == 1, "told approved: \(reply.payment ?? "") is booked as \(booked.map(\.kind))")
                #expect(booked.first?.amount == reply.approved.map { -$0.minorUnits })
            }
            // What nobody was told of is booked once and kept, or undone.
            for booked in entries.values {
                let kinds = booked.map(\.kind).sorted()
                #expect(kinds.count == 1 || kinds == ["authorisation", "reversal"])
            }
            let terminal = try #require(ledger.terminals.first)
            #expect(terminal.missing.isEmpty && Int64(terminal.records) == terminal.highestSequence)
            #expect(ledger.alarms.isEmpty, "\(ledger.alarms)")
            #expect(try await scenario.status().queue?.quarantined == 0)
        }

        @Test("Cut off between authorisation and answer: the payment is reversed after the start (ALL-10)")
        func killedWhileAuthorising() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            // Alive, but slow: the cut comes while the host holds the request.
            try await scenario.host.restart(fault: ["slow", "3000"])
            try await scenario.hostReachable()
            let pay = try scenario.startPay("95.00", reference: "R1")
            let card = try scenario.readers.present(Scenario.visa(Scenario.anna, ["--trace"]))
            _ = try await card.line("kassa-card: INS A8")
            // The card has answered; the request follows at once, and the host holds it for three seconds.
            try await Task.sleep(for: .milliseconds(700))
            scenario.killDaemon()
            card.kill()
            #expect(try await scenario.told(pay).reply == nil)
            // Long enough for the host to book what it holds, had it not noticed.
            try await Task.sleep(for: .milliseconds(3000))
            try await scenario.host.restart()
            try await scenario.startDaemon()
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.records["reversal"] == 1)
            #expect([[], ["authorisation", "reversal"]].contains(ledger.payments.map(\.kind)))
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 100_000)
            // The till asks by its reference and gets the truth.
            try await scenario.pay("95.00", reference: "R1", is: "declined ALL-10 interrupted")
            try await scenario.endsClean()
        }
    }
}
