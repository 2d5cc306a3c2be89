import Core
import SmartCard

/// Where Entry Point is activated (Book B §2): A pre-processing, B protocol activation, C combination selection with the
/// candidates that are left, D the selected kernel.
public enum EntryPointStart: String, Sendable, Hashable {
    case a, b, c, d
}

/// What the reader shows the payer (Book A §9).
public struct UserInterfaceRequest: Sendable, Hashable {
    /// Message identifiers of Book A table 9-3.
    public enum Message: UInt8, Sendable, Hashable, CaseIterable {
        case approved = 0x03
        case notAuthorised = 0x07
        case enterPIN = 0x09
        case processingError = 0x0F
        case removeCard = 0x10
        case welcome = 0x14
        case presentCard = 0x15
        case processing = 0x16
        case cardReadRemove = 0x17
        case insertOrSwipe = 0x18
        case presentOneCard = 0x19
        case approvedSign = 0x1A
        case authorising = 0x1B
        case tryAnotherCard = 0x1C
        case insertCard = 0x1D
        case none = 0x1E
        case seePhone = 0x20
        case presentAgain = 0x21
    }

    public enum Status: String, Sendable, Hashable {
        case notReady, idle, readyToRead, processing, cardReadSuccessfully, processingError
    }

    /// What is shown beside the message.
    public enum Value: Sendable, Hashable {
        case amount(Money)
        /// Of the card, in the transaction's currency.
        case balance(Money)
    }

    public var message: Message
    public var status: Status
    /// How long the message stays at least, in units of 100 ms.
    public var holdTime: Int
    /// Two-letter codes in the payer's order (tag 5F2D), as the card gave them.
    public var languagePreference: String?
    public var value: Value?

    public init(
        _ message: Message, _ status: Status, holdTime: Int = 0, languagePreference: String? = nil, value: Value? = nil
    ) {
        self.message = message
        self.status = status
        self.holdTime = holdTime
        self.languagePreference = languagePreference
        self.value = value
    }
}

/// What the reader does with an outcome (Book A §6.2). Data record and verification are the evidence's.
public struct OutcomeParameters: Sendable, Hashable {
    public enum AlternateInterface: String, Sendable, Hashable {
        case contactChip, magneticStripe
    }

    /// What of the issuer's answer brings the card back (Book A table 6-2).
    public enum OnlineResponse: String, Sendable, Hashable {
        case emvData, any
    }

    /// Where Entry Point starts again; nil: the outcome is final.
    public var start: EntryPointStart?
    public var onlineResponse: OnlineResponse?
    public var verification: VerificationMethod?
    public var onOutcome: UserInterfaceRequest?
    public var onRestart: UserInterfaceRequest?
    /// Tags of the data record, in its order.
    public var dataRecord: [Tag]
    /// The balance, 9F5D, where there is one.
    public var discretionaryData: [Tag]
    public var alternateInterface: AlternateInterface?
    /// The kernel asks for a receipt; nil: no wish.
    public var receipt: Bool?
    /// The field goes off for so long, in units of 100 ms.
    public var fieldOff: Int?
    /// How long the card may be waited for after an online request, in units of 100 ms.
    public var removalTimeout: Int

    public init(
        start: EntryPointStart? = nil, onlineResponse: OnlineResponse? = nil, verification: VerificationMethod? = nil,
        onOutcome: UserInterfaceRequest? = nil, onRestart: UserInterfaceRequest? = nil, dataRecord: [Tag] = [],
        discretionaryData: [Tag] = [], alternateInterface: AlternateInterface? = nil, receipt: Bool? = nil,
        fieldOff: Int? = nil, removalTimeout: Int = 0
    ) {
        self.start = start
        self.onlineResponse = onlineResponse
        self.verification = verification
        self.onOutcome = onOutcome
        self.onRestart = onRestart
        self.dataRecord = dataRecord
        self.discretionaryData = discretionaryData
        self.alternateInterface = alternateInterface
        self.receipt = receipt
        self.fieldOff = fieldOff
        self.removalTimeout = removalTimeout
    }

    /// 1.3 seconds: how long an error stays, and how long the field is off before the card may come again.
    public static let errorHoldTime = 13

    /// What any kernel's outcome asks for. Message 18 where no kernel took part (Book B §3.1.1.13), 1C where the card has
    /// nothing for this reader (Book B §3.3.2.7), 21 or 20 where the card may come again.
    public init(_ outcome: ContactlessOutcome) {
        self.init()
        if let evidence = outcome.evidence {
            dataRecord = evidence.dataRecord.map(\.tag)
            if evidence.availableOfflineSpending != nil { discretionaryData = [EMVTag.availableOfflineSpendingAmount] }
        }
        switch outcome {
        case .approved(let evidence):
            verification = evidence.verification
            let message: UserInterfaceRequest.Message = evidence.verification == .signature ? .approvedSign : .approved
            onOutcome = UserInterfaceRequest(message, .cardReadSuccessfully)
            if evidence.verification == .signature { receipt = true }
        case .onlineRequest(let evidence):
            verification = evidence.verification
            onOutcome = UserInterfaceRequest(.authorising, .cardReadSuccessfully)
        case .declined:
            onOutcome = UserInterfaceRequest(.notAuthorised, .cardReadSuccessfully)
        case .tryAnotherInterface:
            onOutcome = UserInterfaceRequest(.insertOrSwipe, .processingError)
        case .tryAgain(let reason):
            start = .b
            switch reason {
            case .communication:
                onOutcome = UserInterfaceRequest(.presentAgain, .processingError, holdTime: Self.errorHoldTime)
                onRestart = UserInterfaceRequest(.presentAgain, .readyToRead)
            case .seePhone:
                onOutcome = UserInterfaceRequest(.seePhone, .processingError, holdTime: Self.errorHoldTime)
                onRestart = UserInterfaceRequest(.seePhone, .readyToRead)
                fieldOff = Self.errorHoldTime
            }
        case .endApplication(.noSupportedApplication, _), .endApplication(.otherApplicationsOnly, _),
            .endApplication(.status(_, .selectDirectory), _), .endApplication(.malformed(.selectDirectory, _), _):
            onOutcome = UserInterfaceRequest(.tryAnotherCard, .readyToRead)
        case .endApplication:
            onOutcome = UserInterfaceRequest(.tryAnotherCard, .processingError)
        case .torn:
            onOutcome = UserInterfaceRequest(.processingError, .processingError, holdTime: Self.errorHoldTime)
        }
    }
}
