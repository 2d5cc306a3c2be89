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

/// Why there is no PC/SC service.
public enum ServiceOutage: Sendable, Hashable {
    /// No socket, or nobody behind it: pcscd is not running.
    case notRunning
    /// pcscd ended, or closed the connection.
    case lost
    /// The client library and pcscd speak different protocol versions, or pcscd is stopping.
    case incompatible
    /// polkit refused this user, or pcscd has no room for another client.
    case accessRefused
    case other(PCSCCode)

    init(establishing code: PCSCCode) {
        switch code {
        case .noService: self = .notRunning
        case .serviceStopped: self = .incompatible
        case .securityViolation: self = .accessRefused
        default: self = code.meaning == .serviceLost ? .lost : .other(code)
        }
    }
}

/// What happens to the PC/SC service and its readers.
public enum SystemEvent: Sendable, Hashable {
    case serviceUp
    /// Sent once per reason, not per attempt.
    case serviceDown(ServiceOutage)
    case readerAdded(String)
    case readerRemoved(String)
    case card(reader: String, CardEvent)
}
