import Core
import EMV
import Foundation
import SmartCard
import Tags
import Testing

@Suite("No explanation shows a card number, track data, a name or a PIN")
struct CardNumberMaskTests {
    private static func output(_ pieces: [UInt8]...) -> String {
        var decoder = DataDecoder(message: { NDEFMessage.explained($0) })
        return pieces.map { decoder.decode($0).lines(whole: true).joined(separator: "\n") }.joined(separator: "\n")
    }

    /// Every way in which `digits` could be read in `text`.
    private static func shows(_ digits: String, in text: String) -> Bool {
        let ascii = Hex.encode(Array(digits.utf8))
        let big = digits.utf8.map { "00" + Hex.encode([$0]) }.joined()
        let little = digits.utf8.map { Hex.encode([$0]) + "00" }.joined()
        return [digits, ascii, big, little].contains { text.contains($0) }
            || text.replacing(" ", with: "").replacing("-", with: "").contains(digits)
    }

    /// A number of `count` digits; with the right check digit unless `isValid` is false.
    private static func number(_ count: Int, isValid: Bool = true, _ random: inout Seeded) -> [UInt8] {
        var digits = [UInt8.random(in: 1...9, using: &random)] + (0..<count - 1).map { _ in UInt8.random(in: 0...9, using: &random) }
        // The check digit by its definition, one digit after the other from the right.
        func sum(_ digits: [UInt8]) -> Int {
            digits.reversed().enumerated().reduce(0) { total, item in
                let value = item.offset % 2 == 1 ? Int(item.element) * 2 : Int(item.element)
                return total + value / 10 + value % 10
            }
        }
        digits[count - 1] = 0
        digits[count - 1] = UInt8((10 - sum(digits) % 10) % 10)
        if !isValid { digits[count - 1] = (digits[count - 1] + 1) % 10 }
        return digits
    }

    private static func packed(_ nibbles: [UInt8]) -> [UInt8] {
        let even = nibbles.count % 2 == 0 ? nibbles : nibbles + [0x0F]
        return stride(from: 0, to: even.count, by: 2).map { even[$0] << 4 | even[$0 + 1] }
    }

    private static func text(_ digits: [UInt8]) -> String { String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self) }

    @Test("First six and last four stay", arguments: [
        ("5A084761739001010010", "476173******0010"), ("5A0A47617390010100100199", "hidden"), ("5A083782822463100 05F", "378282*****0005"),
        ("5A0641111111111F", "card *******1111"), ("57114761739001010010D22122011143844489", "card 476173******0010, expires 2022-12"),
    ])
    func shown(hex: String, expected: String) throws {
        let output = Self.output(try #require(Hex.decode(hex.replacing(" ", with: ""))))
        #expect(output.contains(expected), "\(output)")
    }

    @Test("The recorded transactions", arguments: [RecordedCard.offline, RecordedCard.online])
    func recorded(card: RecordedCard) {
        var decoder = DataDecoder()
        var output = ""
        for exchange in card.exchanges {
            for piece in [exchange.command, exchange.response] {
                output += decoder.decode(Hex.decode(piece) ?? []).lines(whole: true).joined(separator: "\n")
            }
        }
        #expect(output.contains("476173******0010"))
        for secret in ["4761739001010010", "34373631373339303031303130303130", "VISA CARD2", "CARDHOLDER", "5649534120434152", "11438444", "11438825"] {
            #expect(!output.contains(secret), "\(secret)")
        }
    }

    @Test("A number in every coding, anywhere: alone, between other bytes, in objects known, unknown and nested, cut off", arguments: 0..<8)
    func everywhere(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        for round in 0..<120 {
            let digits = Self.number(Int.random(in: 12...19, using: &random), &random)
            let shown = Self.text(digits)
            func noise(_ most: Int) -> [UInt8] { (0..<Int.random(in: 0...most, using: &random)).map { _ in UInt8.random(in: 0xA0...0xFF, using: &random) } }
            let codings: [[UInt8]] = [
                Self.packed(digits), Self.packed([0x0F] + digits), Self.packed([UInt8.random(in: 0...9, using: &random)] + digits), Array(shown.utf8),
                shown.utf8.flatMap { [0, $0] }, shown.utf8.flatMap { [$0, 0] }, Array(shown.map { "\($0)" }.joined(separator: " ").utf8),
                Self.packed(digits + [0x0D, 2, 9, 1, 2, 2, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]), Array(";\(shown)=29122011234567890?".utf8),
                Array("%B\(shown)^DOE/JANE^2912201123456789?".utf8),
            ]
            let coding = codings[round % codings.count]
            let places: [[UInt8]] = [
                coding, noise(12) + coding + noise(12), TLV(0xDF50, coding).encoded, TLV(0xBF50, [TLV(0xDF51, coding)]).encoded,
                TLV(0x70, [TLV(0x5F24, [0x29, 0x12, 0x31]), TLV(0xDF52, noise(5) + coding)]).encoded, TLV(0xC7, TLV(0xDF53, coding).encoded).encoded,
                TLV(0x50, coding).encoded, TLV(0x9F10, coding).encoded, TLV(0x84, coding).encoded, coding + [0x90, 0x00], noise(6) + coding + [0x90, 0x00],
                [0x00, 0xD6, 0x00, 0x00, UInt8(coding.count)] + coding, Array(TLV(0x70, [TLV(0xDF54, coding + [1, 2, 3])]).encoded.dropLast(2)),
                [0xD1, 0x01, UInt8(coding.count + 3), 0x54, 0x02, 0x65, 0x6E] + coding,
            ]
            for place in places {
                let output = Self.output(place)
                #expect(!Self.shows(shown, in: output), "\(shown)\n\(output)")
                #expect(!output.contains("DOE/JANE"))
            }
        }
    }

    @Test("A number whose check digit is wrong is hidden in its own objects, and everywhere else once it is known")
    func invalidNumbers() {
        var random = Seeded(state: 5)
        for _ in 0..<300 {
            let digits = Self.number(Int.random(in: 13...19, using: &random), isValid: false, &random)
            let shown = Self.text(digits)
            let own = TLV(0x5A, Self.packed(digits))
            let track = TLV(0x57, Self.packed(digits + [0x0D, 2, 9, 1, 2, 2, 0, 1, 1, 2, 3]))
            for place in [
                own.encoded, track.encoded, TLV(0x70, [own, track]).encoded, TLV(0xBF50, [own]).encoded, TLV(0xDF50, own.encoded).encoded,
                TLV(0xDF50, [0xEE] + track.encoded + [0xDD]).encoded, [0xEE, 0xEE] + own.encoded + [0xEE], TLV(0x77, [own]).encoded + [0x90, 0x00],
            ] { #expect(!Self.shows(shown, in: Self.output(place)), "\(shown) \(Hex.encode(place))") }
            for other in [Self.packed([0x0A] + digits), Array(shown.utf8), shown.utf8.flatMap { [0, $0] }, shown.utf8.flatMap { [$0, 0] }] {
                #expect(!Self.shows(shown, in: Self.output(own.encoded, TLV(0xDF50, other).encoded)))
                #expect(!Self.shows(shown, in: Self.output(TLV(0x70, [TLV(0x9F7C, other), own]).encoded)))
            }
        }
    }

    @Test("Names, also nested, cut off, and where they are repeated", arguments: [
        "5F20 08 444F452F4A414E45", "70 0B 5F20 08 444F452F4A414E45", "BF50 0B 5F20 08 444F452F4A414E45", "DF50 0B 5F20 08 444F452F4A414E45",
        "DF50 0D EE 5F20 08 444F452F4A414E45 DD", "70 40 5F20 08 444F452F4A414E45", "5F20 1A 444F452F4A414E45", "70 17 5F20 08 444F452F4A414E45 DF51 08 444F452F4A414E45",
        "9F0B 1B 444F452F4A414E45202020202020202020202020202020202020 20", "7716 5F20 08 444F452F4A414E45 9F1F 08 444F452F4A414E45 9000",
    ])
    func names(hex: String) throws {
        let output = Self.output(try #require(Hex.decode(hex)))
        #expect(!output.contains("JANE") && !output.contains("4A414E45") && !output.contains("444F45"), "\(output)")
    }

    @Test("PINs, passwords and keys", arguments: [
        ("0020008008241234FFFFFFFFFF", "241234"), ("00200088 10 0123456789ABCDEF0123456789ABCDEF", "ABCDEF"), ("80240002 08 241234FFFFFFFFFF", "241234"),
        ("0024000108 3132333435363738", "31323334"), ("FF82000006 A0A1A2A3A4A5", "A1A2A3"), ("FF00000007D442 1B 31323334", "31323334"), ("9904 12345678", "345678"),
        ("90C40000 19 00 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF 00", "ABCDEF"), ("7212 9F1804 00000001 86 0D 8424000208 241234FFFFFFFFFF", "241234"),
    ])
    func secrets(hex: String, secret: String) throws {
        let output = Self.output(try #require(Hex.decode(hex)))
        #expect(!output.contains(secret), "\(output)")
        #expect(output.contains("****"), "\(output)")
    }

    @Test("Random and mutated bytes are explained, whatever they are, and never show the number that is in them")
    func anything() {
        // A million by `KASSAD_DECODER_INPUTS=1000000` in a release build; here as many as a debug build does in seconds.
        let count = ProcessInfo.processInfo.environment["KASSAD_DECODER_INPUTS"].flatMap { Int($0) } ?? 6_000
        var random = Seeded(state: 42)
        let corpus = (RecordedCard.offline.exchanges + RecordedCard.online.exchanges).flatMap { [Hex.decode($0.command) ?? [], Hex.decode($0.response) ?? []] }
            + ["8E0E000000000000000042031E031F00", "3B8F8001804F0CA0000003060300030000000068", "D1010E55016E66632D666F72756D2E6F7267", "9F66049F02065F2A029F3704",
               "7212 9F1804 00000001 86 0D 8424000208 241234FFFFFFFFFF"].map { Hex.decode($0) ?? [] }
        let forms = DataDecoder.Form.allCases
        var decoder = DataDecoder(message: { NDEFMessage.explained($0) })
        for round in 0..<count {
            var bytes: [UInt8]
            if round % 3 == 0 {
                bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                bytes = corpus.randomElement(using: &random) ?? []
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0...4, using: &random) {
                    case 0: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    case 1: bytes[at] = [0x00, 0x5A, 0x57, 0x70, 0x7F, 0x80, 0x81, 0x82, 0xFF].randomElement(using: &random) ?? 0
                    case 2: bytes.remove(at: at)
                    case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                    default: bytes = Array(bytes.prefix(at + 1))
                    }
                }
            }
            if round % 64 == 0 { decoder = DataDecoder(message: { NDEFMessage.explained($0) }) }
            let node = decoder.decode(bytes, as: round % 5 == 0 ? forms.randomElement(using: &random) ?? .auto : .auto)
            let output = node.lines(whole: true)
            #expect(!output.isEmpty && output.count <= 5_000)
            if Self.shows("4761739001010010", in: output.joined(separator: "\n")) { Issue.record("\(Hex.encode(bytes))\n\(output.joined(separator: "\n"))") }
        }
    }
}
