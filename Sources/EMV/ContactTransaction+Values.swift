import Core
import Crypto
import SmartCard

/// What the terminal puts into lists, and what it keeps of the transaction.
extension ContactTransaction {
    /// The terminal's own value of a tag, nil for one that it has none of.
    func terminalValue(of tag: Tag) -> [UInt8]? {
        switch tag {
        case EMVTag.terminalVerificationResults: tvr.bytes
        case EMVTag.transactionStatusInformation: tsi.bytes
        case EMVTag.verificationResults: verificationResults.bytes
        case EMVTag.terminalCapabilities: terminal.capabilities.bytes
        case EMVTag.additionalTerminalCapabilities: terminal.additionalCapabilities
        case EMVTag.terminalType: [terminal.type]
        // Chip with contacts.
        case EMVTag.posEntryMode: [0x05]
        case EMVTag.terminalTransactionQualifiers: nil
        case EMVTag.authorisationResponseCode: responseCode
        case EMVTag.issuerAuthenticationData: issuerAnswer?.authenticationData
        case EMVTag.iccDynamicNumber: dynamicNumber
        case EMVTag.dataAuthenticationCode: authenticationCode
        case EMVTag.terminalApplicationVersion: application?.version.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        case EMVTag.terminalFloorLimit: application.map { Self.binary($0.floorLimit) }
        default: parameters.transaction.value(of: tag, qualifiers: [])
        }
    }

    /// Of terminal or card, or the hash over what the card lists in 97.
    func value(of tag: Tag) -> [UInt8]? {
        guard tag == EMVTag.transactionCertificateHash else { return terminalValue(of: tag) ?? card[tag] }
        let bytes = card[EMVTag.transactionCertificateDOL] ?? application?.defaultTransactionCertificateDOL ?? []
        guard let list = try? DataObjectList(bytes), !list.contains(EMVTag.transactionCertificateHash) else { return nil }
        return Array(Insecure.SHA1.hash(data: list.fill { terminalValue(of: $0) ?? card[$0] }))
    }

    mutating func noteDefaultDOL(_ list: DataObjectList) {
        if list.contains(EMVTag.transactionCertificateHash), card[EMVTag.transactionCertificateDOL] == nil {
            tvr.insert(.defaultTDOLUsed)
        }
        // What the card was told, whatever is found later.
        sentResults = tvr
    }

    private static func binary(_ value: Int64) -> [UInt8] {
        let value = UInt32(clamping: value)
        return (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }

    // MARK: Evidence

    /// Nil until the card has made a cryptogram.
    func evidence() -> ContactEvidence? {
        guard let facts, let answer, let type = answer.type, let cryptogram = answer.cryptogram else { return nil }
        return ContactEvidence(
            aid: applicationIdentifier, pan: facts.pan, panSequenceNumber: facts.panSequenceNumber, expiry: facts.expiry,
            atc: answer.atc, cryptogram: cryptogram, cryptogramType: type, authentication: authentication,
            authenticationMethod: method, verification: verificationResults,
            wantsSignature: verification?.wantsSignature ?? false, tvr: tvr, tsi: tsi,
            isIssuerApproval: issuerAnswer?.isApproved, scriptResults: scriptResults, dataRecord: dataRecord(answer))
    }

    private func dataRecord(_ answer: CryptogramAnswer) -> [TLV] {
        Self.recordTags.compactMap { tag in
            let value: [UInt8]? =
                switch tag {
                case EMVTag.applicationCryptogram: answer.cryptogram
                case EMVTag.cryptogramInformationData: [answer.information]
                case EMVTag.applicationTransactionCounter: [UInt8(answer.atc >> 8), UInt8(answer.atc & 0xFF)]
                case EMVTag.issuerApplicationData: answer.issuerApplicationData
                case EMVTag.terminalVerificationResults: sentResults.bytes
                default: terminalValue(of: tag) ?? card[tag]
                }
            return value.map { TLV(tag, $0) }
        }
    }

    private static let recordTags: [Tag] = [
        EMVTag.amountAuthorised, EMVTag.amountOther, EMVTag.applicationCryptogram, EMVTag.cryptogramInformationData,
        EMVTag.applicationInterchangeProfile, EMVTag.applicationTransactionCounter, EMVTag.panSequenceNumber,
        EMVTag.dedicatedFileName, EMVTag.issuerApplicationData, EMVTag.posEntryMode, EMVTag.terminalCountryCode,
        EMVTag.terminalCapabilities, EMVTag.terminalType, EMVTag.track2EquivalentData, EMVTag.transactionCurrencyCode,
        EMVTag.transactionDate, EMVTag.transactionType, EMVTag.unpredictableNumber, EMVTag.terminalVerificationResults,
        EMVTag.transactionStatusInformation, EMVTag.verificationResults, EMVTag.authorisationResponseCode,
    ]
}
