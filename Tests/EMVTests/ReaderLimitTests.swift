import Core
import EMV
import SmartCard
import Testing

@Suite("Kernel 3: dynamic reader limits, exception file, what is shown")
struct ReaderLimitTests {
    /// The recorded FCI with an application program id in BF0C, as a card issued for dynamic limits has it.
    private func card(program: String?, inDiscretionary: Bool = true) throws -> [[UInt8]] {
        let object = program.map { [TLV(0x9F5A, Hex.decode($0) ?? [])] } ?? []
        let list = TLV(0x9F38, Hex.decode("9F66049F02065F2A029F3704") ?? [])
        let inner = inDiscretionary ? [list, TLV(0xBF0C, object)] : [list] + object
        let control = TLV(0x6F, [TLV(0x84, Combination.visaCreditDebit), TLV(0xA5, inner)]).encoded + [0x90, 0x00]
        let recorded = RecordedCard.offline.responses
        return [recorded[0], control] + recorded.dropFirst(2)
    }

    private func runner(_ limits: [ProgramLimits]) -> TranscriptRunner {
        var runner = TranscriptRunner()
        runner.combination.programLimits = limits
        return runner
    }

    /// TTQ byte 2 as sent; nil when the application was dropped.
    private func sent(_ runner: TranscriptRunner, _ responses: [[UInt8]]) throws -> String? {
        let run = try runner.run(Array(responses.prefix(2)))
        return run.commits.isEmpty ? nil : run.commands.last.map { String($0.dropFirst(16).prefix(2)) }
    }

    @Test("The set of the card's program replaces every limit of the combination; others leave them", arguments: [
        // program of the card, sets (program, floor limit, CVM limit), TTQ byte 2 for 2.00 with the default floor 1.00
        ("3102684000", ["3102684000"], "40"), ("3102684000", ["31026840"], "40"), ("31026840", ["3102684000"], "80"),
        ("3102684000", ["3102752000"], "80"), (nil, ["3102684000"], "80"), ("3102684000", [], "80"), ("", ["3102684000"], "80"),
    ] as [(String?, [String], String)])
    func replaced(program: String?, sets: [String], expected: String) throws {
        var runner = runner(sets.map { program in
            ProgramLimits(program: Hex.decode(program) ?? [], limits: ReaderLimits(verificationLimit: 200))
        })
        runner.combination.floorLimit = 100
        #expect(try sent(runner, card(program: program)) == expected)
        #expect(try sent(runner, card(program: program, inDiscretionary: false)) == expected)
    }

    @Test("The longest program id that fits counts, whatever the order")
    func longest() throws {
        let short = ProgramLimits(program: [0x31], limits: ReaderLimits(floorLimit: 100))
        let long = ProgramLimits(program: [0x31, 0x02], limits: ReaderLimits(verificationLimit: 100))
        for sets in [[short, long], [long, short]] {
            #expect(try sent(runner(sets), card(program: "310200")) == "40")
            #expect(try sent(runner(sets), card(program: "310300")) == "80")
        }
    }

    @Test("A set without a program id is nobody's")
    func unnamed() throws {
        #expect(try sent(runner([ProgramLimits(program: [], limits: ReaderLimits(floorLimit: 100))]), card(program: "31")) == "00")
    }

    @Test("A kernel activated with another status word than 9000 asks for the next application")
    func refusedSelection() throws {
        let runner = TranscriptRunner()
        let control = try ResponseAPDU(bytes: RecordedCard.offline.responses[1])
        for status in [StatusWord(0x62, 0x83), .fileNotFound, .success] {
            var kernel = QVSDCKernel(
                KernelActivation(
                    applicationIdentifier: Combination.visaCreditDebit, selection: ResponseAPDU(data: control.data, status: status),
                    combination: runner.combination,
                    indicators: Preprocessing.indicators(runner.combination, try runner.parameters()),
                    parameters: try runner.parameters(), caKeys: try runner.caKeys(), isListed: ContactlessTransaction.noneListed))
            #expect((kernel.start() == .selectNext) == (status != .success))
        }
    }

    @Test("A set that forbids the amount drops the application; zero amount and status check are the set's")
    func forbids() throws {
        let program: [UInt8] = [0x31]
        #expect(try sent(runner([ProgramLimits(program: program, limits: ReaderLimits(transactionLimit: 200))]), card(program: "31")) == nil)
        #expect(try sent(runner([ProgramLimits(program: program, limits: ReaderLimits(transactionLimit: 201))]), card(program: "31")) == "00")
        var zero = runner([ProgramLimits(program: program, limits: ReaderLimits())])
        zero.amount = 0
        zero.combination.allowsZeroAmount = true
        #expect(try sent(zero, card(program: "31")) == nil)
        #expect(try sent(zero, card(program: "32")) == "80")
        zero.combination.programLimits = [ProgramLimits(program: program, limits: ReaderLimits(allowsZeroAmount: true))]
        #expect(try sent(zero, card(program: "31")) == "80")
        var status = runner([ProgramLimits(program: program, limits: ReaderLimits(supportsStatusCheck: true))])
        status.amount = 100
        #expect(try sent(status, card(program: "31")) == "80")
        #expect(try sent(status, card(program: "32")) == "00")
    }

    @Test("The outcome follows the card's own limits: verification by a limit of the program")
    func outcome() throws {
        var runner = runner([ProgramLimits(program: [0x31], limits: ReaderLimits(verificationLimit: 200))])
        let declined = try runner.run(try card(program: "31")).outcome
        guard case .declined(_, .verificationNotPossible) = declined else {
            Issue.record("\(declined)")
            return
        }
        runner.combination.programLimits = []
        guard case .approved = try runner.run(try card(program: "31")).outcome else {
            Issue.record("the default limits ask for nothing")
            return
        }
    }

    @Test("§5.5.1.2: a listed card is declined offline; the list is asked once, with number and sequence, and only then")
    func exceptionFile() throws {
        let runner = TranscriptRunner()
        func run(_ card: RecordedCard, _ runner: TranscriptRunner, listed: String) throws -> ContactlessOutcome {
            var transaction = ContactlessTransaction(
                combinations: [runner.combination], parameters: try runner.parameters(), caKeys: try runner.caKeys(),
                isListed: { pan, sequence in pan.digits == listed && sequence == 1 })
            return TranscriptRunner.play(&transaction, card.responses).outcome
        }
        guard case .declined(let evidence?, .listed) = try run(.offline, runner, listed: "4761739001010010") else {
            Issue.record("a listed card was not declined")
            return
        }
        #expect(evidence.cryptogramType == .tc && evidence.authentication == .notPerformed)
        guard case .approved = try run(.offline, runner, listed: "4761739001010011") else {
            Issue.record("another card's number declined this one")
            return
        }
        var online = TranscriptRunner()
        online.amount = 9000
        guard case .onlineRequest = try run(.online, online, listed: "4761739001010010") else {
            Issue.record("the issuer decides on an ARQC")
            return
        }
    }

    private func parameters(_ runner: TranscriptRunner, _ responses: [[UInt8]]) throws -> OutcomeParameters {
        var transaction = try runner.transaction()
        #expect(transaction.outcomeParameters == nil)
        _ = TranscriptRunner.play(&transaction, responses)
        return try #require(transaction.outcomeParameters)
    }

    @Test("Approved: message 03 with the balance, the data record's tags in order")
    func approved() throws {
        var runner = TranscriptRunner()
        runner.combination.readsOfflineBalance = true
        let balance = Hex.decode("9F5D060000000123459000") ?? []
        let found = try parameters(runner, RecordedCard.offline.responses + [balance])
        #expect(found.onOutcome == UserInterfaceRequest(
            .approved, .cardReadSuccessfully, value: .balance(Money(minorUnits: 12_345, currency: .usd))))
        #expect(found.start == nil && found.onRestart == nil && found.fieldOff == nil && found.removalTimeout == 0)
        #expect(found.verification == VerificationMethod.none)
        #expect(found.discretionaryData == [0x9F5D])
        #expect(found.dataRecord.prefix(3) == [0x9F02, 0x9F26, 0x82])
        #expect(try parameters(TranscriptRunner(), RecordedCard.offline.responses).onOutcome?.value == nil)
    }

    @Test("Online request 1B, signature 1A with a receipt, declined 07, another interface 18 with its preference")
    func others() throws {
        var runner = TranscriptRunner()
        runner.onlineCryptogramRequired = true
        #expect(try parameters(runner, RecordedCard.offline.responses).onOutcome == UserInterfaceRequest(.authorising, .cardReadSuccessfully))
        runner = TranscriptRunner()
        runner.combination.qualifiers.insert(.signature)
        let signed = try parameters(runner, RecordedCard.offline.replacing("9F6C020000", with: "9F6C024000").responses)
        #expect(signed.onOutcome?.message == .approvedSign && signed.receipt == true && signed.verification == .signature)
        runner = TranscriptRunner()
        runner.date = "2020-01-01"
        #expect(try parameters(runner, RecordedCard.offline.responses).onOutcome == UserInterfaceRequest(.notAuthorised, .cardReadSuccessfully))
        let refused = Array(RecordedCard.offline.responses.prefix(2)) + [[0x69, 0x84]]
        runner = TranscriptRunner()
        var found = try parameters(runner, refused)
        #expect(found.onOutcome == UserInterfaceRequest(.insertOrSwipe, .processingError))
        #expect(found.alternateInterface == .magneticStripe)
        runner.combination.qualifiers.insert(.contactChip)
        found = try parameters(runner, refused)
        #expect(found.alternateInterface == .contactChip)
    }

    @Test("A card lost after it may have committed itself comes again only when it was asked for an online cryptogram, and gave no other")
    func torn() throws {
        let approval = Array(RecordedCard.offline.responses.prefix(3))
        let silence = Array(approval.prefix(2))
        let request = Array(
            RecordedCard.offline.replacing("9F100706011103900000", with: "9F100706011103A00000").responses.prefix(3))
        var runner = TranscriptRunner()
        for lost in [approval, silence] {
            let found = try parameters(runner, lost)
            #expect(found.start == nil && found.onOutcome?.message == .processingError)
        }
        runner.onlineCryptogramRequired = true
        for lost in [request, silence] {
            let found = try parameters(runner, lost)
            #expect(found.start == .b && found.onRestart == UserInterfaceRequest(.presentAgain, .readyToRead))
        }
        let found = try parameters(runner, approval)
        #expect(found.start == nil && found.onOutcome?.message == .processingError)
    }

    @Test("The payer's languages come with every message of the kernel; anything but two-letter codes is left out", arguments: [
        ("73766669", "svfi" as String?), ("5356", "sv"), ("737666", nil), ("7376667373766673", "svfssvfs"), ("31323334", nil), ("", nil),
    ])
    func language(value: String, expected: String?) throws {
        let control = TLV(0x6F, [TLV(0x84, Combination.visaCreditDebit), TLV(0xA5, [
            TLV(0x5F2D, Hex.decode(value) ?? []), TLV(0x9F38, Hex.decode("9F66049F02065F2A029F3704") ?? []),
        ])]).encoded + [0x90, 0x00]
        let recorded = RecordedCard.offline.responses
        let found = try parameters(TranscriptRunner(), [recorded[0], control] + recorded.dropFirst(2))
        #expect(found.onOutcome?.languagePreference == expected)
        let phone = try parameters(TranscriptRunner(), [recorded[0], control, [0x69, 0x86]])
        #expect(phone.start == .b && phone.fieldOff == 13)
        #expect(phone.onRestart == UserInterfaceRequest(.seePhone, .readyToRead, languagePreference: expected))
    }
}
