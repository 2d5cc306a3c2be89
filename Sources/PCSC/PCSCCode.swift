import SmartCard

/// A result code of libpcsclite, `SCARD_*` of `pcsclite.h`, as 32 bits. The values are pcsc-lite's: Windows numbers
/// `SCARD_E_UNSUPPORTED_FEATURE` otherwise.
public struct PCSCCode: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let success = PCSCCode(rawValue: 0)
    public static let internalError = PCSCCode(rawValue: 0x8010_0001)
    public static let cancelled = PCSCCode(rawValue: 0x8010_0002)
    public static let invalidHandle = PCSCCode(rawValue: 0x8010_0003)
    public static let insufficientBuffer = PCSCCode(rawValue: 0x8010_0008)
    public static let unknownReader = PCSCCode(rawValue: 0x8010_0009)
    public static let timeout = PCSCCode(rawValue: 0x8010_000A)
    public static let invalidValue = PCSCCode(rawValue: 0x8010_0011)
    public static let sharingViolation = PCSCCode(rawValue: 0x8010_000B)
    public static let noSmartCard = PCSCCode(rawValue: 0x8010_000C)
    public static let protocolMismatch = PCSCCode(rawValue: 0x8010_000F)
    public static let communicationError = PCSCCode(rawValue: 0x8010_0013)
    public static let notTransacted = PCSCCode(rawValue: 0x8010_0016)
    public static let unsupportedFeature = PCSCCode(rawValue: 0x8010_001F)
    public static let readerUnavailable = PCSCCode(rawValue: 0x8010_0017)
    public static let noService = PCSCCode(rawValue: 0x8010_001D)
    public static let serviceStopped = PCSCCode(rawValue: 0x8010_001E)
    public static let noReadersAvailable = PCSCCode(rawValue: 0x8010_002E)
    public static let unresponsiveCard = PCSCCode(rawValue: 0x8010_0066)
    public static let unpoweredCard = PCSCCode(rawValue: 0x8010_0067)
    public static let resetCard = PCSCCode(rawValue: 0x8010_0068)
    public static let removedCard = PCSCCode(rawValue: 0x8010_0069)
    public static let securityViolation = PCSCCode(rawValue: 0x8010_006A)
}

extension PCSCCode: CustomStringConvertible {
    public var description: String { "0x" + String(rawValue, radix: 16, uppercase: true) }
}

extension PCSCCode {
    /// What a code means for the caller: the one place that knows both worlds.
    public enum Meaning: Sendable, Hashable {
        case success
        /// The bounded wait ran out, or shutdown cancelled it.
        case interrupted
        /// Every context is dead and stays dead, even when pcscd is back.
        case serviceLost
        /// polkit refused, or pcscd has no room for another client (it answers both alike).
        case accessRefused
        /// The reader is unplugged, or its name no longer valid; or it was plugged in anew while a card was held (invalid value, as
        /// OpenSC takes it).
        case readerLost
        /// The card has gone, or answers so badly that it may as well have.
        case cardLost
        /// There is a card, but it does not answer to reset: worth another try while a phone enters the field.
        case cardUnready
        /// Another handle reset the card.
        case cardReset
        /// Another process holds card or reader.
        case busy
        case other
    }

    public var meaning: Meaning {
        switch self {
        case .success: .success
        case .timeout, .cancelled: .interrupted
        case .noService, .serviceStopped, .communicationError, .invalidHandle: .serviceLost
        case .securityViolation: .accessRefused
        case .unknownReader, .readerUnavailable, .noReadersAvailable, .invalidValue: .readerLost
        case .removedCard, .noSmartCard, .notTransacted: .cardLost
        case .unresponsiveCard, .unpoweredCard, .protocolMismatch: .cardUnready
        case .resetCard: .cardReset
        case .sharingViolation: .busy
        default: .other
        }
    }

    /// The error a card's caller gets for this code.
    public var cardError: CardError {
        switch meaning {
        case .cardLost: .removed
        // Protocol mismatch is what pcscd answers while a card leaves.
        case .cardUnready: self == .protocolMismatch ? .removed : .unresponsive
        case .cardReset: .reset
        case .busy: .sharingViolation
        case .readerLost: .readerGone
        case .serviceLost: .serviceLost
        case .success, .interrupted, .accessRefused, .other: .reader(code: rawValue)
        }
    }
}
