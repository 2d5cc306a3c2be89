import Core
import SmartCard

public enum CryptogramType: String, Sendable, Hashable, Codable {
    /// Transaction certificate: approved offline by the card.
    case tc
    /// Authorisation request.
    case arqc
    /// Declined by the card.
    case aac
}

/// How the payer was, or is to be, verified (Book C-3 §5.7).
public enum VerificationMethod: String, Sendable, Hashable, Codable {
    /// The transaction ended before the question came up.
    case notPerformed
    case none
    case onlinePIN
    case signature
    /// Verified by the payer's device (CDCVM).
    case device
}

/// What the card gave for the journal and the host. It prints masked.
public struct CardEvidence: Sendable, Equatable {
    /// The application as the card named it, 5–16 bytes.
    public let aid: [UInt8]
    public let pan: PrimaryAccountNumber
    public let panSequenceNumber: UInt8?
    /// 5F24, else the last day of the month in track 2.
    public let expiry: CivilDate
    public let atc: UInt16
    /// Eight bytes.
    public let cryptogram: [UInt8]
    public let cryptogramType: CryptogramType
    /// Tag 9F5D, in the currency that the card names (9F42), or of a transaction that it took by itself: to be shown as the balance.
    public let availableOfflineSpending: Money?
    public let verification: VerificationMethod
    public let authentication: AuthenticationResult
    /// The data record for the host (Book C-3 §5.8): terminal and card objects the cryptogram can be recomputed from.
    /// Holds the PAN.
    public let dataRecord: [TLV]

    /// For those who hold evidence without a card before them; the kernel makes its own.
    public init(
        aid: [UInt8], pan: PrimaryAccountNumber, panSequenceNumber: UInt8?, expiry: CivilDate, atc: UInt16,
        cryptogram: [UInt8], cryptogramType: CryptogramType, availableOfflineSpending: Money?,
        verification: VerificationMethod, authentication: AuthenticationResult, dataRecord: [TLV]
    ) {
        self.aid = aid
        self.pan = pan
        self.panSequenceNumber = panSequenceNumber
        self.expiry = expiry
        self.atc = atc
        self.cryptogram = cryptogram
        self.cryptogramType = cryptogramType
        self.availableOfflineSpending = availableOfflineSpending
        self.verification = verification
        self.authentication = authentication
        self.dataRecord = dataRecord
    }
}

extension CardEvidence: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "CardEvidence(\(pan.masked), \(cryptogramType.rawValue), atc \(atc), cvm \(verification.rawValue), oda \(authentication))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: [
            "pan": pan.masked, "cryptogramType": cryptogramType.rawValue, "atc": atc, "verification": verification.rawValue,
            "authentication": authentication, "tags": dataRecord.map(\.tag),
        ])
    }
}
