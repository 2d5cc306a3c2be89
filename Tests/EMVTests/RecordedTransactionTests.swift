import Core
import EMV
import SmartCard
import Testing

@Suite("Recorded transactions of Visa test cards")
struct RecordedTransactionTests {
    @Test("C-3 offline path: TC with fDDA is approved, command for command as recorded")
    func offline() throws {
        let run = try TranscriptRunner().run(.offline)
        #expect(run.commands == RecordedCard.offline.commands)
        #expect(run.commits == [2])
        guard case .approved(let evidence) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(evidence.authentication == .passed)
        #expect(evidence.verification == .none)
        #expect(evidence.cryptogramType == .tc)
        #expect(evidence.pan.digits == "4761739001010010")
        #expect(evidence.panSequenceNumber == 1)
        #expect(evidence.expiry == CivilDate("2019-12-31"))
        #expect(evidence.atc == 0x0015)
        #expect(Hex.encode(evidence.cryptogram) == "20261203C3227D26")
        #expect(Hex.encode(evidence.aid) == "A0000000031010")
        #expect(evidence.availableOfflineSpending == nil)
    }

    @Test("C-3 online path: ARQC without AFL is an online request with online PIN, command for command as recorded")
    func online() throws {
        var runner = TranscriptRunner()
        runner.amount = 9000
        runner.date = "2020-03-16"
        runner.combination.floorLimit = 5000
        runner.combination.verificationLimit = 5000
        let run = try runner.run(.online)
        #expect(run.commands == RecordedCard.online.commands)
        guard case .onlineRequest(let evidence) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(evidence.verification == .onlinePIN)
        #expect(evidence.authentication == .notPerformed)
        #expect(evidence.cryptogramType == .arqc)
        // Without 5F24 the expiry is track 2's.
        #expect(evidence.expiry == CivilDate("2022-12-31"))
        #expect(evidence.atc == 0x0077)
    }

    @Test("C-3 §5.8: the data record holds the book's objects in the book's order")
    func dataRecord() throws {
        let evidence = try #require(try TranscriptRunner().run(.offline).outcome.evidence)
        let record = evidence.dataRecord.map { "\($0.tag)=\(Hex.encode($0.value))" }
        #expect(record == [
            "9F02=000000000200", "9F26=20261203C3227D26", "82=2000", "9F36=0015", "5F34=01", "9F10=06011103900000",
            "9F39=07", "9F1A=0840", "9F33=000840", "57=4761739001010010D191220111438825", "5F2A=0840", "9A=190615",
            "9C=00", "9F37=ABABABAB", "95=0000000000",
        ])
    }

    @Test("ALL-5: evidence prints masked")
    func masked() throws {
        var transaction = try TranscriptRunner().transaction()
        let outcome = TranscriptRunner.play(&transaction, RecordedCard.offline.responses).outcome
        var dumped = ""
        dump(outcome, to: &dumped)
        dump(transaction, to: &dumped)
        for text in ["\(outcome)", String(reflecting: outcome), "\(transaction)", dumped] {
            #expect(!text.contains("4761739001010010"))
            #expect(!text.contains("71, 115, 144"))
        }
        #expect("\(outcome)".contains("476173******0010"))
    }

    @Test("A torn transaction: try again before GET PROCESSING OPTIONS, torn after it", arguments: 0...6)
    func torn(after count: Int) throws {
        let outcome = try TranscriptRunner().run(Array(RecordedCard.offline.responses.prefix(count))).outcome
        switch count {
        case 0...1: #expect(outcome == .tryAgain(.communication(.removed)))
        case 2: #expect(outcome == .torn(nil))
        case 3...5:
            guard case .torn(let evidence?) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(evidence.cryptogramType == .tc)
            #expect(evidence.atc == 0x0015)
        default: #expect(outcome.evidence?.authentication == .passed)
        }
    }

    @Test("Every call after the outcome repeats it")
    func idempotentEnd() throws {
        var transaction = try TranscriptRunner().transaction()
        let outcome = TranscriptRunner.play(&transaction, RecordedCard.offline.responses).outcome
        #expect(transaction.start() == .finished(outcome))
        #expect(transaction.failed(.removed) == .finished(outcome))
        #expect(transaction.received(ResponseAPDU(status: .success)) == .finished(outcome))
    }

    @Test("Book B: the offline balance is asked for only where configured, and its loss changes nothing")
    func balance() throws {
        var runner = TranscriptRunner()
        runner.combination.readsOfflineBalance = true
        let with = try runner.run(RecordedCard.offline.responses + [Hex.decode("9F5D060000000123459000") ?? []])
        #expect(with.commands.last == "80CA9F5D00")
        #expect(with.outcome.evidence?.availableOfflineSpending?.minorUnits == 12_345)
        for last in ["6700", "9F5D0600000001", "9000", "9F5D06FFFFFFFFFFFF9000"] {
            let without = try runner.run(RecordedCard.offline.responses + [Hex.decode(last) ?? []])
            guard case .approved(let evidence) = without.outcome else {
                Issue.record("\(without.outcome)")
                continue
            }
            #expect(evidence.availableOfflineSpending == nil)
        }
        guard case .approved = try runner.run(.offline).outcome else {
            Issue.record("the card may leave after the last record")
            return
        }
    }
}
