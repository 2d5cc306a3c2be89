import Core
import EMV
import SmartCard

/// What a ``VisaContactCard`` answers the same way every time, made once when the card is made.
struct ContactPersonalisation {
    static let directoryName = Array("1PAY.SYS.DDF01".utf8)
    static let authenticationCode: [UInt8] = [0xDA, 0xC1]

    /// 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37, then 9F34: what the cryptogram covers comes first.
    static let firstList: [UInt8] = [
        0x9F, 0x02, 6, 0x9F, 0x03, 6, 0x9F, 0x1A, 2, 0x95, 5, 0x5F, 0x2A, 2, 0x9A, 3, 0x9C, 1, 0x9F, 0x37, 4, 0x9F, 0x34, 3,
    ]
    static let firstLength = 32
    /// 8A, then the same.
    static let secondList: [UInt8] = [0x8A, 2] + firstList
    static let coveredLength = 29
    /// 9F1A: the card wants to know where it is.
    static let optionsList: [UInt8] = [0x9F, 0x1A, 2]

    let profile: ApplicationInterchangeProfile
    let directory: TLV
    let directoryRecord: TLV
    let control: TLV
    /// File 1, record 1: nothing that is authenticated.
    let trackRecord: TLV
    /// File 2, from record 1 on.
    let records: [TLV]
    let locator: [UInt8]
    let masterKey: [UInt8]
    let currencyCode: [UInt8]

    init(_ card: VisaContactCard.Configuration) throws(VisaContactCard.Failure) {
        let account: IssuedAccount
        do {
            account = try IssuedAccount(
                pan: card.pan, panSequenceNumber: card.panSequenceNumber, expiryYear: card.expiryYear,
                expiryMonth: card.expiryMonth, issuerCountryCode: card.issuerCountryCode, currency: card.currency)
        } catch {
            throw error == .expiry ? .badExpiry : .personalisation
        }
        masterKey = account.masterKey
        currencyCode = account.currencyCode

        var profile: ApplicationInterchangeProfile = [.cardholderVerification, .terminalRiskManagement, .issuerAuthentication]
        switch card.authentication {
        case nil: break
        case .sda: profile.insert(.staticDataAuthentication)
        case .dda: profile.insert(.dynamicDataAuthentication)
        case .cda: profile.formUnion([.dynamicDataAuthentication, .combinedDataAuthentication])
        }
        self.profile = profile

        let label = TLV(EMVTag.applicationLabel, Array("VISA CREDIT".utf8))
        let priority = TLV(EMVTag.applicationPriorityIndicator, [0x01])
        directory = TLV(EMVTag.fciTemplate, [
            TLV(EMVTag.dedicatedFileName, Self.directoryName),
            TLV(EMVTag.fciProprietaryTemplate, [TLV(EMVTag.shortFileIdentifier, [0x01])]),
        ])
        directoryRecord = TLV(EMVTag.recordTemplate, [
            TLV(EMVTag.directoryEntry, [
                TLV(EMVTag.applicationIdentifier, Combination.visaCreditDebit), label, priority,
            ])
        ])
        control = TLV(EMVTag.fciTemplate, [
            TLV(EMVTag.dedicatedFileName, Combination.visaCreditDebit),
            TLV(EMVTag.fciProprietaryTemplate, [
                label, priority, TLV(EMVTag.processingOptionsDataObjectList, Self.optionsList),
            ]),
        ])

        trackRecord = TLV(EMVTag.recordTemplate, [
            TLV(EMVTag.track2EquivalentData, account.track2),
            TLV(EMVTag.cardholderName, Array("KASSA/TEST".utf8)),
        ])
        let staticObjects = [
            account.panObject,
            TLV(EMVTag.applicationExpirationDate, account.expiry), TLV(EMVTag.panSequenceNumber, account.sequenceNumber),
            TLV(EMVTag.issuerCountryCode, account.countryCode), TLV(EMVTag.applicationUsageControl, [0xFF, 0xC0]),
            TLV(EMVTag.applicationCurrencyCode, account.currencyCode), TLV(EMVTag.verificationMethodList, card.verificationList),
            TLV(EMVTag.cardDOL1, Self.firstList), TLV(EMVTag.cardDOL2, Self.secondList),
            TLV(EMVTag.issuerActionCodeDenial, card.actionCodes.denial.bytes),
            TLV(EMVTag.issuerActionCodeOnline, card.actionCodes.online.bytes),
            TLV(EMVTag.issuerActionCodeDefault, card.actionCodes.whenOffline.bytes),
            TLV(EMVTag.staticDataAuthenticationTagList, [0x82]),
        ]
        var records = [TLV(EMVTag.recordTemplate, staticObjects)]
        if let method = card.authentication {
            let signedData = staticObjects.flatMap(\.encoded) + profile.bytes
            guard let issuerRecord = account.issuerRecord() else { throw .personalisation }
            records.append(issuerRecord)
            if method == .sda {
                guard let signature = TestIssuer.staticSignature(code: Self.authenticationCode, staticData: signedData) else {
                    throw .personalisation
                }
                records.append(TLV(EMVTag.recordTemplate, [TLV(EMVTag.signedStaticApplicationData, signature)]))
            } else {
                guard let key = account.issuer.cardCertificate(pan: account.digits, staticData: signedData) else { throw .personalisation }
                records.append(TLV(EMVTag.recordTemplate, [
                    TLV(EMVTag.iccPublicKeyCertificate, key.certificate),
                    TLV(EMVTag.iccPublicKeyExponent, TestKeys.card.exponent),
                    TLV(EMVTag.dynamicDataObjectList, [0x9F, 0x37, 4]),
                ]))
            }
        }
        self.records = records
        locator = [0x08, 0x01, 0x01, 0x00, 0x10, 0x01, UInt8(records.count), 0x01]
    }
}
