import Core
import EMV
import SmartCard
import Tags
import Testing
import VirtualCards

@testable import Terminal

@Suite("A technician sees taps of tags as well as of cards")
struct TagTraceTests {
    private static let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]

    private func tap(_ master: [UInt8], on channel: any CardChannel) throws -> ClosedLoopOutcome {
        let key = try #require(AESKey(master))
        let verifier = try #require(
            SDMVerifier(layout: SDMLayout(), metaRead: AESKey(TestTags.metaKey), fileRead: .diversified(master: key, label: .url)))
        let profile = ClosedLoopProfile(url: verifier, key: .diversified(master: key, label: .value), keyNumber: 3)
        let context = try #require(
            TapContext(
                payment: UUIDv7(milliseconds: 1, random: [1, 2, 3]), amount: Money(minorUnits: 9_500, currency: .sek),
                nonce: [UInt8](repeating: 7, count: 16)))
        var tap = ClosedLoopTag(profile, context)
        return tap.run(on: channel)
    }

    private func tag() throws -> NTAG424Tag {
        try NTAG424Tag(
            NTAG424Tag.Configuration(uid: Self.uid, mirror: try TestTags.mirror()),
            state: NTAG424Tag.TagState(keys: TestTags.keys(uid: Self.uid)))
    }

    @Test("A tag that pays: every exchange, none of its secrets")
    func pays() async throws {
        let traces = TapTraces()
        #expect(traces.recording(DirectChannel(try tag())) == nil, "nothing is recorded while nobody watches")
        var news = traces.stream().makeAsyncIterator()
        let recording = try #require(traces.recording(DirectChannel(try tag())))
        guard case .authenticated(let evidence) = try tap(TestTags.masterKey, on: recording) else {
            Issue.record("not authenticated")
            return
        }
        traces.post(tag: recording, payment: evidence.context.payment, lane: "lane 1", at: UTCInstant(milliseconds: 1))
        let reply = try #require(await news.next())
        #expect(reply.payment == evidence.context.payment.description && reply.exchanges == recording.exchanges.count)
        let text = try #require(reply.transcript)
        let transcript = try Transcript(text: Array(text.utf8))
        #expect(transcript.isMasked && transcript.setting == nil && transcript.exchanges.count == recording.exchanges.count)
        #expect(!text.contains(Hex.encode(Self.uid)))
        #expect(text.contains(Hex.encode(Array("picc_data=000".utf8))) && text.contains("> 9071000002"), "\(text)")
        for exchange in recording.exchanges where exchange.command[0] == 0x90 {
            guard case .response(let answer) = exchange.answer else { continue }
            #expect(answer.count <= 4 || !text.contains(Hex.encode(answer.dropLast(2))))
        }
    }

    @Test("A tag of others, then the kernel: what was asked of it as a tag stands as remarks, and the transaction replays")
    func notOurs() async throws {
        let traces = TapTraces()
        var news = traces.stream().makeAsyncIterator()
        let card = DirectChannel(try tag())
        let asTag = try #require(traces.recording(card))
        guard case .notOurs = try tap([UInt8](repeating: 9, count: 16), on: asTag) else {
            Issue.record("ours")
            return
        }
        let combination = Combination(applicationIdentifier: Combination.visaCreditDebit, qualifiers: [.emvMode])
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: 9_500, currency: .sek), date: CivilDate(daysSince1970: 20_778), countryCode: 752,
            unpredictableNumber: [1, 2, 3, 4])
        let recording = try #require(traces.recording(card))
        var transaction = ContactlessTransaction(combinations: [combination], parameters: parameters, caKeys: CAPublicKeyStore())
        _ = transaction.run(on: recording, beforeCommit: {})
        traces.post(
            recording, after: asTag, of: Transcript.Setting(parameters: parameters, combinations: [combination]),
            payment: UUIDv7(milliseconds: 1, random: [1, 2, 3]), lane: "lane 1", at: UTCInstant(milliseconds: 1))
        let text = try #require(await news.next()?.transcript)
        let transcript = try Transcript(text: Array(text.utf8))
        #expect(transcript.exchanges.count == recording.exchanges.count)
        #expect(transcript.replay(caKeys: CAPublicKeyStore())?.divergence == nil)
        let remarks = text.split(separator: "\n").filter { $0.hasPrefix("# >") }
        #expect(remarks.count == asTag.exchanges.count && remarks.first == "# > 00A4040007D276000085010100")
        #expect(!text.contains(Hex.encode(Self.uid)))
    }
}
