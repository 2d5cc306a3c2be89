import Core
import SmartCard

/// What one contactless transaction is about, checked when made: every field has the shape its tag needs.
public struct TransactionParameters: Sendable, Hashable {
    public let amount: Money
    /// Cashback part, in the same currency.
    public let otherAmount: Money?
    /// Tag 9C: 00 purchase, 01 cash, 09 purchase with cashback, 20 refund.
    public let type: UInt8
    /// Tag 9A: trusted date, local to the terminal.
    public let date: CivilDate
    /// The day by which the card, its certificates and the scheme's key count as expired: in the time zone of whoever
    /// set the expiry, which need not be the terminal's (CARD-6).
    public let validityDate: CivilDate
    /// The card is good through the last instant of the month in 5F24, whatever day that names (CARD-6).
    public let expiryIsMonth: Bool
    /// ISO 3166 numeric, such as 752 (written as n 3).
    public let countryCode: UInt16
    /// Four fresh random bytes.
    public let unpredictableNumber: [UInt8]
    /// Asks for an online cryptogram whatever the limits say.
    public let onlineCryptogramRequired: Bool
    /// Tag 9F33: no contact or stripe input, no CVM, dynamic data authentication.
    public let terminalCapabilities: [UInt8] = [0x00, 0x08, 0x40]
    /// Tag 9F35: attended, offline with online capability, merchant.
    public let terminalType: UInt8 = 0x22

    public enum Failure: Error, Hashable, Sendable {
        /// Negative, or more than twelve digits.
        case amountOutOfRange
        case otherAmountOutOfRange
        case currencyMismatch
        /// More than three digits.
        case countryCodeOutOfRange
        case unpredictableNumberLength(bytes: Int)
    }

    let encodedAmount: [UInt8]
    let encodedOtherAmount: [UInt8]
    let encodedCountryCode: [UInt8]
    let encodedCurrencyCode: [UInt8]

    /// - Parameter validityDate: `date` when nil.
    public init(
        amount: Money, otherAmount: Money? = nil, type: UInt8 = 0x00, date: CivilDate, validityDate: CivilDate? = nil,
        expiryIsMonth: Bool = false, countryCode: UInt16, unpredictableNumber: [UInt8],
        onlineCryptogramRequired: Bool = false
    ) throws(Failure) {
        guard let encodedAmount = NumericField.encode(amount.minorUnits, bytes: 6) else { throw .amountOutOfRange }
        guard otherAmount.map({ $0.currency == amount.currency }) ?? true else { throw .currencyMismatch }
        guard let encodedOther = NumericField.encode(otherAmount?.minorUnits ?? 0, bytes: 6) else {
            throw .otherAmountOutOfRange
        }
        guard countryCode <= 999, let country = NumericField.encode(Int64(countryCode), bytes: 2),
            let currency = NumericField.encode(Int64(amount.currency.numeric), bytes: 2)
        else { throw .countryCodeOutOfRange }
        guard unpredictableNumber.count == 4 else {
            throw .unpredictableNumberLength(bytes: unpredictableNumber.count)
        }
        self.amount = amount
        self.otherAmount = otherAmount
        self.type = type
        self.date = date
        self.validityDate = validityDate ?? date
        self.expiryIsMonth = expiryIsMonth
        self.countryCode = countryCode
        self.unpredictableNumber = unpredictableNumber
        self.onlineCryptogramRequired = onlineCryptogramRequired
        self.encodedAmount = encodedAmount
        encodedOtherAmount = encodedOther
        encodedCountryCode = country
        encodedCurrencyCode = currency
    }

    /// The same transaction with a fresh number.
    func renewed(unpredictableNumber: [UInt8]) throws(Failure) -> TransactionParameters {
        try TransactionParameters(
            amount: amount, otherAmount: otherAmount, type: type, date: date, validityDate: validityDate,
            expiryIsMonth: expiryIsMonth, countryCode: countryCode, unpredictableNumber: unpredictableNumber,
            onlineCryptogramRequired: onlineCryptogramRequired)
    }

    /// The terminal's value of a tag, nil for one it has no value for. Every tag here is
    /// ``EMVTag/isTerminalSourced(_:)``.
    func value(of tag: Tag, qualifiers: TerminalTransactionQualifiers) -> [UInt8]? {
        switch tag {
        case EMVTag.terminalTransactionQualifiers: qualifiers.bytes
        case EMVTag.amountAuthorised: encodedAmount
        case EMVTag.amountOther: encodedOtherAmount
        case EMVTag.terminalCountryCode: encodedCountryCode
        // Kernel 3 sets no bit of the TVR.
        case EMVTag.terminalVerificationResults: [0, 0, 0, 0, 0]
        case EMVTag.transactionCurrencyCode: encodedCurrencyCode
        case EMVTag.transactionDate: NumericField.encode(date)
        case EMVTag.transactionType: [type]
        case EMVTag.unpredictableNumber: unpredictableNumber
        case EMVTag.terminalCapabilities: terminalCapabilities
        case EMVTag.terminalType: [terminalType]
        // Contactless chip, EMV mode.
        case EMVTag.posEntryMode: [0x07]
        default: nil
        }
    }
}
