import Core
import HostProtocol

/// The tries of one account's PIN at one terminal: a durable value (CARD-5).
///
/// Two things disable a PIN, apart: the issuer's word, and the count of wrong entries here. A right entry undoes only
/// its own count, never the issuer's word.
public struct PINTries: Sendable, Hashable, Codable {
    /// Tries in a row that were begun and not found right; also those of which a power cut took the answer.
    public private(set) var counted: Int
    /// The count has reached the programme's limit. Kept apart from it: a larger limit in a newer file revives no PIN.
    public private(set) var exhausted: Bool
    /// The issuer says that the PIN is disabled.
    public private(set) var issuerDisabled: Bool
    /// The issuer reactivates the PIN at this instant, and no try was begun since: then the count starts anew.
    public private(set) var reactivation: UTCInstant?
    /// The newest reactivation that the issuer told, used or not: told again it gives no more tries.
    private var toldReactivation: UTCInstant?

    public init() {
        counted = 0
        exhausted = false
        issuerDisabled = false
    }

    /// Takes over a limit update. An update that says "enabled" and no more than the one before it, as every change
    /// of a balance does, gives no tries back: only a reactivation does, which is a new ``PINState/enabledFrom``, or
    /// the end of the issuer's own disabling, or of the wait it had ordered, from now on.
    /// - Parameter state: nil: the account has no PIN at the issuer; nothing changes here.
    public mutating func update(_ state: PINState?, now: UTCInstant) {
        guard let state else { return }
        if state.disabled {
            issuerDisabled = true
            reactivation = nil
            return
        }
        let wasDisabled = issuerDisabled
        issuerDisabled = false
        if let from = state.enabledFrom, from != toldReactivation {
            reactivation = from
            toldReactivation = from
        } else if wasDisabled {
            reactivation = state.enabledFrom ?? now
        } else if state.enabledFrom == nil, let waiting = reactivation {
            reactivation = min(waiting, now)
        }
    }

    /// - Parameter limit: nil where the chip or the issuer counts.
    mutating func begin(counting limit: Int?) {
        if reactivation != nil {
            reactivation = nil
            counted = 0
            exhausted = false
        }
        guard let limit else { return }
        counted += 1
        exhausted = counted >= limit
    }

    /// The answer to the try that was begun; to be called once for it, or not at all after a power cut. Right also
    /// when the payment comes to nothing.
    public mutating func finish(right: Bool) {
        guard right else { return }
        counted = 0
        exhausted = false
    }
}
