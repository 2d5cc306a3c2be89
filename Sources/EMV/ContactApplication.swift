import Core
import SmartCard

/// The bits of the TVR for which somebody wants a refusal, the issuer's word, or a refusal without it (EMV Book 3 §10.7).
public struct ActionCodes: Sendable, Hashable {
    public var denial: TVR
    public var online: TVR
    public var whenOffline: TVR

    public init(denial: TVR = [], online: TVR = [], whenOffline: TVR = []) {
        self.denial = denial
        self.online = online
        self.whenOffline = whenOffline
    }
}

/// One application the terminal accepts through its contacts.
public struct ContactApplication: Sendable, Hashable {
    /// AID, 5–16 bytes.
    public var applicationIdentifier: [UInt8]
    /// A card's longer name that starts with it matches too.
    public var allowsPartialName: Bool
    /// Tag 9F09; nil: not compared.
    public var version: UInt16?
    /// Amounts from here on, in minor units, want the issuer's word.
    public var floorLimit: Int64
    /// The acquirer's.
    public var actionCodes: ActionCodes
    /// For cards without 9F49.
    public var defaultDynamicDOL: [UInt8]
    /// For cards that want a hash (98) and have no 97.
    public var defaultTransactionCertificateDOL: [UInt8]

    public init(
        applicationIdentifier: [UInt8], allowsPartialName: Bool = true, version: UInt16? = nil, floorLimit: Int64 = 0,
        actionCodes: ActionCodes = ActionCodes(), defaultDynamicDOL: [UInt8] = [0x9F, 0x37, 0x04],
        defaultTransactionCertificateDOL: [UInt8] = []
    ) {
        self.applicationIdentifier = applicationIdentifier
        self.allowsPartialName = allowsPartialName
        self.version = version
        self.floorLimit = floorLimit
        self.actionCodes = actionCodes
        self.defaultDynamicDOL = defaultDynamicDOL
        self.defaultTransactionCertificateDOL = defaultTransactionCertificateDOL
    }

    func matches(_ name: [UInt8]) -> Bool {
        allowsPartialName ? name.starts(with: applicationIdentifier) : name == applicationIdentifier
    }
}

/// What the terminal can do through its contacts.
public struct ContactTerminal: Sendable, Hashable {
    public var applications: [ContactApplication]
    /// Tag 9F33.
    public var capabilities: TerminalCapabilities
    /// Tag 9F40, five bytes.
    public var additionalCapabilities: [UInt8]
    /// Tag 9F35: 22 attended, offline with online capability, merchant.
    public var type: UInt8
    /// The payer can be asked which application to use; without it the card's own priority decides.
    public var letsPayerChoose: Bool

    public init(
        applications: [ContactApplication], capabilities: TerminalCapabilities,
        additionalCapabilities: [UInt8] = [0x60, 0x00, 0xF0, 0x00, 0x01], type: UInt8 = 0x22, letsPayerChoose: Bool = false
    ) {
        self.applications = applications
        self.capabilities = capabilities
        self.additionalCapabilities = additionalCapabilities
        self.type = type
        self.letsPayerChoose = letsPayerChoose
    }

    /// Annex A1: the second digit.
    var isOnlineOnly: Bool { [1, 4].contains(type & 0x0F) }
    var isOfflineOnly: Bool { [3, 6].contains(type & 0x0F) }
    var isUnattended: Bool { (4...6).contains(type & 0x0F) }
    /// A financial institution's unattended terminal that dispenses cash.
    var isCashMachine: Bool { (0x14...0x16).contains(type) && (additionalCapabilities.first ?? 0) & 0x80 != 0 }
}

/// One contact transaction: what a contactless one is about, and what the terminal's own risk management decided.
public struct ContactParameters: Sendable {
    public var transaction: TransactionParameters
    /// The draw of the random selection (EMV Book 3 §10.6.2), made by whoever has the randomness and the percentages.
    public var isSelectedAtRandom: Bool
    /// The merchant wants the issuer's word.
    public var isForcedOnline: Bool
    /// The stop list.
    public var isListed: @Sendable (PrimaryAccountNumber, _ sequenceNumber: UInt8?) -> Bool

    public init(
        transaction: TransactionParameters, isSelectedAtRandom: Bool = false, isForcedOnline: Bool = false,
        isListed: @escaping @Sendable (PrimaryAccountNumber, UInt8?) -> Bool = { _, _ in false }
    ) {
        self.transaction = transaction
        self.isSelectedAtRandom = isSelectedAtRandom
        self.isForcedOnline = isForcedOnline
        self.isListed = isListed
    }
}
