import Core
import SmartCard

/// One contactless transaction from the directory to the outcome, as a state machine without I/O: it hands out commands
/// and takes the responses (Book B §3; Book C-3). Each call gives the next step; after the outcome every call repeats it.
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
        case processing(CombinationSelection.Candidate)
        case reading(VisaKernel, ApplicationFileLocator.Record)
        case balance(VisaKernel)
        case finished
    }

    /// More than any answer a card gives here, chained or not.
    private static let greatestResponse = 4096

    /// What pre-processing left of the configuration; empty until the transaction starts.
    private var prepared: [EntryPoint.Prepared] = []
    private let combinations: [Combination]
    private let parameters: TransactionParameters
    private let caKeys: CAPublicKeyStore
    private var phase = Phase.idle
    private var candidates: ArraySlice<CombinationSelection.Candidate> = []
    private var card = CardData()
    private var staticData: [UInt8] = []
    private var unread: ArraySlice<ApplicationFileLocator.Record> = []
    private var readsBalance = false
    private var lastStep: Step?

    /// Combinations of kernels other than Visa's are passed over.
    public init(combinations: [Combination], parameters: TransactionParameters, caKeys: CAPublicKeyStore) {
        self.combinations = combinations.filter { $0.kernel == .visa }
        self.parameters = parameters
        self.caKeys = caKeys
    }

    /// Pre-processing, then the first command. A second call repeats the last step.
    public mutating func start() -> Step {
        if let lastStep { return lastStep }
        prepared = EntryPoint.preprocess(combinations, for: parameters)
        guard !prepared.isEmpty else { return finish(.tryAnotherInterface(nil)) }
        return send(.directory) { () throws(CardError) in try .select(name: CombinationSelection.directoryName) }
    }

    /// Takes the response to the last command.
    public mutating func received(_ response: ResponseAPDU) -> Step {
        guard response.data.count <= Self.greatestResponse else {
            return refuseLongAnswer(bytes: response.data.count)
        }
        switch phase {
        case .idle: return start()
        case .finished: return lastStep ?? start()
        case .directory: return receivedDirectory(response)
        case .selecting(let candidate): return receivedApplication(response, candidate)
        case .processing(let candidate): return receivedOptions(response, candidate)
        case .reading(let kernel, let record): return receivedRecord(response, record, kernel)
        case .balance(let kernel): return receivedBalance(response, kernel)
        }
    }

    /// Takes the failure of the last command. Before GET PROCESSING OPTIONS nothing has happened; after it the card may
    /// have spent.
    public mutating func failed(_ error: CardError) -> Step {
        switch phase {
        case .idle, .directory, .selecting: finish(.tryAgain(.communication(error)))
        case .processing: finish(.torn(nil))
        case .reading(let kernel, _): finish(.torn(kernel.partialEvidence(card)))
        // The card had said everything that counts.
        case .balance(let kernel): finish(kernel.outcome(card, staticData: staticData))
        case .finished: lastStep ?? start()
        }
    }
}

// MARK: - Selection

extension ContactlessTransaction {
    private mutating func receivedDirectory(_ response: ResponseAPDU) -> Step {
        guard response.status == .success else {
            return finish(.endApplication(.status(response.status, .selectDirectory), nil))
        }
        do {
            candidates = try CombinationSelection.candidates(directory: response.data, prepared: prepared)[...]
        } catch {
            return finish(.endApplication(.malformed(.selectDirectory, error), nil))
        }
        return selectNext()
    }

    private mutating func selectNext() -> Step {
        guard let candidate = candidates.popFirst() else {
            return finish(.endApplication(.noSupportedApplication, nil))
        }
        return send(.selecting(candidate)) { () throws(CardError) in try .select(name: candidate.selectionName) }
    }

    /// Anything that makes the application unusable drops it for the next one (Book B §3.3.3.5 and §3.3.3.6).
    private mutating func receivedApplication(
        _ response: ResponseAPDU, _ candidate: CombinationSelection.Candidate
    ) -> Step {
        guard response.status == .success, let control = try? FileControlInformation(response.data),
            let list = control.processingOptionsDataObjectList, let wanted = try? DataObjectList(Array(list)),
            wanted.contains(EMVTag.terminalTransactionQualifiers)
        else { return selectNext() }

        var card = CardData()
        do {
            if let name = control.dedicatedFileName { try card.insert(TLV(tag: EMVTag.dedicatedFileName, value: name)) }
            try card.insert(TLV(tag: EMVTag.processingOptionsDataObjectList, value: list))
        } catch {
            return finish(.endApplication(error, nil))
        }
        self.card = card

        let values = wanted.fill { parameters.value(of: $0, qualifiers: candidate.prepared.qualifiers) }
        let options = TLV(EMVTag.commandTemplate, values).encoded
        guard let command = try? CommandAPDU(0x80, 0xA8, 0x00, 0x00, data: options, le: 0) else { return selectNext() }
        phase = .processing(candidate)
        return remember(.commit(command))
    }
}

// MARK: - Application

extension ContactlessTransaction {
    private mutating func receivedOptions(
        _ response: ResponseAPDU, _ candidate: CombinationSelection.Candidate
    ) -> Step {
        switch response.status {
        case .success: break
        case .referenceDataInvalidated: return finish(.tryAnotherInterface(nil))
        case .conditionsNotSatisfied: return selectNext()
        case .commandNotAllowed: return finish(.tryAgain(.seePhone))
        default: return finish(.endApplication(.status(response.status, .getProcessingOptions), nil))
        }
        let kernel = VisaKernel(
            parameters: parameters, qualifiers: candidate.prepared.qualifiers,
            applicationIdentifier: candidate.applicationIdentifier, caKeys: caKeys)
        readsBalance = candidate.prepared.combination.readsOfflineBalance
        do throws(EndApplicationReason) {
            try card.insert(try Self.options(response.data))
            unread = try Self.records(card)
        } catch {
            return finish(.endApplication(error, kernel.partialEvidence(card)))
        }
        return readNext(kernel)
    }

    /// Nothing to read when there is no AFL, as on the online path.
    private static func records(_ card: CardData) throws(EndApplicationReason) -> ArraySlice<ApplicationFileLocator.Record> {
        guard let locator = card[EMVTag.applicationFileLocator] else { return [] }
        do {
            return try ApplicationFileLocator(locator).records[...]
        } catch {
            throw .malformed(.getProcessingOptions, error)
        }
    }

    /// The objects of a format 2 answer; format 1 has no cryptogram of this kernel.
    private static func options(_ data: [UInt8]) throws(EndApplicationReason) -> [TLV] {
        do {
            let outer = try DataFault.list(data[...])
            guard outer.count == 1, let template = outer.first,
                template.tag == EMVTag.responseTemplateFormat2 || template.tag == EMVTag.responseTemplateFormat1
            else { throw DataFault.template(expected: EMVTag.responseTemplateFormat2) }
            if template.tag == EMVTag.responseTemplateFormat1 { throw EndApplicationReason.legacyFormat }
            return try DataFault.list(template.value)
        } catch let reason as EndApplicationReason {
            throw reason
        } catch let fault as DataFault {
            throw .malformed(.getProcessingOptions, fault)
        } catch {
            throw .malformed(.getProcessingOptions, .template(expected: EMVTag.responseTemplateFormat2))
        }
    }

    private mutating func readNext(_ kernel: VisaKernel) -> Step {
        if let record = unread.popFirst() {
            return send(.reading(kernel, record)) { () throws(CardError) in
                try CommandAPDU(0x00, 0xB2, record.number, record.file << 3 | 0x04, le: 0)
            }
        }
        if readsBalance, card[EMVTag.availableOfflineSpendingAmount] == nil {
            return send(.balance(kernel)) { () throws(CardError) in try CommandAPDU(0x80, 0xCA, 0x9F, 0x5D, le: 0) }
        }
        return finish(kernel.outcome(card, staticData: staticData))
    }

    private mutating func receivedRecord(
        _ response: ResponseAPDU, _ record: ApplicationFileLocator.Record, _ kernel: VisaKernel
    ) -> Step {
        let command = CardCommand.readRecord(file: record.file, record: record.number)
        guard response.status == .success else {
            return finish(.endApplication(.status(response.status, command), kernel.partialEvidence(card)))
        }
        guard record.file <= 10 else {
            // Files 11–30 are the issuer's own: authenticated as they are, never read (EMV Book 3 §10.3).
            if record.isAuthenticated { staticData += response.data }
            return readNext(kernel)
        }
        do {
            let outer = try DataFault.list(response.data[...])
            guard outer.count == 1, let template = outer.first, template.tag == EMVTag.recordTemplate else {
                throw DataFault.template(expected: EMVTag.recordTemplate)
            }
            let objects = try DataFault.list(template.value)
            if record.isAuthenticated { staticData += template.value }
            try card.insert(objects)
        } catch let reason as EndApplicationReason {
            return finish(.endApplication(reason, kernel.partialEvidence(card)))
        } catch {
            let fault = error as? DataFault ?? .template(expected: EMVTag.recordTemplate)
            return finish(.endApplication(.malformed(command, fault), kernel.partialEvidence(card)))
        }
        return readNext(kernel)
    }

    /// The balance is for display: whatever is wrong with it changes nothing.
    private mutating func receivedBalance(_ response: ResponseAPDU, _ kernel: VisaKernel) -> Step {
        if response.status == .success, let objects = try? TLV.list(response.data), objects.count == 1,
            let object = objects.first, object.tag == EMVTag.availableOfflineSpendingAmount
        {
            try? card.insert(object)
        }
        return finish(kernel.outcome(card, staticData: staticData))
    }
}

// MARK: - Steps

extension ContactlessTransaction {
    private mutating func send(_ next: Phase, _ command: () throws(CardError) -> CommandAPDU) -> Step {
        do {
            let command = try command()
            phase = next
            return remember(.transmit(command))
        } catch {
            return failed(error)
        }
    }

    private mutating func finish(_ outcome: ContactlessOutcome) -> Step {
        phase = .finished
        return remember(.finished(outcome))
    }

    private mutating func remember(_ step: Step) -> Step {
        lastStep = step
        return step
    }

    private mutating func refuseLongAnswer(bytes: Int) -> Step {
        let fault = DataFault.tooLong(bytes: bytes)
        switch phase {
        case .idle, .finished: return lastStep ?? start()
        case .directory: return finish(.endApplication(.malformed(.selectDirectory, fault), nil))
        case .selecting: return selectNext()
        case .processing: return finish(.endApplication(.malformed(.getProcessingOptions, fault), nil))
        case .reading(let kernel, let record):
            let command = CardCommand.readRecord(file: record.file, record: record.number)
            return finish(.endApplication(.malformed(command, fault), kernel.partialEvidence(card)))
        case .balance(let kernel): return finish(kernel.outcome(card, staticData: staticData))
        }
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
        case .processing: "processing"
        case .reading(_, let record): "reading \(record.file).\(record.number)"
        case .balance: "balance"
        case .finished: "finished"
        }
        return "ContactlessTransaction(\(stage))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["stage": description]) }
}
