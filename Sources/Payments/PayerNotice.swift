import Core
import EMV
import Programmes

/// What payer and cashier are shown while a payment runs and at its end: a message of Book A §9, and whether it asks for a card.
public struct PayerNotice: Sendable, Equatable {
    public var request: UserInterfaceRequest
    /// Nil for a message that asks for no card.
    public var prompt: CardPrompt?

    public init(_ request: UserInterfaceRequest, prompt: CardPrompt? = nil) {
        self.request = request
        self.prompt = prompt
    }

    /// The card has been read, and the host is asked.
    /// - Parameter closing: what the kernel wanted shown.
    public static func authorising(_ closing: UserInterfaceRequest?) -> PayerNotice {
        PayerNotice(
            UserInterfaceRequest(.authorising, .cardReadSuccessfully, languagePreference: closing?.languagePreference))
    }
}

extension CardPrompt {
    var request: UserInterfaceRequest {
        switch self {
        case .presentCard: UserInterfaceRequest(.presentCard, .readyToRead)
        case .presentCardAgain: UserInterfaceRequest(.presentAgain, .readyToRead)
        }
    }
}

extension PaymentResult {
    /// The last message of the payment: the kernel's own where the decision agrees with it, otherwise the decision's.
    /// - Parameter closing: what the kernel wanted shown; nil when no card took part to its end.
    public func shown(_ closing: UserInterfaceRequest?) -> UserInterfaceRequest {
        let language = closing?.languagePreference
        switch decision.outcome {
        case .approved:
            if let closing, closing.message.isApproval { return closing }
            return UserInterfaceRequest(
                .approved, .cardReadSuccessfully, languagePreference: language, value: cardBalance.map { .balance($0) })
        case .declined:
            switch decision.reason {
            case .tryAnotherInterface: return UserInterfaceRequest(.insertOrSwipe, .processingError, languagePreference: language)
            // Nobody is there to be told.
            case .cancelled, .timedOut: return UserInterfaceRequest(.none, .idle)
            default: break
            }
            if let closing, !closing.message.isApproval, closing.message != .authorising { return closing }
            return UserInterfaceRequest(.notAuthorised, .cardReadSuccessfully, languagePreference: language)
        case .goOnline, .unknown:
            return UserInterfaceRequest(
                .processingError, .processingError, holdTime: OutcomeParameters.errorHoldTime, languagePreference: language)
        }
    }
}

extension UserInterfaceRequest.Message {
    var isApproval: Bool { self == .approved || self == .approvedSign }

    /// As the till hears it, such as `presentCard`.
    public var word: String {
        switch self {
        case .approved: "approved"
        case .notAuthorised: "notAuthorised"
        case .enterPIN: "enterPIN"
        case .processingError: "processingError"
        case .removeCard: "removeCard"
        case .welcome: "welcome"
        case .presentCard: "presentCard"
        case .processing: "processing"
        case .cardReadRemove: "cardReadRemove"
        case .insertOrSwipe: "insertOrSwipe"
        case .presentOneCard: "presentOneCard"
        case .approvedSign: "approvedSign"
        case .authorising: "authorising"
        case .tryAnotherCard: "tryAnotherCard"
        case .insertCard: "insertCard"
        case .none: "none"
        case .seePhone: "seePhone"
        case .presentAgain: "presentAgain"
        }
    }

    /// For the payer, in the languages of the rule book; the meanings are Book A's (table 9-3).
    public var sentence: Sentence {
        switch self {
        case .approved: Sentence("Approved.", "Hyväksytty.", "Godkänt.")
        case .notAuthorised: Sentence("Not authorised.", "Ei hyväksytty.", "Medges ej.")
        case .enterPIN: Sentence("Enter your PIN.", "Näppäile tunnusluku.", "Slå din PIN-kod.")
        case .processingError: Sentence("Processing error.", "Käsittelyvirhe.", "Fel vid behandlingen.")
        case .removeCard: Sentence("Remove the card.", "Poista kortti.", "Ta bort kortet.")
        case .welcome: Sentence("Welcome.", "Tervetuloa.", "Välkommen.")
        case .presentCard: Sentence("Present the card.", "Näytä kortti.", "Visa kortet.")
        case .processing: Sentence("Processing.", "Käsitellään.", "Behandlas.")
        case .cardReadRemove:
            Sentence("Card read; please remove it.", "Kortti on luettu; poista kortti.", "Kortet är läst; ta bort det.")
        case .insertOrSwipe:
            Sentence("Insert or swipe the card.", "Aseta kortti lukijaan tai vedä se.", "Sätt i eller dra kortet.")
        case .presentOneCard: Sentence("Present one card only.", "Näytä vain yksi kortti.", "Visa endast ett kort.")
        case .approvedSign: Sentence("Approved; please sign.", "Hyväksytty; allekirjoita.", "Godkänt; skriv under.")
        case .authorising:
            Sentence("Authorising, please wait.", "Varmennetaan, odota hetki.", "Auktoriserar, var god vänta.")
        case .tryAnotherCard: Sentence("Try another card.", "Käytä toista korttia.", "Försök med ett annat kort.")
        case .insertCard: Sentence("Insert the card.", "Aseta kortti lukijaan.", "Sätt i kortet.")
        case .none: Sentence("", "", "")
        case .seePhone:
            Sentence(
                "See your phone for instructions.", "Katso ohjeet puhelimestasi.", "Se instruktioner i din telefon.")
        case .presentAgain: Sentence("Present the card again.", "Näytä kortti uudelleen.", "Visa kortet igen.")
        }
    }
}
