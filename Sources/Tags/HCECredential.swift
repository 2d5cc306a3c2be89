import Core
import Crypto
import SmartCard

/// What the programme gave a telephone when it was enrolled: which instrument it is and which key is its own, signed by the
/// programme. A terminal needs no list of telephones, only the programme's public key.
public struct HCECredential: Sendable, Hashable {
    /// 16 bytes that the programme drew.
    public let instrument: [UInt8]
    /// Uncompressed point on P-256, 65 bytes.
    let key: [UInt8]
    public let expiry: UTCInstant
    /// r ‖ s, 64 bytes.
    let signature: [UInt8]
    /// As it came.
    let encoded: [UInt8]

    /// Data objects 90 instrument, 91 key, 92 expiry in milliseconds since 1970, 93 signature, inside a template EC.
    init?(_ template: TLV) {
        guard template.tag == 0xEC, let list = try? TLV.list(template.value), list.count == 4,
            list.map(\.tag) == [0x90, 0x91, 0x92, 0x93], list.map(\.value.count) == [16, 65, 8, 64]
        else { return nil }
        instrument = Array(list[0].value)
        key = Array(list[1].value)
        expiry = UTCInstant(milliseconds: Int64(bitPattern: list[2].value.reduce(0) { $0 << 8 | UInt64($1) }))
        signature = Array(list[3].value)
        encoded = template.encoded
    }

    /// Whether one of these keys signed it.
    func isSigned(by issuers: [P256.Signing.PublicKey]) -> Bool {
        let expiryBytes = (0..<8).map { UInt8(truncatingIfNeeded: expiry.milliseconds >> Int64(56 - 8 * $0)) }
        let signed = Array(HCEApplication.credentialLabel.utf8) + [0] + instrument + key + expiryBytes
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
        return issuers.contains { $0.isValidSignature(signature, for: signed) }
    }
}

/// What a telephone proves with its own key. Unlike a tag's evidence the terminal could not have written it: the key never
/// leaves the telephone.
public struct HCEEvidence: Sendable, Hashable {
    public let instrument: [UInt8]
    public let verification: HCEVerification
    /// Payments that the telephone has signed, as it says.
    public let counter: UInt32
    public let context: TapContext
    /// The answer with credential and signature, for the host to verify once more.
    public let answer: [UInt8]

    /// The instrument's name at this site (ALL-5). The telephone's UID has no part in it: it is drawn anew at each tap.
    public func pseudonym(key: SymmetricKey) -> Pseudonym {
        Pseudonym(domain: "hce1", identifier: Hex.encode(instrument), key: key)
    }
}

extension HCEEvidence: CustomStringConvertible, CustomReflectable {
    public var description: String { "HCEEvidence \(counter)" }
    public var customMirror: Mirror { Mirror(self, children: ["counter": counter, "verification": verification]) }
}

/// Why a telephone is not believed.
public enum HCEFailure: Error, Sendable, Hashable {
    public enum Field: String, Sendable, Hashable { case answer, credential, verification, counter, signature }

    case malformed(Field)
    /// No programme of ours signed its credential.
    case unknownIssuer
    case expired
    /// The answer is not signed with the credential's key, or not for this payment.
    case notAuthentic
    case refused(StatusWord)
    /// Longer than any answer, or in endless pieces.
    case tooLong
}

extension HCEEvidence {
    /// Verifies a telephone's answer: terminal and host do the same.
    /// - Parameter answer: `E2 { EC credential, 94 verification, 95 counter, 96 signature }`.
    public init(
        answer: [UInt8], to context: TapContext, issuers: [P256.Signing.PublicKey], now: UTCInstant
    ) throws(HCEFailure) {
        guard answer.count <= HCEApplication.mostBytes, let outer = try? TLV.list(answer), outer.count == 1,
            outer[0].tag == 0xE2, let list = try? TLV.list(outer[0].value), list.map(\.tag) == [0xEC, 0x94, 0x95, 0x96]
        else { throw .malformed(.answer) }
        guard let credential = HCECredential(list[0]) else { throw .malformed(.credential) }
        guard list[1].value.count == 1, let verification = list[1].value.first.flatMap(HCEVerification.init) else {
            throw .malformed(.verification)
        }
        guard list[2].value.count == 4 else { throw .malformed(.counter) }
        guard list[3].value.count == 64,
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: Array(list[3].value))
        else { throw .malformed(.signature) }
        guard credential.isSigned(by: issuers) else { throw .unknownIssuer }
        guard now < credential.expiry else { throw .expired }
        let signed = Array(HCEApplication.paymentLabel.utf8) + [0] + HCEApplication.challenge(context) + credential.encoded
            + [verification.rawValue] + list[2].value
        guard let key = try? P256.Signing.PublicKey(x963Representation: credential.key),
            key.isValidSignature(signature, for: signed)
        else { throw .notAuthentic }
        instrument = credential.instrument
        self.verification = verification
        counter = list[2].value.reduce(0) { $0 << 8 | UInt32($1) }
        self.context = context
        self.answer = answer
    }
}
