import Core

@testable import Programmes

let receiptTOML = """
    validity_s = 900
    step_s = 15
    steps = 2
    identity_check = true
    ahead_s = 60
    cancellation_s = 3600
    """

let receiptCodeTOML = """

    [code]
    expiry_s = 300
    wrong_codes = 3
    window_s = 600
    wait_s = 60
    """

private func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: .eur) }

/// 2026-11-21 12:00:00.000 UTC: a multiple of 15 s.
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

/// A receipt that is well in every way, shown 30 s after it was paid; each test spoils one thing.
struct ReceiptTill: Sendable {
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
