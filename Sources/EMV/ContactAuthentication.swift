import Core
import Crypto
import SmartCard

/// Offline data authentication of a contact transaction (EMV Book 3 §10.3).
public enum ContactAuthenticationMethod: String, Sendable, Hashable {
    /// Signed static application data.
    case sda
    /// A signature made for INTERNAL AUTHENTICATE.
    case dda
    /// A signature within the answer to GENERATE AC.
    case cda

    /// The best that card and terminal have in common; nil when there is none.
    static func best(
        card: ApplicationInterchangeProfile, terminal: TerminalCapabilities
    ) -> ContactAuthenticationMethod? {
        if card.contains(.combinedDataAuthentication), terminal.contains(.combinedDataAuthentication) { return .cda }
        if card.contains(.dynamicDataAuthentication), terminal.contains(.dynamicDataAuthentication) { return .dda }
        if card.contains(.staticDataAuthentication), terminal.contains(.staticDataAuthentication) { return .sda }
        return nil
    }

    /// What its failure sets in the terminal verification results.
    var failureBit: TVR {
        switch self {
        case .sda: .staticDataAuthenticationFailed
        case .dda: .dynamicDataAuthenticationFailed
        case .cda: .combinedDataAuthenticationFailed
        }
    }
}

/// The signatures of contact cards, once the keys are known.
enum ContactSignature {
    /// SDA: the data authentication code, two bytes (EMV Book 2 §5.4).
    static func verifyStatic(
        _ signature: [UInt8], issuer: RSAPublicKey, staticData: [UInt8]
    ) throws(AuthenticationFailure) -> [UInt8] {
        do throws(SignatureFault) {
            let body = try RecoveredData(signature, by: issuer, format: 0x03, hashed: staticData).body
            var reader = ByteReader(body.dropFirst())
            guard let algorithm = try? reader.byte(), algorithm == 0x01 else { throw SignatureFault.hashAlgorithm }
            guard let code = try? reader.take(2) else { throw SignatureFault.length }
            return Array(code)
        } catch {
            throw .signature(error)
        }
    }

    /// DDA: the card's number (EMV Book 2 §6.5.2).
    /// - Parameter values: what INTERNAL AUTHENTICATE sent.
    static func verifyDynamic(
        _ signature: [UInt8], key: RSAPublicKey, values: [UInt8]
    ) throws(AuthenticationFailure) -> [UInt8] {
        do throws(SignatureFault) {
            return try DynamicData(RecoveredData(signature, by: key, format: 0x05, hashed: values).body).number
        } catch {
            throw .signature(error)
        }
    }

    /// CDA: the card's number and the cryptogram it signed (EMV Book 2 §6.6.2).
    /// - Parameters:
    ///   - information: 9F27 as it came in the clear.
    ///   - transactionData: PDOL and CDOL values, then the answer's objects but for the signature.
    static func verifyCombined(
        _ signature: [UInt8], key: RSAPublicKey, unpredictableNumber: [UInt8], information: UInt8,
        transactionData: [UInt8]
    ) throws(AuthenticationFailure) -> (number: [UInt8], cryptogram: [UInt8]) {
        let dynamic: DynamicData
        let combined: DynamicData.Combined
        do throws(SignatureFault) {
            dynamic = try DynamicData(
                RecoveredData(signature, by: key, format: 0x05, hashed: unpredictableNumber).body)
            combined = try dynamic.combined()
        } catch {
            throw .signature(error)
        }
        guard combined.information == information,
            combined.transactionHash == Array(Insecure.SHA1.hash(data: transactionData))
        else { throw .transactionDataDiffer }
        return (dynamic.number, combined.cryptogram)
    }
}
