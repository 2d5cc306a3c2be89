import Core
import EMV
import SmartCard

/// What every payment card of the test issuer carries of its account, in the coding of the chip.
struct IssuedAccount {
    enum Fault: Error {
        case expiry
        case coding
    }

    let digits: String
    /// YYMMDD, the last day of the month.
    let expiry: [UInt8]
    let sequenceNumber: [UInt8]
    let countryCode: [UInt8]
    let currencyCode: [UInt8]
    let masterKey: [UInt8]
    let issuer: TestIssuer

    init(
        pan: PrimaryAccountNumber, panSequenceNumber: UInt8, expiryYear: Int, expiryMonth: Int, issuerCountryCode: UInt16,
        currency: Currency
    ) throws(Fault) {
        guard (2000...2049).contains(expiryYear), (1...12).contains(expiryMonth),
            let last = CivilDate(
                year: expiryYear, month: expiryMonth, day: CivilDate.daysInMonth(year: expiryYear, month: expiryMonth))
        else { throw .expiry }
        guard let sequenceNumber = NumericField.encode(Int64(panSequenceNumber % 100), bytes: 1),
            let countryCode = NumericField.encode(Int64(issuerCountryCode % 1000), bytes: 2),
            let currencyCode = NumericField.encode(Int64(currency.numeric), bytes: 2),
            let masterKey = try? ApplicationCryptogram.masterKey(
                issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey, pan: pan, panSequenceNumber: panSequenceNumber % 100)
        else { throw .coding }
        digits = pan.digits
        expiry = NumericField.encode(last)
        self.sequenceNumber = sequenceNumber
        self.countryCode = countryCode
        self.currencyCode = currencyCode
        self.masterKey = masterKey
        issuer = TestIssuer(monthYear: [expiry[1], expiry[0]])
    }

    /// Tag 57: PAN, D, YYMM, service code 221, discretionary zeros; an odd number of digits is filled with F.
    var track2: [UInt8] {
        var nibbles = digits.utf8.map { $0 & 0x0F } + [0x0D]
        nibbles += expiry.prefix(2).flatMap { [$0 >> 4, $0 & 0x0F] } + [2, 2, 1] + [0, 0, 0, 0]
        if nibbles.count % 2 == 1 { nibbles.append(0x0F) }
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// Tag 5A.
    var panObject: TLV {
        TLV(EMVTag.primaryAccountNumber, TestIssuer.compressed(digits, bytes: (digits.utf8.count + 1) / 2))
    }

    /// The issuer's key and whose it is: 8F, 90, 92, 9F32.
    func issuerRecord() -> TLV? {
        guard let key = issuer.issuerCertificate(panPrefix: digits) else { return nil }
        return TLV(EMVTag.recordTemplate, [
            TLV(EMVTag.caPublicKeyIndex, [TestKeys.caIndex]),
            TLV(EMVTag.issuerPublicKeyCertificate, key.certificate),
            TLV(EMVTag.issuerPublicKeyRemainder, key.remainder),
            TLV(EMVTag.issuerPublicKeyExponent, TestKeys.issuer.exponent),
        ])
    }
}
