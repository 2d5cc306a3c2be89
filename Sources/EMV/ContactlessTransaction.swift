import Core
import SmartCard

/// One contactless transaction with one card, from the directory to the outcome, as a state machine without I/O: it hands
/// out commands and takes the responses (Book B §3.1, §3.3, §3.4). The selected application's kernel decides. Each call
/// gives the next step; after the outcome every call repeats it.
public struct ContactlessTransaction: Sendable {
    public enum Step: Sendable, Equatable {
        /// Send it and hand the response to ``received(_:)``, or the error to ``failed(_:)``.
        case transmit(CommandAPDU)
        /// GET PROCESSING OPTIONS: the card makes its cryptogram and may spend its offline balance, which nothing takes
        /// back. The intent is to be durable before it is sent. Comes again when the card answers 6985 and another
        /// application is tried.
        case commit(CommandAPDU)
        case finished(ContactlessOutcome)
    }

    private enum Phase: Sendable {
        case idle
        case directory
        case selecting(CombinationSelection.Candidate)
        case running(any ContactlessKernel)
        case finished
    }

    /// More than any answer a card gives here, chained or not.
    public static let greatestResponse = 4096
    /// More than any card needs, with each application of a full directory refused in turn.
    public static let greatestCommands = 128

    /// The exception file of a reader that has none: whoever decides on the evidence has one.
    public static let noneListed: @Sendable (PrimaryAccountNumber, UInt8?) -> Bool = { _, _ in false }

    private let combinations: [Combination]
    private let caKeys: CAPublicKeyStore
    private let kernels: KernelSet
    private let isListed: @Sendable (PrimaryAccountNumber, UInt8?) -> Bool
    /// With the number of the newest presentation.
    public private(set) var parameters: TransactionParameters
    /// What pre-processing left of the configuration; nil until it has run.
    private var prepared: [Preprocessing.Prepared]?
    private var candidates: ArraySlice<CombinationSelection.Candidate> = []
    private var phase = Phase.idle
    private var commands = 0
    private var lastStep: Step?
    /// What the reader shows and does; nil before the outcome.
    public private(set) var outcomeParameters: OutcomeParameters?

    /// Combinations of kernels that are not among `kernels` are passed over.
    public init(
        combinations: [Combination], parameters: TransactionParameters, caKeys: CAPublicKeyStore,
        kernels: KernelSet = .standard,
        isListed: @escaping @Sendable (PrimaryAccountNumber, UInt8?) -> Bool = Self.noneListed
    ) {
        self.combinations = combinations.filter { kernels.contains($0.kernel) }
        self.parameters = parameters
        self.caKeys = caKeys
        self.kernels = kernels
        self.isListed = isListed
    }

    /// Start A: pre-processing, then the first command. A second call repeats the last step.
    public mutating func start() -> Step {
        if let lastStep { return lastStep }
        if let refusal = preprocess() { return refusal }
        return selectDirectory()
    }

    /// Takes the response to the last command.
    public mutating func received(_ response: ResponseAPDU) -> Step {
        switch phase {
        case .idle: return start()
        case .finished: return lastStep ?? start()
        case .directory: return receivedDirectory(response)
        case .selecting(let candidate): return receivedApplication(response, candidate)
        case .running(var kernel):
            // Held once, so that what the kernel has read is not copied at each step.
            phase = .finished
            let step = kernel.received(response)
            return follow(step, of: kernel)
        }
    }

    /// Takes the failure of the last command. Before GET PROCESSING OPTIONS nothing has happened; after it the card may
    /// have spent.
    public mutating func failed(_ error: CardError) -> Step {
        switch phase {
        case .idle, .directory, .selecting: return finish(.tryAgain(.communication(error)))
        case .running(var kernel):
            // Held once, so that what the kernel has read is not copied at each step.
            phase = .finished
            let step = kernel.failed(error)
            return follow(step, of: kernel)
        case .finished: return lastStep ?? start()
        }
    }
}

// MARK: - Starts

extension ContactlessTransaction {
    /// Pre-processing alone (Book B §3.1.1), once: the outcome where no combination allows the transaction.
    mutating func preprocess() -> Step? {
        guard prepared == nil else { return nil }
        let allowed = Preprocessing.prepare(combinations, for: parameters)
        prepared = allowed
        return allowed.isEmpty ? finish(.tryAnotherInterface(nil)) : nil
    }

    /// Start B without pre-processing (§3.2.1.1): every combination of this type, with its qualifiers as configured.
    mutating func skipPreprocessing() {
        guard prepared == nil else { return }
        prepared = combinations.filter { $0.transactionTypes?.contains(parameters.type) ?? true }.map {
            Preprocessing.Prepared(combination: $0, indicators: PreprocessingIndicators(qualifiers: $0.qualifiers))
        }
    }

    /// No kernel is active yet: nothing of the card counts.
    var isSelecting: Bool {
        switch phase {
        case .directory, .selecting: true
        case .idle, .running, .finished: false
        }
    }

    /// Start B: another card, or the same once more, with what pre-processing left and a fresh number. Nothing of the
    /// card before is kept.
    /// - Throws: ``TransactionParameters/Failure`` when the number is not of four bytes.
    mutating func restart(unpredictableNumber: [UInt8]) throws(TransactionParameters.Failure) -> Step {
        parameters = try parameters.renewed(unpredictableNumber: unpredictableNumber)
        candidates = []
        phase = .idle
        lastStep = nil
        outcomeParameters = nil
        commands = 0
        if let refusal = preprocess() { return refusal }
        guard prepared?.isEmpty == false else { return finish(.tryAnotherInterface(nil)) }
        return selectDirectory()
    }
}

// MARK: - Selection

extension ContactlessTransaction {
    private mutating func selectDirectory() -> Step {
        transmit(.directory) { () throws(CardError) in try .select(name: CombinationSelection.directoryName) }
    }

    private mutating func receivedDirectory(_ response: ResponseAPDU) -> Step {
        guard response.data.count <= Self.greatestResponse else {
            return finish(.endApplication(.malformed(.selectDirectory, .tooLong(bytes: response.data.count)), nil))
        }
        guard response.status == .success else {
            return finish(.endApplication(.status(response.status, .selectDirectory), nil))
        }
        do {
            let found = try CombinationSelection.find(
                directory: response.data, prepared: prepared ?? [], configured: combinations)
            candidates = found.candidates[...]
            guard candidates.isEmpty, !found.others.isEmpty else { return selectNext() }
            return finish(.endApplication(.otherApplicationsOnly(found.others), nil))
        } catch {
            return finish(.endApplication(.malformed(.selectDirectory, error), nil))
        }
    }

    /// Start C: the next of the candidates that are left (§3.3.2.6, §3.3.2.7).
    private mutating func selectNext() -> Step {
        guard let candidate = candidates.popFirst(), commands < Self.greatestCommands else {
            return finish(.endApplication(.noSupportedApplication, nil))
        }
        return transmit(.selecting(candidate)) { () throws(CardError) in try .select(name: candidate.selectionName) }
    }

    /// What can't be selected is dropped for the next one (§3.3.3.5).
    private mutating func receivedApplication(
        _ response: ResponseAPDU, _ candidate: CombinationSelection.Candidate
    ) -> Step {
        let combination = candidate.prepared.combination
        let activation = KernelActivation(
            applicationIdentifier: candidate.applicationIdentifier, selection: response, combination: combination,
            indicators: candidate.prepared.indicators, parameters: parameters, caKeys: caKeys, isListed: isListed)
        guard response.status == .success, response.data.count <= Self.greatestResponse,
            var kernel = kernels.activate(combination.kernel, activation)
        else { return selectNext() }
        let step = kernel.start()
        return follow(step, of: kernel)
    }
}

// MARK: - Steps

extension ContactlessTransaction {
    private mutating func follow(_ step: KernelStep, of kernel: any ContactlessKernel) -> Step {
        phase = .running(kernel)
        switch step {
        case .transmit(let command):
            commands += 1
            return remember(.transmit(command))
        case .commit(let command):
            commands += 1
            return remember(.commit(command))
        case .selectNext: return selectNext()
        case .finished(let outcome): return finish(outcome, kernel.parameters(of: outcome))
        }
    }

    private mutating func transmit(_ next: Phase, _ command: () throws(CardError) -> CommandAPDU) -> Step {
        do {
            let command = try command()
            phase = next
            commands += 1
            return remember(.transmit(command))
        } catch {
            return failed(error)
        }
    }

    private mutating func finish(_ outcome: ContactlessOutcome, _ parameters: OutcomeParameters? = nil) -> Step {
        phase = .finished
        outcomeParameters = parameters ?? OutcomeParameters(outcome)
        return remember(.finished(outcome))
    }

    private mutating func remember(_ step: Step) -> Step {
        lastStep = step
        return step
    }
}

// MARK: - Printing

/// Says where the transaction stands; what the card gave stays inside (ALL-5).
extension ContactlessTransaction: CustomStringConvertible, CustomReflectable {
    public var description: String {
        let stage = switch phase {
        case .idle: "idle"
        case .directory: "directory"
        case .selecting: "selecting"
        case .running(let kernel): "\(kernel)"
        case .finished: "finished"
        }
        return "ContactlessTransaction(\(stage))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["stage": description]) }
}
