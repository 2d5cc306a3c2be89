import Core
import Foundation
import Testing

@testable import Tags

/// Numbers that a seed fixes.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// 10,000 messages each way, and 20,000 damaged ones.
@Suite("ndeflib and this decoder and encoder agree", .serialized, .timeLimit(.minutes(10))) struct NDEFlibTests {
    private static let count = 10_000

    @Test("What ndeflib writes is read as it was meant, and written back as the same bytes")
    func itsMessages() throws {
        let theirs = try NDEFlib().generate(seed: 5, count: Self.count)
        #expect(theirs.count == Self.count)
        for verdict in theirs {
            let bytes = try #require(Hex.decode(verdict.message))
            let ours = Self.verdict(bytes)
            #expect(ours == verdict)
            #expect(try NDEFMessage(bytes).encoded() == bytes)
            if let rebuilt = try Self.rebuilt(bytes) { #expect(rebuilt == bytes) }
        }
    }

    @Test("What this encoder writes is read by ndeflib as it was meant")
    func ourMessages() throws {
        var numbers = SeededNumbers(5)
        var made: [(bytes: [UInt8], contents: [NDEFContent])] = []
        while made.count < Self.count {
            let records = try (0..<Int.random(in: 1...4, using: &numbers)).map { _ in try Self.record(&numbers) }
            let message = NDEFMessage(records: records)
            made.append((try message.encoded(), try records.map { try $0.content() }))
        }
        let theirs = try NDEFlib().judge(made.map(\.bytes))
        #expect(theirs.count == Self.count)
        for (verdict, own) in zip(theirs, made) {
            #expect(verdict.error == nil)
            #expect(verdict == Self.verdict(own.bytes))
            // What went in, not only what our own decoder makes of it.
            #expect(verdict.records.map(\.content) == own.contents.map(Self.fields))
        }
    }

    /// What this decoder accepts, ndeflib accepts and reads alike. Not so, and left out: UTF-16 without a byte order mark,
    /// which is big-endian by RTD Text 1.0 §3.4 and in the host's order by ndeflib; and record types that its patterns don't
    /// know, such as an absolute URI without an authority or a media type with a dot before its slash. Of what ndeflib accepts, this decoder
    /// refuses no bytes at all, chunks that belong to no record or end none, a type in a continued chunk, an absolute URI
    /// with a control character, and a media type of which only the beginning is one.
    @Test("Damaged messages: what is accepted here is accepted there, and means the same")
    func damagedMessages() throws {
        var numbers = SeededNumbers(17)
        var damaged: [[UInt8]] = []
        while damaged.count < 2 * Self.count {
            let records = try (0..<Int.random(in: 1...3, using: &numbers)).map { _ in try Self.record(&numbers) }
            damaged.append(Self.damage(try NDEFMessage(records: records).encoded(), &numbers))
        }
        let theirs = try NDEFlib().judge(damaged)
        var (both, neither, onlyTheirs, unmarked, oddTypes) = (0, 0, 0, 0, 0)
        for (bytes, verdict) in zip(damaged, theirs) {
            let ours = Self.verdict(bytes)
            switch (ours.error == nil, verdict.error == nil) {
            case (true, true):
                if ours != verdict, Self.hasUnmarkedUTF16(bytes) { unmarked += 1; continue }
                both += 1
                #expect(ours == verdict)
            case (true, false):
                if Self.hasUnmarkedUTF16(bytes) { unmarked += 1; continue }
                if verdict.error?.contains("can not convert the record type string") == true, Self.hasOddType(bytes) {
                    oddTypes += 1
                    continue
                }
                Issue.record("accepted here alone: \(verdict.message): \(verdict.error ?? "")")
            case (false, true):
                onlyTheirs += 1
                if ours.error == "badText", Self.hasUnmarkedUTF16(bytes) { unmarked += 1; continue }
                #expect(
                    bytes.isEmpty || ours.error?.hasPrefix("brokenChunk") == true || ours.error == "controlCharacter"
                        || (ours.error == "badTypeName" && Self.hasOddType(bytes)),
                    "\(verdict.message): \(ours.error ?? "")")
            case (false, false): neither += 1
            }
        }
        print("ndeflib: \(both) accepted by both, \(neither) by neither, \(onlyTheirs) by ndeflib alone, \(unmarked) UTF-16, \(oddTypes) types")
        #expect(both > 1_000 && neither > 1_000, "the corpus says something")
        #expect(unmarked < 200 && oddTypes < 200)
    }

    // MARK: One way to say what a message holds

    private static func verdict(_ bytes: [UInt8]) -> NDEFlib.Verdict {
        var verdict = NDEFlib.Verdict(message: Hex.encode(bytes))
        do {
            for record in try NDEFMessage(bytes).records {
                verdict.records.append(
                    NDEFlib.Verdict.Record(
                        type: name(record), id: Hex.encode(record.id), payload: Hex.encode(record.payload),
                        content: fields(try record.content())))
            }
        } catch {
            verdict.error = "\(error)"
            verdict.records = []
        }
        return verdict
    }

    private static func name(_ record: NDEFRecord) -> String {
        let type = String(decoding: record.type, as: UTF8.self)
        return switch record.typeNameFormat {
        case .empty: ""
        case .wellKnown: "urn:nfc:wkt:" + type
        case .media, .absoluteURI: type
        case .external: "urn:nfc:ext:" + type
        case .unknown: "unknown"
        }
    }

    private static func fields(_ content: NDEFContent) -> [String] {
        func hex(_ text: String) -> String { Hex.encode(text.utf8) }
        switch content {
        case .uri(let uri): return ["U", hex(uri)]
        case .text(let text): return ["T", hex(text.text), hex(text.language)]
        case .smartPoster(let poster):
            var fields = ["Sp", hex(poster.uri)]
            for title in poster.titles { fields += ["title", hex(title.text), hex(title.language)] }
            if let action = poster.action { fields += ["action", ["exec", "save", "edit"][Int(action.rawValue)]] }
            for icon in poster.icons { fields += ["icon", hex(icon.mediaType), Hex.encode(icon.data)] }
            if let size = poster.size { fields += ["size", "\(size)"] }
            if let type = poster.mediaType { fields += ["type", hex(type)] }
            return fields
        default: return []
        }
    }

    /// Each record made anew from its content; nil when one has UTF-16, which goes out in the other byte order here.
    private static func rebuilt(_ bytes: [UInt8]) throws -> [UInt8]? {
        var records: [NDEFRecord] = []
        for record in try NDEFMessage(bytes).records {
            switch try record.content() {
            case .uri(let uri): records.append(NDEFRecord.uri(uri).with(id: record.id))
            case .text(let text):
                guard text.encoding == .utf8 else { return nil }
                records.append(text.record.with(id: record.id))
            case .smartPoster(let poster):
                guard poster.titles.allSatisfy({ $0.encoding == .utf8 }) else { return nil }
                records.append(try poster.record().with(id: record.id))
            default: records.append(record)
            }
        }
        return try NDEFMessage(records: records).encoded()
    }

    private static func hasUnmarkedUTF16(_ bytes: [UInt8]) -> Bool {
        func isUnmarked(_ record: NDEFRecord) -> Bool {
            guard record.isWellKnown("T"), let status = record.payload.first, status & 0x80 != 0 else { return false }
            let text = record.payload.dropFirst(1 + Int(status & 0x3F))
            return !text.starts(with: [0xFF, 0xFE]) && !text.starts(with: [0xFE, 0xFF]) && !text.isEmpty
        }
        return (try? NDEFMessage(bytes))?.records.contains { record in
            isUnmarked(record) || (try? NDEFMessage(record.payload))?.records.contains(where: isUnmarked) == true
        } ?? false
    }

    private static func hasOddType(_ bytes: [UInt8]) -> Bool {
        let records = (try? NDEFMessage(bytes))?.records ?? []
        return (records + records.flatMap { (try? NDEFMessage($0.payload))?.records ?? [] }).contains {
            $0.typeNameFormat == .media || $0.typeNameFormat == .absoluteURI
        }
    }

    // MARK: The corpus

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-._~/?&=%åäöÅßé漢字🙂Ωж")

    private static func word(_ range: ClosedRange<Int>, _ numbers: inout SeededNumbers) -> String {
        String((0..<Int.random(in: range, using: &numbers)).map { _ in letters.randomElement(using: &numbers) ?? "x" })
    }

    private static func uri(_ numbers: inout SeededNumbers) -> String {
        (NDEFRecord.uriPrefixes.randomElement(using: &numbers) ?? "") + word(0...60, &numbers)
    }

    private static func text(_ numbers: inout SeededNumbers) throws -> NDEFText {
        try NDEFText(
            word(0...80, &numbers), language: ["en", "sv", "zh-Hant-TW"].randomElement(using: &numbers) ?? "en",
            encoding: Bool.random(using: &numbers) ? .utf8 : .utf16)
    }

    private static func record(_ numbers: inout SeededNumbers) throws -> NDEFRecord {
        let size = Int.random(in: 0...300, using: &numbers)
        let record: NDEFRecord
        switch Int.random(in: 0..<12, using: &numbers) {
        case 0..<4: record = .uri(uri(&numbers))
        case 4, 5: record = try text(&numbers).record
        case 6:
            var poster = NDEFSmartPoster(uri: uri(&numbers))
            poster.titles = try (0..<Int.random(in: 0...2, using: &numbers)).map { _ in try text(&numbers) }
            poster.action = [nil, .execute, .save, .edit].randomElement(using: &numbers) ?? nil
            if Bool.random(using: &numbers) { poster.icons = [.init(mediaType: "image/png", data: numbers.bytes(size))] }
            if Bool.random(using: &numbers) { poster.size = UInt32.random(in: .min ... .max, using: &numbers) }
            if Bool.random(using: &numbers) { poster.mediaType = "text/html" }
            record = try poster.record()
        case 7: record = .media("application/json", numbers.bytes(size))
        case 8: record = .external("kassa.example:lane", numbers.bytes(size))
        case 9: record = .absoluteURI("https://a.example/b", numbers.bytes(size / 10))
        case 10: record = NDEFRecord(typeNameFormat: .unknown, type: [], payload: numbers.bytes(size))
        default: return NDEFRecord(typeNameFormat: .empty, type: [], payload: [])
        }
        return Int.random(in: 0..<4, using: &numbers) == 0 ? record.with(id: numbers.bytes(3)) : record
    }

    /// One or two of: a flipped bit, a cut, a byte more or less, a changed byte in the head, a record cut into chunks.
    private static func damage(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...2, using: &numbers) {
            guard let at = bytes.indices.randomElement(using: &numbers) else { break }
            switch Int.random(in: 0..<7, using: &numbers) {
            case 0, 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.remove(at: at)
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &numbers), at: at)
            case 5: bytes[min(at % 6, bytes.count - 1)] = UInt8.random(in: 0...255, using: &numbers)
            default: bytes = chunked(bytes, &numbers)
            }
        }
        return bytes
    }

    /// The first record, when it is short and has no ID, in two chunks.
    private static func chunked(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        guard bytes.count > 3, bytes[0] & 0x18 == 0x10, bytes[0] & 0x07 != 0, bytes[0] & 0x20 == 0 else { return bytes }
        let (type, payload) = (Int(bytes[1]), Int(bytes[2]))
        guard bytes.count >= 3 + type + payload, payload > 1 else { return bytes }
        let first = Int.random(in: 1..<payload, using: &numbers)
        let head = [bytes[0] & 0xBF | 0x20, bytes[1], UInt8(first)] + bytes[3..<(3 + type + first)]
        let middle = [bytes[0] & 0x40 | 0x16, 0, UInt8(payload - first)] + bytes[(3 + type + first)...]
        return head + middle
    }
}
