import Core
import Crypto
import Foundation
import Testing

@testable import Programmes
@testable import Verification

/// 2026-11-21 12:00:00.000 UTC
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

@Suite("A typed code from the host to the till") struct ShownReceiptTests {
    private let keys = SiteKeyMaster(key: SymmetricKey(data: [UInt8](repeating: 9, count: 32)), site: "M1")!
        .keys(from: CivilDate(year: 2026, month: 11, day: 21)!, days: 2)!
    private let amount = Money(minorUnits: 1270, currency: .eur)

    private let rules: ReceiptRules

    init() throws {
        rules = try ReceiptRules(try TOMLFileTable(toml: receiptTOML + receiptCodeTOML, file: "receipt.toml"), currency: .eur)
    }

    /// As the lane goes: count the try, look the code up, judge what it names.
    private func type(_ text: String, _ throttle: inout CodeThrottle, at milliseconds: Int64, marks: ReceiptMarks = ReceiptMarks()) throws -> (CodeAdmission.Answer, ReceiptVerdict?) {
        let now = TrustedTime(instant: noon.advanced(byMilliseconds: milliseconds), anchored: true)
        let admission = try #require(rules.code).begin(text, throttle: throttle, now: now)
        throttle = admission.throttle
        guard case .lookUp(let code) = admission.answer else { return (admission.answer, nil) }
        let name = try #require(rules.codeCheck).find(code, amount: amount, at: now.instant, keys: keys)
        throttle.finish(known: name != nil)
        let verdict = name.map {
            rules.accept(
                ShownReceipt(typed: $0, amount: amount), used: marks.used($0, payment: nil).map { UsedReceipt($0) }, identityConfirmed: true,
                merchant: "M1", amount: amount, now: now)
        }
        return (admission.answer, verdict)
    }

    @Test("MOB-5: accepted through its expiry, counted from the minute of payment, and never a second longer")
    func expiry() throws {
        // Paid at 12:00:59.999; the code counts from 12:00:00.
        let name = ReceiptCodeName(site: "M1", minute: ReceiptCodeName.minute(of: noon.advanced(byMilliseconds: 59_999)), serial: 345)
        let code = try #require(keys.code(name, amount: amount))
        var throttle = CodeThrottle()
        for (now, reason) in [(0, nil), (300_999, nil), (301_000, .receiptExpired), (359_999, .receiptExpired)] as [(Int64, Reason?)] {
            let verdict = try #require(try type(code.grouped, &throttle, at: now).1)
            #expect(verdict.ruling.refusal?.reason == reason)
            #expect(verdict.acceptance?.payment == nil && (verdict.acceptance?.code == name) == (reason == nil))
        }
        // Then it is not even found: a guess like any other.
        #expect(try type(code.text, &throttle, at: 360_000).1 == nil)
        #expect(throttle.wrong.count == 1)
    }

    @Test("MOB-4: a payment that was shown as a QR code is not taken again by its typed code") func oneMark() throws {
        let name = ReceiptCodeName(site: "M1", minute: ReceiptCodeName.minute(of: noon), serial: 345)
        let code = try #require(keys.code(name, amount: amount))
        var marks = ReceiptMarks()
        let shown = ReceiptMark(code: name, payment: "P1", acceptance: UUIDv7(milliseconds: 0, random: [1]), terminal: "T1", at: noon)
        #expect(marks.accept(shown) == .taken)
        var throttle = CodeThrottle()
        let verdict = try #require(try type(code.text, &throttle, at: 30_000, marks: marks).1)
        #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "MOB-4", reason: .receiptAlreadyUsed))
        #expect(verdict.used == UsedReceipt(at: noon, merchant: "M1", terminal: "T1"))
        #expect(try type(code.text, &throttle, at: 30_000).1?.ruling.passed == true)
    }

    @Test("10,000 guesses a minute: three are heard and one more in each minute after, none is a payment") func guessing() throws {
        var throttle = CodeThrottle()
        var random: UInt64 = 5
        var (heard, found, waits) = (0, 0, 0)
        for guess in 0..<20_000 as Range<Int64> {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let (answer, verdict) = try type(VerificationCode(serial: 345, mac: random >> 20).text, &throttle, at: guess * 6)
            switch answer {
            case .lookUp: heard += 1
            case .wait: waits += 1
            default: Issue.record("\(answer)")
            }
            if verdict != nil { found += 1 }
        }
        // Two minutes: three at once, then at 60.012 s and at 120 s, which lies behind the end.
        #expect(heard == 4 && found == 0 && waits == 20_000 - 4)
    }
}
