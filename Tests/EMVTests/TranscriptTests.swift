import Core
import EMV
import SmartCard
import Testing

extension RecordedCard {
    /// As the room's own type, with the setting it was recorded under.
    func transcript(_ runner: TranscriptRunner) throws -> Transcript {
        Transcript(
            setting: Transcript.Setting(parameters: try runner.parameters(), combinations: [runner.combination]),
            exchanges: zip(exchanges, responses).map { recorded, response in
                Transcript.Exchange(command: Hex.decode(recorded.command) ?? [], answer: .response(response))
            })
    }
}

@Suite("A transcript replays a transaction bit for bit")
struct TranscriptTests {
    private func onlineRunner() -> TranscriptRunner {
        var runner = TranscriptRunner()
        runner.amount = 9000
        runner.date = "2020-03-16"
        runner.combination.floorLimit = 5000
        runner.combination.verificationLimit = 5000
        return runner
    }

    @Test("Recorded cards: through the text and back, the same commands, and the outcome of the state machine")
    func recorded() throws {
        for (card, runner) in [(RecordedCard.offline, TranscriptRunner()), (.online, onlineRunner())] {
            let transcript = try card.transcript(runner)
            let read = try Transcript(text: Array(transcript.text.utf8))
            #expect(read == transcript)
            #expect(read.text == transcript.text)
            let replay = try #require(read.replay(caKeys: runner.caKeys()))
            #expect(replay.divergence == nil)
            #expect(replay.outcome == (try runner.run(card).outcome))
        }
    }

    @Test("A recording made while a transaction runs is its transcript")
    func recording() throws {
        let runner = TranscriptRunner()
        let transcript = try RecordedCard.offline.transcript(runner)
        let channel = RecordingChannel(ReplayingChannel(transcript))
        var transaction = try runner.transaction()
        let outcome = transaction.run(on: channel, beforeCommit: {})
        #expect(channel.exchanges == transcript.exchanges)
        #expect(outcome == (try runner.run(.offline).outcome))
    }

    @Test("A card torn at any command replays torn", arguments: 0...5)
    func torn(at index: Int) throws {
        let runner = TranscriptRunner()
        var transcript = try RecordedCard.offline.transcript(runner)
        transcript.exchanges = Array(transcript.exchanges.prefix(index + 1))
        transcript.exchanges[index].answer = .failure(.reader(code: 0x8010_002F))
        let read = try Transcript(text: Array(transcript.text.utf8))
        #expect(read == transcript)
        let replay = try #require(read.replay(caKeys: runner.caKeys()))
        #expect(replay.divergence == nil)
        switch replay.outcome {
        case .tryAgain(.communication(.reader(code: 0x8010_002F))): #expect(index < 2)
        case .torn(nil): #expect(index == 2)
        case .torn: #expect(index > 2)
        default: Issue.record("\(replay.outcome)")
        }
    }

    @Test("What differs from the recording is named by its position")
    func divergence() throws {
        let runner = TranscriptRunner()
        var transcript = try RecordedCard.offline.transcript(runner)
        transcript.exchanges[2].command[10] ^= 1
        #expect(transcript.replay(caKeys: try runner.caKeys())?.divergence == 2)
        transcript = try RecordedCard.offline.transcript(runner)
        transcript.exchanges.append(transcript.exchanges[0])
        #expect(transcript.replay(caKeys: try runner.caKeys())?.divergence == 6)
        transcript.exchanges.removeLast(2)
        #expect(transcript.replay(caKeys: try runner.caKeys())?.divergence == 5)
        #expect(Transcript(exchanges: transcript.exchanges).replay(caKeys: try runner.caKeys()) == nil)
    }

    @Test("Every part of a setting comes back")
    func settings() throws {
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: 12_345, currency: .sek), otherAmount: Money(minorUnits: 100, currency: .sek), type: 0x09,
            date: CivilDate("2026-11-20") ?? CivilDate(daysSince1970: 0),
            validityDate: CivilDate("2026-11-21"), expiryIsMonth: true, countryCode: 752,
            unpredictableNumber: [1, 2, 3, 4], onlineCryptogramRequired: true)
        let plain = Combination(applicationIdentifier: [0xA0, 0, 0, 0, 3], qualifiers: [])
        var full = Combination(
            applicationIdentifier: Combination.visaCreditDebit, kernel: KernelIdentifier(rawValue: 0x810978),
            qualifiers: [.emvMode, .fDDAVersion1])
        full.transactionLimit = 50_000
        full.floorLimit = 0
        full.terminalFloorLimit = 7
        full.verificationLimit = Int64.max
        full.supportsStatusCheck = true
        full.allowsZeroAmount = true
        full.supportsExtendedSelection = true
        full.readsOfflineBalance = true
        full.transactionTypes = [0x00, 0x20]
        full.programLimits = [
            ProgramLimits(program: [0x31], limits: ReaderLimits(transactionLimit: 1, verificationLimit: 3, allowsZeroAmount: true)),
            ProgramLimits(program: [0x32], limits: ReaderLimits(floorLimit: 2, terminalFloorLimit: 4, supportsStatusCheck: true)),
        ]
        let errors: [CardError] = [
            .removed, .reset, .emptyResponse, .sharingViolation, .unresponsive, .readerGone, .serviceLost, .stuck,
            .reader(code: .max), .commandTooLong(bytes: 256), .malformedCommand, .endlessResponse,
        ]
        let transcript = Transcript(
            setting: Transcript.Setting(parameters: parameters, combinations: [plain, full]),
            exchanges: errors.map { Transcript.Exchange(command: [0, 0xA4, 4, 0], answer: .failure($0)) }, isMasked: true)
        #expect(try Transcript(text: Array(transcript.text.utf8)) == transcript)
    }

    @Test("A text that is none is refused with its line", arguments: [
        ("", TranscriptError.header), ("kassad-transcript 2\n", .header),
        ("kassad-transcript 1\nfoo 1\n", .unknownLine(2)),
        ("kassad-transcript 1\n< 9000\n", .order(line: 2)),
        ("kassad-transcript 1\n> 00A40400\n> 00A40400\n", .order(line: 3)),
        ("kassad-transcript 1\n> 00A40400", .order(line: 2)),
        ("kassad-transcript 1\n> 00A4040\n", .field("command", line: 2)),
        ("kassad-transcript 1\n> 00A40400\n< XX\n", .field("response", line: 3)),
        ("kassad-transcript 1\n> 00A40400\n! gone fishing\n", .field("failure", line: 3)),
        ("kassad-transcript 1\nmasked perhaps\n", .field("masked", line: 2)),
        ("kassad-transcript 1\ntype 00\ntype 00\n", .repeated("type", line: 3)),
        ("kassad-transcript 1\ntype 00\n", .missing("amount")),
        ("kassad-transcript 1\namount 1 XYZ\n", .field("amount", line: 2)),
        ("kassad-transcript 1\ncombination aid=A000000003\n", .field("combination", line: 2)),
        ("kassad-transcript 1\ncombination aid=A000000003 kernel=3 qualifiers=24004000 other\n", .field("combination", line: 2)),
        ("kassad-transcript 1\namount -1 SEK\ntype 00\ndate 2026-11-20\ncountry 752\nrandom 01020304\n",
            .parameters(.amountOutOfRange)),
        ("kassad-transcript 1\n> 00A40400\n< 9000\namount 1 SEK\n", .unknownLine(4)),
    ])
    func refused(text: String, error: TranscriptError) {
        #expect(throws: error) { try Transcript(text: Array(text.utf8)) }
    }

    @Test("Bounds: a megabyte, 512 exchanges, an extended length for a message")
    func bounds() throws {
        let pair = "> 00A40400\n< 9000\n"
        let full = "kassad-transcript 1\n" + String(repeating: pair, count: 512)
        #expect(try Transcript(text: Array(full.utf8)).exchanges.count == 512)
        #expect(throws: TranscriptError.tooManyExchanges(line: 1026)) { try Transcript(text: Array((full + pair).utf8)) }
        let long = [UInt8](repeating: UInt8(ascii: "#"), count: Transcript.greatestText + 1)
        #expect(throws: TranscriptError.tooLong(bytes: long.count)) { try Transcript(text: long) }
        let message = "kassad-transcript 1\n> 00A40400\n< " + String(repeating: "00", count: Transcript.greatestMessage + 1)
        #expect(throws: TranscriptError.field("response", line: 3)) { try Transcript(text: Array(message.utf8)) }
    }

    @Test("20,000 mutated texts: a transcript or an error, and what is read replays without a trap")
    func mutated() throws {
        var random = Seeded(state: 5)
        let keys = try TranscriptRunner().caKeys()
        let original = Array(try RecordedCard.offline.transcript(TranscriptRunner()).text.utf8)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] = Array("0123456789ABCDEF \n<>!=-".utf8).randomElement(using: &random) ?? 0
                case 2 where bytes.count > 1: bytes.remove(at: at)
                default: bytes = Array(bytes.prefix(max(1, at)))
                }
            }
            guard let transcript = try? Transcript(text: bytes) else { continue }
            read += 1
            #expect(try Transcript(text: Array(transcript.text.utf8)) == transcript)
            if read % 10 == 0 { _ = transcript.replay(caKeys: keys) }
        }
        #expect(read > 1000)
    }

    @Test("ALL-5: it prints no card data")
    func masked() throws {
        let transcript = try RecordedCard.offline.transcript(TranscriptRunner())
        var dumped = ""
        dump(transcript, to: &dumped)
        dump(transcript.exchanges, to: &dumped)
        for text in ["\(transcript)", "\(transcript.exchanges)", String(reflecting: transcript), dumped] {
            #expect(!text.contains("4761739001010010") && !text.contains("71, 97, 115"))
        }
    }
}
