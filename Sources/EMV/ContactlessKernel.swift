import Core
import SmartCard

/// What Entry Point makes available to the kernel it activates (Book B §3.4.1).
public struct KernelActivation: Sendable {
    /// The ADF name as the card's directory has it, 5–16 bytes.
    public let applicationIdentifier: [UInt8]
    /// The answer to SELECT: FCI and status word 9000.
    public let selection: ResponseAPDU
    public let combination: Combination
    /// What pre-processing found for this combination.
    public let indicators: PreprocessingIndicators
    public let parameters: TransactionParameters
    public let caKeys: CAPublicKeyStore
    /// The exception file: whether this card is listed (Book C-3 §5.5.1.2).
    public let isListed: @Sendable (PrimaryAccountNumber, _ sequenceNumber: UInt8?) -> Bool

    public init(
        applicationIdentifier: [UInt8], selection: ResponseAPDU, combination: Combination,
        indicators: PreprocessingIndicators, parameters: TransactionParameters, caKeys: CAPublicKeyStore,
        isListed: @escaping @Sendable (PrimaryAccountNumber, UInt8?) -> Bool
    ) {
        self.applicationIdentifier = applicationIdentifier
        self.selection = selection
        self.combination = combination
        self.indicators = indicators
        self.parameters = parameters
        self.caKeys = caKeys
        self.isListed = isListed
    }
}

/// What a kernel wants next.
public enum KernelStep: Sendable, Equatable {
    /// Send it and hand over the response, or the error.
    case transmit(CommandAPDU)
    /// The command by which the card commits itself: the intent is to be durable before it is sent.
    case commit(CommandAPDU)
    /// The Select Next outcome: nothing was spent, Entry Point takes the next application (start C).
    case selectNext
    case finished(ContactlessOutcome)
}

/// A contactless kernel as a value: it takes the selected application and the card's answers and gives commands and one
/// outcome. No I/O, no clock, no randomness of its own.
///
/// What every kernel has to keep, whatever the card answers (`KernelConformanceTests`):
/// - no answer traps it, and it ends within ``ContactlessTransaction/greatestCommands`` commands;
/// - before its first ``KernelStep/commit(_:)`` nothing can be spent: a lost card ends in ``ContactlessOutcome/tryAgain(_:)``;
/// - after it a lost card ends in ``ContactlessOutcome/torn(_:)``, or in the outcome when all has been said;
/// - it commits at most once, and never after an answer that it refused;
/// - after ``KernelStep/selectNext`` or ``KernelStep/finished(_:)`` every call repeats it;
/// - it approves nothing that is not authenticated; evidence and the kernel itself print masked.
public protocol ContactlessKernel: Sendable, CustomStringConvertible, CustomReflectable {
    /// The kernel that directory entries and combinations ask for.
    static var identifier: KernelIdentifier { get }

    init(_ activation: KernelActivation)

    mutating func start() -> KernelStep
    mutating func received(_ response: ResponseAPDU) -> KernelStep
    /// The last command failed.
    mutating func failed(_ error: CardError) -> KernelStep

    /// What the reader shows and does for an outcome of this kernel.
    func parameters(of outcome: ContactlessOutcome) -> OutcomeParameters
}

extension ContactlessKernel {
    public func parameters(of outcome: ContactlessOutcome) -> OutcomeParameters { OutcomeParameters(outcome) }
}

/// The kernels of this terminal, by the identifier that cards ask for.
public struct KernelSet: Sendable {
    private var kernels: [KernelIdentifier: any ContactlessKernel.Type] = [:]

    /// Of two with one identifier the later counts.
    public init(_ list: [any ContactlessKernel.Type]) {
        for kernel in list { kernels[kernel.identifier] = kernel }
    }

    public static let standard = KernelSet([QVSDCKernel.self])

    public func contains(_ identifier: KernelIdentifier) -> Bool { kernels[identifier] != nil }

    func activate(_ identifier: KernelIdentifier, _ activation: KernelActivation) -> (any ContactlessKernel)? {
        kernels[identifier]?.init(activation)
    }
}
