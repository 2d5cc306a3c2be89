import Core
import Foundation
import Testing

@testable import Programmes
@testable import Verification

/// 2026-11-21 12:00:00.000 UTC.
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

@Suite("Typed verification codes")
struct VerificationCodeRuleTests {
    private static let at = TrustedTime(instant: noon, anchored: true)

    private static func later(_ milliseconds: Int64) -> TrustedTime {
        TrustedTime(instant: noon.advanced(byMilliseconds: milliseconds), anchored: true)
    }

    private static let right = VerificationCode(serial: 345, mac: 12_345_678_901).text
    private static let other = VerificationCode(serial: 7, mac: 0).text
    /// The check symbol's neighbour.
    private static let slip = String(right.dropLast()) + (right.hasSuffix("A") ? "B" : "A")

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
        let (code, other, slip) = (Self.right, Self.other, Self.slip)
        for place in 0..<10 {
            #expect(
                try type(slip, known: false, &throttle, Self.later(Int64(place))) == .mistyped(.checkSymbolWrong)
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
            #expect(try type(slip, known: false, &throttle, Self.later(now)) == .mistyped(.checkSymbolWrong))
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
        for now in [0, 1000, third] { _ = try type(Self.other, known: false, &throttle, Self.later(now)) }
        let answer = try type(Self.other, known: false, &throttle, Self.later(third + 1))
        #expect((answer == .wait(until: noon.advanced(byMilliseconds: third + 60_000))) == !heard)
    }

    @Test("MOB-5: a known code buys no further guesses")
    func knownCodeResetsNothing() throws {
        var throttle = CodeThrottle()
        var heard = 0
        for second in 0..<600 as Range<Int64> {
            _ = try type(Self.right, known: true, &throttle, Self.later(second * 1000))
            if case .lookUp = try type(Self.other, known: false, &throttle, Self.later(second * 1000)) { heard += 1 }
        }
        // Three at once, then one a minute: at 62 s, 122 s, … 542 s.
        #expect(heard == 3 + 9)
    }

    @Test("MOB-5: a power cut between the count and the look-up leaves the try counted")
    func powerCut() throws {
        var throttle = CodeThrottle()
        for _ in 0..<3 { throttle = try rules().begin(Self.right, throttle: throttle, now: Self.at).throttle }
        let restored = try JSONDecoder().decode(CodeThrottle.self, from: JSONEncoder().encode(throttle))
        #expect(
            try rules().begin(Self.right, throttle: restored, now: Self.at).answer
                == .wait(until: noon.advanced(byMilliseconds: 60_000)))
    }

    @Test("MOB-5: a clock that the host corrects downwards lengthens no wait")
    func clockSetBack() throws {
        var throttle = CodeThrottle()
        for _ in 0..<3 { _ = try type(Self.other, known: false, &throttle, Self.later(86_400_000)) }
        #expect(
            try type(Self.other, known: false, &throttle, Self.at)
                == .wait(until: noon.advanced(byMilliseconds: 60_000)))
    }

    @Test("MOB-5: an unknown code is a guess, told apart from a slip; without host time no code is looked up")
    func reasons() throws {
        let rules = try rules()
        #expect(rules.unknown().refusal == Ruling.Refusal(rule: "MOB-5", reason: .unknownPurchase))
        let slip = rules.begin(Self.slip, throttle: CodeThrottle(), now: Self.at)
        #expect(slip.ruling.refusal == Ruling.Refusal(rule: "MOB-5", reason: .verificationRequired))
        #expect(!slip.ruling.trace.contains { $0.inputs.contains { $0.value.contains(Self.right.prefix(8)) } })
        let untrusted = rules.begin(
            Self.right, throttle: CodeThrottle(), now: TrustedTime(instant: noon, anchored: false))
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
