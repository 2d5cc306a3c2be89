import SmartCard

/// Takes out of what terminal and tag have said to each other whatever names the tag or proves anything: UID, challenges, cryptograms,
/// session MACs, enciphered data, the values in a tag's URL. A rule of what may stay, not of what must go: headers and status
/// words, names in SELECT, the number of a key, the length of a message, and of a URL its place and the names of its parameters.
/// Lengths stay as they were.
public enum TagExchangeMask {
    public struct Exchange: Sendable, Hashable {
        public var command: [UInt8]
        /// Data and status word; nil when there was no answer.
        public var response: [UInt8]?

        public init(command: [UInt8], response: [UInt8]?) { (self.command, self.response) = (command, response) }
    }

    public static func masked(_ exchanges: [Exchange]) -> [Exchange] {
        var masked = exchanges.map { Exchange(command: command($0.command), response: $0.response.map(zeroed)) }
        var message: [UInt8] = []
        var parts: [(exchange: Int, bytes: Int)] = []
        for (index, exchange) in exchanges.enumerated() {
            guard isRead(exchange.command), let response = exchange.response, response.count > 2 else {
                // Another file may follow: what has been read so far is one message.
                if exchange.command.prefix(2) == [0x00, 0xA4] { put(&message, &parts, into: &masked) }
                continue
            }
            let data = response.dropLast(2)
            if isLength(exchange.command, data.count) {
                masked[index].response = response
            } else {
                message += data
                parts.append((index, data.count))
            }
        }
        put(&message, &parts, into: &masked)
        return masked
    }

    // MARK: Commands

    private static func command(_ bytes: [UInt8]) -> [UInt8] {
        // What is no APDU of a reader or a tag goes over the air as it is: the tag's own command stays, and what follows it goes.
        guard let first = bytes.first, [0x00, 0x80, 0x90, 0xFF].contains(first) else {
            return bytes.prefix(1) + [UInt8](repeating: 0, count: max(0, bytes.count - 1))
        }
        // Class, instruction, parameters; then Lc, data, perhaps Le. An extended one is none of these tags'.
        guard bytes.count > 5 else { return bytes }
        let length = Int(bytes[4])
        guard length > 0, bytes.count == 5 + length || bytes.count == 6 + length else {
            return Array(bytes.prefix(4)) + [UInt8](repeating: 0, count: bytes.count - 4)
        }
        let data = bytes[5..<5 + length]
        let kept: Int
        switch (bytes[0], bytes[1]) {
        case (0x00, 0xA4) where names.contains(Array(data)): kept = length
        case (0x90, 0x71): kept = 1
        default: kept = 0
        }
        return Array(bytes.prefix(5 + kept)) + [UInt8](repeating: 0, count: length - kept) + bytes.dropFirst(5 + length)
    }

    /// The NDEF application, its container and its file; ISO's master file.
    private static let names: Set<[UInt8]> = [NTAG424.application, [0xE1, 0x03], NTAG424.ndefFileIdentifier, [0x3F, 0x00]]

    private static func isRead(_ command: [UInt8]) -> Bool { command.count == 5 && command[0] == 0x00 && command[1] == 0xB0 }

    private static func isLength(_ command: [UInt8], _ count: Int) -> Bool {
        command[2] == 0 && command[3] == 0 && command[4] == 2 && count == 2
    }

    // MARK: Answers

    private static func zeroed(_ response: [UInt8]) -> [UInt8] {
        guard response.count > 2 else { return response }
        return [UInt8](repeating: 0, count: response.count - 2) + response.suffix(2)
    }

    private static func put(
        _ message: inout [UInt8], _ parts: inout [(exchange: Int, bytes: Int)], into masked: inout [Exchange]
    ) {
        var rest = address(message)[...]
        for part in parts {
            let status = masked[part.exchange].response?.suffix(2) ?? []
            masked[part.exchange].response = rest.prefix(part.bytes) + status
            rest = rest.dropFirst(part.bytes)
        }
        (message, parts) = ([], [])
    }

    /// One short URI record: header, type, prefix, and of the address what no chip fills in. Zeros for anything else.
    private static func address(_ message: [UInt8]) -> [UInt8] {
        guard message.count > 5, message.prefix(2) == [0xD1, 0x01], message[3] == 0x55, message[4] < 0x24,
            message[5...].allSatisfy({ (0x21...0x7E).contains($0) })
        else { return [UInt8](repeating: 0, count: message.count) }
        return message.prefix(5) + TagAddress.masked(message.dropFirst(5), by: UInt8(ascii: "0"))
    }
}
