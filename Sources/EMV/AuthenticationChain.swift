import Core
import SmartCard

/// From the scheme's key to the keys of issuer and card (EMV Book 2 §5.3, §6.3, §6.4 and §7.1).
struct AuthenticationChain: Sendable {
    let caKeys: CAPublicKeyStore
    let applicationIdentifier: [UInt8]
    /// By which certificates and the scheme's key count as expired.
    let date: CivilDate

    func issuerKey(_ card: CardData) throws(AuthenticationFailure) -> RSAPublicKey {
        let indexField = try Self.required(EMVTag.caPublicKeyIndex, of: card)
        guard indexField.count == 1, let index = indexField.first else { throw .malformed(EMVTag.caPublicKeyIndex) }
        let provider = Array(applicationIdentifier.prefix(5))
        guard let authority = caKeys.key(rid: provider, index: index) else { throw .unknownCAKey(index: index) }
        if let expiry = authority.expiry, date > expiry { throw .expiredCAKey(index: index) }
        let certificate = try Self.required(EMVTag.issuerPublicKeyCertificate, of: card)
        let exponent = try Self.required(EMVTag.issuerPublicKeyExponent, of: card)
        let pan = try accountNumber(card)
        let recovered: RecoveredCertificate
        do throws(SignatureFault) {
            recovered = try RecoveredCertificate(
                .issuer, certificate: certificate,
                signer: RSAPublicKey(modulus: authority.modulus, exponent: authority.exponent),
                remainder: card[EMVTag.issuerPublicKeyRemainder] ?? [], exponent: exponent, signedData: [], date: date)
            // Leftmost three to eight digits of the PAN.
            guard recovered.identifier.utf8.count >= 3, pan.hasPrefix(recovered.identifier) else {
                throw SignatureFault.identity
            }
        } catch {
            throw .issuerCertificate(error)
        }
        guard !caKeys.isRevoked(rid: provider, index: index, serial: recovered.serial) else {
            throw .revokedIssuerCertificate(index: index)
        }
        return recovered.key
    }

    /// - Parameter staticData: of this card, as ``StaticData/completed(for:)`` gives it.
    func cardKey(
        _ card: CardData, issuer: RSAPublicKey, staticData: [UInt8]
    ) throws(AuthenticationFailure) -> RSAPublicKey {
        try key(
            card, issuer: issuer, certificate: EMVTag.iccPublicKeyCertificate, exponent: EMVTag.iccPublicKeyExponent,
            remainder: EMVTag.iccPublicKeyRemainder, signedData: staticData)
    }

    /// The key that PINs are enciphered under: one of its own where the card has a certificate for it, else the card's.
    func pinKey(_ card: CardData, issuer: RSAPublicKey, staticData: [UInt8]) throws(AuthenticationFailure) -> RSAPublicKey {
        guard card[EMVTag.iccPINCertificate] != nil else {
            return try cardKey(card, issuer: issuer, staticData: staticData)
        }
        return try key(
            card, issuer: issuer, certificate: EMVTag.iccPINCertificate, exponent: EMVTag.iccPINExponent,
            remainder: EMVTag.iccPINRemainder, signedData: [])
    }

    static func required(_ tag: Tag, of card: CardData) throws(AuthenticationFailure) -> [UInt8] {
        guard let value = card[tag] else { throw .missing(tag) }
        return value
    }

    private func key(
        _ card: CardData, issuer: RSAPublicKey, certificate: Tag, exponent: Tag, remainder: Tag, signedData: [UInt8]
    ) throws(AuthenticationFailure) -> RSAPublicKey {
        let certificateBytes = try Self.required(certificate, of: card)
        let exponentBytes = try Self.required(exponent, of: card)
        let pan = try accountNumber(card)
        do throws(SignatureFault) {
            let recovered = try RecoveredCertificate(
                .card, certificate: certificateBytes, signer: issuer, remainder: card[remainder] ?? [],
                exponent: exponentBytes, signedData: signedData, date: date)
            guard recovered.identifier == pan else { throw SignatureFault.identity }
            return recovered.key
        } catch {
            throw .cardCertificate(error)
        }
    }

    private func accountNumber(_ card: CardData) throws(AuthenticationFailure) -> String {
        guard let digits = NumericField.digits(compressed: try Self.required(EMVTag.primaryAccountNumber, of: card)) else {
            throw .malformed(EMVTag.primaryAccountNumber)
        }
        return digits
    }
}
