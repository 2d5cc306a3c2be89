/// One application and kernel the reader accepts, with its limits (Book B §3.1.1). Amounts are minor units of the
/// transaction's currency; the configuration has one set of combinations for each currency.
public struct Combination: Sendable, Hashable {
    /// AID or its beginning, 5–16 bytes; a card's ADF name matches when it starts with it.
    public var applicationIdentifier: [UInt8]
    public var kernel: KernelIdentifier
    /// What the reader can do; the bits of byte 2 that belong to one transaction are cleared by pre-processing.
    public var qualifiers: TerminalTransactionQualifiers
    /// Amounts from here on are not taken contactless.
    public var transactionLimit: Int64?
    /// Amounts above go online.
    public var floorLimit: Int64?
    /// Tag 9F1B, used only when there is no contactless floor limit.
    public var terminalFloorLimit: Int64?
    /// Amounts from here on need cardholder verification.
    public var verificationLimit: Int64?
    /// One currency unit asks the card for an online cryptogram, to see whether the account lives.
    public var supportsStatusCheck: Bool
    public var allowsZeroAmount: Bool
    /// SELECT takes the card's 9F29 after the ADF name.
    public var supportsExtendedSelection: Bool
    /// Asks for the offline balance (GET DATA 9F5D) at the end when the card has not sent it.
    public var readsOfflineBalance: Bool
    /// Tag 9C of the transactions it is for; nil: all.
    public var transactionTypes: Set<UInt8>?
    /// Limits for cards of certain application programs, in place of those above (kernel 3, dynamic reader limits).
    public var programLimits: [ProgramLimits]

    public init(
        applicationIdentifier: [UInt8], kernel: KernelIdentifier = .visa, qualifiers: TerminalTransactionQualifiers,
        transactionLimit: Int64? = nil, floorLimit: Int64? = nil, terminalFloorLimit: Int64? = nil,
        verificationLimit: Int64? = nil, supportsStatusCheck: Bool = false, allowsZeroAmount: Bool = false,
        supportsExtendedSelection: Bool = false, readsOfflineBalance: Bool = false, transactionTypes: Set<UInt8>? = nil,
        programLimits: [ProgramLimits] = []
    ) {
        self.applicationIdentifier = applicationIdentifier
        self.kernel = kernel
        self.qualifiers = qualifiers
        self.transactionLimit = transactionLimit
        self.floorLimit = floorLimit
        self.terminalFloorLimit = terminalFloorLimit
        self.verificationLimit = verificationLimit
        self.supportsStatusCheck = supportsStatusCheck
        self.allowsZeroAmount = allowsZeroAmount
        self.supportsExtendedSelection = supportsExtendedSelection
        self.readsOfflineBalance = readsOfflineBalance
        self.transactionTypes = transactionTypes
        self.programLimits = programLimits
    }

    /// Visa credit and debit.
    public static let visaCreditDebit: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10]
}
