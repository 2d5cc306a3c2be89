import SmartCard

/// How a family of readers drives its lamps and buzzer.
public enum FeedbackDialect: Sendable, Hashable, CaseIterable {
    /// ACR122U: pseudo command `FF 00 40 LED 04 T1 T2 N BUZZ`, also as an escape (ACR122U API manual §6.2).
    case acr122
    /// ACR1251, 1252, 1255, 1552, 1581: escapes `E0 00 00 29 01 LED` and `E0 00 00 28 01 duration`.
    case acr1252
    /// SpringCard: escape `58 1E r g b`, or pseudo command `FF F0 00 00 04 1E r g b`.
    case springCard

    /// One thing to send.
    public struct Command: Sendable, Hashable {
        /// For `SCardControl`.
        public let escape: [UInt8]
        /// For `SCardTransmit` while a card is there; nil where the reader knows no such form.
        public let pseudoCommand: [UInt8]?
    }

    /// What shows a signal, in order. At most 0.8 s of blinking: the reader takes no card meanwhile.
    public func commands(_ signal: PayerSignal) -> [Command] {
        switch self {
        case .acr122: [Self.acr122(signal)]
        case .acr1252: Self.acr1252(signal)
        case .springCard: [Self.springCard(signal)]
        }
    }

    /// Whether an answer says that it was done.
    public func accepts(_ answer: [UInt8], toEscape: Bool) -> Bool {
        switch self {
        // 90 and the state of the lamps.
        case .acr122: answer.count == 2 && answer[0] == 0x90
        case .acr1252: answer.starts(with: [0xE1, 0x00, 0x00, 0x00])
        case .springCard: toEscape ? answer.first == 0x00 : answer == [0x90, 0x00]
        }
    }

    /// Lamps: bits 0 red and 1 green at the end, 2 and 3 whether they are changed, 4 and 5 red and green at first, 6 and 7
    /// whether they blink. T1, T2: 100 ms; buzzer 1: during T1.
    private static func acr122(_ signal: PayerSignal) -> Command {
        let bytes: [UInt8] =
            switch signal {
            // Green stays.
            case .ready: [0x0E, 0x04, 0x00, 0x00, 0x00, 0x00]
            // A short sound, lamps as they are.
            case .remove: [0x00, 0x04, 0x01, 0x00, 0x01, 0x01]
            // Green and one sound.
            case .approve: [0xAE, 0x04, 0x02, 0x01, 0x01, 0x01]
            // Red and three.
            case .decline: [0x5D, 0x04, 0x01, 0x01, 0x03, 0x01]
            // Red and two long ones.
            case .error: [0x5D, 0x04, 0x03, 0x01, 0x02, 0x01]
            }
        let command = [0xFF, 0x00, 0x40] + bytes
        return Command(escape: command, pseudoCommand: command)
    }

    /// Lamps: bit 0 red, bit 1 green. Sound: 10 ms.
    private static func acr1252(_ signal: PayerSignal) -> [Command] {
        let (lamps, sound): (UInt8?, UInt8?) =
            switch signal {
            case .ready: (0x00, nil)
            case .remove: (nil, 5)
            case .approve: (0x02, 15)
            case .decline: (0x01, 40)
            case .error: (0x03, 60)
            }
        let bytes: [[UInt8]?] = [
            lamps.map { [0xE0, 0x00, 0x00, 0x29, 0x01, $0] }, sound.map { [0xE0, 0x00, 0x00, 0x28, 0x01, $0] },
        ]
        return bytes.compactMap { $0 }.map { Command(escape: $0, pseudoCommand: nil) }
    }

    /// Red, green, blue: 0 dark, 1 lit.
    private static func springCard(_ signal: PayerSignal) -> Command {
        let colours: [UInt8] =
            switch signal {
            case .ready: [0, 0, 1]
            case .remove: [0, 1, 1]
            case .approve: [0, 1, 0]
            case .decline: [1, 0, 0]
            case .error: [1, 0, 1]
            }
        return Command(escape: [0x58, 0x1E] + colours, pseudoCommand: [0xFF, 0xF0, 0x00, 0x00, 0x04, 0x1E] + colours)
    }
}
