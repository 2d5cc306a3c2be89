import Diagnostics
import Foundation
import Testing

extension RealParts {
    @Suite("Networks that go wrong") struct NetworkFaultTests {
        /// What the till was told over all faults.
        private struct Heard {
            var approved: [PayReply] = []
            var others = 0

            mutating func note(_ told: Told) {
                if let reply = told.reply, reply.outcome == "approved" { approved.append(reply) } else { others += 1 }
            }
        }

        /// Modes in which no answer of the host can arrive whole.
        static let dead: Set<String> = [
            "refuse", "drop", "garbage", "portal", "lose", "half", "scramble", "noise", "captive", "stranger",
        ]

        private func scenario(seed: Int) async throws -> (Scenario, FaultProxy) {
            let scenario = try await Scenario()
            for (number, pan) in Scenario.numbers.enumerated() where number > 2 {
                try await scenario.host.open("extra\(number)", pan: pan, balance: "90000.00", allowance: ("9000.00", 90))
            }
            let proxy = try await FaultProxy(before: scenario.host, in: scenario.folder, seed: seed)
            try scenario.reroute(proxy)
            try await scenario.host.restart()
            try await scenario.startDaemon()
            try await scenario.expect("limits synced") { $0.link.state == "reachable" && $0.store.accounts == 6 }
            try await scenario.fieldEmpty()
            return (scenario, proxy)
        }

        private func pay(_ scenario: Scenario, _ number: Int, _ heard: inout Heard) async throws {
            heard.note(try await scenario.tap("\(10 + number % 80).\(10 + number % 90)", Scenario.visa(Scenario.numbers[3 + number % 3])))
        }

        @Test("Through each fault in turn, byte by byte and within TLS: nothing is deleted that was not booked", arguments: [
            ["refuse", "drop", "delay 200", "drip 1", "truncate 900", "truncate 2500", "reset 2500"],
            ["late 6000", "garbage", "portal", "stranger", "pass", "duplicate", "lose"],
            ["half", "scramble", "noise", "captive", "duplicate", "lose", "pass"],
        ])
        func eachInTurn(_ modes: [String]) async throws {
            let (scenario, proxy) = try await scenario(seed: 1)
            var heard = Heard()
            for (number, mode) in modes.enumerated() {
                try await proxy.set(mode)
                let before = try await scenario.queue().queue
                try await pay(scenario, number, &heard)
                if Self.dead.contains(mode) {
                    let after = try await scenario.queue().queue
                    #expect(
                        after.approvals + after.advices > before.approvals + before.advices,
                        "\(mode): \(before) before, \(after) after")
                }
            }
            try await check(scenario, proxy, heard, met: modes.map { String($0.prefix { $0 != " " }) })
        }

        @Test("A network that is another one for each connection", arguments: [7])
        func atRandom(_ seed: Int) async throws {
            let (scenario, proxy) = try await scenario(seed: seed)
            var heard = Heard()
            for number in 0..<15 {
                // A connection that is well would carry all that follows.
                if number % 3 == 0 { try await proxy.set("random") }
                try await pay(scenario, number, &heard)
            }
            try await check(scenario, proxy, heard, met: [])
        }

        /// The network is well again: the queue drains, and the books say what the journal says, to the cent.
        private func check(_ scenario: Scenario, _ proxy: FaultProxy, _ heard: Heard, met: [String]) async throws {
            try await proxy.set("pass")
            try await scenario.drained()
            let counts = try await proxy.counts()
            for mode in met { #expect(counts[mode, default: 0] > 0, "\(mode) was never met") }
            #expect(counts.count > 4, "\(counts)")
            #expect(try await scenario.status().queue?.quarantined == 0)
            let ledger = try await scenario.host.ledger()
            let (journal, records) = try await scenario.journal()
            var booked: [String: Int64] = [:]
            for payment in ledger.payments { booked[payment.payment, default: 0] += payment.amount }
            for (payment, approved) in journal {
                #expect(booked[payment, default: 0] == -approved, "\(payment): \(approved) in the journal")
            }
            #expect(Set(booked.keys).subtracting(journal.keys).isEmpty, "booked, and not in the journal")
            for reply in heard.approved {
                #expect(journal[reply.payment ?? ""] == reply.approved?.minorUnits, "told approved: \(reply.payment ?? "")")
            }
            let approvals = heard.approved.reduce(0) { $0 + ($1.approved?.minorUnits ?? 0) }
            #expect(journal.values.reduce(0, +) == approvals, "the journal is what the till was told, to the cent")
            #expect(ledger.accounts.reduce(0) { $0 + $1.balance } == 300_000 + 3 * 9_000_000 - approvals)
            let terminal = try #require(ledger.terminals.first)
            #expect(terminal.records == records && terminal.missing.isEmpty && Int64(records) == terminal.highestSequence)
            #expect(ledger.alarms.isEmpty && ledger.faults.isEmpty && ledger.held.isEmpty, "\(ledger.alarms) \(ledger.faults)")
            #expect(!heard.approved.isEmpty)
            print("network faults: \(heard.approved.count) approvals told, \(heard.others) others, \(records) records, met \(counts)")
            try await scenario.endsClean()
        }
    }
}
