import Core
import EMV
import SmartCard

/// GENERATE AC, INTERNAL and EXTERNAL AUTHENTICATE (EMV Book 3 §6.5; Book 2 §6.5, §6.6, §8).
extension VisaContactCard {
    func internalAuthenticate(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard stage == .initiated, configuration.authentication == .dda || configuration.authentication == .cda else {
            throw Refusal(.conditionsNotSatisfied)
        }
        guard apdu.data.count == 4 else { throw Refusal(.wrongLength) }
        guard let signature = TestIssuer.signature(dynamicNumber: Self.bytes(state.atc), signedData: apdu.data) else {
            throw Refusal(StatusWord(rawValue: 0x6F00))
        }
        return TLV(EMVTag.responseTemplateFormat1, signature)
    }

    func generateCryptogram(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        let isFirst = stage == .initiated
        guard isFirst || stage == .requested else { throw Refusal(.conditionsNotSatisfied) }
        let length = ContactPersonalisation.firstLength + (isFirst ? 0 : 2)
        guard apdu.data.count == length else { throw Refusal(.wrongLength) }
        guard apdu.p1 & 0x2F == 0, let asked = Self.type(apdu.p1) else { throw Refusal(.incorrectParameters) }
        let values = Array(isFirst ? apdu.data[...] : apdu.data.dropFirst(2))
        let type = isFirst ? firstType(asked, values) : secondType(asked)
        if isFirst { firstValues = apdu.data }
        stage = type == .arqc ? .requested : .closed

        let counter = Self.bytes(state.atc)
        let issuerData = issuerApplicationData(type)
        let covered = Array(values.prefix(ContactPersonalisation.coveredLength)) + personal.profile.bytes + counter + issuerData
        guard let key = sessionKey, let cryptogram = try? ApplicationCryptogram.compute(sessionKey: key, data: covered)
        else { throw Refusal(StatusWord(rawValue: 0x6F00)) }
        if type == .arqc { request = cryptogram }
        let information = Self.information(type)
        guard apdu.p1 & 0x10 != 0, configuration.authentication == .cda, type != .aac else {
            return TLV(EMVTag.responseTemplateFormat1, [information] + counter + cryptogram + issuerData)
        }
        let plain = [
            TLV(EMVTag.cryptogramInformationData, [information]), TLV(EMVTag.applicationTransactionCounter, counter),
            TLV(EMVTag.issuerApplicationData, issuerData),
        ]
        let transaction = optionsValues + firstValues + (isFirst ? [] : apdu.data) + plain.flatMap(\.encoded)
        guard let signature = TestIssuer.combinedSignature(
            dynamicNumber: counter, information: information, cryptogram: cryptogram, transactionData: transaction,
            unpredictableNumber: Array(values[25..<29]))
        else { throw Refusal(StatusWord(rawValue: 0x6F00)) }
        return TLV(
            EMVTag.responseTemplateFormat2,
            [plain[0], plain[1], TLV(EMVTag.signedDynamicApplicationData, signature), plain[2]])
    }

    func externalAuthenticate(_ apdu: CommandAPDU) throws(Refusal) -> [UInt8] {
        guard stage == .requested, isIssuerAuthentic == nil else { throw Refusal(.conditionsNotSatisfied) }
        guard (8...16).contains(apdu.data.count), let key = sessionKey else { throw Refusal(.wrongLength) }
        let expected = try? AuthorisationResponseCryptogram.compute(
            sessionKey: key, request: request, statusUpdate: Array(apdu.data[4..<8]), proprietary: Array(apdu.data[8...]))
        let isAuthentic = expected == Array(apdu.data.prefix(4))
        isIssuerAuthentic = isAuthentic
        guard isAuthentic else { throw Refusal(StatusWord(rawValue: 0x6300)) }
        state.lastOnlineATC = state.atc
        return []
    }

    // MARK: Decisions

    private func firstType(_ asked: CryptogramType, _ values: [UInt8]) -> CryptogramType {
        guard asked == .tc else { return asked }
        let amount = NumericField.decode(values.prefix(6)) ?? Int64.max
        let fits = Array(values[19..<21]) == personal.currencyCode && amount <= configuration.offlineLimit
        return fits && state.pinTriesLeft > 0 ? .tc : .arqc
    }

    /// What the issuer approved is approved, unless somebody else said so.
    private func secondType(_ asked: CryptogramType) -> CryptogramType {
        asked == .tc && isIssuerAuthentic != false ? .tc : .aac
    }

    private var sessionKey: [UInt8]? { try? ApplicationCryptogram.sessionKey(masterKey: personal.masterKey, atc: state.atc) }

    /// `06 | key index 01 | version 18 | card verification results`, whose second byte tells the type.
    private func issuerApplicationData(_ type: CryptogramType) -> [UInt8] {
        [0x06, 0x01, 0x12, 0x03, 0x80 | Self.information(type) >> 2, 0x00, 0x00]
    }

    private static func information(_ type: CryptogramType) -> UInt8 {
        switch type {
        case .aac: 0x00
        case .tc: 0x40
        case .arqc: 0x80
        }
    }

    private static func type(_ reference: UInt8) -> CryptogramType? {
        switch reference & 0xC0 {
        case 0x00: .aac
        case 0x40: .tc
        case 0x80: .arqc
        default: nil
        }
    }
}
