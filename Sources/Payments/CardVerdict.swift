import Core
import EMV
import Programmes

/// What a contactless outcome means to the payment.
enum CardVerdict: Equatable {
    /// The rules decide on this evidence.
    case decide(CardEvidence, wantsHost: Bool)
    /// The kernel's word is final. With evidence of a TC the card has moved its counters on (ALL-7).
    case decline(CardEvidence?, RuleID, Reason)
    /// Nothing was spent: once more.
    case again
    /// The card may have spent and left.
    case torn(CardEvidence?)

    init(_ outcome: ContactlessOutcome) {
        switch outcome {
        case .approved(let evidence): self = .decide(evidence, wantsHost: false)
        case .onlineRequest(let evidence): self = .decide(evidence, wantsHost: true)
        case .declined(let evidence?, .cardDeclined): self = .decide(evidence, wantsHost: false)
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
    /// The kernel's evidence in the rules' words. Where the kernel asks for the host, the rules hear an ARQC, also when the
    /// card gave a TC (Book C-3 §5.4.3.2: TC although an online cryptogram was required).
    public init(_ evidence: CardEvidence, wantsHost: Bool) {
        let cryptogram: Cryptogram =
            switch evidence.cryptogramType {
            case .tc: wantsHost ? .arqc : .tc
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
