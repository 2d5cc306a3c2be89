import Core
import EMV
import SmartCard

/// What a ``VisaPrepaidCard`` answers the same way every time, made once when the card is made.
struct PrepaidPersonalisation {
    static let directoryName = Array("2PAY.SYS.DDF01".utf8)
    /// Dynamic data authentication, contactless EMV mode.
    static let interchangeProfile: [UInt8] = [0x20, 0x00]
    /// File 3 record 1, which is authenticated; file 2 records 1 and 2 with the keys.
    static let fileLocator: [UInt8] = [0x18, 0x01, 0x01, 0x01, 0x10, 0x01, 0x02, 0x00]

    /// What the card wants from the reader, in this order: 9F66 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37.
    static let optionsList: [UInt8] = [
        0x9F, 0x66, 4, 0x9F, 0x02, 6, 0x9F, 0x03, 6, 0x9F, 0x1A, 2, 0x95, 5, 0x5F, 0x2A, 2, 0x9A, 3, 0x9C, 1, 0x9F, 0x37, 4,
    ]

    let directory: TLV
    let control: TLV
    let staticRecord: TLV
    let issuerRecord: TLV
    /// 9F46, 9F47 and, when needed, 9F48.
    let cardKeyObjects: [TLV]
    let track2: [UInt8]
    let sequenceNumber: [UInt8]
    let currencyCode: [UInt8]
    let masterKey: [UInt8]

    init(_ card: VisaPrepaidCard.Configuration) throws(VisaPrepaidCard.Failure) {
        guard (2000...2049).contains(card.expiryYear), (1...12).contains(card.expiryMonth),
            let last = CivilDate(
                year: card.expiryYear, month: card.expiryMonth,
                day: CivilDate.daysInMonth(year: card.expiryYear, month: card.expiryMonth))
        else { throw .badExpiry }
        guard let sequence = NumericField.encode(Int64(card.panSequenceNumber % 100), bytes: 1),
            let country = NumericField.encode(Int64(card.issuerCountryCode % 1000), bytes: 2),
            let currency = NumericField.encode(Int64(card.currency.numeric), bytes: 2),
            let masterKey = try? ApplicationCryptogram.masterKey(
                issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey, pan: card.pan,
                panSequenceNumber: card.panSequenceNumber % 100)
        else { throw .personalisation }
        self.masterKey = masterKey
        sequenceNumber = sequence
        currencyCode = currency
        let expiry = NumericField.encode(last)
        track2 = Self.track2(card.pan.digits, yearMonth: Array(expiry.prefix(2)))

        let label = TLV(EMVTag.applicationLabel, Array(card.label.utf8.prefix(16)))
        directory = TLV(EMVTag.fciTemplate, [
            TLV(EMVTag.dedicatedFileName, Self.directoryName),
            TLV(EMVTag.fciProprietaryTemplate, [
                TLV(EMVTag.fciIssuerDiscretionaryData, [
                    TLV(EMVTag.directoryEntry, [
                        TLV(EMVTag.applicationIdentifier, Combination.visaCreditDebit), label,
                        TLV(EMVTag.applicationPriorityIndicator, [0x01]),
                    ])
                ])
            ]),
        ])
        control = TLV(EMVTag.fciTemplate, [
            TLV(EMVTag.dedicatedFileName, Combination.visaCreditDebit),
            TLV(EMVTag.fciProprietaryTemplate, [
                label, TLV(EMVTag.processingOptionsDataObjectList, Self.optionsList),
            ]),
        ])

        let digits = card.pan.digits
        let staticObjects = [
            TLV(EMVTag.primaryAccountNumber, TestIssuer.compressed(digits, bytes: (digits.utf8.count + 1) / 2)),
            TLV(EMVTag.applicationExpirationDate, expiry),
            // Goods and services at home and abroad; no cash, no cashback, no cash machine (CARD-10).
            TLV(EMVTag.applicationUsageControl, [0x3D, 0x00]),
            TLV(EMVTag.issuerCountryCode, country),
            TLV(EMVTag.staticDataAuthenticationTagList, [0x82]),
        ]
        staticRecord = TLV(EMVTag.recordTemplate, staticObjects)

        let issuer = TestIssuer(monthYear: [expiry[1], expiry[0]])
        guard let issuerKey = issuer.issuerCertificate(panPrefix: digits),
            let cardKey = issuer.cardCertificate(
                pan: digits, staticData: staticObjects.flatMap(\.encoded) + Self.interchangeProfile)
        else { throw .personalisation }
        issuerRecord = TLV(EMVTag.recordTemplate, [
            TLV(EMVTag.caPublicKeyIndex, [TestKeys.caIndex]),
            TLV(EMVTag.issuerPublicKeyCertificate, issuerKey.certificate),
            TLV(EMVTag.issuerPublicKeyRemainder, issuerKey.remainder),
            TLV(EMVTag.issuerPublicKeyExponent, TestKeys.issuer.exponent),
        ])
        cardKeyObjects = [
            TLV(EMVTag.iccPublicKeyCertificate, cardKey.certificate),
            TLV(EMVTag.iccPublicKeyExponent, TestKeys.card.exponent),
        ]
    }

    /// PAN, D, YYMM, service code 221, discretionary zeros; an odd number of digits is filled with F.
    static func track2(_ digits: String, yearMonth: [UInt8]) -> [UInt8] {
        var nibbles = digits.utf8.map { $0 & 0x0F } + [0x0D]
        nibbles += yearMonth.flatMap { [$0 >> 4, $0 & 0x0F] } + [2, 2, 1] + [0, 0, 0, 0]
        if nibbles.count % 2 == 1 { nibbles.append(0x0F) }
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}

/// What the reader sent with GET PROCESSING OPTIONS, in the order of ``PrepaidPersonalisation/optionsList``.
struct PrepaidRequest {
    let qualifiers: TerminalTransactionQualifiers
    let amount: Int64
    let amountBytes: [UInt8]
    let currencyCode: [UInt8]
    let type: UInt8
    let unpredictableNumber: [UInt8]
    /// 9F02 ‖ 9F03 ‖ 9F1A ‖ 95 ‖ 5F2A ‖ 9A ‖ 9C ‖ 9F37: what follows the qualifiers, as it came.
    let cryptogramData: [UInt8]

    /// Nil for another length than the list's or an amount that is no number.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == 33 else { return nil }
        var reader = ByteReader(bytes)
        do {
            qualifiers = TerminalTransactionQualifiers(
                rawValue: try reader.take(4).reduce(0) { $0 << 8 | UInt32($1) })
            var rest = reader
            cryptogramData = Array(rest.rest())
            amountBytes = Array(try reader.take(6))
            _ = try reader.take(13)  // other amount, country, terminal verification results
            currencyCode = Array(try reader.take(2))
            _ = try reader.take(3)  // date
            type = try reader.byte()
            unpredictableNumber = Array(try reader.take(4))
        } catch {
            return nil
        }
        guard let amount = NumericField.decode(amountBytes) else { return nil }
        self.amount = amount
    }
}
