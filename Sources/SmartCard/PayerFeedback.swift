/// What a payer is told by lamp and sound.
public enum PayerSignal: String, Sendable, Hashable, CaseIterable {
    /// A card may be presented.
    case ready
    /// The card has been read.
    case remove
    case approve
    case decline
    /// Nothing was decided: a fault of reader, card or terminal.
    case error
}

/// A reader that can show a ``PayerSignal``. Feedback is a courtesy: it comes after the decision is durable, and what becomes
/// of it changes no payment.
public protocol PayerFeedback: Sendable {
    /// Shows the signal, or does not; never throws.
    @discardableResult
    func show(_ signal: PayerSignal) async -> FeedbackOutcome
}

/// What became of a signal, for a technician.
public enum FeedbackOutcome: Sendable, Hashable {
    case shown
    /// This reader has no lamps that are known.
    case unsupported
    /// It refused or did not answer; after several times it is not asked again until it is plugged in anew.
    case failed
}
