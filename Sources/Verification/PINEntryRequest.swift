import Core

/// Whose PINs an entry is for. An entry source names one in its type, and a request of the other kind can't be handed to it
/// (ALL-11).
public protocol PINScope: Sendable {}

/// Closed-loop cards and tags: any source will do, a keypad of the till too.
public enum ClosedLoopPIN: PINScope {}

/// Cards of a scheme: a reader's own pinpad, or another device certified for it.
public enum SchemePIN: PINScope {}

/// What is asked of the payer.
public struct PINEntryRequest<Scope: PINScope>: Sendable, Hashable {
    /// Shown before the first digit is taken.
    public let amount: Money
    /// Digits that this card's PIN may have, within four to twelve (ISO 9564-1 §6).
    public let digits: ClosedRange<Int>
    /// The programme lets the payer or the cashier leave the PIN out.
    public let allowsBypass: Bool
    /// Shown when it is known; 1: the last one.
    public let triesLeft: Int?
    /// The one before was wrong.
    public let isRetry: Bool

    /// Nil when nothing is left of the four to twelve digits.
    public init?(
        amount: Money, digits: ClosedRange<Int> = 4...12, allowsBypass: Bool = false, triesLeft: Int? = nil,
        isRetry: Bool = false
    ) {
        let least = max(4, digits.lowerBound)
        let most = min(12, digits.upperBound)
        guard least <= most else { return nil }
        self.amount = amount
        self.digits = least...most
        self.allowsBypass = allowsBypass
        self.triesLeft = triesLeft
        self.isRetry = isRetry
    }
}
