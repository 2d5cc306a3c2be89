import Core
import Foundation
import Testing

@testable import Programmes

private let mobileTOML = """
    validity_s = 900
    step_s = 15
    steps = 2
    identity_check = true
    ahead_s = 60
    cancellation_s = 3600
    """

private let codeTOML = """

    [code]
    expiry_s = 300
    wrong_codes = 3
    window_s = 600
    wait_s = 60
    """

private func rules(_ toml: String = mobileTOML) throws(TOMLFileError) -> ReceiptRules {
    try ReceiptRules(try TOMLFileTable(toml: toml, file: "receipt.toml"), currency: .eur)
}

private func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: .eur) }

/// 2026-11-21 12:00:00.000 UTC: a multiple of 15 s.
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

/// A receipt that is well in every way, shown 30 s after it was paid; each test spoils one thing.
private struct Till: Sendable {
    var merchant = "M1"
    var receiptMerchant = "M1"
    var amount = eur(1270)
    var receiptAmount = eur(1270)
    var paidAt = noon
    var milliseconds: Int64 = 30_000
    var form = ShownReceipt.Form.qr
    /// Steps by which the proof differs from the terminal's; nil: no proof.
    var stepsOld: Int64? = 0
    var answeredChallenge = false
    var used: UsedReceipt?
    var identityConfirmed = true
    var anchored = true

    func show(_ rules: ReceiptRules) -> ReceiptVerdict {
        let now = noon.advanced(byMilliseconds: milliseconds)
        let shown = ShownReceipt(
            payment: "P1", merchant: receiptMerchant, amount: receiptAmount, paidAt: paidAt, form: form,
            proofStep: stepsOld.map { now.milliseconds / 15_000 - $0 }, answeredChallenge: answeredChallenge)
        return rules.accept(
            shown, used: used, identityConfirmed: identityConfirmed, merchant: merchant, amount: amount,
            now: TrustedTime(instant: now, anchored: anchored))
    }
}

private typealias Refusal = Ruling.Refusal

@Suite("Receipts of epassi-mobile")
struct ReceiptRuleTests {
    @Test("MOB-4: an accepted receipt spends nothing again, and is recorded against the host's payment")
    func accepted() throws {
        let verdict = try Till().show(rules())
        #expect(verdict.ruling.refusal == nil)
        let acceptance = try #require(verdict.acceptance)
        #expect(acceptance.payment == "P1")
        #expect(acceptance.paid == eur(1270))
        #expect(acceptance.spends == eur(0))
        #expect(acceptance.at == noon.advanced(byMilliseconds: 30_000))
        #expect(Set(verdict.ruling.trace.map(\.rule.rawValue)) == ["MOB-1", "MOB-2", "MOB-3", "MOB-4"])
    }

    @Test(
        "MOB-1: valid through 12:15:00 as the clock shows it, by the second",
        arguments: [
            (0, 0, nil), (0, 899_999, nil), (0, 900_000, nil), (0, 900_999, nil), (0, 901_000, .receiptExpired),
            // Paid within a second: both clocks still show 12:00:00 and 12:15:00.
            (999, 900_999, nil), (999, 901_000, .receiptExpired), (500, 901_000, .receiptExpired),
            // Dated ahead, by the same clocks.
            (60_000, 0, nil), (60_999, 0, nil), (61_000, 0, .receiptNotYetValid), (61_000, 1000, nil),
            (61_000, 999, .receiptNotYetValid),
        ] as [(Int64, Int64, Reason?)])
    func validity(paid: Int64, now: Int64, reason: Reason?) throws {
        var till = Till()
        till.paidAt = noon.advanced(byMilliseconds: paid)
        till.milliseconds = now
        let refusal = try till.show(rules()).ruling.refusal
        #expect(refusal?.reason == reason)
        #expect(refusal.map { $0.rule } == (reason == nil ? nil : "MOB-1"))
    }

    @Test("MOB-1: absurd instants are refused, not trapped on", arguments: [Int64.min, -1, Int64.max])
    func absurdInstants(paid: Int64) throws {
        var till = Till()
        till.paidAt = UTCInstant(milliseconds: paid)
        let verdict = try till.show(rules())
        #expect(verdict.ruling.refusal?.reason == (paid == .max ? .receiptNotYetValid : .receiptExpired))
        #expect(try rules().cancel(paidAt: till.paidAt, now: TrustedTime(instant: noon, anchored: true)).mayCancel == false)
    }

    @Test("MOB-1, MOB-6: without a host time since boot nothing is accepted or cancelled (invariant 6)")
    func untrusted() throws {
        var till = Till()
        till.anchored = false
        for form in ShownReceipt.Form.allCases {
            till.form = form
            let verdict = try till.show(rules(mobileTOML + codeTOML))
            #expect(verdict.ruling.refusal == Refusal(rule: "MOB-1", reason: .timeUntrusted))
            #expect(verdict.acceptance == nil)
        }
        let cancellation = try rules().cancel(paidAt: noon, now: TrustedTime(instant: noon, anchored: false))
        #expect(cancellation.ruling.refusal == Refusal(rule: "MOB-6", reason: .timeUntrusted))
        #expect(!cancellation.opensSupportCase)
    }

    @Test("MOB-2: the identity check is needed unless the programme waives it", arguments: [true, false])
    func identity(needed: Bool) throws {
        var till = Till()
        till.identityConfirmed = false
        let rules = try rules(mobileTOML.replacing("identity_check = true", with: "identity_check = \(needed)"))
        #expect(
            till.show(rules).ruling.refusal == (needed ? Refusal(rule: "MOB-2", reason: .identityCheckRequired) : nil))
        till.identityConfirmed = true
        #expect(till.show(rules).ruling.refusal == nil)
    }

    @Test(
        "MOB-3: a presentation older than 2 steps is stale, one step ahead is forgiven",
        arguments: [
            (0, true), (1, true), (2, true), (3, false), (-1, true), (-2, false), (nil, false), (Int64.max, false),
        ] as [(Int64?, Bool)], [ShownReceipt.Form.qr, .nfc])
    func moving(row: (stepsOld: Int64?, passes: Bool), form: ShownReceipt.Form) throws {
        var till = Till()
        till.form = form
        till.stepsOld = row.stepsOld
        #expect(
            try till.show(rules()).ruling.refusal
                == (row.passes ? nil : Refusal(rule: "MOB-3", reason: .stalePresentation)))
    }

    @Test(
        "MOB-3: steps turn at the millisecond", arguments: [(44_999, nil), (45_000, .stalePresentation)] as [(Int64, Reason?)])
    func stepEdge(now: Int64, reason: Reason?) throws {
        let first = noon.milliseconds / 15_000
        for proof in [first, Int64.min, Int64.max] {
            let shown = ShownReceipt(
                payment: "P1", merchant: "M1", amount: eur(1270), paidAt: noon, form: .qr, proofStep: proof)
            let verdict = try rules().accept(
                shown, used: nil, identityConfirmed: true, merchant: "M1", amount: eur(1270),
                now: TrustedTime(instant: noon.advanced(byMilliseconds: now), anchored: true))
            #expect(verdict.ruling.refusal?.reason == (proof == first ? reason : .stalePresentation))
        }
    }

    @Test("MOB-3: an answered challenge replaces the moving step over NFC, and only there")
    func challenge() throws {
        var till = Till()
        (till.stepsOld, till.answeredChallenge) = (nil, true)
        #expect(try till.show(rules()).ruling.refusal?.reason == .stalePresentation)
        till.form = .nfc
        #expect(try till.show(rules()).ruling.refusal == nil)
    }

    @Test(
        "MOB-4: another merchant's receipt, another amount by one cent, another currency, nothing at all",
        arguments: [
            ("M2", eur(1270), .receiptOtherMerchant), ("m1", eur(1270), .receiptOtherMerchant),
            ("M1", eur(1269), .receiptOtherAmount), ("M1", eur(1271), .receiptOtherAmount),
            ("M1", Money(minorUnits: 1270, currency: .sek), .receiptOtherAmount),
        ] as [(String, Money, Reason)])
    func otherMerchantOrAmount(merchant: String, amount: Money, reason: Reason) throws {
        var till = Till()
        (till.receiptMerchant, till.receiptAmount) = (merchant, amount)
        #expect(try till.show(rules()).ruling.refusal == Refusal(rule: "MOB-4", reason: reason))
    }

    @Test("MOB-4: a receipt over nothing or less pays nothing", arguments: [0, -1] as [Int64])
    func notPositive(cents: Int64) throws {
        var till = Till()
        (till.amount, till.receiptAmount) = (eur(cents), eur(cents))
        #expect(try till.show(rules()).ruling.refusal?.reason == .receiptOtherAmount)
    }

    @Test("MOB-4: a second time is refused with when and where, in every form", arguments: ShownReceipt.Form.allCases)
    func used(form: ShownReceipt.Form) throws {
        var till = Till()
        till.form = form
        let mark = UsedReceipt(at: noon.advanced(byMilliseconds: 12_345), merchant: "M1", terminal: "T7")
        till.used = mark
        let verdict = try till.show(rules(mobileTOML + codeTOML))
        #expect(verdict.ruling.refusal == Refusal(rule: "MOB-4", reason: .receiptAlreadyUsed))
        #expect(verdict.used == mark)
        #expect(
            verdict.ruling.trace.last?.inputs == [
                RuleInput(.used, "2026-11-21T12:00:12.345Z"), RuleInput(.merchant, "M1"), RuleInput(.note, "T7"),
            ])
    }

    @Test("MOB-1…MOB-4: of several things that are wrong, the cashier hears the one that can't be mended first")
    func order() throws {
        var till = Till()
        till.anchored = false
        till.receiptMerchant = "M2"
        till.used = UsedReceipt(at: noon, merchant: "M1", terminal: "T7")
        till.milliseconds = 901_000
        till.receiptAmount = eur(1)
        till.stepsOld = nil
        till.identityConfirmed = false
        let rules = try rules()
        var heard: [Reason?] = []
        func hear() { heard.append(till.show(rules).ruling.refusal?.reason) }
        hear()
        till.anchored = true
        hear()
        till.receiptMerchant = "M1"
        hear()
        till.used = nil
        hear()
        till.milliseconds = 0
        hear()
        till.receiptAmount = till.amount
        hear()
        till.stepsOld = 0
        hear()
        till.identityConfirmed = true
        hear()
        #expect(
            heard == [
                .timeUntrusted, .receiptOtherMerchant, .receiptAlreadyUsed, .receiptExpired, .receiptOtherAmount,
                .stalePresentation, .identityCheckRequired, nil,
            ])
    }

    @Test(
        "MOB-6: 59:59 and 60:00 cancel, 60:01 is closed and opens a support case",
        arguments: [
            (3_599_000, true), (3_600_000, true), (3_600_999, true), (3_601_000, false), (-60_000, true),
        ] as [(Int64, Bool)])
    func cancellation(after: Int64, may: Bool) throws {
        let now = TrustedTime(instant: noon.advanced(byMilliseconds: after), anchored: true)
        let verdict = try rules().cancel(paidAt: noon, now: now)
        #expect(verdict.mayCancel == may)
        #expect(verdict.opensSupportCase == !may)
        #expect(verdict.ruling.refusal == (may ? nil : Refusal(rule: "MOB-6", reason: .cancellationWindowClosed)))
    }

    @Test("MOB-6: a payment dated ahead is not cancelled for ever")
    func cancellationAhead() throws {
        let verdict = try rules().cancel(
            paidAt: noon.advanced(byMilliseconds: 61_000), now: TrustedTime(instant: noon, anchored: true))
        #expect(verdict.ruling.refusal == Refusal(rule: "MOB-6", reason: .receiptNotYetValid))
        #expect(!verdict.opensSupportCase)
    }

    @Test("MOB-6: a support case holds name, time, code and amount, and prints neither name nor code (ALL-5)")
    func supportCase() throws {
        let code = try #require(VerificationCode.make(from: [1, 2, 3, 4, 5]))
        let id = UUIDv7(milliseconds: 1, random: [UInt8](repeating: 7, count: 10))
        let support = SupportCase(id: id, holder: HolderName("Aino Virtanen"), paidAt: noon, code: code, amount: eur(1270))
        #expect(support.holder.revealed() == "Aino Virtanen")
        var dumped = ""
        dump(support, to: &dumped)
        dump(support.holder, to: &dumped)
        dump(code, to: &dumped)
        for text in ["\(support)", String(reflecting: support), "\(support.holder)", String(reflecting: code), dumped] {
            #expect(!text.contains("Aino") && !text.contains(code.text) && !text.contains(code.grouped))
        }
        #expect("\(support)".contains("12.70 EUR") && "\(support)".contains(id.description))
    }

    @Test(
        "MOB: what is wrong in [receipt] is named by its field",
        arguments: [
            ("validity_s = 900", "validity_s = 0", "validity_s"), ("validity_s = 900", "", "validity_s"),
            ("validity_s = 900", "validity_s = 86401", "validity_s"),
            ("step_s = 15", "step_s = \"15\"", "step_s"), ("steps = 2", "steps = 101", "steps"),
            ("identity_check = true", "identity_check = 1", "identity_check"), ("ahead_s = 60", "ahead_s = -1", "ahead_s"),
            ("cancellation_s = 3600", "cancelation_s = 3600", "cancellation_s"),
            ("ahead_s = 60", "ahead_s = 60\nahaed_s = 60", "ahaed_s"),
            ("expiry_s = 300", "expiry_s = 901", "code.expiry_s"), ("wait_s = 60", "wait_s = 0", "code.wait_s"),
            ("wait_s = 60", "wait_s = 60\nidentity_check = false", "code.identity_check"),
            ("wrong_codes = 3", "wrong_codes = 101", "code.wrong_codes"),
        ])
    func wrongFile(from: String, to: String, field: String) throws {
        let good = mobileTOML + codeTOML
        #expect(throws: Never.self) { try rules(good) }
        let error = #expect(throws: TOMLFileError.self) { try rules(good.replacing(from, with: to)) }
        #expect(error?.field == field)
    }

    @Test("MOB: the shipped programmes' tables are read", arguments: ["epassi-mobile.toml", "smartum-plus.toml"])
    func shipped(name: String) throws {
        let bytes = try #require(Programme.shippedFiles.first { $0.name == name }?.bytes)
        let table = try TOMLFileTable(toml: String(decoding: bytes, as: UTF8.self), file: name).table("receipt")
        #expect(try ReceiptRules(table, currency: .eur) == rules())
    }
}

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
            ("", .wrongLength), ("04106105", .wrongLength), ("04106105AA", .wrongLength), ("04106105B", .checkSymbolWrong),
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

    private func receiptRules(_ toml: String = mobileTOML + codeTOML) throws -> ReceiptRules {
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
        for place in 0..<10 { #expect(try type("04106105B", known: false, &throttle, Self.later(Int64(place))) == .mistyped(.checkSymbolWrong)) }
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
            try type(other, known: false, &throttle, Self.later(60_003)) == .wait(until: noon.advanced(byMilliseconds: 120_002)))
    }

    @Test("MOB-5: the window slides, to the millisecond", arguments: [(599_999, false), (600_000, true)] as [(Int64, Bool)])
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
        #expect(try type("00000014U", known: false, &throttle, Self.at) == .wait(until: noon.advanced(byMilliseconds: 60_000)))
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
        "MOB-5: a typed code is proof only where the programme permits it, within its own expiry, with an identity check",
        arguments: [
            (true, 300_999, true, nil), (true, 301_000, true, Ruling.Refusal(rule: "MOB-5", reason: .receiptExpired)),
            (true, 0, false, Ruling.Refusal(rule: "MOB-5", reason: .identityCheckRequired)),
            (false, 0, true, Ruling.Refusal(rule: "MOB-5", reason: .verificationRequired)),
        ] as [(Bool, Int64, Bool, Ruling.Refusal?)])
    func weakProof(permitted: Bool, now: Int64, identity: Bool, refusal: Ruling.Refusal?) throws {
        // The programme waives the check for receipts that move: not for codes.
        let toml = mobileTOML.replacing("identity_check = true", with: "identity_check = false")
        var till = Till()
        (till.form, till.stepsOld, till.milliseconds, till.identityConfirmed) = (.typedCode, nil, now, identity)
        #expect(till.show(try receiptRules(permitted ? toml + codeTOML : toml)).ruling.refusal == refusal)
    }
}
