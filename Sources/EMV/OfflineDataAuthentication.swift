import Core
import SmartCard

/// Why offline data authentication did not pass.
public enum AuthenticationFailure: Error, Sendable, Hashable {
    /// AIP B1b6 is not set.
    case notSupportedByCard
    case missing(Tag)
    case malformed(Tag)
    case unknownCAKey(index: UInt8)
    case expiredCAKey(index: UInt8)
    case issuerCertificate(SignatureFault)
    /// The scheme has revoked it.
    case revokedIssuerCertificate(index: UInt8)
    case cardCertificate(SignatureFault)
    case signature(SignatureFault)
    /// 9F69 is of a version other than 01, which kernel 3 refuses.
    case relatedDataVersion
    /// 9F4A lists anything but 82.
    case staticDataTagList
    /// A record to be authenticated is no template 70.
    case staticRecord
    /// The card's list for INTERNAL AUTHENTICATE leaves out the terminal's number (9F37).
    case numberNotSigned
    /// INTERNAL AUTHENTICATE or GENERATE AC gave no signature.
    case noSignature
    /// The signed cryptogram information or the hash of the transaction's data is another than the plain one.
    case transactionDataDiffer
}

/// What came of offline data authentication.
public enum AuthenticationResult: Sendable, Hashable {
    case notPerformed
    case passed
    case failed(AuthenticationFailure)
}

/// Fast DDA, version 01 (Book C-3 annex C; EMV Book 2 §6): CA key, issuer certificate, card certificate, signature.
struct OfflineDataAuthentication {
    let caKeys: CAPublicKeyStore
    let applicationIdentifier: [UInt8]
    /// By which certificates and the scheme's key count as expired.
    let date: CivilDate
    let unpredictableNumber: [UInt8]
    /// 9F02 and 5F2A as they went to the card.
    let amount: [UInt8]
    let currencyCode: [UInt8]

    /// The dynamic number the card signed: for Visa its transaction counter.
    /// - Parameter staticData: the records that the AFL marks, in reading order (EMV Book 3 §10.3).
    func verify(_ card: CardData, staticData: [UInt8]) throws(AuthenticationFailure) -> [UInt8] {
        guard let profile = card[EMVTag.applicationInterchangeProfile], let first = profile.first, first & 0x20 != 0 else {
            throw .notSupportedByCard
        }
        let related = try AuthenticationChain.required(EMVTag.cardAuthenticationRelatedData, of: card)
        guard (5...16).contains(related.count) else { throw .malformed(EMVTag.cardAuthenticationRelatedData) }
        guard related.first == 0x01 else { throw .relatedDataVersion }
        let signature = try AuthenticationChain.required(EMVTag.signedDynamicApplicationData, of: card)

        let chain = AuthenticationChain(caKeys: caKeys, applicationIdentifier: applicationIdentifier, date: date)
        let issuer = try chain.issuerKey(card)
        let cardKey = try chain.cardKey(
            card, issuer: issuer, staticData: try StaticData(bytes: staticData).completed(for: card))
        do {
            let body = try RecoveredData(
                signature, by: cardKey, format: 0x05,
                hashed: unpredictableNumber + amount + currencyCode + related
            ).body
            return try DynamicData(body).number
        } catch {
            throw .signature(error)
        }
    }
}
