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
    case cardCertificate(SignatureFault)
    case signature(SignatureFault)
    /// 9F69 is of a version other than 01, which kernel 3 refuses.
    case relatedDataVersion
    /// 9F4A lists anything but 82.
    case staticDataTagList
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
        func required(_ tag: Tag) throws(AuthenticationFailure) -> [UInt8] {
            guard let value = card[tag] else { throw .missing(tag) }
            return value
        }
        guard let profile = card[EMVTag.applicationInterchangeProfile], let first = profile.first, first & 0x20 != 0 else {
            throw .notSupportedByCard
        }
        let related = try required(EMVTag.cardAuthenticationRelatedData)
        guard (5...16).contains(related.count) else { throw .malformed(EMVTag.cardAuthenticationRelatedData) }
        guard related.first == 0x01 else { throw .relatedDataVersion }
        let signature = try required(EMVTag.signedDynamicApplicationData)

        let issuer = try issuerKey(card, required: required)
        let cardKey = try cardKey(card, issuer: issuer, staticData: staticData, profile: profile, required: required)
        do {
            let body = try RecoveredData(
                signature, by: cardKey, format: 0x05,
                hashed: unpredictableNumber + amount + currencyCode + related
            ).body
            return try dynamicNumber(body)
        } catch {
            throw .signature(error)
        }
    }

    private func issuerKey(
        _ card: CardData, required: (Tag) throws(AuthenticationFailure) -> [UInt8]
    ) throws(AuthenticationFailure) -> RSAPublicKey {
        let indexField = try required(EMVTag.caPublicKeyIndex)
        guard indexField.count == 1, let index = indexField.first else { throw .malformed(EMVTag.caPublicKeyIndex) }
        guard let authority = caKeys.key(rid: Array(applicationIdentifier.prefix(5)), index: index) else {
            throw .unknownCAKey(index: index)
        }
        if let expiry = authority.expiry, date > expiry { throw .expiredCAKey(index: index) }
        let certificate = try required(EMVTag.issuerPublicKeyCertificate)
        let exponent = try required(EMVTag.issuerPublicKeyExponent)
        let pan = try accountNumber(required(EMVTag.primaryAccountNumber))
        do throws(SignatureFault) {
            let recovered = try RecoveredCertificate(
                .issuer, certificate: certificate,
                signer: RSAPublicKey(modulus: authority.modulus, exponent: authority.exponent),
                remainder: card[EMVTag.issuerPublicKeyRemainder] ?? [], exponent: exponent, signedData: [], date: date)
            // Leftmost three to eight digits of the PAN.
            guard recovered.identifier.utf8.count >= 3, pan.hasPrefix(recovered.identifier) else {
                throw SignatureFault.identity
            }
            return recovered.key
        } catch {
            throw .issuerCertificate(error)
        }
    }

    private func cardKey(
        _ card: CardData, issuer: RSAPublicKey, staticData: [UInt8], profile: [UInt8],
        required: (Tag) throws(AuthenticationFailure) -> [UInt8]
    ) throws(AuthenticationFailure) -> RSAPublicKey {
        var signedData = staticData
        if let list = card[EMVTag.staticDataAuthenticationTagList] {
            guard list == [0x82] else { throw .staticDataTagList }
            signedData += profile
        }
        let certificate = try required(EMVTag.iccPublicKeyCertificate)
        let exponent = try required(EMVTag.iccPublicKeyExponent)
        let pan = try accountNumber(required(EMVTag.primaryAccountNumber))
        do throws(SignatureFault) {
            let recovered = try RecoveredCertificate(
                .card, certificate: certificate, signer: issuer,
                remainder: card[EMVTag.iccPublicKeyRemainder] ?? [], exponent: exponent, signedData: signedData,
                date: date)
            guard recovered.identifier == pan else { throw SignatureFault.identity }
            return recovered.key
        } catch {
            throw .cardCertificate(error)
        }
    }

    private func accountNumber(_ bytes: [UInt8]) throws(AuthenticationFailure) -> String {
        guard let digits = NumericField.digits(compressed: bytes) else { throw .malformed(EMVTag.primaryAccountNumber) }
        return digits
    }

    /// `05 01 LDD len number …` (EMV Book 2 table 17).
    private func dynamicNumber(_ body: ArraySlice<UInt8>) throws(SignatureFault) -> [UInt8] {
        var reader = ByteReader(body)
        do {
            _ = try reader.byte()
            guard try reader.byte() == 0x01 else { throw SignatureFault.hashAlgorithm }
            var dynamic = ByteReader(try reader.take(Int(try reader.byte())))
            return Array(try dynamic.take(Int(try dynamic.byte())))
        } catch let fault as SignatureFault {
            throw fault
        } catch {
            throw .dynamicData
        }
    }
}
