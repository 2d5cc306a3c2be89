import Core
import EMV
import SmartCard
import VirtualCards

@testable import Tags

/// Taps of the virtual tag and telephone. They are the same in each run: challenges are counted, not drawn.
extension Samples {
    static func dynamicURLs() -> [[UInt8]] {
        let first = Feed.publishedTaps.enumerated().map { [UInt8($0.offset)] + $0.element.url.utf8 }
        return first + [
            [0] + Feed.publishedTaps[0].url.lowercased().utf8, [0] + "https://a.example/?e=1&e=2&c=&c=94EED9EE65337086#c=1".utf8,
            [1] + "https://a.example/?cmac=ECC1E7F6C6C73BF6&picc_data=FD91EC264309878BE6345CBE53BADF40&enc=00".utf8,
        ]
    }

    private final class Channel: CardChannel {
        private let card: any VirtualCard
        private(set) var answers: [[UInt8]] = []
        init(_ card: any VirtualCard) { self.card = card }
        var answerToReset: [UInt8] { card.answerToReset }
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            let answer = card.respond(to: command)
            answers.append(answer)
            return answer
        }
    }

    private static func tap(readsCounter: Bool) throws -> (outcome: ClosedLoopOutcome, answers: [[UInt8]]) {
        guard let payment = Feed.payment else { throw BrokenPromise("no payment") }
        var next: UInt8 = 0
        let tag = try NTAG424Tag(
            NTAG424Tag.Configuration(uid: Feed.tagUID, mirror: try TestTags.mirror()),
            state: NTAG424Tag.TagState(keys: TestTags.keys(uid: Feed.tagUID)),
            random: { count in
                next &+= 0x11
                return (0..<count).map { next &+ UInt8(truncatingIfNeeded: $0) }
            })
        tag.reset()
        let channel = Channel(tag)
        var tap = ClosedLoopTag(try Feed.profile(readsCounter: readsCounter), payment)
        return (tap.run(on: channel), channel.answers)
    }

    static func closedLoopTags() throws -> [[UInt8]] {
        let whole = try tap(readsCounter: true).answers
        return [
            [0] + ScriptedCard.script(whole), [1] + ScriptedCard.script(try tap(readsCounter: false).answers),
            [0] + ScriptedCard.script(whole.dropLast() + [[0x91, 0x7E]]), [0] + ScriptedCard.script(Array(whole.prefix(3)) + [[0x91, 0xAD]]),
            [0] + ScriptedCard.script([[0x6A, 0x82]]), [1] + ScriptedCard.script(Array(whole.prefix(2)) + [[0x00, 0xFE, 0x90, 0x00], [0x61, 0x00]]),
        ]
    }

    static func tagEvidences() throws -> [[UInt8]] {
        try [true, false].map { readsCounter in
            guard case .authenticated(let evidence) = try tap(readsCounter: readsCounter).outcome else {
                throw BrokenPromise("the sample does not authenticate")
            }
            return evidence.encoded
        }
    }

    static func telephones() -> [[UInt8]] {
        // Signatures on P-256 are others each time: what a virtual telephone answered once.
        let answer = Hex.decode(telephoneAnswer) ?? []
        let selected: [UInt8] = [0xE0, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00]
        func pieces(_ size: Int) -> [[UInt8]] {
            stride(from: 0, to: answer.count, by: size).map { start in
                let rest = answer.count - start - size
                return Array(answer[start..<min(start + size, answer.count)]) + (rest > 0 ? [0x61, UInt8(min(rest, size))] : [0x90, 0x00])
            }
        }
        return [
            [0] + answer, [1] + ScriptedCard.script([selected] + pieces(250)), [1] + ScriptedCard.script([selected] + pieces(32)),
            [1] + ScriptedCard.script([selected, [0x69, 0x85]]), [1] + ScriptedCard.script([[0x6A, 0x82]]),
        ]
    }

    /// To ``Feed/payment``, by ``TestTags/phone(instrument:expiry:counter:)`` with ``Feed/instrument`` and the year 2100.
    private static let telephoneAnswer =
        "E281EFEC81A19010000102030405060708090A0B0C0D0E0F914104DE44A2AC93CD6830759D847B7C407B6A9CB56043FA2146D289E3B78E"
        + "768C17DAB9DB0ACAA3BABF54EAA656366804052D9664A00318585159929A6C7084F595049208000003BB2CC3D8009340D76917E3103F17"
        + "4E11F66227B3AB22F769DB407830AECA34DF4408ABF39216ED6A1C033DE3BC1543679FC013A1E8545A43D8BD021630B1BF2C3FA8CF4FD9"
        + "3CC39401019504000000019640E2255028182CDF23C614D5B4A83A63757B77579F5B4E52DBB816BEAFDCBFA2FEE0EA3548128504FA2AFF"
        + "5469ECB80CA3E82422EC42882F59729265139539221D"
}
