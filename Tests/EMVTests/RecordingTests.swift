import EMV
import SmartCard
import Testing

@Suite("What is recorded can be read again") struct RecordingTests {
    /// Answers with the next of its lengths.
    private final class Card: CardChannel {
        var lengths: ArraySlice<Int>
        init(_ lengths: [Int]) { self.lengths = lengths[...] }
        var answerToReset: [UInt8] { [] }
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            guard let length = lengths.popFirst() else { throw .removed }
            guard length >= 0 else { throw .commandTooLong(bytes: -length) }
            return [UInt8](repeating: UInt8(length & 0xFF), count: length)
        }
    }

    private func record(_ lengths: [Int], commands: [Int]) -> (kept: [Transcript.Exchange], said: [Transcript.Exchange]) {
        let recording = RecordingChannel(Card(lengths))
        var said: [Transcript.Exchange] = []
        for length in commands {
            let command = [UInt8](repeating: 0xA4, count: length)
            do { said.append(.init(command: command, answer: .response(try recording.transmit(command)))) } catch { said.append(.init(command: command, answer: .failure(error))) }
        }
        return (recording.exchanges, said)
    }

    @Test("Answers of any length: what is kept is the beginning of what was said, and its text form is it again", arguments: 0..<24)
    func readable(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let count = [1, 5, 40, 600][seed % 4]
        let most = [300, 4_097, 4_099, 70_000][Int.random(in: 0...3, using: &random)]
        let lengths = (0..<count).map { _ in Int.random(in: -1...most, using: &random) }
        let (kept, said) = record(lengths, commands: (0..<count + 1).map { _ in Int.random(in: 0...300, using: &random) })
        #expect(kept == Array(said.prefix(kept.count)))
        #expect(kept.count == said.count || kept.count == Transcript.greatestExchanges || kept.count < said.count && said.map(Self.bytes).reduce(0, +) > 60_000)
        for transcript in [Transcript(exchanges: kept), Transcript(exchanges: kept).masked] {
            #expect(try Transcript(text: Array(transcript.text.utf8)) == transcript)
        }
    }

    private static func bytes(_ exchange: Transcript.Exchange) -> Int {
        guard case .response(let bytes) = exchange.answer else { return exchange.command.count }
        return exchange.command.count + bytes.count
    }

    @Test("The longest answers that a card can give are kept; one beyond, and all after it, is not")
    func longest() throws {
        let (kept, _) = record([65_538, 65_538, Transcript.greatestMessage + 1, 2], commands: [5, 5, 5, 5])
        #expect(kept.map(Self.bytes) == [65_543, 65_543])
        let full = record([Int](repeating: 65_538, count: 20), commands: [Int](repeating: 5, count: 20)).kept
        #expect(full.count == Transcript.greatestRecording / 65_543)
        #expect(try Transcript(text: Array(Transcript(exchanges: full).text.utf8)).exchanges == full)
    }

    @Test("With a setting as long as one may be")
    func settings() throws {
        let runner = TranscriptRunner()
        var transcript = try RecordedCard.offline.transcript(runner)
        let setting = try #require(transcript.setting)
        var combination = try #require(setting.combinations.first)
        combination.transactionLimit = .max
        combination.floorLimit = .max
        combination.terminalFloorLimit = .max
        combination.verificationLimit = .max
        let limits = ReaderLimits(transactionLimit: .max, floorLimit: .max, terminalFloorLimit: .max, verificationLimit: .max, allowsZeroAmount: true)
        combination.programLimits = (0..<4).map { ProgramLimits(program: [UInt8](repeating: UInt8($0), count: 16), limits: limits) }
        transcript.setting?.combinations = [Combination](repeating: combination, count: Transcript.greatestCombinations)
        transcript.exchanges = record([Int](repeating: 880, count: 600), commands: [Int](repeating: 16, count: 600)).kept
        #expect(transcript.exchanges.count > 500)
        #expect(try Transcript(text: Array(transcript.text.utf8)) == transcript)
    }
}
