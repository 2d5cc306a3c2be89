/// The wire between a virtual card and vsmartcard's `vpcd` driver: each message is a length of 16 bits, big-endian, and as
/// many bytes. A message of one byte is a control of the reader, a longer one a command APDU.
public enum VPCDMessage: Sendable, Hashable {
    case powerOff
    case powerOn
    case reset
    /// Asked for at insertion and every 400 ms, as the sign that the card is still there.
    case answerToReset
    case command([UInt8])
    /// A control byte the driver does not define, or no bytes at all. Unanswered: the driver expects nothing.
    case unknown

    init(_ payload: [UInt8]) {
        guard payload.count < 2 else {
            self = .command(payload)
            return
        }
        switch payload.first {
        case 0: self = .powerOff
        case 1: self = .powerOn
        case 2: self = .reset
        case 4: self = .answerToReset
        default: self = .unknown
        }
    }

    /// A message as it goes over the wire; nil when `payload` is longer than 65535 bytes.
    public static func frame(_ payload: [UInt8]) -> [UInt8]? {
        guard let length = UInt16(exactly: payload.count) else { return nil }
        return [UInt8(length >> 8), UInt8(length & 0xFF)] + payload
    }
}

/// Cuts a byte stream into messages. Holds at most one message of 65535 bytes and what came with it.
public struct VPCDDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    public init() {}

    public mutating func append(_ bytes: some Collection<UInt8>) {
        // What has been read goes, so that the buffer can't grow with the length of the connection.
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message; nil until more bytes come.
    public mutating func next() -> VPCDMessage? {
        guard buffer.count - start >= 2 else { return nil }
        let length = Int(buffer[start]) << 8 | Int(buffer[start + 1])
        guard buffer.count - start - 2 >= length else { return nil }
        let payload = Array(buffer[(start + 2)..<(start + 2 + length)])
        start += 2 + length
        return VPCDMessage(payload)
    }
}

/// A card behind the wire: a message goes in, what to send comes out.
public struct VPCDCard {
    public enum Reply: Sendable, Hashable {
        case nothing
        /// Already framed.
        case send([UInt8])
        /// The card has left the field: close the connection.
        case leave
    }

    private let card: any VirtualCard
    /// The reader has powered the card at least once.
    public private(set) var hasBeenPowered = false

    public init(_ card: any VirtualCard) { self.card = card }

    public mutating func reply(to message: VPCDMessage) -> Reply {
        switch message {
        case .unknown: return .nothing
        case .powerOff:
            card.reset()
            return .nothing
        case .powerOn, .reset:
            card.reset()
            hasBeenPowered = true
            return .nothing
        case .answerToReset: return framed(card.answerToReset)
        case .command(let command): return framed(card.respond(to: command))
        }
    }

    private func framed(_ answer: [UInt8]) -> Reply {
        guard !answer.isEmpty, let frame = VPCDMessage.frame(answer) else { return .leave }
        return .send(frame)
    }
}
