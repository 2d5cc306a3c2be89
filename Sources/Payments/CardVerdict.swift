import Core
import EMV
import Programmes

/// What a contactless outcome means to the payment.
enum CardVerdict: Equatable {
    /// The rules decide on this evidence.
    case decide(CardEvidence)
    /// The kernel's word is final. With evidence of a TC the card has moved its counters on (ALL-7).
    case decline(CardEvidence?, RuleID, Reason)
    /// Nothing was spent: once more.
    case again
    /// The card may have spent and left.
    case torn(CardEvidence?)

    init(_ outcome: ContactlessOutcome) {
        switch outcome {
        case .approved(let evidence), .onlineRequest(let evidence): self = .decide(evidence)
        case .declined(let evidence?, .cardDeclined): self = .decide(evidence)
        case .declined(let evidence, let reason):
            let (rule, word) = CardVerdict.name(reason)
            self = .decline(evidence, rule, word)
        case .tryAnotherInterface(let evidence): self = .decline(evidence, "ALL-7", .tryAnotherInterface)
        case .tryAgain: self = .again
        case .endApplication(.noSupportedApplication, let evidence):
            self = .decline(evidence, "ALL-7", .applicationNotSupported)
        case .endApplication(_, let evidence): self = .decline(evidence, "ALL-7", .cardDataInvalid)
        case .torn(let evidence): self = .torn(evidence)
        }
    }

    private static func name(_ reason: DeclineReason) -> (RuleID, Reason) {
        switch reason {
        case .cardDeclined: ("ALL-7", .declinedByCard)
        case .expired: ("CARD-6", .expired)
        case .authenticationFailed, .qualifiersNotAuthenticated: ("ALL-7", .cardNotAuthentic)
        case .onlineNotPossible: ("CARD-21", .onlineRequired)
        case .verificationNotPossible: ("ALL-9", .verificationRequired)
        case .unknownCryptogramType, .usageNotAllowed: ("ALL-7", .cardDataInvalid)
        }
    }
}

extension InstrumentEvidence {
    /// The kernel's evidence in the rules' words.
    public init(_ evidence: CardEvidence) {
        let cryptogram: Cryptogram =
            switch evidence.cryptogramType {
            case .tc: .tc
            case .arqc: .arqc
            case .aac: .aac
            }
        let authentication: Authentication =
            switch evidence.authentication {
            case .passed: .passed
            case .failed: .failed
            case .notPerformed: .notPerformed
            }
        let verification: Verification =
            switch evidence.verification {
            case .onlinePIN: .onlinePIN
            case .signature: .signature
            case .device: .device
            case .none, .notPerformed: .none
            }
        self.init(
            cryptogram: cryptogram, authentication: authentication, verification: verification, expiry: evidence.expiry)
    }
}
