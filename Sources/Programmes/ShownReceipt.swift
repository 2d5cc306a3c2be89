import Core

/// A receipt as it was shown at the till, after its signature was proved.
public struct ShownReceipt: Sendable, Hashable {
    public enum Form: String, Sendable, Codable, CaseIterable {
        case qr, nfc
        /// The verification code, typed by the cashier: weak proof (MOB-5).
        case typedCode
    }

    /// The host's id of the payment: every form of one receipt names the same (MOB-4).
    public let payment: String
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

    public init(
        payment: String, merchant: String, amount: Money, paidAt: UTCInstant, form: Form, proofStep: Int64?,
        answeredChallenge: Bool = false
    ) {
        self.payment = payment
        self.merchant = merchant
        self.amount = amount
        self.paidAt = paidAt
        self.form = form
        self.proofStep = proofStep
        self.answeredChallenge = answeredChallenge
    }
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
        /// The host's id: the acceptance is recorded against it.
        public let payment: String
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
