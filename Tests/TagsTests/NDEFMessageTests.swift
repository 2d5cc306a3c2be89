import Core
import Testing

@testable import Tags

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

/// Messages made by PyPI ndeflib 0.3.3 (`ndef.message_encoder`), an implementation that shares nothing with this one.
@Suite struct NDEFMessageTests {
    @Test(arguments: [
        ("D1011355046B617373612E6578616D706C652F742F3432", "https://kassa.example/t/42"),
        ("D1010C55016578616D706C652E636F6D", "http://www.example.com"),
        ("D1010955052B34363132333435", "tel:+4612345"),
        ("D101055523736E3A31", "urn:nfc:sn:1"),
        ("D1010D55006B617373613A6C616E652F31", "kassa:lane/1"),
        ("D1011455046B617373612E6578616D706C652F636166C3A9", "https://kassa.example/café"),
        // Text record before it; smart poster around it; longer than a short record can be.
        ("910107540273764BC3B67051010B5504612E6578616D706C652F", "https://a.example/"),
        ("D1021A537091010B5504612E6578616D706C652F5101075402656E54696C6C", "https://a.example/"),
        (
            "C1010000011355046B617373612E6578616D706C652F" + String(repeating: "78", count: 260),
            "https://kassa.example/" + String(repeating: "x", count: 260)
        ),
    ])
    func uris(_ hex: String, _ uri: String) throws {
        #expect(try NDEFMessage(bytes(hex)).uri == uri)
    }

    @Test(arguments: ["DA0A0303746578742F706C61696E696431616263", "D412016B617373612E6578616D706C653A6C616E6501", "D00000"])
    func messagesWithoutURI(_ hex: String) throws {
        let message = try NDEFMessage(bytes(hex))
        #expect(message.uri == nil)
        #expect(message.records.count == 1)
    }

    @Test(arguments: [
        ("D1010754" + "0273764BC3B670", "Köp", "sv"), ("D1010B54827376FFFE4B00F6007000", "Köp", "sv"),
        ("D1010954" + "827376004B00F60070", "Köp", "sv"),
    ])
    func texts(_ hex: String, _ text: String, _ language: String) throws {
        let record = try #require(try NDEFMessage(bytes(hex)).records.first?.text)
        #expect(record == (text, language))
    }

    @Test func mediaRecordWithID() throws {
        let record = try #require(try NDEFMessage(bytes("DA0A0303746578742F706C61696E696431616263")).records.first)
        #expect(record == NDEFRecord(
            typeNameFormat: .media, type: Array("text/plain".utf8), id: Array("id1".utf8), payload: Array("abc".utf8)))
    }

    /// The 36 prefixes as ndeflib has them, each before an empty rest.
    @Test func uriPrefixes() throws {
        #expect(NDEFRecord.uriPrefixes.count == 0x24)
        for (code, prefix) in NDEFRecord.uriPrefixes.enumerated() {
            #expect(try NDEFMessage([0xD1, 0x01, 0x01, 0x55, UInt8(code)]).uri == prefix)
        }
        #expect([1, 4, 6, 13, 29, 34, 35].map { NDEFRecord.uriPrefixes[$0] }
            == ["http://www.", "https://", "mailto:", "ftp://", "file://", "urn:epc:", "urn:nfc:"])
    }

    /// NDEF 1.0 §2.3.3: first, middle and last chunk.
    @Test func chunksAreJoined() throws {
        #expect(try NDEFMessage(bytes("B101035504612E36000362636456000165")).uri == "https://a.bcde")
    }

    @Test(arguments: [
        ("", NDEFFailure.truncated(offset: 0)), ("D1", .truncated(offset: 1)), ("D10105", .truncated(offset: 3)),
        ("D1010A5504", .truncated(offset: 4)), ("C101FFFFFFFF55", .truncated(offset: 7)),
        ("510101551D", .missingBegin), ("910101550091010155", .unexpectedBegin(offset: 5)),
        ("9101015504", .missingEnd(offset: 5)), ("D701015504", .reservedTypeNameFormat(offset: 0)),
        ("D100015504", .badLength(offset: 0)), ("D0010055", .badLength(offset: 0)), ("D501005500", .badLength(offset: 0)),
        ("D6000161", .brokenChunk(offset: 0)), ("B10103550461625101015504", .brokenChunk(offset: 7)),
        ("B1010155045601015504", .brokenChunk(offset: 5)), ("F101015504", .unexpectedEnd(offset: 0)),
        ("B101015504", .missingEnd(offset: 5)),
    ])
    func malformed(_ hex: String, _ failure: NDEFFailure) throws {
        let bytes = try bytes(hex)
        #expect(throws: failure) { try NDEFMessage(bytes) }
    }

    @Test(arguments: ["D1010255FF61", "D101035502C328", "D1010055"])
    func uriThatIsNone(_ hex: String) throws {
        #expect(try NDEFMessage(bytes(hex)).uri == nil)
    }

    @Test func limits() throws {
        var limits = NDEFMessage.Limits()
        limits.records = 2
        limits.bytes = 20
        #expect(throws: NDEFFailure.tooManyRecords(limit: 2)) {
            try NDEFMessage([0x90, 0, 0, 0x10, 0, 0, 0x50, 0, 0], limits: limits)
        }
        #expect(throws: NDEFFailure.tooLong(bytes: 21)) { try NDEFMessage([UInt8](repeating: 0, count: 21), limits: limits) }
    }

    /// Every prefix and every single-bit error of a good message ends in a value or a typed error.
    @Test func damagedMessagesNeverTrap() throws {
        let good = try bytes("910107540273764BC3B67051010B5504612E6578616D706C652F")
        for length in 0..<good.count { #expect(throws: NDEFFailure.self) { try NDEFMessage(Array(good.prefix(length))) } }
        for bit in 0..<(good.count * 8) {
            var bad = good
            bad[bit / 8] ^= 1 << (bit % 8)
            _ = (try? NDEFMessage(bad))?.records.map { ($0.uri, $0.text) }
        }
    }
}
