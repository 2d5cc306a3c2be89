import Core
import SmartCard
import Tags
import Testing

@testable import EMV

/// What is secret in a command does not depend on lengths that fit: logs cut commands off, and put answers behind them.
@Suite("No PIN, password or key of a command is shown, wherever it is cut off and whatever stands behind it")
struct SecretCommandTests {
    /// Header, and data of which no two neighbours may appear.
    private static let commands: [(header: String, data: String)] = [
        ("0020008008", "24B1C7D9E3F5A6B8"), ("0C20008010", "24B1C7D9E3F5A6B8C1D2E4F6A7B9CADB"), ("0020008808", "24B1C7D9E3F5A6B8"),
        ("8024000208", "24B1C7D9E3F5A6B8"), ("8424000010", "24B1C7D9E3F5A6B8C1D2E4F6A7B9CADB"), ("0024000108", "24B1C7D9E3F5A6B8"),
        ("002C000008", "24B1C7D9E3F5A6B8"), ("A020000108", "24B1C7D9E3F5A6B8"), ("8020008008", "24B1C7D9E3F5A6B8"), ("4020008008", "24B1C7D9E3F5A6B8"),
        ("FF82000006", "D3F7A1B2C4E5"), ("FF82200008", "D3F7A1B2C4E5B6D8"), ("90AF000020", "24B1C7D9E3F5A6B8C1D2E4F6A7B9CADB24B1C7D9E3F5A6B8C1D2E4F6A7B9CADB"),
        ("90C4000019", "24B1C7D9E3F5A6B8C1D2E4F6A7B9CADB24B1C7D9E3F5A6B8C1"), ("90AA000001", "B1"),
        // Behind the marks that tell that they are secret: a password for the reader's chip.
        ("FF00000007D4421B", "B1C7D9E3"), ("FFC20001071B", "B1C7D9E3A5F6"), ("FF00000008D442A227", "B1C7D9E3"), ("FF0000000FD4400160", "07D3F7A1B2C4E5"),
        ("FF00000015D44001A007", "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC"), ("1B", "B1C7D9E3A5F6"), ("A227", "B1C7D9E3A5F6"), ("A2E6", "B1C7D9E3"), ("A007", "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC"),
    ] + writes

    /// Pages of every family, and the trailers of either size of sector.
    private static let writes: [(header: String, data: String)] =
        ["12", "13", "27", "28", "2B", "2C", "2D", "2E", "2F", "30", "37", "85", "86", "E5", "E6"].map { ("FFD600\($0)04", "B1C7D9E3") }
        + ["03", "07", "3F", "7F", "8F", "FF"].map { ("FFD600\($0)10", "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC") }
        // Several at once.
        + [("FFD60007000010", "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC"), ("FFD6000530", String(repeating: "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC", count: 3)), ("FFD6002A10", "B1C7D9E3F5A6B8C1D2E4F6A7B9CADBEC")]

    private static func output(_ text: String, _ form: DataDecoder.Form) throws -> String {
        var decoder = DataDecoder(message: { NDEFMessage.explained($0) })
        return try HexInput.pieces(text).map { decoder.decode($0, as: form).lines(whole: true).joined(separator: "\n") }.joined(separator: "\n")
    }

    @Test("Cut off at every place, alone and with a status word, an acknowledgement or zeros behind", arguments: commands.indices)
    func cut(_ index: Int) throws {
        let (header, data) = Self.commands[index]
        for bytes in stride(from: 2, through: data.count, by: 2) {
            // A single byte of a secret may be the beginning of anything.
            for behind in ["", "9000", "63C2", "0A", "00"] where bytes > 2 || header.count > 8 {
                let hex = header + data.prefix(bytes) + behind
                for form in DataDecoder.Form.allCases { try check(hex, data, form) }
            }
        }
    }

    @Test("As logs write them", arguments: commands.indices)
    func written(_ index: Int) throws {
        let (header, data) = Self.commands[index]
        for hex in [header + data, header + data + "9000", header + data.dropLast(2)] where hex.count > header.count + 2 {
            let pairs = stride(from: 0, to: hex.count, by: 2).map { String(hex.dropFirst($0).prefix(2)) }
            for text in [
                pairs.joined(separator: " "), pairs.joined(separator: ":"), pairs.map { "0x" + $0.lowercased() }.joined(separator: ", "), "> " + hex, "->\(hex)",
                "-\(hex)", "C-APDU: " + hex, "\n\n<< " + pairs.joined(separator: "-") + "\n",
            ] { try check(text, data, .auto) }
        }
    }

    private func check(_ text: String, _ data: String, _ form: DataDecoder.Form) throws {
        let output = try Self.output(text, form)
        for start in stride(from: 0, through: data.count - 4, by: 2) {
            let pair = String(data.dropFirst(start).prefix(4))
            if output.contains(pair) { Issue.record("\(pair) of \(text) as \(form):\n\(output)") }
        }
    }

    @Test("The findings themselves", arguments: [
        ("0020008008241234FFFFFF", "1234"), ("C-APDU: 0020008008241234FFFFFFFFFF9000", "1234"), ("0020008008241234FFFFFFFFFF63C2", "1234"), ("FF82000006D3F7D3", "F7D3"),
        ("90AF00002035C3", "35C3"), ("A227AABBCCDD", "AABB"), ("FFD6002704AABBCCDD", "AABB"), ("FFD6002C0449454D4B", "4945"), ("FFD6008604AABBCCDD", "AABB"),
        ("FFD6000710D3F7D3F7D3F7FF078069112233445566", "D3F7"), ("7212 9F180400000001 860D8424000208241234FFFFFF", "1234"), ("720C860D8424000208241234FFFF", "1234"),
    ])
    func findings(_ text: String, _ secret: String) throws {
        let output = try Self.output(text, .auto)
        #expect(!output.contains(secret) && output.contains("**"), "\(output)")
    }

    @Test("A write in two frames: the second one is hidden, also behind the tag's acknowledgement; what follows is not")
    func frames() throws {
        let key = "D3F7D3F7D3F7FF078069112233445566"
        for text in ["A007\n\(key)\n00B2011C00", "A0071234\n0A\n\(key)5566\n00B2011C00", "A02C\n\(key)\n00B2011C00"] {
            let output = try Self.output(text, .auto)
            #expect(!output.contains("D3F7") && !output.contains("5566") && output.contains("Command READ RECORD"), "\(output)")
        }
        // A data block; a tag that refuses.
        #expect(try Self.output("A005\n" + key, .auto).contains("5566"))
        #expect(try Self.output("A007\n00\n" + key, .auto).contains("5566"))
    }

    @Test("What is no such command is still explained", arguments: [
        ("8C219F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403", "8C  Card risk management data object list 1 (CDOL1)"),
        ("FFD600040411223344", "Command reader: UPDATE BINARY"), ("FFD6000510A1B2C3D4E5F6A7B8C9DAEBFCADBECFD0", "Command reader: UPDATE BINARY"),
        ("7020 5F2403291231 9F0702FF", "70  Record template (READ RECORD response)"), ("8E20" + String(repeating: "00", count: 32), "8E  Cardholder verification method (CVM) list"),
        ("0020D1011C5501" + String(repeating: "61", count: 27), "NDEF file, 32 bytes"), ("00B2011C00", "Command READ RECORD"), ("3B2000", "Answer to reset (ATR)"),
        ("0020008000", "Command VERIFY"),
    ])
    func others(_ hex: String, _ expected: String) throws {
        let output = try Self.output(hex, .auto)
        #expect(output.hasPrefix(expected) && !output.contains("*"), "\(output)")
    }

    @Test("A PIN is said to be one", arguments: [("0020008008241234FF", "plaintext PIN"), ("00200088", "enciphered PIN"), ("FFD6000710", "block or page 7")])
    func words(_ hex: String, _ expected: String) throws { #expect(try Self.output(hex, .auto).contains(expected)) }

    @Test("In a masked transcript they are zeros", arguments: commands.indices)
    func transcript(_ index: Int) throws {
        let (header, data) = Self.commands[index]
        for bytes in stride(from: 4, through: data.count, by: 2) {
            for behind in ["", "9000"] {
                let command = try #require(Hex.decode(header + data.prefix(bytes) + behind))
                let masked = Transcript(exchanges: [.init(command: command, answer: .response([0x90, 0]))]).masked
                let shown = masked.exchanges[0].command
                #expect(shown.count == command.count && shown.dropFirst(header.count / 2).allSatisfy { $0 == 0 }, "\(Hex.encode(shown))")
            }
        }
        let frames = try ["A007", "D3F7D3F7D3F7FF078069112233445566"].map { Transcript.Exchange(command: try #require(Hex.decode($0)), answer: .response([0x0A])) }
        #expect(Transcript(exchanges: frames).masked.exchanges[1].command.allSatisfy { $0 == 0 })
    }
}
