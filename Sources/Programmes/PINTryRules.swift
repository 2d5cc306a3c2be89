import Core
import HostProtocol

/// CARD-5 and CARD-18: whether a PIN may be asked for, and how many wrong ones are heard.
///
/// Where the terminal checks the PIN, a try goes in two steps: ``begin(_:now:)`` counts it, the caller makes that
/// durable, checks the PIN and stores what ``PINTries/finish(right:)`` leaves. A power cut in between leaves the try
/// counted, and as the last one it leaves the PIN disabled: power-cycling gains nothing. For a scheme card the chip
/// or the issuer counts; then ``PINTries`` holds only what the issuer said, and ``heard(_:)`` tells what the
/// authority answered.
public struct PINTryRules: Sendable, Hashable {
    public enum Authority: String, Sendable, CaseIterable {
        /// The card's own counter (offline PIN).
        case chip
        /// The issuer's (online PIN).
        case issuer
        /// This terminal's: closed-loop programmes alone (ALL-11).
        case terminal
    }

    /// Wrong entries in a row that disable the PIN.
    public let tries: Int
    public let checkedBy: Authority
    /// CARD-18: false, virtual cards have no PIN.
    public let virtualCards: Bool

    /// Reads `[pin]`: `tries`, `checked_by` (`chip`, `issuer` or `terminal`), `virtual_cards`. `currency` is not used.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        tries = try table.integer("tries", in: 1...15)
        guard let authority = Authority(rawValue: try table.string("checked_by")) else {
            throw table.wrong("checked_by", "must be \"chip\", \"issuer\" or \"terminal\"")
        }
        checkedBy = authority
        virtualCards = try table.flag("virtual_cards")
        try table.allKnown()
    }

    /// CARD-18: whether this kind of instrument has a PIN at all. Refused, the payment has to be verified otherwise.
    /// - Parameter isVirtual: as the host says (``InstrumentBinding/isVirtual``); nil, of a card not known here:
    ///   plastic.
    public func mayAsk(kind: InstrumentKind, isVirtual: Bool?) -> Ruling {
        var trail = RuleTrail()
        let isVirtual = isVirtual ?? false
        // The application shows a receipt: its user has been verified by the phone.
        _ = trail.check(
            "CARD-18", .verificationRequired, kind != .app && (!isVirtual || virtualCards),
            RuleInput(.instrument, isVirtual ? "virtual \(kind.rawValue)" : kind.rawValue))
        return Ruling(trail)
    }

    /// Before the PIN is entered or checked. Asking does not count.
    public func status(_ pin: PINTries, now: TrustedTime) -> PINStatus {
        if pin.issuerDisabled { return .disabled }
        var counted = pin.counted
        if let from = pin.reactivation {
            guard now.anchored else { return .timeUntrusted }
            guard now.instant >= from else { return .disabledUntil(from) }
            counted = 0
        } else if pin.exhausted {
            return .disabled
        }
        // A newer file may have a smaller limit than what has been counted.
        guard checkedBy == .terminal else { return .enabled(left: nil) }
        return counted < tries ? .enabled(left: tries - counted) : .disabled
    }

    /// Counts a try before the PIN is checked.
    public func begin(_ pin: PINTries, now: TrustedTime) -> PINTryVerdict {
        var trail = RuleTrail()
        let status = status(pin, now: now)
        let passed: Bool
        switch status {
        case .timeUntrusted: passed = trail.checkTrusted(now, by: "CARD-5")
        case .disabledUntil(let from):
            passed = trail.check(
                "CARD-5", .pinDisabled, false, RuleInput(.enabledFrom, at: from), RuleInput(.now, at: now.instant))
        case .disabled, .enabled:
            passed = trail.check(
                "CARD-5", .pinDisabled, status != .disabled, RuleInput(.tries, pin.counted), RuleInput(.limit, tries))
        }
        var pin = pin
        if passed { pin.begin(counting: checkedBy == .terminal ? tries : nil) }
        return PINTryVerdict(ruling: Ruling(trail), status: status, store: pin)
    }

    /// What to say after a check: by the terminal (with what ``PINTries/finish(right:)`` left) or by the authority.
    public func heard(_ answer: PINAnswer) -> Ruling {
        var trail = RuleTrail()
        switch answer {
        case .right: _ = trail.check("CARD-5", .pinWrong, true)
        case .wrong(let left) where left == 0: _ = trail.check("CARD-5", .pinDisabled, false, RuleInput(.tries, 0))
        case .wrong(let left):
            _ = trail.check("CARD-5", .pinWrong, false, RuleInput(.tries, left.map(String.init) ?? "-"))
        case .disabled: _ = trail.check("CARD-5", .pinDisabled, false)
        }
        return Ruling(trail)
    }
}

/// What came of checking a PIN.
public enum PINAnswer: Sendable, Hashable {
    case right
    /// Tries left, where the authority says: the chip's status word 63Cx, or the terminal's own count.
    case wrong(left: Int?)
    /// Blocked before this try: status word 6983, or the issuer's word.
    case disabled
}

public enum PINStatus: Sendable, Hashable {
    /// Tries left; nil where the chip or the issuer counts.
    case enabled(left: Int?)
    case disabled
    /// The issuer has reactivated it from this instant on.
    case disabledUntil(UTCInstant)
    /// Reactivated from an instant that this terminal can't be sure has come.
    case timeUntrusted
}

/// Whether a PIN may be checked, and what the store is to hold before it is.
public struct PINTryVerdict: Sendable, Hashable {
    public let ruling: Ruling
    public let status: PINStatus
    /// Durable before the check: with the try counted.
    public let store: PINTries
}
