import Core
import Verification

/// A receipt as it was shown at the till, after its signature, or the code that was typed, was proved.
public struct ShownReceipt: Sendable, Hashable {
    public enum Form: String, Sendable, Codable, CaseIterable {
        case qr, nfc
        /// The verification code, typed by the cashier: weak proof (MOB-5).
        case typedCode
    }

    /// The host's id of the payment: every form of one receipt that names one names the same (MOB-4). Nil for a typed code, which
    /// says less.
    public let payment: String?
    /// What its code calls the payment, in every form the same (MOB-4); nil only where no code was given to it.
    public let code: ReceiptCodeName?
    public let merchant: String
    public let amount: Money
    /// When the payment was completed, by the host.
    public let paidAt: UTCInstant
    public let form: Form
    /// MOB-3: the step of host time (milliseconds since 1970 divided by the programme's step, rounded down) that the
    /// moving presentation proves; nil when it proves none.
    public let proofStep: Int64?
    /// Over NFC: the phone has answered a fresh challenge of this terminal, which no relayed picture can.
    public let answeredChallenge: Bool

    /// As the identity document has it (MOB-2); nil for a typed code: the cashier has only the document.
    public let holder: HolderName?
    /// Whom a loss report would stop (WAL-6); nil for a typed code.
    public let person: Pseudonym?

    public init(
        payment: String?, merchant: String, amount: Money, paidAt: UTCInstant, form: Form, proofStep: Int64?,
        answeredChallenge: Bool = false, code: ReceiptCodeName? = nil, holder: HolderName? = nil, person: Pseudonym? = nil
    ) {
        self.payment = payment
        self.merchant = merchant
        self.amount = amount
        self.paidAt = paidAt
        self.form = form
        self.proofStep = proofStep
        self.answeredChallenge = answeredChallenge
        (self.code, self.holder, self.person) = (code, holder, person)
    }
}

extension ShownReceipt {
    /// What a telephone showed.
    public init(_ presentation: Presentation) {
        let receipt = presentation.receipt
        self.init(
            payment: receipt.payment, merchant: receipt.site, amount: receipt.amount, paidAt: receipt.paidAt,
            form: presentation.form == .nfc ? .nfc : .qr, proofStep: presentation.step,
            answeredChallenge: presentation.form == .nfc, code: receipt.codeName, holder: HolderName(receipt.holder),
            person: receipt.person)
    }

    /// What a typed code says: that this site was paid this amount in that minute. It counts from the minute's beginning, so that the
    /// code ends within the minute before its expiry and never after it.
    public init(typed name: ReceiptCodeName, amount: Money) {
        let (paidAt, overflow) = name.minute.multipliedReportingOverflow(by: ReceiptCodeName.millisecondsOfMinute)
        self.init(
            payment: nil, merchant: name.site, amount: amount, paidAt: UTCInstant(milliseconds: overflow ? .min : paidAt),
            form: .typedCode, proofStep: nil, code: name)
    }
}

extension UsedReceipt {
    /// What the cashier is told of an earlier acceptance.
    public init(_ mark: ReceiptMark) { self.init(at: mark.at, merchant: mark.code.site, terminal: mark.terminal) }
}

/// The mark that a receipt was accepted: one for each payment of the host, whatever the form (MOB-4).
public struct UsedReceipt: Sendable, Hashable, Codable {
    public let at: UTCInstant
    public let merchant: String
    /// Id of the terminal that accepted it.
    public let terminal: String

    public init(at: UTCInstant, merchant: String, terminal: String) {
        self.at = at
        self.merchant = merchant
        self.terminal = terminal
    }
}

/// Whether the till may take a receipt for paid.
public struct ReceiptVerdict: Sendable, Hashable {
    /// What is to be durable before the till hears of it (MOB-4).
    public struct Acceptance: Sendable, Hashable {
        /// The host's id: the acceptance is recorded against it; nil for a typed code, which the host finds by ``code``.
        public let payment: String?
        /// What the used-mark is by, in every form.
        public let code: ReceiptCodeName?
        /// What the host has debited already.
        public let paid: Money
        /// What the acceptance takes from the payer: zero, always.
        public let spends: Money
        public let form: ShownReceipt.Form
        public let at: UTCInstant
    }

    public let ruling: Ruling
    /// Nil when refused.
    public let acceptance: Acceptance?
    /// When and where it was used before, for whoever is told `receiptAlreadyUsed`.
    public let used: UsedReceipt?
}

/// Whether the merchant may cancel a mobile payment at the terminal (MOB-6).
public struct CancellationVerdict: Sendable, Hashable {
    public let ruling: Ruling

    public var mayCancel: Bool { ruling.passed }
    /// Too late: the terminal refuses, and opens a ``SupportCase``.
    public var opensSupportCase: Bool { ruling.refusal?.reason == .cancellationWindowClosed }
}
