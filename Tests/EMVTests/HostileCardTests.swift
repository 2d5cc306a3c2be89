import Core
import EMV
import SmartCard
import Testing

/// SplitMix64: the same mutations in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

@Suite("Invariant 7: no card can trap the terminal or make it approve")
struct HostileCardTests {
    static func mutated(_ responses: [[UInt8]], _ random: inout Seeded) -> [[UInt8]] {
        var responses = responses
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let which = Int.random(in: 0..<responses.count, using: &random)
            var bytes = responses[which]
            let at = Int.random(in: 0...max(0, bytes.count - 1), using: &random)
            switch Int.random(in: 0...6, using: &random) {
            case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 1 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2 where !bytes.isEmpty: bytes.remove(at: at)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 4: bytes = Array(bytes.prefix(at))
            case 5: bytes = Array(bytes.prefix(at)) + responses[Int.random(in: 0..<responses.count, using: &random)].suffix(from: 0)
            // Anywhere but in the status word, so that the mutation is met by the parser behind it.
            default:
                let body = max(1, bytes.count - 2)
                if bytes.count > 2 { bytes[Int.random(in: 0..<body, using: &random)] = [0x00, 0x7F, 0x80, 0x81, 0x82, 0xFF].randomElement(using: &random) ?? 0 }
            }
            responses[which] = bytes
        }
        return responses
    }

    @Test("6,000 seeded mutations of the offline transaction: always an outcome, never a wrong approval", arguments: 0..<6)
    func offline(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let original = try TranscriptRunner().run(.offline).outcome
        for _ in 0..<1000 {
            let run = try TranscriptRunner().run(Self.mutated(RecordedCard.offline.responses, &random))
            guard case .approved(let evidence) = run.outcome else { continue }
            // What is approved is what the card signed or its cryptogram vouches for: the PAN at least.
            #expect(evidence.pan == original.evidence?.pan)
            #expect(evidence.authentication == .passed)
        }
    }

    @Test("2,000 seeded mutations of the online transaction")
    func online() throws {
        var random = Seeded(state: 99)
        var runner = TranscriptRunner()
        runner.amount = 9000
        for _ in 0..<2000 {
            let outcome = try runner.run(Self.mutated(RecordedCard.online.responses, &random)).outcome
            if case .approved = outcome { Issue.record("approved without authentication") }
        }
    }

    @Test("2,000 answers of random bytes to every command")
    func random() throws {
        var random = Seeded(state: 7)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...5, using: &random)
            let noise = (0..<3).map { _ in
                (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } + [0x90, 0x00]
            }
            _ = try TranscriptRunner().run(Array(RecordedCard.offline.responses.prefix(count)) + noise)
        }
    }

    @Test("An answer of 5,000 bytes is refused at each command", arguments: 0...5)
    func longAnswer(position: Int) throws {
        var responses = RecordedCard.offline.responses
        responses[position] = [UInt8](repeating: 0, count: 5000) + [0x90, 0x00]
        switch try TranscriptRunner().run(responses).outcome {
        case .endApplication(.malformed(_, .tooLong(bytes: 5000)), let evidence): #expect((evidence != nil) == (position >= 3))
        case .endApplication(.noSupportedApplication, nil): #expect(position == 1)
        case let other: Issue.record("\(other)")
        }
    }

    @Test("GET PROCESSING OPTIONS status words", arguments: [
        (UInt16(0x6984), ContactlessOutcome.tryAnotherInterface(nil)),
        (0x6985, .endApplication(.noSupportedApplication, nil)),
        (0x6986, .tryAgain(.seePhone)),
        (0x6700, .endApplication(.status(.wrongLength, .getProcessingOptions), nil)),
        (0x6A80, .endApplication(.status(StatusWord(0x6A, 0x80), .getProcessingOptions), nil)),
        (0x6283, .endApplication(.status(StatusWord(0x62, 0x83), .getProcessingOptions), nil)),
    ])
    func optionsStatus(status: UInt16, expected: ContactlessOutcome) throws {
        let responses = RecordedCard.offline.responses.prefix(2) + [StatusWord(rawValue: status).bytes]
        #expect(try TranscriptRunner().run(Array(responses)).outcome == expected)
    }

    @Test("6985 asks the next application, and commits again")
    func selectNext() throws {
        let directory = TLV(0x6F, [TLV(0xA5, [TLV(0xBF0C, [
            TLV(0x61, [TLV(0x4F, Combination.visaCreditDebit + [1])]), TLV(0x61, [TLV(0x4F, Combination.visaCreditDebit)]),
        ])])]).encoded + [0x90, 0x00]
        let recorded = RecordedCard.offline.responses
        let run = try TranscriptRunner().run([directory, recorded[1], [0x69, 0x85]] + recorded.dropFirst())
        #expect(run.commits == [2, 4])
        guard case .approved = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
    }

    @Test("GET PROCESSING OPTIONS answers of a wrong shape", arguments: [
        ("800E20001801010110010100100303009000", EndApplicationReason.legacyFormat),
        ("9000", .malformed(.getProcessingOptions, .template(expected: 0x77))),
        ("70009000", .malformed(.getProcessingOptions, .template(expected: 0x77))),
        ("770077009000", .malformed(.getProcessingOptions, .template(expected: 0x77))),
        ("77059000", .malformed(.getProcessingOptions, .tlv(.truncated(offset: 0)))),
        ("77009000", .missing(0x9F26)),
        ("7706940418010A009000", .malformed(.readRecord(file: 3, record: 1), .template(expected: 0x70))),
        ("77059403180101 9000", .malformed(.getProcessingOptions, .value(0x94))),
    ])
    func optionsShape(answer: String, expected: EndApplicationReason) throws {
        let responses = RecordedCard.offline.responses.prefix(2) + [Hex.decode(answer) ?? [], [0x90, 0x00]]
        #expect(try TranscriptRunner().run(Array(responses)).outcome == .endApplication(expected, nil))
    }

    @Test("A record that is refused ends the application with what the card said so far", arguments: [
        ("6A83", EndApplicationReason.status(.recordNotFound, .readRecord(file: 3, record: 1))),
        ("9000", .malformed(.readRecord(file: 3, record: 1), .template(expected: 0x70))),
        ("77009000", .malformed(.readRecord(file: 3, record: 1), .template(expected: 0x70))),
        ("70029000", .malformed(.readRecord(file: 3, record: 1), .tlv(.truncated(offset: 0)))),
        ("700582022000909000", .malformed(.readRecord(file: 3, record: 1), .tlv(.truncated(offset: 4)))),
        ("700482022000 9000", .repeated(0x82)),
    ])
    func recordShape(answer: String, expected: EndApplicationReason) throws {
        let responses = RecordedCard.offline.responses.prefix(3) + [Hex.decode(answer) ?? []]
        guard case .endApplication(expected, let evidence) = try TranscriptRunner().run(Array(responses)).outcome else {
            Issue.record("\(try TranscriptRunner().run(Array(responses)).outcome)")
            return
        }
        #expect(evidence?.cryptogramType == .tc)
    }
}
