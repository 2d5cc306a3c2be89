import Core
import SmartCard

/// What is known of one reader.
public struct ReaderStatus: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case empty
        case card(answerToReset: [UInt8], generation: UInt64)
        /// Something in the field that does not answer to reset.
        case mute
        /// Listed, but not usable: the driver says so, or pcscd is away.
        case unavailable
        /// A call into the reader has not come back within the limit.
        case stuck
    }

    public let name: String
    public internal(set) var state: State
    /// When `state` began.
    public internal(set) var since: UTCInstant
    /// Which device it is; nil until its driver has been asked, right after it was plugged in.
    public internal(set) var identity: ReaderIdentity?

    /// The event that tells a subscriber of this state.
    public var event: CardEvent {
        switch state {
        case .empty: .removed
        case .card(let answerToReset, let generation): .inserted(answerToReset: answerToReset, generation: generation)
        case .mute: .mute
        case .unavailable, .stuck: .unavailable
        }
    }
}

/// What happens to the PC/SC service and its readers.
public enum SystemEvent: Sendable, Hashable {
    case serviceUp
    /// Sent once per reason, not per attempt.
    case serviceDown(ServiceOutage)
    case readerAdded(String)
    /// Its driver has been asked which device it is; more than the name is told only by some.
    case readerIdentified(ReaderIdentity)
    case readerRemoved(String)
    /// Listed by pcscd, but not watched: ``SlotNames/most`` are. Sent once per reader.
    case readerIgnored(String)
    case card(reader: String, CardEvent)
}
