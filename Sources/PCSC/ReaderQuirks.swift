/// What is special about a model of reader: one row of ``ReaderQuirks/table``. `Readers.md` says where each value is from
/// and what nobody here could try on a device.
public struct ReaderQuirks: Sendable, Hashable {
    /// What a reader exchanges in one command (CCID §5.1, dwFeatures).
    public enum Level: Sendable, Hashable {
        /// Transport units: the driver does the rest.
        case tpdu
        /// Commands of at most 255 data bytes, answers of at most 256.
        case shortAPDU
        case extendedAPDU
        case unknown
    }

    /// How a key is put into the reader for MIFARE Classic (PC/SC part 3 §3.2.2.1.4): P1 of `FF 82`, and the slots P2 takes.
    public enum KeyLoading: Sendable, Hashable {
        case volatile(slots: ClosedRange<UInt8>)
        case persistent(slots: ClosedRange<UInt8>)

        public var firstSlot: UInt8 {
            switch self {
            case .volatile(let slots), .persistent(let slots): slots.lowerBound
            }
        }

        /// `FF 82 P1 P2 06 key`; nil for a slot the reader has not got, or a key of another length.
        public func command(slot: UInt8, key: [UInt8]) -> [UInt8]? {
            let (structure, slots): (UInt8, ClosedRange<UInt8>) =
                switch self {
                case .volatile(let slots): (0x00, slots)
                case .persistent(let slots): (0x20, slots)
                }
            guard slots.contains(slot), key.count == 6 else { return nil }
            return [0xFF, 0x82, structure, slot, 0x06] + key
        }
    }

    public let vendor: UInt16
    /// Nil: every product of this vendor that has no row of its own.
    public let product: UInt16?
    /// Words, in capitals, by which the name of a model is told where vendor and product are not known.
    public let words: [String]
    public let level: Level
    /// The longest CCID message in bytes, of which the first ten are its header; nil where it is not known. A reader of short
    /// commands takes each in one message; to others the driver sends it in parts.
    public let longestMessage: Int?
    /// How it shows something to the payer; nil where no bytes are known.
    public let feedback: FeedbackDialect?
    /// Numbers for `SCARD_CTL_CODE` under which drivers take escape commands, tried when the driver offers no code itself:
    /// 1 is libccid's, 3500 that of ACS's own driver.
    public let escapeNumbers: [UInt32]
    public let keys: KeyLoading?

    init(
        _ vendor: UInt16, _ product: UInt16?, _ words: String, _ level: Level, _ longestMessage: Int?,
        feedback: FeedbackDialect? = nil, escapes: [UInt32] = [1], keys: KeyLoading? = nil
    ) {
        (self.vendor, self.product, self.level) = (vendor, product, level)
        self.words = words.split(separator: " ").map(String.init)
        (self.longestMessage, self.feedback, self.escapeNumbers, self.keys) = (longestMessage, feedback, escapes, keys)
    }

    /// The row of a reader: by vendor and product; where those are not known, by a word of its name. Nil is no fault: such
    /// a reader does what PC/SC says.
    public static func of(_ reader: ReaderIdentity) -> ReaderQuirks? {
        if let vendor = reader.vendor, let product = reader.product {
            return table.first { $0.vendor == vendor && $0.product == product }
                ?? table.first { $0.vendor == vendor && $0.product == nil }
        }
        let words = ReaderName(reader.name).model.uppercased().split { !$0.isLetter && !$0.isNumber }
        return table.first { row in words.contains { row.words.contains(String($0)) } }
    }

    /// False when a command may be too long for the reader: more than 255 data bytes or than go into one message, or an answer of
    /// more than 256 asked for.
    public func takes(command: [UInt8]) -> Bool {
        guard level == .shortAPDU else { return true }
        let isExtended = command.count > 5 && command[4] == 0
        return !isExtended && command.count <= min(5 + 255 + 1, (longestMessage ?? .max) - 10)
    }
}
