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
        let account: IssuedAccount
        do {
            account = try IssuedAccount(
                pan: card.pan, panSequenceNumber: card.panSequenceNumber, expiryYear: card.expiryYear,
                expiryMonth: card.expiryMonth, issuerCountryCode: card.issuerCountryCode, currency: card.currency)
        } catch {
            throw error == .expiry ? .badExpiry : .personalisation
        }
        masterKey = account.masterKey
        sequenceNumber = account.sequenceNumber
        currencyCode = account.currencyCode
        track2 = account.track2

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

        let staticObjects = [
            account.panObject,
            TLV(EMVTag.applicationExpirationDate, account.expiry),
            // Goods and services at home and abroad; no cash, no cashback, no cash machine (CARD-10).
            TLV(EMVTag.applicationUsageControl, [0x3D, 0x00]),
            TLV(EMVTag.issuerCountryCode, account.countryCode),
            TLV(EMVTag.staticDataAuthenticationTagList, [0x82]),
        ]
        staticRecord = TLV(EMVTag.recordTemplate, staticObjects)

        guard let issuerRecord = account.issuerRecord(),
            let cardKey = account.issuer.cardCertificate(
                pan: account.digits, staticData: staticObjects.flatMap(\.encoded) + Self.interchangeProfile)
        else { throw .personalisation }
        self.issuerRecord = issuerRecord
        cardKeyObjects = [
            TLV(EMVTag.iccPublicKeyCertificate, cardKey.certificate),
            TLV(EMVTag.iccPublicKeyExponent, TestKeys.card.exponent),
        ]
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
