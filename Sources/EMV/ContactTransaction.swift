import Core
import SmartCard

/// One transaction through the contacts from selection to the outcome, as a state machine without I/O (EMV Book 1 §12,
/// Book 3 §10). Each call gives the next step; a call that does not belong to the present one repeats it, and after the
/// outcome every call repeats that.
public struct ContactTransaction: Sendable {
    public enum Step: Sendable, Equatable {
        /// Send it and hand the response to ``received(_:)``, or the error to ``failed(_:)``.
        case transmit(CommandAPDU)
        /// Show these, best first, and answer ``chose(_:)``; a single one is to be confirmed.
        case chooseApplication([ApplicationLabel])
        /// Ask for the PIN, and answer ``entered(_:using:)``, ``captured()`` (online PIN), ``bypassed()``,
        /// ``pinPadFailed()`` or ``cancelled()``.
        case askPIN(PINRequest)
        /// Like ``transmit(_:)``, with the PIN inside: not to be recorded.
        case verify(PINCommand)
        /// The first GENERATE AC: the card counts the transaction and may approve it. The intent is to be durable before
        /// it is sent.
        case commit(CommandAPDU)
        /// Ask the issuer, and answer ``answered(_:)`` or ``unreachable()``.
        case goOnline(OnlineRequest)
        case finished(ContactOutcome)
    }

    public struct ApplicationLabel: Sendable, Hashable {
        /// Tag 50 in ASCII, else the AID in hexadecimal.
        public let text: String
    }

    public struct PINRequest: Sendable, Hashable {
        public enum Method: Sendable, Hashable {
            case plaintext
            case enciphered
            case online
        }

        public let method: Method
        /// Nil when the card does not say; 1: the last one.
        public let triesLeft: UInt8?
        /// The one before was wrong.
        public let isRetry: Bool
    }

    struct Candidate: Sendable, Equatable {
        let name: [UInt8]
        let label: String
        /// 1–15, 16 for none.
        let priority: UInt8
        let wantsConfirmation: Bool
        let application: ContactApplication
    }

    enum Phase: Sendable {
        case idle
        case directory
        case directoryRecord(file: UInt8, number: UInt8)
        case listing(index: Int, occurrences: Int)
        case choosing([Candidate])
        case selecting(Candidate)
        case options
        case reading(ApplicationFileLocator.Record)
        case authenticating(values: [UInt8])
        case transactionCounter
        case lastOnlineCounter(UInt16?)
        case pinTryCounter(CVMCode)
        case challenge(CVMCode)
        case enteringPIN(CVMCode, challenge: [UInt8])
        case verifying(CVMCode)
        case firstCryptogram(CryptogramType, isCombined: Bool)
        case online
        case externalAuthentication
        case script(ScriptProcessing)
        case secondCryptogram(CryptogramType, isCombined: Bool)
        case finished
    }

    enum Conclusion: Sendable {
        case approved
        case declined(ContactDecline)
    }

    /// More than any answer a card gives here, chained or not.
    static let greatestResponse = 4096

    let terminal: ContactTerminal
    let parameters: ContactParameters
    let caKeys: CAPublicKeyStore
    var phase = Phase.idle
    var lastStep: Step?
    var candidates: [Candidate] = []

    // The application
    var application: ContactApplication?
    var applicationIdentifier: [UInt8] = []
    var card = CardData()
    var staticData = StaticData()
    var unread: ArraySlice<ApplicationFileLocator.Record> = []
    var profile: ApplicationInterchangeProfile = []
    var facts: ContactCardFacts?

    // What the terminal found
    var tvr: TVR = []
    var tsi: TSI = []
    var authentication = AuthenticationResult.notPerformed
    var method: ContactAuthenticationMethod?
    var issuerKey: RSAPublicKey?
    var cardKey: RSAPublicKey?
    var dynamicNumber: [UInt8]?
    var authenticationCode: [UInt8]?
    var verification: CardholderVerification?
    var verificationResults = CVMResults.notPerformed
    var triesLeft: UInt8?
    var attempts = 0

    // Cryptograms
    var optionsValues: [UInt8] = []
    var firstValues: [UInt8] = []
    var secondValues: [UInt8] = []
    /// 95 as the last GENERATE AC carried it.
    var sentResults: TVR = []
    var answer: CryptogramAnswer?
    var responseCode: [UInt8]?
    var issuerAnswer: IssuerAnswer?
    var scriptResults: [UInt8] = []
    /// What the outcome will be, once the scripts have run.
    var conclusion: Conclusion?
    var hasCommitted = false
    var isFinal = false

    public init(terminal: ContactTerminal, parameters: ContactParameters, caKeys: CAPublicKeyStore) {
        self.terminal = terminal
        self.parameters = parameters
        self.caKeys = caKeys
    }

    /// The first command. A second call repeats the last step.
    public mutating func start() -> Step { lastStep ?? selectDirectory() }

    /// Takes the response to the last command.
    public mutating func received(_ response: ResponseAPDU) -> Step {
        guard response.data.count <= Self.greatestResponse else { return failed(.endlessResponse) }
        switch phase {
        case .idle: return start()
        case .choosing, .enteringPIN, .online, .finished: return lastStep ?? start()
        case .directory: return receivedDirectory(response)
        case .directoryRecord(let file, let number): return receivedDirectoryRecord(response, file: file, number: number)
        case .listing(let index, let occurrences): return receivedListed(response, index: index, occurrences: occurrences)
        case .selecting(let candidate): return receivedApplication(response, candidate)
        case .options: return receivedOptions(response)
        case .reading(let record): return receivedRecord(response, record)
        case .authenticating(let values): return receivedSignature(response, values: values)
        case .transactionCounter: return receivedTransactionCounter(response)
        case .lastOnlineCounter(let counter): return receivedLastOnlineCounter(response, counter)
        case .pinTryCounter(let code): return receivedTryCounter(response, code)
        case .challenge(let code): return receivedChallenge(response, code)
        case .verifying(let code): return receivedVerification(response, code)
        case .firstCryptogram(let type, let isCombined): return receivedFirst(response, type, isCombined: isCombined)
        case .externalAuthentication: return receivedExternalAuthentication(response)
        case .script(let processing): return receivedScript(response, processing)
        case .secondCryptogram(let type, let isCombined): return receivedSecond(response, type, isCombined: isCombined)
        }
    }

    /// Takes the failure of the last command.
    public mutating func failed(_ error: CardError) -> Step {
        switch phase {
        case .finished: lastStep ?? start()
        // The card had said its last word.
        case .script where isFinal: conclude()
        default: finish(hasCommitted ? .torn(evidence()) : .tryAgain(error))
        }
    }

    /// The payer or the cashier gives up. After the card has made a cryptogram nothing is cancelled any more.
    public mutating func cancelled() -> Step {
        if case .finished = phase { return lastStep ?? start() }
        return hasCommitted ? lastStep ?? start() : finish(.cancelled)
    }

    // MARK: Steps

    mutating func send(
        _ next: Phase, _ cla: UInt8, _ ins: UInt8, _ p1: UInt8, _ p2: UInt8, data: [UInt8] = [], le: UInt8? = nil
    ) -> Step {
        do {
            let command = try CommandAPDU(cla, ins, p1, p2, data: data, le: le)
            phase = next
            return remember(.transmit(command))
        } catch {
            return failed(error)
        }
    }

    mutating func finish(_ outcome: ContactOutcome) -> Step {
        phase = .finished
        return remember(.finished(outcome))
    }

    mutating func end(_ reason: EndApplicationReason) -> Step { finish(.endApplication(reason, evidence())) }

    mutating func remember(_ step: Step) -> Step {
        lastStep = step
        return step
    }
}

/// Says where the transaction stands; what the card gave stays inside (ALL-5).
extension ContactTransaction: CustomStringConvertible, CustomReflectable {
    public var description: String {
        let label = Mirror(reflecting: phase).children.first?.label
        return "ContactTransaction(\(label ?? "\(phase)"))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["tvr": tvr.description]) }
}
