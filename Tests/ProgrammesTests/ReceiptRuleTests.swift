import Core
import Foundation
import Testing

@testable import Programmes
@testable import Verification

private func rules(_ toml: String = receiptTOML) throws(TOMLFileError) -> ReceiptRules {
    try ReceiptRules(try TOMLFileTable(toml: toml, file: "receipt.toml"), currency: .eur)
}

private func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: .eur) }

/// 2026-11-21 12:00:00.000 UTC: a multiple of 15 s.
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

private typealias Refusal = Ruling.Refusal

@Suite("Receipts of epassi-mobile")
struct ReceiptRuleTests {
    @Test("MOB-4: an accepted receipt spends nothing again, and is recorded against the host's payment")
    func accepted() throws {
        let verdict = try ReceiptTill().show(rules())
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
        var till = ReceiptTill()
        till.paidAt = noon.advanced(byMilliseconds: paid)
        till.milliseconds = now
        let refusal = try till.show(rules()).ruling.refusal
        #expect(refusal?.reason == reason)
        #expect(refusal.map { $0.rule } == (reason == nil ? nil : "MOB-1"))
    }

    @Test("MOB-1: absurd instants are refused, not trapped on", arguments: [Int64.min, -1, Int64.max])
    func absurdInstants(paid: Int64) throws {
        var till = ReceiptTill()
        till.paidAt = UTCInstant(milliseconds: paid)
        let verdict = try till.show(rules())
        #expect(verdict.ruling.refusal?.reason == (paid == .max ? .receiptNotYetValid : .receiptExpired))
        #expect(
            try rules().cancel(paidAt: till.paidAt, now: TrustedTime(instant: noon, anchored: true)).mayCancel == false)
    }

    @Test(
        "MOB-1: the trace tells instants in UTC to the millisecond",
        arguments: [
            (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"),
            (1_795_265_999_007, "2026-11-21T12:59:59.007Z"),
        ] as [(Int64, String)])
    func instants(milliseconds: Int64, text: String) {
        #expect(RuleInput(.now, at: UTCInstant(milliseconds: milliseconds)).value == text)
    }

    @Test("MOB-1, MOB-6: without a host time since boot nothing is accepted or cancelled (invariant 6)")
    func untrusted() throws {
        var till = ReceiptTill()
        till.anchored = false
        for form in ShownReceipt.Form.allCases {
            till.form = form
            let verdict = try till.show(rules(receiptTOML + receiptCodeTOML))
            #expect(verdict.ruling.refusal == Refusal(rule: "MOB-1", reason: .timeUntrusted))
            #expect(verdict.acceptance == nil)
        }
        let cancellation = try rules().cancel(paidAt: noon, now: TrustedTime(instant: noon, anchored: false))
        #expect(cancellation.ruling.refusal == Refusal(rule: "MOB-6", reason: .timeUntrusted))
        #expect(!cancellation.opensSupportCase)
    }

    @Test("MOB-2: the identity check is needed unless the programme waives it", arguments: [true, false])
    func identity(needed: Bool) throws {
        var till = ReceiptTill()
        till.identityConfirmed = false
        let rules = try rules(receiptTOML.replacing("identity_check = true", with: "identity_check = \(needed)"))
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
        var till = ReceiptTill()
        till.form = form
        till.stepsOld = row.stepsOld
        #expect(
            try till.show(rules()).ruling.refusal
                == (row.passes ? nil : Refusal(rule: "MOB-3", reason: .stalePresentation)))
    }

    @Test(
        "MOB-3: steps turn at the millisecond",
        arguments: [(44_999, nil), (45_000, .stalePresentation)] as [(Int64, Reason?)])
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
        var till = ReceiptTill()
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
        var till = ReceiptTill()
        (till.receiptMerchant, till.receiptAmount) = (merchant, amount)
        #expect(try till.show(rules()).ruling.refusal == Refusal(rule: "MOB-4", reason: reason))
    }

    @Test("MOB-4: a receipt over nothing or less pays nothing", arguments: [0, -1] as [Int64])
    func notPositive(cents: Int64) throws {
        var till = ReceiptTill()
        (till.amount, till.receiptAmount) = (eur(cents), eur(cents))
        #expect(try till.show(rules()).ruling.refusal?.reason == .receiptOtherAmount)
    }

    @Test("MOB-4: a second time is refused with when and where, in every form", arguments: ShownReceipt.Form.allCases)
    func used(form: ShownReceipt.Form) throws {
        var till = ReceiptTill()
        till.form = form
        let mark = UsedReceipt(at: noon.advanced(byMilliseconds: 12_345), merchant: "M1", terminal: "T7")
        till.used = mark
        let verdict = try till.show(rules(receiptTOML + receiptCodeTOML))
        #expect(verdict.ruling.refusal == Refusal(rule: "MOB-4", reason: .receiptAlreadyUsed))
        #expect(verdict.used == mark)
        #expect(
            verdict.ruling.trace.last?.inputs == [
                RuleInput(.used, "2026-11-21T12:00:12.345Z"), RuleInput(.merchant, "M1"), RuleInput(.note, "T7"),
            ])
    }

    @Test("MOB-1…MOB-4: of several things that are wrong, the cashier hears the one that can't be mended first")
    func order() throws {
        var till = ReceiptTill()
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
        let code = VerificationCode(serial: 345, mac: 12_345_678_901)
        let id = UUIDv7(milliseconds: 1, random: [UInt8](repeating: 7, count: 10))
        let support = SupportCase(
            id: id, holder: HolderName("Aino Virtanen"), paidAt: noon, code: code, amount: eur(1270))
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
            ("identity_check = true", "identity_check = 1", "identity_check"),
            ("ahead_s = 60", "ahead_s = -1", "ahead_s"),
            ("cancellation_s = 3600", "cancelation_s = 3600", "cancellation_s"),
            ("ahead_s = 60", "ahead_s = 60\nahaed_s = 60", "ahaed_s"),
            ("expiry_s = 300", "expiry_s = 901", "code.expiry_s"), ("wait_s = 60", "wait_s = 0", "code.wait_s"),
            ("wait_s = 60", "wait_s = 60\nidentity_check = false", "code.identity_check"),
            ("wrong_codes = 3", "wrong_codes = 101", "code.wrong_codes"),
        ])
    func wrongFile(from: String, to: String, field: String) throws {
        let good = receiptTOML + receiptCodeTOML
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
