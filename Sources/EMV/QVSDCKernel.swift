import Core
import SmartCard

/// Kernel 3 for qVSDC (Book C-3): GET PROCESSING OPTIONS, READ RECORD by the AFL, the balance where it is wanted, then the
/// decisions of ``VisaKernel``.
public struct QVSDCKernel: ContactlessKernel {
    public static let identifier = KernelIdentifier.visa

    private enum Phase: Sendable {
        case idle
        case processing
        case reading(ApplicationFileLocator.Record)
        case balance
        case finished
    }

    private let activation: KernelActivation
    private var phase = Phase.idle
    private var decisions: VisaKernel
    private var card = CardData()
    private var staticData = StaticData()
    private var unread: ArraySlice<ApplicationFileLocator.Record> = []
    private var languagePreference: String?
    private var lastStep: KernelStep?

    public init(_ activation: KernelActivation) {
        self.activation = activation
        decisions = VisaKernel(
            parameters: activation.parameters, qualifiers: activation.indicators.qualifiers,
            applicationIdentifier: activation.applicationIdentifier, caKeys: activation.caKeys,
            isListed: activation.isListed)
    }

    /// Select Next when this application can't be used: no FCI or PDOL that can be read, a PDOL without 9F66 (Book B
    /// §3.3.3.6), limits of the card's own program that forbid the transaction.
    public mutating func start() -> KernelStep {
        if let lastStep { return lastStep }
        guard activation.selection.status == .success,
            let control = try? FileControlInformation(activation.selection.data),
            let list = control.processingOptionsDataObjectList, let wanted = try? DataObjectList(Array(list)),
            wanted.contains(EMVTag.terminalTransactionQualifiers), let qualifiers = qualifiers(control)
        else { return finish(.selectNext) }
        decisions.qualifiers = qualifiers
        languagePreference = Self.language(control)
        do {
            if let name = control.dedicatedFileName { try card.insert(TLV(tag: EMVTag.dedicatedFileName, value: name)) }
            try card.insert(TLV(tag: EMVTag.processingOptionsDataObjectList, value: list))
            let values = wanted.fill { activation.parameters.value(of: $0, qualifiers: qualifiers) }
            let options = TLV(EMVTag.commandTemplate, values).encoded
            let command = try CommandAPDU(0x80, 0xA8, 0x00, 0x00, data: options, le: 0)
            phase = .processing
            return remember(.commit(command))
        } catch {
            return finish(.selectNext)
        }
    }

    public mutating func received(_ response: ResponseAPDU) -> KernelStep {
        let isTooLong = response.data.count > ContactlessTransaction.greatestResponse
        switch phase {
        case .idle: return start()
        case .finished: return lastStep ?? start()
        case .processing: return isTooLong ? refuse(response, .getProcessingOptions) : receivedOptions(response)
        case .reading(let record):
            return isTooLong ? refuse(response, record.command) : receivedRecord(response, record)
        case .balance: return isTooLong ? conclude() : receivedBalance(response)
        }
    }

    public mutating func failed(_ error: CardError) -> KernelStep {
        switch phase {
        case .idle: finish(.finished(.tryAgain(.communication(error))))
        case .processing: finish(.finished(.torn(nil)))
        case .reading: finish(.finished(.torn(decisions.partialEvidence(card))))
        // The card had said everything that counts.
        case .balance: conclude()
        case .finished: lastStep ?? start()
        }
    }

    public func parameters(of outcome: ContactlessOutcome) -> OutcomeParameters {
        var parameters = OutcomeParameters(outcome)
        if case .approved(let evidence) = outcome, let balance = evidence.availableOfflineSpending {
            parameters.onOutcome?.value = .balance(balance)
        }
        if case .tryAnotherInterface = outcome {
            parameters.alternateInterface = decisions.qualifiers.contains(.contactChip) ? .contactChip : .magneticStripe
        }
        // Asked for an online cryptogram, the card has spent nothing by itself, unless it said yes all the same.
        if case .torn(let evidence) = outcome, evidence?.cryptogramType != .tc,
            decisions.qualifiers.contains(.onlineCryptogramRequired)
        {
            parameters.start = .b
            parameters.onOutcome = UserInterfaceRequest(
                .presentAgain, .processingError, holdTime: OutcomeParameters.errorHoldTime)
            parameters.onRestart = UserInterfaceRequest(.presentAgain, .readyToRead)
        }
        parameters.onOutcome?.languagePreference = languagePreference
        parameters.onRestart?.languagePreference = languagePreference
        return parameters
    }
}

// MARK: - Selection

extension QVSDCKernel {
    /// The qualifiers by the limits of the card's application program, where the reader has such (dynamic reader limits);
    /// nil when they forbid the transaction.
    private func qualifiers(_ control: FileControlInformation) -> TerminalTransactionQualifiers? {
        let tag = EMVTag.applicationProgramIdentifier
        let program = control.discretionary.first { $0.tag == tag }?.value ?? control.value(tag)
        guard let program, let limits = activation.combination.limits(ofProgram: program) else {
            return activation.indicators.qualifiers
        }
        let indicators = Preprocessing.indicators(activation.combination, activation.parameters, limits: limits)
        return indicators.notAllowed ? nil : indicators.qualifiers
    }

    /// One to four two-letter codes; nil for anything else.
    private static func language(_ control: FileControlInformation) -> String? {
        guard let bytes = control.value(EMVTag.languagePreference), [2, 4, 6, 8].contains(bytes.count),
            bytes.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) })
        else { return nil }
        return String(decoding: bytes.map { $0 | 0x20 }, as: UTF8.self)
    }
}

// MARK: - Application

extension QVSDCKernel {
    private mutating func receivedOptions(_ response: ResponseAPDU) -> KernelStep {
        switch response.status {
        case .success: break
        case .referenceDataInvalidated: return finish(.finished(.tryAnotherInterface(nil)))
        case .conditionsNotSatisfied: return finish(.selectNext)
        case .commandNotAllowed: return finish(.finished(.tryAgain(.seePhone)))
        default: return finish(.finished(.endApplication(.status(response.status, .getProcessingOptions), nil)))
        }
        do throws(EndApplicationReason) {
            try card.insert(try Self.options(response.data))
            unread = try Self.records(card)
        } catch {
            return end(error)
        }
        return readNext()
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
        let outer: [TLV]
        do throws(DataFault) {
            outer = try DataFault.list(data[...])
            if outer.count != 1 || outer.first?.tag != EMVTag.responseTemplateFormat1 {
                return try DataFault.template(EMVTag.responseTemplateFormat2, outer)
            }
        } catch {
            throw .malformed(.getProcessingOptions, error)
        }
        throw .legacyFormat
    }

    private mutating func readNext() -> KernelStep {
        if let record = unread.popFirst() {
            return send(.reading(record)) { () throws(CardError) in
                try CommandAPDU(0x00, 0xB2, record.number, record.file << 3 | 0x04, le: 0)
            }
        }
        if activation.combination.readsOfflineBalance, card[EMVTag.availableOfflineSpendingAmount] == nil {
            return send(.balance) { () throws(CardError) in try CommandAPDU(0x80, 0xCA, 0x9F, 0x5D, le: 0) }
        }
        return conclude()
    }

    private mutating func receivedRecord(_ response: ResponseAPDU, _ record: ApplicationFileLocator.Record) -> KernelStep {
        guard response.status == .success else { return end(.status(response.status, record.command)) }
        guard record.file <= 10 else {
            // Files 11–30 are the issuer's own: authenticated as they are, never read (EMV Book 3 §10.3).
            if record.isAuthenticated { staticData.append(response.data, file: record.file) }
            return readNext()
        }
        do throws(EndApplicationReason) {
            let objects = try Self.record(response.data, record.command)
            if record.isAuthenticated { staticData.append(response.data, file: record.file) }
            try card.insert(objects)
        } catch {
            return end(error)
        }
        return readNext()
    }

    /// The objects of a record.
    private static func record(
        _ data: [UInt8], _ command: CardCommand
    ) throws(EndApplicationReason) -> [TLV] {
        do throws(DataFault) {
            return try DataFault.template(EMVTag.recordTemplate, DataFault.list(data[...]))
        } catch {
            throw .malformed(command, error)
        }
    }

    /// The balance is for display: whatever is wrong with it changes nothing.
    private mutating func receivedBalance(_ response: ResponseAPDU) -> KernelStep {
        if response.status == .success, let objects = try? TLV.list(response.data), objects.count == 1,
            let object = objects.first, object.tag == EMVTag.availableOfflineSpendingAmount
        {
            try? card.insert(object)
        }
        return conclude()
    }
}

// MARK: - Steps

extension QVSDCKernel {
    private mutating func conclude() -> KernelStep { finish(.finished(decisions.outcome(card, staticData: staticData))) }

    private mutating func end(_ reason: EndApplicationReason) -> KernelStep {
        finish(.finished(.endApplication(reason, decisions.partialEvidence(card))))
    }

    private mutating func refuse(_ response: ResponseAPDU, _ command: CardCommand) -> KernelStep {
        end(.malformed(command, .tooLong(bytes: response.data.count)))
    }

    private mutating func send(_ next: Phase, _ command: () throws(CardError) -> CommandAPDU) -> KernelStep {
        do {
            let command = try command()
            phase = next
            return remember(.transmit(command))
        } catch {
            return failed(error)
        }
    }

    private mutating func finish(_ step: KernelStep) -> KernelStep {
        phase = .finished
        return remember(step)
    }

    private mutating func remember(_ step: KernelStep) -> KernelStep {
        lastStep = step
        return step
    }
}

extension ApplicationFileLocator.Record {
    var command: CardCommand { .readRecord(file: file, record: number) }
}

/// Says where the kernel stands; what the card gave stays inside (ALL-5).
extension QVSDCKernel: CustomStringConvertible, CustomReflectable {
    public var description: String {
        let stage = switch phase {
        case .idle: "idle"
        case .processing: "processing"
        case .reading(let record): "reading \(record.file).\(record.number)"
        case .balance: "balance"
        case .finished: "finished"
        }
        return "QVSDCKernel(\(stage))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["stage": description]) }
}
