import Core
import Crypto
import EMV
import HostProtocol
import Programmes
import SmartCard
import Tags

/// What an instrument at the reader proved, of whichever kind it is.
public enum PaymentProof: Sendable, Equatable {
    case card(CardEvidence)
    case tag(ClosedLoopEvidence)

    /// The instrument's name at this site (ALL-5).
    public func pseudonym(key: SymmetricKey) -> Pseudonym {
        switch self {
        case .card(let evidence): evidence.pan.pseudonym(key: key)
        case .tag(let evidence): evidence.pseudonym(key: key)
        }
    }

    /// What the host can check for itself, to be sealed: a card's data objects, a tag's template E1.
    public var record: [UInt8] {
        switch self {
        case .card(let evidence): evidence.dataRecord.flatMap(\.encoded)
        case .tag(let evidence): evidence.encoded
        }
    }

    /// In the rules' words.
    /// - Parameter wantsHost: the kernel asks for the host, whatever the card said; a tag says nothing of it.
    public func shown(wantsHost: Bool) -> InstrumentEvidence {
        switch self {
        case .card(let evidence): InstrumentEvidence(evidence, wantsHost: wantsHost)
        case .tag: InstrumentEvidence(cryptogram: .none, authentication: .passed, expiry: nil, kind: .tag)
        }
    }

    /// Whether the instrument's own counters of money have moved (ALL-7): a tag holds none.
    public var hasMovedOn: Bool {
        switch self {
        case .card(let evidence): evidence.cryptogramType == .tc
        case .tag: false
        }
    }

    /// Whether a programme takes such an instrument.
    public func isTaken(by programme: Programme) -> Bool {
        switch self {
        case .card(let evidence): programme.takes(application: evidence.aid)
        case .tag: programme.instruments.kinds.contains(.tag)
        }
    }

    /// First six and last four of a card's number; a tag has nothing to show.
    var masked: String? {
        switch self {
        case .card(let evidence): evidence.pan.masked
        case .tag: nil
        }
    }

    /// What a card says it has left.
    var balance: Money? {
        switch self {
        case .card(let evidence): evidence.availableOfflineSpending
        case .tag: nil
        }
    }
}

/// What the tap of a tag means to the payment. A tag that is not ours is none here: the kernel has its turn.
enum TagVerdict: Equatable {
    case decide(ClosedLoopEvidence)
    case decline(RuleID, Reason)
    case again

    /// Nil when the card at the reader is no tag of ours.
    init?(_ outcome: ClosedLoopOutcome) {
        switch outcome {
        case .authenticated(let evidence): self = .decide(evidence)
        case .notOurs: return nil
        case .refused, .inconsistent: self = .decline("ALL-7", .cardNotAuthentic)
        // The chip, or the terminal, takes a rest from wrong keys: another instrument may pay meanwhile.
        case .tryLater: self = .decline("ALL-7", .instrumentNotAccepted)
        case .tryAgain: self = .again
        }
    }
}
