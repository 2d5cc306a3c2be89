import Core
import SmartCard

@testable import Tags

/// What chips with keys answer, once they are asked to prove themselves.
extension Feed {
    static let desfireKey = [UInt8](repeating: 0x00, count: 16)
    static let desfireRandom: [UInt8] = [0xF4, 0x4B, 0x26, 0xF5, 0x68, 0x6F, 0x3A, 0x39, 0x1C, 0xD3, 0x8E, 0xBD, 0x10, 0x77, 0x22, 0x81]

    /// AuthenticateAES, with any answers in any order. First byte: the key's number, and which answer comes first.
    static func desfire(_ bytes: [UInt8]) throws -> Int {
        let choice = bytes.first ?? 0
        guard let key = AESKey(desfireKey) else { throw BrokenPromise("no key") }
        guard var flow = DESFireAuthentication(key: key, number: choice & 0x0F, randomA: desfireRandom) else { return 0 }
        let card = ScriptedCard(bytes.dropFirst())
        guard let start = try? flow.start(), let first = try? card.send(start) else { return card.commands }
        let early = choice & 0x80 != 0 ? try? flow.finished(first) : nil
        try promise(early == nil, "a session without a challenge")
        guard let command = try? flow.challenged(first) else { return card.commands }
        try promise(first.data.count == 16 && command.bytes.count == 5 + 32 + 1, "\(command.bytes.count) bytes of proof")
        guard let last = try? card.send(command) else { return card.commands }
        if let session = try? flow.finished(last) {
            // What only the key gives: the answer is RndA, turned, under the cipher that ran on from the proof.
            let turned = Array(desfireRandom.dropFirst()) + desfireRandom.prefix(1)
            let expected = try? key.encrypt(turned, iv: Array(command.bytes.dropLast().suffix(16)))
            try promise(expected == last.data, "a session that the chip's answer does not prove")
            _ = try? session.mac([])
        }
        return card.commands
    }

    /// Commands inside a session of NTAG 424 DNA and their answers. First byte: which command first, and whether answers get the MAC
    /// that the chip would have made; second: how far the session's count is.
    static func tagSession(_ bytes: [UInt8]) throws -> Int {
        let (choice, place) = (bytes.first ?? 0, bytes.dropFirst().first ?? 0)
        guard let encryption = AESKey([UInt8](repeating: 0x0E, count: 16)), let authentication = AESKey([UInt8](repeating: 0x0A, count: 16))
        else { throw BrokenPromise("no keys") }
        let transaction: [UInt8] = [0x9D, 0x00, 0xC4, 0xDF]
        let counter = place < 0x80 ? UInt16(place) : 0xFF80 + UInt16(place & 0x7F)
        var session = NTAG424Session(
            transaction: transaction, encryption: encryption, authentication: authentication, counter: counter)
        let card = ScriptedCard(bytes.dropFirst(2))
        for round in 0..<8 {
            let command = sessionCommands[(Int(choice & 0x0F) + round) % sessionCommands.count]
            let before = session.counter
            guard let apdu = try? session.protect(command), let raw = try? card.send(apdu) else { return card.commands }
            let next = before + 1
            let mac = try authentication.shortMAC([raw.status.sw2, UInt8(next & 0xFF), UInt8(next >> 8)] + transaction + raw.data)
            let isMended = choice & 0x80 == 0
            let response = isMended ? ResponseAPDU(data: raw.data + mac, status: raw.status) : raw
            guard let data = try? session.open(response, to: command) else {
                try promise((try? session.protect(command)) == nil, "a session goes on after a failure")
                return card.commands
            }
            try promise(session.counter == next, "the count is \(session.counter) after \(before)")
            try promise(data.count <= response.data.count, "more than the chip has said")
            let own = try authentication.shortMAC(
                [raw.status.sw2, UInt8(next & 0xFF), UInt8(next >> 8)] + transaction + raw.data.dropLast(8))
            let isProven = command.mode == .plain || command.endsSession || isMended || raw.data.suffix(8).elementsEqual(own)
            try promise(isProven, "an answer without the chip's MAC")
            _ = NTAG424Command.readCounter(data)
        }
        return card.commands
    }

    static let sessionCommands: [NTAG424Command] = [
        .cardUID, .fileCounters(), .readData(file: 3, length: 16, mode: .full), .readData(file: 3, length: 0, mode: .mac),
        .readData(file: 2, length: 4, mode: .plain), .writeData(file: 3, [1, 2, 3], mode: .full),
        .changeKey(1, to: [UInt8](repeating: 1, count: 16), from: [UInt8](repeating: 0, count: 16), version: 1),
        .changeKey(0, to: [UInt8](repeating: 1, count: 16), from: nil, version: 1),
    ].compactMap { $0 }
}
