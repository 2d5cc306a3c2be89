import Foundation
import Testing

extension RealParts {
    @Suite("A day at the till") struct PaymentStoryTests {
        @Test("Online, offline, queue, drain; each card and amount with its rule; the books agree")
        func story() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            let anna = Scenario.visa(Scenario.anna, ["--state", scenario.path("anna.json")])

            let online = try await scenario.tap("95.00", anna, reference: "R1")
            #expect(online.words == "approved CARD-21 approvedOnline" && online.reply?.online == true)
            #expect(online.reply?.available?.text == "905.00 SEK" && online.status == 0)
            #expect(online.reply?.maskedCard == "476173******0010")
            // ALL-8, through all layers: told again, nothing paid again, no card asked for.
            let again = try await scenario.pay("95.00", reference: "R1", timeout: 1)
            #expect(again.words == online.words && again.reply?.payment == online.reply?.payment)
            try await scenario.pay("96.00", reference: "R1", timeout: 1, is: "declined ALL-8 referenceReused")
            try await scenario.drained()

            scenario.host.stop()
            try await scenario.hostLost()
            let offline = try await scenario.tap("180.00", anna)
            #expect(offline.words == "approved ALL-7 approvedOffline" && offline.reply?.online == false)
            #expect(offline.reply?.available?.text == "725.00 SEK" && offline.reply?.cardBalance?.text == "1820.00 SEK")
            try await scenario.tap("190.00", anna, is: "approved ALL-7 approvedOffline")
            try await scenario.tap("600.00", anna, is: "declined ALL-4 offlineAmountLimit")
            try await scenario.tap("240.00", anna, is: "declined ALL-4 offlineAllowanceExceeded")
            try await scenario.tap("50.00", Scenario.visa(Scenario.bo), is: "declined CARD-21 onlineRequired")
            try await scenario.tap("50.00", Scenario.visa("5454545454545454"), is: "declined CARD-21 unknownInstrument")
            try await scenario.tap("50.00", Scenario.visa(Scenario.anna, ["--online-only"]), is: "declined CARD-21 onlineRequired")
            let queue = try await scenario.queue()
            // Two approvals; the advices of three cards that had given a certificate.
            #expect(queue.queue.approvals == 2 && queue.queue.advices == 3)
            #expect(queue.queue.exposure.map(\.text) == ["370.00 SEK"])

            try await scenario.host.start()
            try await scenario.drained()
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.amount).sorted() == [-19_000, -18_000, -9_500])
            #expect(Set(ledger.payments.map(\.payment)).count == 3 && ledger.alarms.isEmpty)
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 53_500)
            #expect(ledger.terminals.first.map { $0.records == 6 && $0.missing.isEmpty } == true)
            try await scenario.endsClean()
        }

        @Test("An expired card, online and offline; an NFC tag")
        func expiredAndTag() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            let expired = ["visa", "--pan", Scenario.cecilia, "--balance", "500.00", "--expiry", "2025-10"]
            try await scenario.tap("50.00", expired, is: "declined CARD-6 expired")

            let reading = try scenario.control(["tag", "--timeout", "20"])
            let tag = try scenario.readers.present(["ntag", "--uri", "https://example.com/t/42"])
            try await reading.ended()
            tag.kill()
            let reply = try #require(
                try JSONSerialization.jsonObject(with: Data(reading.text.utf8)) as? [String: Any], "\(reading.errorText)")
            #expect(reply["uri"] as? String == "https://example.com/t/42")
            #expect(reply["uid"] as? String == "04A1B2C3D4E5F6")
            try await scenario.fieldEmpty()

            scenario.host.stop()
            try await scenario.hostLost()
            try await scenario.tap("50.00", expired, is: "declined CARD-6 expired")
            try await scenario.endsClean()
        }
    }
}
