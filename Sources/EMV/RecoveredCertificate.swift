import CCrypto
import Core
import Crypto

/// An RSA public key in the making: CA, issuer or card.
struct RSAPublicKey: Sendable {
    let modulus: [UInt8]
    let exponent: [UInt8]

    /// `signature ^ exponent mod modulus`, as long as the modulus; nil for a signature of another length or one that is
    /// not below the modulus.
    func recover(_ signature: [UInt8]) -> [UInt8]? {
        guard signature.count == modulus.count else { return nil }
        var out = [UInt8](repeating: 0, count: modulus.count)
        let ok = kassa_mod_exp(
            signature, signature.count, exponent, exponent.count, modulus, modulus.count, &out, out.count)
        return ok == 1 ? out : nil
    }
}

/// Why a certificate or signature was not accepted (EMV Book 2 §6.3, §6.4, §6.5.2).
public enum SignatureFault: Error, Sendable, Hashable {
    /// The signature is not as long as the key.
    case length
    case header
    case trailer
    case format
    case hash
    case hashAlgorithm
    case keyAlgorithm
    /// Issuer identifier or PAN of the certificate are not the card's.
    case identity
    case expired
    /// Lengths of key, exponent or remainder do not fit each other.
    case keyLength
    /// The length of the dynamic data does not fit the signature.
    case dynamicData
}

/// Recovered signed data: `6A format … SHA-1 BC` (EMV Book 2 annex A2.1).
struct RecoveredData {
    /// Everything between the header and the hash, format byte included.
    let body: ArraySlice<UInt8>

    /// Recovers and checks header, format, trailer and the hash over body ‖ `trailing`.
    init(_ signature: [UInt8], by key: RSAPublicKey, format: UInt8, hashed trailing: [UInt8]) throws(SignatureFault) {
        guard let data = key.recover(signature), data.count > 22 else { throw .length }
        guard data.first == 0x6A else { throw .header }
        guard data.last == 0xBC else { throw .trailer }
        let body = data.dropFirst().dropLast(21)
        guard body.first == format else { throw .format }
        let hash = data.dropLast().suffix(20)
        guard Insecure.SHA1.hash(data: body + trailing).elementsEqual(hash) else { throw .hash }
        self.body = body
    }
}

/// An issuer or card key certificate after recovery (EMV Book 2 tables 6 and 14).
struct RecoveredCertificate {
    enum Kind {
        case issuer
        case card

        var format: UInt8 { self == .issuer ? 0x02 : 0x04 }
        /// Bytes of the issuer identifier or of the PAN.
        var identifierLength: Int { self == .issuer ? 4 : 10 }
    }

    /// Digits before the padding F.
    let identifier: String
    /// Three bytes.
    let serial: [UInt8]
    let key: RSAPublicKey

    /// - Parameters:
    ///   - remainder: tag 92 or 9F48, empty when the card has none.
    ///   - signedData: what the hash covers after the exponent: the static data for the card's certificate.
    ///   - date: a certificate is good through the last day of its month.
    init(
        _ kind: Kind, certificate: [UInt8], signer: RSAPublicKey, remainder: [UInt8], exponent: [UInt8],
        signedData: [UInt8], date: CivilDate
    ) throws(SignatureFault) {
        let body = try RecoveredData(
            certificate, by: signer, format: kind.format, hashed: remainder + exponent + signedData).body
        var reader = ByteReader(body)
        let fields: (identifier: ArraySlice<UInt8>, month: ArraySlice<UInt8>, lengths: ArraySlice<UInt8>)
        do {
            _ = try reader.byte()
            fields.identifier = try reader.take(kind.identifierLength)
            fields.month = try reader.take(2)
            serial = Array(try reader.take(3))
            // Hash algorithm, key algorithm, key length, exponent length.
            fields.lengths = try reader.take(4)
        } catch {
            throw .length
        }
        let lengths = Array(fields.lengths)
        guard lengths.count == 4 else { throw .length }
        guard lengths[0] == 0x01 else { throw .hashAlgorithm }
        guard lengths[1] == 0x01 else { throw .keyAlgorithm }
        guard let digits = NumericField.digits(compressed: fields.identifier) else { throw .identity }
        let monthYear = fields.month.map { NumericField.decode([$0]) }
        guard monthYear.count == 2, let month = monthYear[0], let year = monthYear[1],
            let expiry = NumericField.lastDay(yearOfCentury: Int(year), month: Int(month)), date <= expiry
        else { throw .expired }
        identifier = digits

        let keyLength = Int(lengths[2])
        let left = reader.rest()
        guard (64...248).contains(keyLength), keyLength <= signer.modulus.count, Int(lengths[3]) == exponent.count,
            exponent == [0x03] || exponent == [0x01, 0x00, 0x01],
            remainder.count == max(0, keyLength - left.count)
        else { throw .keyLength }
        key = RSAPublicKey(modulus: Array(left.prefix(keyLength)) + remainder, exponent: exponent)
    }
}
