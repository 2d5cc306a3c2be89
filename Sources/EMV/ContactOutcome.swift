import Core
import SmartCard

/// How a contact transaction ended. From the first GENERATE AC on the card has counted it.
public enum ContactOutcome: Sendable, Equatable {
    /// A transaction certificate: approved by the card, and by the issuer where it was asked.
    case approved(ContactEvidence)
    case declined(ContactEvidence?, ContactDecline)
    /// The payer or the cashier ended it before the card made a cryptogram.
    case cancelled
    /// Nothing has happened: the card may be inserted again.
    case tryAgain(CardError)
    case endApplication(EndApplicationReason, ContactEvidence?)
    /// The card was lost after GENERATE AC had been sent. Where the issuer had approved, its approval is to be undone.
    case torn(ContactEvidence?)

    public var evidence: ContactEvidence? {
        switch self {
        case .approved(let evidence): evidence
        case .declined(let evidence, _), .endApplication(_, let evidence), .torn(let evidence): evidence
        case .cancelled, .tryAgain: nil
        }
    }
}

public enum ContactDecline: Sendable, Hashable {
    /// The action codes: an AAC was asked for.
    case terminal
    /// The card answered with an AAC what could have been approved. Where the issuer had approved, its approval is to be
    /// undone.
    case card
    case issuer
    /// The issuer could not be asked, and not without it.
    case issuerUnreachable
    /// The card's approval is not its own.
    case authenticationFailed(AuthenticationFailure)
}

/// What the card gave and the terminal found. It prints masked.
public struct ContactEvidence: Sendable, Equatable {
    /// The application as the card named it, 5–16 bytes.
    public let aid: [UInt8]
    public let pan: PrimaryAccountNumber
    public let panSequenceNumber: UInt8?
    public let expiry: CivilDate
    public let atc: UInt16
    /// Eight bytes.
    public let cryptogram: [UInt8]
    public let cryptogramType: CryptogramType
    public let authentication: AuthenticationResult
    /// Nil when there was none in common.
    public let authenticationMethod: ContactAuthenticationMethod?
    public let verification: CVMResults
    public let wantsSignature: Bool
    public let tvr: TVR
    public let tsi: TSI
    /// What the issuer said; nil when it did not.
    public let isIssuerApproval: Bool?
    /// Tag 9F5B: five bytes a script, nibbles of result and command, then its identifier.
    public let scriptResults: [UInt8]
    /// Terminal and card objects the cryptogram can be recomputed from. Holds the PAN.
    public let dataRecord: [TLV]
}

extension ContactEvidence: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "ContactEvidence(\(pan.masked), \(cryptogramType.rawValue), atc \(atc), tvr \(Hex.encode(tvr.bytes)), "
            + "cvm \(Hex.encode(verification.bytes)), oda \(authentication))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["pan": pan.masked, "cryptogramType": cryptogramType.rawValue, "tags": dataRecord.map(\.tag)])
    }
}

/// What goes to the issuer. It prints tags only.
public struct OnlineRequest: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    public let evidence: ContactEvidence
    /// The PIN that was captured goes along.
    public let hasOnlinePIN: Bool
    public var description: String { "OnlineRequest(\(evidence))" }
    public var customMirror: Mirror { Mirror(self, children: ["evidence": evidence.description]) }
}

/// What the issuer answered.
public struct IssuerAnswer: Sendable, Equatable {
    public let isApproved: Bool
    /// Tag 8A, two characters.
    public let responseCode: [UInt8]
    /// Tag 91, 8–16 bytes.
    public let authenticationData: [UInt8]?
    /// Objects 71 and 72.
    public let scripts: [TLV]

    /// Nil for a response code or authentication data of a length that the card can't take.
    public init?(isApproved: Bool, responseCode: [UInt8], authenticationData: [UInt8]? = nil, scripts: [TLV] = []) {
        guard responseCode.count == 2, authenticationData.map({ (8...16).contains($0.count) }) ?? true else { return nil }
        self.isApproved = isApproved
        self.responseCode = responseCode
        self.authenticationData = authenticationData
        self.scripts = scripts.filter { $0.tag == EMVTag.issuerScriptTemplate1 || $0.tag == EMVTag.issuerScriptTemplate2 }
    }
}
