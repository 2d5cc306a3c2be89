import Core
import EMV
import SmartCard
import VirtualCards

@testable import Tags

/// Well-formed inputs for each parser.
enum Samples {
    static func hex(_ texts: String...) -> [[UInt8]] { texts.compactMap { Hex.decode($0) } }

    // MARK: Bytes of cards

    static func commands() -> [[UInt8]] {
        hex(
            "00A404000E325041592E5359532E444446303100", "80A80000128310240040000000000002000840ABABABAB00", "00B2011C00", "FFCA000000",
            "00840000", "0084000000", "00D600000401020304", "80AE500002000000", "00B000000003E8", "00A4040000000301020300 00", "6F00", "9000",
            "6A82", "6C1A", "6110", "63C2", "7704820220409000", "FFC2000200048F020003", "FF00000003D44230", "9060000000", "00200080082412 34FFFFFFFFFF")
    }

    static func answersToReset() -> [[UInt8]] {
        hex(
            "3B8F8001804F0CA0000003060300030000000068", "3B8F8001804F0CA000000306030001000000006A", "3B8F8001804F0CA00000030611003B0000000042",
            "3B8180018080", "3B80800101", "3B6500002063CB6600", "3BFF1300008131FE45 00", "3F6D000080318065B0", "3BE900008121455649534120414354 15",
            "3B023536", "3BF01200FF9111FEA1C3")
    }

    static func lists() -> [[UInt8]] {
        hex(
            "9F66049F02065F2A029F3704", "9F02069F03069F1A0295055F2A029A039C019F37049F3403", "8A029F02069F03069F1A0295055F2A029A039C019F3704",
            "9F1A02", "9F3704", "9F6604DF81298110", "9F3781FC", "9A009C00", "BFFF7F01")
    }

    static func readers() -> [[UInt8]] {
        hex("0604420000060A04420000040B", "120442330012130442000C00", "0B022F070C023B220601040701080A0400000100", "2000030400000000")
            + ["ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] (S1) 00 01", "1-1.3:1.0", "Virtual PCD 00 00", "() [] 0 0"].map { Array($0.utf8) }
    }

    static func objects() throws -> [[UInt8]] {
        try contactExchanges().prefix(6).map(\.answer).filter { $0.count > 4 }.map { Array($0.dropLast(2)) }
            + hex("820220009404180101 00", "0000820220000000", "7081078201AA8400", "6F078201018401A500", "DF8101820001AA", "BF0C00E100")
    }

    static func records() throws -> [[UInt8]] {
        let card = try contactExchanges()
        let options: [UInt8] = card.first { $0.command[1] == 0xA8 }?.answer ?? []
        let locator = Array(options.dropLast(2).suffix(8))
        let head = [0x01, UInt8(locator.count)] + locator
        let answers = (card + (try contactlessExchanges(0))).map(\.answer).filter { $0.count > 6 }
        return answers.map { head + $0.dropLast(2) }
            + hex("0100800E0008010203040506070801020304", "0B0471089F180400000001 8604 84240000")
    }

    // MARK: Tags

    static func messages() throws -> [[UInt8]] {
        let poster = NDEFSmartPoster(
            uri: "https://a.example/b", titles: [try NDEFText("Lounas", language: "fi"), try NDEFText("Ä", language: "sv", encoding: .utf16)],
            action: .save, icons: [.init(mediaType: "image/png", data: [1, 2, 3])], size: 70_000, mediaType: "text/html")
        let records = [
            .uri("https://www.a.example/b?c=1"), try NDEFText("Hei", language: "fi").record, try poster.record(),
            .media("text/plain", Array("x".utf8)), .external("kassa.example:lane", [1]), .absoluteURI("kassa:1"),
            NDEFRecord(typeNameFormat: .empty, type: [], payload: []), NDEFRecord(typeNameFormat: .unknown, type: [], payload: [9]),
        ]
        return try records.map { try NDEFMessage(records: [$0]).encoded() } + [
            try NDEFMessage(records: records).encoded(), try NDEFMessage(records: [.media("a/b", [UInt8](repeating: 7, count: 300))]).encoded(),
        ] + hex("B5010254 02656E 36000148 56000149", "D90103015561 03612E62", "D1020848730000000000000000")
    }

    static func tagMemories() throws -> [[UInt8]] {
        let message = try messages()[0]
        let area = [0x03, UInt8(message.count)] + message + [0xFE]
        var type3: [UInt8] = [0x10, 4, 1, 0, 13, 0, 0, 0, 0, 0x00, 0x01, 0, 0, UInt8(message.count)]
        let sum = type3.reduce(0) { $0 + Int($1) }
        type3 += [UInt8(sum >> 8), UInt8(sum & 0xFF)]
        let header: [UInt8] = [0x04, 0xA1, 0xB2, 0x9F, 0xC3, 0xD4, 0xE5, 0xF6, 0x04, 0x48, 0, 0]
        let container: [UInt8] = [0, 0x0F, 0x20, 0, 0x20, 0, 0x20, 0x04, 0x06, 0xE1, 0x04, 0, 0x80, 0, 0, 0, 0]
        let extended: [UInt8] = [0, 0x11, 0x30, 0, 0xFF, 0, 0xFF, 0x06, 0x08, 0xE1, 0x04, 0, 0, 0x10, 0, 0, 0]
        let classic = ClassicTag(uid: [0xDE, 0xAD, 0xBE, 0xEF], data: area).blocks.flatMap { $0 }
        return [
            [0] + header + [0xE1, 0x10, 0x12, 0x00] + area,
            [0] + header + [0xE1, 0x10, 0x3E, 0x00, 0x01, 0x03, 0x88, 0x08, 0x66, 0x02, 0x03, 0x10, 0x08, 0x04] + area,
            [0] + header + [0xE1, 0x10, 0xFF, 0x00, 0x00, 0xFD, 0x02, 0xAA, 0xBB, 0x03, 0xFF, 0x01, 0x10]
                + (try NDEFMessage(records: [.media("a/b", [UInt8](repeating: 7, count: 263))]).encoded()) + [0xFE],
            [1] + type3 + message, [2] + container + [0, UInt8(message.count)] + message,
            [2] + extended + [0, 0, 0, UInt8(message.count)] + message, [3, 0xE1, 0x40, 0x0D, 0x00] + area,
            [3, 0xE2, 0x40, 0x00, 0x01, 0, 0, 0x02, 0x00] + area, [4] + classic, [5] + classic,
        ]
    }

    static func tagAnswers() throws -> [[UInt8]] {
        try tagMemories().prefix(9).map { memory in
            let channel = RecordingChannel(MemoryTag(memory))
            try TagWriter(channel).write(NDEFMessage(records: [.uri("https://a.example/b")]))
            return [memory[0]] + ScriptedCard.script(answers(channel))
        } + [[0] + ScriptedCard.script(hex("9000", "9000", "970800040402010011039000", "9000", "3C009000", "9000", "9000"))]
    }

    static func answers(_ channel: RecordingChannel) -> [[UInt8]] {
        channel.exchanges.map { exchange in
            guard case .response(let bytes) = exchange.answer else { return [] }
            return bytes
        }
    }

    // MARK: Certificates

    static func certificates() -> [[UInt8]] {
        let key = [UInt8](repeating: 0xC5, count: 64)
        let issuer: [UInt8] = [0x02, 0x47, 0x61, 0x73, 0xFF, 0x12, 0x30, 0, 0, 1, 0x01, 0x01, 64, 1]
        let card: [UInt8] = [0x04, 0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10, 0xFF, 0xFF, 0x12, 0x30, 0, 0, 2, 0x01, 0x01, 80, 3]
        let combined: [UInt8] = [0x05, 0x01, 38, 8] + [UInt8](1...8) + [0x40] + [UInt8](repeating: 0xAC, count: 28)
        return [
            [0, 0, 0, 0x00] + issuer + key, [1, 0, 16, 0x0D] + key.prefix(16) + [1, 2, 3] + card + key, [0, 1, 0, 0x00] + issuer + key,
            [2, 0, 0, 0x10] + [1, 2, 3, 4] + [0x03, 0x01, 0xDA, 0xC1] + key, [3, 0, 0, 0x10] + [1, 2, 3, 4] + [0x05, 0x01, 3, 2, 7, 7] + key,
            [4, 0, 4, 0x10] + [1, 2, 3, 4, 1, 2, 3, 4] + combined + key, [5, 0, 0, 0] + combined,
        ]
    }
}
