/// One card, for the length of one exclusive transaction. Calls block; they are made on the reader's own thread, never on
/// the cooperative pool. A channel is not `Sendable`: it lives and ends in the closure that received it.
public protocol CardChannel: AnyObject {
    /// The answer to reset (ISO/IEC 7816-3; contactless cards: PC/SC part 3 §3.1.3).
    var answerToReset: [UInt8] { get }

    /// Sends one command and returns the whole response, data and status word, as the card gave it.
    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8]
}

extension CardChannel {
    /// Sends a command, follows 61xx with GET RESPONSE and repeats on 6Cxx with the length the card named
    /// (ISO/IEC 7816-4 §5.3.4). At most 32 rounds and 64 KiB: a card can't hold the terminal for ever.
    public func send(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        var response = try ResponseAPDU(bytes: transmit(command.bytes))
        if let le = response.status.exactLength {
            let exact = try CommandAPDU(command.cla, command.ins, command.p1, command.p2, data: command.data, le: le)
            response = try ResponseAPDU(bytes: transmit(exact.bytes))
        }
        var data = response.data
        var rounds = 0
        while response.status.sw1 == 0x61 {
            rounds += 1
            guard rounds <= 32, data.count <= 65_536 else { throw .endlessResponse }
            // The class keeps the logical channel and drops secure messaging and chaining bits.
            let more = try CommandAPDU(command.cla & 0x03, 0xC0, 0, 0, le: response.status.sw2)
            response = try ResponseAPDU(bytes: transmit(more.bytes))
            data += response.data
        }
        return ResponseAPDU(data: data, status: response.status)
    }
}
