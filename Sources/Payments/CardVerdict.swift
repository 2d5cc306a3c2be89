import Core
import EMV
import Programmes

/// What a contactless outcome means to the payment.
enum CardVerdict: Equatable {
    /// The rules decide on this evidence.
    case decide(CardEvidence, wantsHost: Bool)
    /// The kernel's word is final. With evidence of a TC the card has moved its counters on (ALL-7).
    case decline(CardEvidence?, RuleID, Reason)
    /// The card has only applications of other schemes or kernels.
    case notTaken([OfferedApplication])
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
        case .endApplication(.otherApplicationsOnly(let offered), _): self = .notTaken(offered)
        case .endApplication(_, let evidence): self = .decline(evidence, "ALL-7", .cardDataInvalid)
        case .torn(let evidence): self = .torn(evidence)
        }
    }

    /// What the card offers stands in the trace: names of applications and of kernels, nothing of the cardholder.
    static func decline(_ amount: Money, _ offered: [OfferedApplication]) -> Decision {
        Decision(
            outcome: .declined, approvedAmount: .zero(amount.currency), rule: "ALL-7", reason: .applicationNotSupported,
            trace: offered.prefix(4).map { RuleVerdict(rule: "ALL-7", passed: false, inputs: [RuleInput(.application, $0)]) })
    }

    private static func name(_ reason: DeclineReason) -> (RuleID, Reason) {
        switch reason {
        case .cardDeclined: ("ALL-7", .declinedByCard)
        case .expired: ("CARD-6", .expired)
        case .authenticationFailed, .qualifiersNotAuthenticated: ("ALL-7", .cardNotAuthentic)
        case .listed: ("CARD-8", .blocked)
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
