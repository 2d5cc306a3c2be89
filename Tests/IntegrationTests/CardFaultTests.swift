import Foundation
import Testing

extension RealParts {
    /// The commands of an offline tap: 0 directory, 1 application, 2 processing options (the card spends), 3–5 records.
    @Suite("Cards that go wrong in the field") struct CardFaultTests {
        @Test("Removed at any command, refusing any instruction, unknown application: typed outcomes, nothing lost")
        func faults() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            scenario.host.stop()
            try await scenario.hostLost()

            // Before it could spend: asked for again, and the next card pays.
            for commands in [0, 1] {
                let pay = try scenario.startPay("10.00")
                let torn = try scenario.readers.present(Scenario.visa(Scenario.anna, ["--tear-after", "\(commands)"]))
                #expect(try await torn.ended() == 2)
                try await Task.sleep(for: .milliseconds(500))
                let card = try scenario.readers.present(Scenario.visa())
                #expect(try await scenario.told(pay).words == "approved ALL-7 approvedOffline")
                card.kill()
                try await scenario.fieldEmpty()
            }
            // At or after it: declined with a record, because the card's balance may be gone.
            for commands in [2, 3, 5] {
                let told = try await scenario.tap("10.00", Scenario.visa(Scenario.anna, ["--tear-after", "\(commands)"]))
                #expect(told.words == "declined ALL-7 cardRemoved", "after \(commands)")
            }
            for (word, reason) in [
                ("6A82@A4", "cardDataInvalid"), ("6983@A8", "cardDataInvalid"), ("6984@A8", "tryAnotherInterface"),
                ("6A83@B2", "cardDataInvalid"),
            ] {
                let told = try await scenario.tap("10.00", Scenario.visa(Scenario.anna, ["--status-word", word]))
                #expect(told.words == "declined ALL-7 \(reason)", "\(word)")
            }
            // A tag is no payment card, and a payment card no tag.
            try await scenario.tap("10.00", ["ntag"], is: "declined ALL-7 cardDataInvalid")
            let reading = try scenario.control(["tag", "--timeout", "10"])
            let card = try scenario.readers.present(Scenario.visa())
            #expect(try await reading.ended() == 1)
            #expect(reading.errorText.contains("NotATag"))
            card.kill()
            try await scenario.fieldEmpty()

            let kinds = try await scenario.queue().records.map(\.kind)
            #expect(kinds == ["offlineApproval", "offlineApproval", "torn", "torn", "torn", "torn", "torn", "declineAdvice"])
            try await scenario.host.start()
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.amount) == [-1_000, -1_000])
            #expect(ledger.terminals.first.map { $0.records == 8 && $0.missing.isEmpty } == true)
            try await scenario.endsClean()
        }
    }
}
