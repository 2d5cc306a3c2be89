import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

@Suite("What a terminal and a tag said, for a technician") struct TagExchangeMaskTests {
    /// Keeps what was said.
    private final class Recorder: CardChannel {
        private let channel: any CardChannel
        var exchanges: [TagExchangeMask.Exchange] = []
        init(_ channel: any CardChannel) { self.channel = channel }
        var answerToReset: [UInt8] { channel.answerToReset }
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            exchanges.append(.init(command: command, response: nil))
            let response = try channel.transmit(command)
            exchanges[exchanges.count - 1].response = response
            return response
        }
    }

    @Test("Of a payment's tap nothing is left that names the tag or proves anything: steps, lengths, status words, the URL's form")
    func tap() throws {
        var scene = try ClosedLoopScene()
        let recorder = Recorder(DirectChannel(try scene.tag()))
        var flow = try scene.flow()
        let evidence = try #require(flow.run(on: recorder).evidence)
        _ = try recorder.transmit([0xFF, 0xCA, 0, 0, 0])
        let masked = TagExchangeMask.masked(recorder.exchanges)
        #expect(masked.count == recorder.exchanges.count && masked.count >= 9)
        for (before, after) in zip(recorder.exchanges, masked) {
            #expect(before.command.count == after.command.count && before.response?.count == after.response?.count)
            #expect(before.command.prefix(5) == after.command.prefix(5))
            #expect(before.response?.suffix(2) == after.response?.suffix(2))
        }
        let said = masked.map { Hex.encode($0.command) + " " + Hex.encode($0.response ?? []) }.joined(separator: "\n")
        // What was secret: the UID, and all data of the session's commands and answers, four bytes at a time.
        var secrets: [[UInt8]] = [evidence.uid]
        for exchange in recorder.exchanges where exchange.command[0] == 0x90 {
            secrets += [Array(exchange.command.dropFirst(5).dropLast()), Array((exchange.response ?? []).dropLast(2))]
        }
        let url = try #require(recorder.exchanges.compactMap { $0.response.map { String(decoding: $0, as: UTF8.self) } }.first { $0.contains("cmac=") })
        for name in ["picc_data=", "cmac="] {
            let value = url.components(separatedBy: name).last?.prefix(name == "cmac=" ? 16 : 32) ?? ""
            #expect(value.count >= 16)
            secrets.append(Array(value.utf8))
        }
        #expect(secrets.map(\.count).max() ?? 0 >= 32)
        for secret in secrets where secret.count >= 4 {
            for start in 0...(secret.count - 4) where Set(secret[start..<start + 4]).count > 1 {
                #expect(!said.contains(Hex.encode(secret[start..<start + 4])))
            }
        }
        let shown = masked.compactMap { $0.response.map { String(decoding: $0.dropFirst(5).dropLast(2), as: UTF8.self) } }
        let zeros = { String(repeating: "0", count: $0) }
        #expect(shown.contains("kassa.example/t?picc_data=\(zeros(32))&cmac=\(zeros(16))"))
        #expect(masked[0].command == recorder.exchanges[0].command, "the application's name is no secret")
        #expect(TagExchangeMask.masked(masked) == masked)
    }

    /// A text in the pieces that a terminal reads it in.
    private func shown(_ text: [UInt8], piece: Int = 24) -> [UInt8] {
        var exchanges = [TagExchangeMask.Exchange(command: [0, 0xB0, 0, 0, 2], response: [0, UInt8(text.count), 0x90, 0])]
        for start in stride(from: 0, to: text.count, by: piece) {
            let part = text[start..<min(start + piece, text.count)]
            exchanges.append(.init(command: [0, 0xB0, 0, UInt8(2 + start), UInt8(part.count)], response: part + [0x90, 0]))
        }
        let masked = TagExchangeMask.masked(exchanges)
        #expect(masked[0] == exchanges[0], "a length is no secret")
        return masked.dropFirst().flatMap { ($0.response ?? []).dropLast(2) }
    }

    @Test("A URL's place and names stay; values, numbers, names before @ and fragments go", arguments: [
        ("kassa.example/t?u=04A1B2&c=00000A", "kassa.example/t?u=000000&c=000000"),
        ("kassa.example/04A1B2C3D4E5F6/x", "kassa.example/00000000000000/x"),
        ("kassa.example/t?04A1B2C3D4E5F6", "kassa.example/t?00000000000000"),
        ("anna:1234@kassa.example/t", "000000000@kassa.example/t"),
        ("kassa.example/t?a=b=c&d=e#anna", "kassa.example/t?a=000&d=0#0000"),
        ("kassa.example", "kassa.example"),
    ])
    func urls(_ text: String, _ expected: String) {
        for piece in [1, 7, 24, 100] {
            let shown = shown([0xD1, 0x01, UInt8(text.utf8.count + 1), 0x55, 0x04] + text.utf8, piece: piece)
            #expect(String(decoding: shown.dropFirst(5), as: UTF8.self) == expected)
        }
    }

    @Test("Any other text, and any other command's data, are zeros")
    func others() {
        let text: [UInt8] = [0xD1, 0x01, 0x07, 0x54, 0x02] + Array("enAnna".utf8)
        #expect(shown(text) == [UInt8](repeating: 0, count: text.count))
        let exchanges: [TagExchangeMask.Exchange] = [
            .init(command: [0x00, 0xA4, 0x04, 0x00, 0x05, 1, 2, 3, 4, 5, 0], response: [1, 2, 3, 0x90, 0]),
            .init(command: [0x90, 0x71, 0, 0, 2, 3, 9, 0], response: nil),
            .init(command: [0x1B, 1, 2, 3, 4, 5, 6], response: [7]),
        ]
        let masked = TagExchangeMask.masked(exchanges)
        #expect(masked[0] == .init(command: [0x00, 0xA4, 0x04, 0x00, 0x05, 0, 0, 0, 0, 0, 0], response: [0, 0, 0, 0x90, 0]))
        #expect(masked[1] == .init(command: [0x90, 0x71, 0, 0, 2, 3, 0, 0], response: nil))
        #expect(masked[2].command == [0x1B, 0, 0, 0, 0, 0, 0])
    }

    @Test("What goes to a tag as it is, without a header of an APDU: its first byte stays, whatever its length", arguments: [
        [0x1B, 1, 2, 3, 4], [0x1B, 1, 2, 3, 4, 5, 6], [0xA2, 0x27, 1, 2, 3, 4], [0xA0, 7], [0x93, 0x70, 0x88, 4, 1, 2, 3], [UInt8](repeating: 0xD3, count: 16),
    ])
    func raw(_ command: [UInt8]) {
        let masked = TagExchangeMask.masked([.init(command: command, response: [0x0A])])
        #expect(masked[0].command == [command[0]] + [UInt8](repeating: 0, count: command.count - 1))
    }

    @Test("Passwords and keys that go through a reader's commands, whole and cut off", arguments: [
        "FF82000006D3F7D3F7D3F7", "FFD6002704AABBCCDD", "FFD6000710D3F7D3F7D3F7FF078069112233445566", "FFD6000710D3F7D3F7", "FF00000007D4421BAABBCCDD", "00200080081234567890ABCDEF9000",
    ])
    func readers(_ hex: String) throws {
        let command = try #require(Hex.decode(hex))
        let shown = TagExchangeMask.masked([.init(command: command, response: nil)])[0].command
        #expect(shown.count == command.count && shown.dropFirst(5).allSatisfy { $0 == 0 })
    }
}
