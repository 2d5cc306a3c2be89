import Core
import Foundation
import Testing

@testable import Programmes

/// 2026-11-21 12:00:00.000 UTC.
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

@Suite("Typed verification codes")
struct VerificationCodeRuleTests {
    private static let at = TrustedTime(instant: noon, anchored: true)

    private static func later(_ milliseconds: Int64) -> TrustedTime {
        TrustedTime(instant: noon.advanced(byMilliseconds: milliseconds), anchored: true)
    }

    /// Codes from a small generator, the same each time.
    private static func codes(_ count: Int) -> [VerificationCode] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var codes: [VerificationCode] = []
        while codes.count < count {
            var bytes: [UInt8] = []
            for _ in 0..<5 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
            }
            if let code = VerificationCode.make(from: bytes) { codes.append(code) }
        }
        return codes
    }

    @Test("MOB-5: a code is eight symbols of base 32 and a check symbol modulo 37")
    func made() throws {
        // 0x0102030405 = 4328719365; its base-32 digits by hand: 0 4 1 0 6 1 0 5; 4328719365 mod 37 = 10.
        let code = try #require(VerificationCode.make(from: [1, 2, 3, 4, 5]))
        #expect(4_328_719_365 % 37 == 10)
        #expect(code.text == "04106105A")
        #expect(code.grouped == "041-061-05A")
        #expect(VerificationCode.make(from: [1, 2, 3, 4]) == nil)
        // 32 mod 37 is the symbol `*`, which no till should have to type: the next five bytes are taken.
        #expect(VerificationCode.make(from: [0, 0, 0, 0, 32]) == nil)
        #expect(VerificationCode.make(from: [0, 0, 0, 0, 32, 1, 2, 3, 4, 5]) == code)
        // …but it is read.
        #expect(try VerificationCode(typed: "00000010*").text == "00000010*")
        #expect(VerificationCode.make(from: [0, 0, 0, 0, 36])?.text == "00000014U")
    }

    @Test(
        "MOB-5: typed with or without spaces, lower or upper case, O/0 and I/L/1 forgiven",
        arguments: [
            "04106105A", "041 061 05a", "o41-o61-o5A", "O4IO6IO5A", "o4lo6lo5a", " 0 4 1 0 6 1 0 5 A ", "041-061-05A",
        ])
    func forgiven(typed: String) throws {
        #expect(try VerificationCode(typed: typed).text == "04106105A")
    }

    @Test(
        "MOB-5: what can't be a code",
        arguments: [
            ("", .wrongLength), ("04106105", .wrongLength), ("04106105AA", .wrongLength),
            ("04106105B", .checkSymbolWrong),
            ("0410610UA", .unknownSymbol), ("0410*105A", .unknownSymbol), ("0410é105A", .unknownSymbol),
            ("0410.6105A", .unknownSymbol), (String(repeating: "0", count: 100_000), .wrongLength),
        ] as [(String, VerificationCode.TypingError)])
    func noCode(typed: String, error: VerificationCode.TypingError) {
        #expect(throws: error) { try VerificationCode(typed: typed) }
    }

    @Test("MOB-5: every wrong single symbol and every swap of neighbours is caught, in 500 codes")
    func everySlip() {
        var slips = 0
        for code in Self.codes(500) {
            let right = Array(code.text.utf8)
            #expect((try? VerificationCode(typed: code.grouped.lowercased())) == code)
            for place in right.indices {
                for symbol in VerificationCode.alphabet where symbol != right[place] {
                    var wrong = right
                    wrong[place] = symbol
                    slips += 1
                    if (try? VerificationCode(typed: String(decoding: wrong, as: UTF8.self))) != nil {
                        Issue.record("\(code.text) as \(String(decoding: wrong, as: UTF8.self))")
                    }
                }
                guard place + 1 < right.count, right[place] != right[place + 1] else { continue }
                var wrong = right
                wrong.swapAt(place, place + 1)
                slips += 1
                if (try? VerificationCode(typed: String(decoding: wrong, as: UTF8.self))) != nil {
                    Issue.record("\(code.text) as \(String(decoding: wrong, as: UTF8.self))")
                }
            }
        }
        #expect(slips > 500 * 9 * 36)
    }

    private func rules() throws -> VerificationCodeRules {
        try #require(try receiptRules().code)
    }

    private func receiptRules(_ toml: String = receiptTOML + receiptCodeTOML) throws -> ReceiptRules {
        try ReceiptRules(try TOMLFileTable(toml: toml, file: "receipt.toml"), currency: .eur)
    }

    /// One try: counted, looked up, taken off when known.
    private func type(
        _ typed: String, known: Bool, _ throttle: inout CodeThrottle, _ now: TrustedTime
    ) throws -> CodeAdmission.Answer {
        let admission = try rules().begin(typed, throttle: throttle, now: now)
        throttle = admission.throttle
        if case .lookUp = admission.answer { throttle.finish(known: known) }
        return admission.answer
    }

    @Test("MOB-5: the third wrong code makes the next wait 60 s, to the millisecond; typing errors never count")
    func throttled() throws {
        var throttle = CodeThrottle()
        let (code, other) = ("04106105A", "00000014U")
        for place in 0..<10 {
            #expect(
                try type("04106105B", known: false, &throttle, Self.later(Int64(place))) == .mistyped(.checkSymbolWrong)
            )
        }
        #expect(throttle == CodeThrottle())
        for place in 0..<3 {
            guard case .lookUp = try type(other, known: false, &throttle, Self.later(Int64(place))) else {
                Issue.record("try \(place + 1) was not heard")
                return
            }
        }
        let until = noon.advanced(byMilliseconds: 60_002)
        for now in [3, 60_001] as [Int64] {
            #expect(try type(code, known: true, &throttle, Self.later(now)) == .wait(until: until))
            // A slip of the finger is told while guesses wait.
            #expect(try type("04106105B", known: false, &throttle, Self.later(now)) == .mistyped(.checkSymbolWrong))
        }
        guard case .lookUp = try type(other, known: false, &throttle, Self.later(60_002)) else {
            Issue.record("not heard after the wait")
            return
        }
        // Three in the window again: one guess a minute.
        #expect(
            try type(other, known: false, &throttle, Self.later(60_003))
                == .wait(until: noon.advanced(byMilliseconds: 120_002)))
    }

    @Test(
        "MOB-5: the window slides, to the millisecond",
        arguments: [(599_999, false), (600_000, true)] as [(Int64, Bool)])
    func window(third: Int64, heard: Bool) throws {
        var throttle = CodeThrottle()
        for now in [0, 1000, third] { _ = try type("00000014U", known: false, &throttle, Self.later(now)) }
        let answer = try type("00000014U", known: false, &throttle, Self.later(third + 1))
        #expect((answer == .wait(until: noon.advanced(byMilliseconds: third + 60_000))) == !heard)
    }

    @Test("MOB-5: a known code buys no further guesses")
    func knownCodeResetsNothing() throws {
        var throttle = CodeThrottle()
        var heard = 0
        for second in 0..<600 as Range<Int64> {
            _ = try type("04106105A", known: true, &throttle, Self.later(second * 1000))
            if case .lookUp = try type("00000014U", known: false, &throttle, Self.later(second * 1000)) { heard += 1 }
        }
        // Three at once, then one a minute: at 62 s, 122 s, … 542 s.
        #expect(heard == 3 + 9)
    }

    @Test("MOB-5: a power cut between the count and the look-up leaves the try counted")
    func powerCut() throws {
        var throttle = CodeThrottle()
        for _ in 0..<3 { throttle = try rules().begin("04106105A", throttle: throttle, now: Self.at).throttle }
        let restored = try JSONDecoder().decode(CodeThrottle.self, from: JSONEncoder().encode(throttle))
        #expect(
            try rules().begin("04106105A", throttle: restored, now: Self.at).answer
                == .wait(until: noon.advanced(byMilliseconds: 60_000)))
    }

    @Test("MOB-5: a clock that the host corrects downwards lengthens no wait")
    func clockSetBack() throws {
        var throttle = CodeThrottle()
        for _ in 0..<3 { _ = try type("00000014U", known: false, &throttle, Self.later(86_400_000)) }
        #expect(
            try type("00000014U", known: false, &throttle, Self.at)
                == .wait(until: noon.advanced(byMilliseconds: 60_000)))
    }

    @Test("MOB-5: an unknown code is a guess, told apart from a slip; without host time no code is looked up")
    func reasons() throws {
        let rules = try rules()
        #expect(rules.unknown().refusal == Ruling.Refusal(rule: "MOB-5", reason: .unknownPurchase))
        let slip = rules.begin("04106105B", throttle: CodeThrottle(), now: Self.at)
        #expect(slip.ruling.refusal == Ruling.Refusal(rule: "MOB-5", reason: .verificationRequired))
        #expect(!slip.ruling.trace.contains { $0.inputs.contains { $0.value.contains("04106105") } })
        let untrusted = rules.begin(
            "04106105A", throttle: CodeThrottle(), now: TrustedTime(instant: noon, anchored: false))
        #expect(untrusted.answer == .timeUntrusted)
        #expect(untrusted.throttle == CodeThrottle())
    }

    @Test(
        "MOB-5: a typed code is proof where the programme permits it, within its own expiry, with an identity check",
        arguments: [
            (true, 300_999, true, nil), (true, 301_000, true, Ruling.Refusal(rule: "MOB-5", reason: .receiptExpired)),
            (true, 0, false, Ruling.Refusal(rule: "MOB-5", reason: .identityCheckRequired)),
            (false, 0, true, Ruling.Refusal(rule: "MOB-5", reason: .verificationRequired)),
        ] as [(Bool, Int64, Bool, Ruling.Refusal?)])
    func weakProof(permitted: Bool, now: Int64, identity: Bool, refusal: Ruling.Refusal?) throws {
        // The programme waives the check for receipts that move: not for codes.
        let toml = receiptTOML.replacing("identity_check = true", with: "identity_check = false")
        var till = ReceiptTill()
        (till.form, till.stepsOld, till.milliseconds, till.identityConfirmed) = (.typedCode, nil, now, identity)
        #expect(till.show(try receiptRules(permitted ? toml + receiptCodeTOML : toml)).ruling.refusal == refusal)
    }
}
