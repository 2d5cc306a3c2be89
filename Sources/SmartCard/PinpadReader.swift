/// A card's channel through a reader with a keypad of its own (PC/SC part 10). The reader takes the PIN, puts it into the
/// command and sends that to the card: no digit passes through this machine (ALL-11).
public protocol PinpadReader: CardChannel {
    /// Nil when the reader has no keypad that can be used.
    var pinpad: Pinpad? { get }

    /// Lets the payer enter the PIN on the reader, which verifies it with the card, in the clear (EMV Book 3 §6.5.12). It
    /// blocks until the payer is done, at most ``PINEntry/seconds`` and a few more.
    /// - Throws: ``CardError`` when reader or card are lost; whether the PIN was tried is not known then.
    func verifyPIN(_ entry: PINEntry) throws(CardError) -> PINEntryOutcome
}

/// What a keypad can do.
public struct Pinpad: Sendable, Hashable {
    /// Digits it takes, within the four to twelve of ISO 9564-1.
    public let digits: ClosedRange<Int>
    /// Ends the entry with a key; else at the most digits.
    public let hasValidationKey: Bool

    /// Nil when nothing is left of the four to twelve digits.
    /// - Parameters: as the reader tells them; nil or 0 where it does not.
    public init?(smallest: Int? = nil, largest: Int? = nil, hasValidationKey: Bool = true) {
        let least = max(4, smallest ?? 0)
        let most = largest.map { $0 == 0 ? 12 : min(12, $0) } ?? 12
        guard least <= most else { return nil }
        digits = least...most
        self.hasValidationKey = hasValidationKey
    }
}

/// How a PIN is asked for.
public struct PINEntry: Sendable, Hashable {
    /// Until the first key, and for all of it: 1 to 255.
    public var seconds: UInt8
    /// Of the message on the reader's display: 0x0409 is English (United States).
    public var language: UInt16

    public init(seconds: UInt8 = 30, language: UInt16 = 0x0409) {
        (self.seconds, self.language) = (max(1, seconds), language)
    }

    /// `PIN_VERIFY_STRUCTURE` for a PIN block of format 2 and VERIFY `00 20 00 80` (PC/SC part 10 §2.5.2; `reader.h` of
    /// pcsc-lite): 19 bytes packed, numbers in the machine's byte order, and the command with a block without digits.
    public func structure(for pinpad: Pinpad) -> [UInt8] {
        let command: [UInt8] = [0x00, 0x20, 0x00, 0x80, 0x08, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        let limits = UInt16(pinpad.digits.lowerBound) << 8 | UInt16(pinpad.digits.upperBound)
        var bytes: [UInt8] = [
            seconds, seconds,
            // BCD, left-justified, from bit 8 of the block on.
            0x41,
            // The length of the PIN is four bits wide; the block is eight bytes long.
            0x48,
            // The length stands at bit 4.
            0x04,
        ]
        bytes += Self.native(limits)
        bytes += [pinpad.hasValidationKey ? 0x02 : 0x01, 0x01]
        bytes += Self.native(language)
        // The first message, and three bytes for T=1 that the driver fills in.
        bytes += [0x00, 0x00, 0x00, 0x00]
        bytes += Self.native(UInt32(command.count))
        return bytes + command
    }

    private static func native(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}

/// What came of a PIN entry (PC/SC part 10 §2.5.2; EMV Book 3 §6.5.12).
public enum PINEntryOutcome: Sendable, Hashable {
    case verified
    case wrong(triesLeft: UInt8)
    /// No more tries, or the PIN may not be used.
    case blocked
    case timedOut
    /// The payer pressed cancel.
    case cancelled
    /// Two entries differ; only where a PIN is changed.
    case mismatch
    /// Too few or too many digits.
    case badLength
    /// The reader does not understand the request: a fault of the terminal.
    case badRequest
    case refused(StatusWord)

    public init(_ status: StatusWord) {
        self =
            switch (status.sw1, status.sw2) {
            case (0x90, 0x00): .verified
            case (0x63, 0xC0...0xCF): .wrong(triesLeft: status.sw2 & 0x0F)
            case (0x69, 0x83), (0x69, 0x84): .blocked
            case (0x64, 0x00): .timedOut
            case (0x64, 0x01): .cancelled
            case (0x64, 0x02): .mismatch
            case (0x64, 0x03): .badLength
            case (0x6B, 0x80): .badRequest
            default: .refused(status)
            }
    }

    /// True when the card has looked at a PIN.
    public var wasTried: Bool {
        switch self {
        case .verified, .wrong, .blocked: true
        default: false
        }
    }
}
