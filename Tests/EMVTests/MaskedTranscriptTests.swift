import Core
import SmartCard
import Testing

@testable import EMV

@Suite("A masked transcript replays, and holds no card data")
struct MaskedTranscriptTests {
    private static func runner(online: Bool) -> TranscriptRunner {
        var runner = TranscriptRunner()
        guard online else { return runner }
        runner.amount = 9000
        runner.date = "2020-03-16"
        runner.combination.floorLimit = 5000
        runner.combination.verificationLimit = 5000
        return runner
    }

    private static func kind(_ outcome: ContactlessOutcome) -> String {
        switch outcome {
        case .approved: "approved"
        case .onlineRequest: "online"
        case .declined(_, let reason): "declined \(reason)"
        case .tryAnotherInterface: "another interface"
        case .tryAgain(let reason): "again \(reason)"
        case .endApplication(let reason, _): "end \(reason)"
        case .torn: "torn"
        }
    }

    @Test("The same steps and the same outcome, but for what rests on certificates", arguments: [false, true])
    func replays(online: Bool) throws {
        let runner = Self.runner(online: online)
        let transcript = try (online ? RecordedCard.online : .offline).transcript(runner)
        let masked = try Transcript(text: Array(transcript.masked.text.utf8))
        #expect(masked.isMasked)
        // Without keys neither can authenticate: everything else must come out alike.
        let none = try CAPublicKeyStore([])
        let original = try #require(transcript.replay(caKeys: none))
        let replay = try #require(masked.replay(caKeys: none))
        #expect(original.divergence == nil && replay.divergence == nil)
        #expect(Self.kind(replay.outcome) == Self.kind(original.outcome))
        let (first, second) = (try #require(original.outcome.evidence), try #require(replay.outcome.evidence))
        #expect(second.pan.digits == "4761730000000010")
        #expect(first.pan.digits == "4761739001010010")
        #expect((first.cryptogram, first.atc, first.cryptogramType) == (second.cryptogram, second.atc, second.cryptogramType))
        // With the keys the original is approved offline; the masked one is not, and says that authentication failed.
        if !online {
            let keys = try runner.caKeys()
            #expect(transcript.replay(caKeys: keys).map { Self.kind($0.outcome) } == "approved")
            let failed = try #require(masked.replay(caKeys: keys))
            #expect(failed.divergence == nil)
            #expect(Self.kind(failed.outcome) != "approved")
        }
    }

    @Test("Nothing of number, track or name is left, in any coding; lengths and structure are", arguments: [false, true])
    func clean(online: Bool) throws {
        let transcript = try (online ? RecordedCard.online : .offline).transcript(Self.runner(online: online))
        let masked = transcript.masked
        let text = masked.text
        // BCD at either half byte, ASCII, UTF-16 of both byte orders; discretionary data; the name.
        for secret in ["4761739001010010", "34373631373339303031303130303130", "0034003700360031", "3400370036003100", "1438825820220", "11143844489", "5649534120434152", "484F4C444552"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        #expect(masked.exchanges.map(\.command) == transcript.exchanges.map(\.command))
        for (before, after) in zip(transcript.exchanges, masked.exchanges) {
            guard case .response(let first) = before.answer, case .response(let second) = after.answer else {
                Issue.record("a response became something else")
                continue
            }
            let (one, two) = (try TLV.flattened(first.dropLast(2)), try TLV.flattened(second.dropLast(2)))
            #expect(one.map(\.tag) == two.map(\.tag))
            #expect(one.map(\.value.count) == two.map(\.value.count))
        }
        // The card's certificate holds the number under the issuer's public key.
        let certificates = masked.exchanges.flatMap { exchange -> [TLV] in
            guard case .response(let bytes) = exchange.answer else { return [] }
            return ((try? TLV.flattened(bytes.dropLast(2))) ?? []).filter { $0.tag == 0x9F46 }
        }
        #expect(certificates.count == (online ? 0 : 1))
        for certificate in certificates { #expect(certificate.value.allSatisfy { $0 == 0 }) }
    }

    @Test("57 and 5A keep one number, and masking twice changes nothing more")
    func consistent() throws {
        let transcript = try RecordedCard.offline.transcript(TranscriptRunner())
        let text = transcript.masked.text
        #expect(text.contains("5A084761730000000010"))
        #expect(text.contains("57104761730000000010D1912201000"))
        #expect(transcript.masked.masked == transcript.masked)
    }

    @Test("PIN commands, names, and a number repeated elsewhere")
    func others() throws {
        func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
        let transcript = Transcript(exchanges: [
            .init(command: try bytes("0020008008241234FFFFFFFFFF"), answer: .response([0x90, 0x00])),
            .init(
                command: try bytes("00B2010C00"),
                answer: .response(try bytes("7027 5A08 4761739001010011 5F20 08 444F452F4A414E45 9F7C 10 34373631373339303031303130303131 9000"))),
            .init(command: try bytes("80CA9F7F00"), answer: .response(try bytes("DF50 09 F4761739001010011F 9000"))),
            .init(command: try bytes("00B2020C00"), answer: .failure(.removed)),
        ])
        let masked = transcript.masked
        #expect(masked.text.contains("> 0020008008\(String(repeating: "0", count: 16))\n"))
        #expect(masked.text.contains("5A084761730000000011"))
        #expect(masked.text.contains("5F2008\(Hex.encode(Array("XXX/XXXX".utf8)))"))
        #expect(masked.text.contains("DF5009F4761730000000011F"))
        #expect(!masked.text.contains("34373631373339303031303130303131"))
        #expect(masked.exchanges.last?.answer == .failure(.removed))
    }

    /// What a hostile card gives: 32 entries, each selection answered by distinct numbers with 6A82.
    private static func flood(answers: Int, bytes: Int, distinct: Bool = true) -> Transcript {
        var number = 0
        let exchanges = (0..<answers).map { answer in
            var data: [UInt8] = []
            while data.count + 8 <= bytes {
                number += 1
                let shown = distinct ? number : number % 64
                data += [0x5A, 0x04, 0x41, UInt8(shown / 10_000 % 10) << 4 | UInt8(shown / 1_000 % 10)]
                data += [UInt8(shown / 100 % 10) << 4 | UInt8(shown / 10 % 10), UInt8(shown % 10) << 4 | 7]
            }
            return Transcript.Exchange(command: [0, 0xA4, 4, 0, 2, 0xA0, UInt8(answer), 0], answer: .response(data + [0x6A, 0x82]))
        }
        return Transcript(exchanges: exchanges)
    }

    @Test("A card that gives thousands of numbers costs no more than its bytes; of its answers only lengths and status words stay")
    func flooded() throws {
        let transcript = Self.flood(answers: 33, bytes: 4_096)
        var steps = 0
        let masked = transcript.masked(counting: &steps)
        let bytes = 33 * 4_106
        #expect(steps <= bytes * 64, "\(steps) steps for \(bytes) bytes")
        for (before, after) in zip(transcript.exchanges, masked.exchanges) {
            #expect(after.command == before.command.prefix(5) + [0, 0, 0])
            guard case .response(let first) = before.answer, case .response(let second) = after.answer else {
                Issue.record("a response became something else")
                continue
            }
            #expect(second == [UInt8](repeating: 0, count: first.count - 2) + [0x6A, 0x82])
        }
        #expect(masked.isMasked && masked.masked == masked)
        #expect(try Transcript(text: Array(masked.text.utf8)) == masked)
    }

    @Test("As many as are kept are replaced everywhere, and cost by the bytes too")
    func kept() {
        let transcript = Self.flood(answers: 33, bytes: 4_096, distinct: false)
        var steps = 0
        let masked = transcript.masked(counting: &steps)
        #expect(steps > 0 && steps <= 33 * 4_106 * 128, "\(steps) steps")
        #expect(masked.exchanges.map(\.command) == transcript.exchanges.map(\.command))
        for exchange in masked.exchanges {
            guard case .response(let bytes) = exchange.answer else { continue }
            #expect(bytes.prefix(2) == [0x5A, 0x04] && bytes[2...3] == [0, 0])
        }
    }

    @Test("Names that are alike but for their ends cost no more")
    func names() {
        let exchanges = (0..<33).map { answer in
            let objects = (0..<2).flatMap { (index: Int) -> [UInt8] in
                TLV(0x5F20, [UInt8](repeating: 0x41, count: 24) + [UInt8(0x41 + answer % 26), UInt8(0x41 + index)]).encoded
            }
            return Transcript.Exchange(
                command: [0, 0xB2, 1, 0x0C, 0], answer: .response(objects + TLV(0xDF50, [UInt8](repeating: 0x41, count: 3_000)).encoded + [0x90, 0]))
        }
        var steps = 0
        let masked = Transcript(exchanges: exchanges).masked(counting: &steps)
        #expect(steps <= 33 * 3_070 * 192, "\(steps) steps")
        #expect(masked.isMasked)
    }
}
