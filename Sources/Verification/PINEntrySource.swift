import Secrets
import SmartCard

/// Where a payer enters a PIN: a reader with its own pinpad, the till's keypad, a simulated one.
///
/// A source tells for which cards it may be used by its ``Scope``. A keypad of the till is `PINEntrySource<ClosedLoopPIN>` and
/// nothing else; a pinpad, and a simulated source, are generic and may be either. Whoever asks for the PIN of a scheme card holds
/// `any PINEntrySource<SchemePIN>` and can't be given a keypad.
///
/// One entry at a time. A source ends by itself: at the latest a minute after the amount is shown. When its task is cancelled
/// it ends as ``PINEntryResult/cancelled``. Whatever the end, the source keeps no digit.
public protocol PINEntrySource<Scope>: Sendable {
    associatedtype Scope: PINScope

    /// - Parameter shown: told how many digits have been entered, for as many `*`; never a digit.
    func enter(
        _ request: PINEntryRequest<Scope>, shown: @escaping @Sendable (Int) async -> Void
    ) async -> PINEntryResult
}

/// What came of an entry. It has one owner, as it may hold the PIN.
public enum PINEntryResult: ~Copyable, Sendable {
    /// This machine has the PIN, and its owner makes a block of it or compares it.
    case entered(PIN)
    /// The reader took the PIN and gave it to the card; no digit passed through this machine. What the card said.
    case verifiedByReader(StatusWord)
    /// Left out, where the request allows it.
    case bypassed
    /// By payer, cashier or the card's going.
    case cancelled
    case timedOut
    /// No device, or no memory for the PIN.
    case failed(PINEntryFailure)
}

/// Why nothing can be entered.
public enum PINEntryFailure: Sendable, Hashable {
    case noDevice
    case memory(SecretMemoryError)
    /// The device can't take as many digits as the request wants.
    case notSupported
}
