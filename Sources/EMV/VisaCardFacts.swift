import Core
import SmartCard

/// What kernel 3 needs from the card, read and checked once (Book C-3 §5.3, mandatory data).
struct VisaCardFacts {
    let pan: PrimaryAccountNumber
    let panSequenceNumber: UInt8?
    let track2: Track2
    /// 5F24, nil when the card did not give it.
    let expiry: CivilDate?
    let atc: UInt16
    let cryptogram: [UInt8]
    /// Nil for a cryptogram of no known type.
    let cryptogramType: CryptogramType?
    let supportsDynamicAuthentication: Bool
    /// Nil when the card has none.
    let qualifiers: CardTransactionQualifiers?
    let availableOfflineSpending: Money?

    /// - Parameter currency: of the transaction.
    init(_ card: CardData, currency: Currency) throws(EndApplicationReason) {
        let command = CardCommand.getProcessingOptions
        _ = try card.required(EMVTag.dedicatedFileName, lengths: 5...16, in: .selectApplication)
        _ = try card.required(EMVTag.processingOptionsDataObjectList, lengths: 3...255, in: .selectApplication)
        cryptogram = try card.required(EMVTag.applicationCryptogram, lengths: 8...8, in: command)
        let profile = try card.required(EMVTag.applicationInterchangeProfile, lengths: 2...2, in: command)
        supportsDynamicAuthentication = (profile.first ?? 0) & 0x20 != 0
        atc = try card.required(EMVTag.applicationTransactionCounter, lengths: 2...2, in: command)
            .reduce(0) { $0 << 8 | UInt16($1) }
        let issuerData = try card.required(EMVTag.issuerApplicationData, lengths: 1...32, in: command)
        guard let track2 = Track2(try card.required(EMVTag.track2EquivalentData, lengths: 6...19, in: command)) else {
            throw .malformed(command, .value(EMVTag.track2EquivalentData))
        }
        self.track2 = track2
        pan = track2.pan
        if let number = card[EMVTag.primaryAccountNumber] {
            guard NumericField.digits(compressed: number) == pan.digits else { throw .accountNumbersDiffer }
        }
        let type = try Self.type(information: card[EMVTag.cryptogramInformationData], issuerData: issuerData)
        cryptogramType = type
        panSequenceNumber = try Self.optional(card, EMVTag.panSequenceNumber) { bytes in
            bytes.count == 1 ? NumericField.decode(bytes).map { UInt8(clamping: $0) } : nil
        }
        expiry = try Self.optional(card, EMVTag.applicationExpirationDate) { NumericField.date(yymmdd: $0) }
        qualifiers = try Self.optional(card, EMVTag.cardTransactionQualifiers) { CardTransactionQualifiers($0) }
        // For display only: what can't be read is not shown.
        availableOfflineSpending = card[EMVTag.availableOfflineSpendingAmount].flatMap { bytes in
            guard bytes.count == 6, let units = NumericField.decode(bytes) else { return nil }
            guard let code = card[EMVTag.applicationCurrencyCode] else {
                // Offline a card says yes in its own currency alone.
                return type == .tc ? Money(minorUnits: units, currency: currency) : nil
            }
            guard code.count == 2, let own = NumericField.decode(code).flatMap({ Currency(numeric: UInt16(clamping: $0)) }) else { return nil }
            return Money(minorUnits: units, currency: own)
        }
    }

    private static func optional<Value>(
        _ card: CardData, _ tag: Tag, _ read: ([UInt8]) -> Value?
    ) throws(EndApplicationReason) -> Value? {
        guard let bytes = card[tag] else { return nil }
        guard let value = read(bytes) else { throw .malformed(.getProcessingOptions, .value(tag)) }
        return value
    }

    /// From 9F27, else from byte 5 of the issuer application data, which is byte 2 of the card verification results.
    private static func type(
        information: [UInt8]?, issuerData: [UInt8]
    ) throws(EndApplicationReason) -> CryptogramType? {
        let bits: UInt8
        if let information {
            guard information.count == 1, let byte = information.first else {
                throw .malformed(.getProcessingOptions, .value(EMVTag.cryptogramInformationData))
            }
            bits = byte >> 6
        } else {
            guard let byte = issuerData.dropFirst(4).first else {
                throw .malformed(.getProcessingOptions, .value(EMVTag.issuerApplicationData))
            }
            bits = byte >> 4 & 0x03
        }
        switch bits {
        case 0: return .aac
        case 1: return .tc
        case 2: return .arqc
        default: return nil
        }
    }
}
