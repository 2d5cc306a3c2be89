import Core
import Testing

@testable import Tags

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

@Suite("NDEF messages are built and read strictly") struct NDEFBuildingTests {
    /// Bytes of the RTD documents and of ndeflib 0.3.3.
    @Test func records() throws {
        func encoded(_ record: NDEFRecord) throws -> String { Hex.encode(try NDEFMessage(records: [record]).encoded()) }
        #expect(try encoded(.uri("http://www.nfc.com")) == "D1010855016E66632E636F6D", "RTD URI 1.0 example 1")
        #expect(try encoded(.uri("tel:+4612345")) == "D1010955052B34363132333435")
        #expect(try encoded(.uri("urn:epc:id:1")) == "D1010255" + "1E31", "the longest prefix")
        #expect(try encoded(NDEFText("Köp", language: "sv").record) == "D10107540273764BC3B670")
        #expect(try encoded(NDEFText("Köp", language: "sv", encoding: .utf16).record) == "D1010B54" + "827376FEFF004B00F60070")
        #expect(try encoded(.external("Kassa.example:Lane", [1])) == "D412016B617373612E6578616D706C653A6C616E6501")
        #expect(try encoded(.media("text/plain", Array("abc".utf8)).with(id: Array("id1".utf8)))
            == "DA0A0303746578742F706C61696E696431616263")
        #expect(try encoded(NDEFRecord(typeNameFormat: .empty, type: [], payload: [])) == "D00000")
        let poster = NDEFSmartPoster(uri: "https://a.example/", titles: [try NDEFText("Till", language: "en")])
        #expect(try encoded(poster.record()) == "D1021A537091010B5504612E6578616D706C652F5101075402656E54696C6C")
    }

    @Test func longRecordsAndFlags() throws {
        let records = [NDEFRecord.media("a/b", [UInt8](repeating: 7, count: 255)), .media("a/b", [UInt8](repeating: 7, count: 256))]
        let encoded = try NDEFMessage(records: records).encoded()
        #expect(encoded.starts(with: [0x92, 3, 255]))
        #expect(encoded[(3 + 3 + 255)...].starts(with: [0x42, 3, 0, 0, 1, 0]))
        #expect(try NDEFMessage(encoded).records == records)
    }

    @Test func whatCannotBeBuilt() throws {
        func message(_ record: NDEFRecord) -> NDEFMessage { NDEFMessage(records: [.uri("tel:1"), record]) }
        let long = [UInt8](repeating: 0x61, count: 256)
        #expect(throws: NDEFEncodingFailure.noRecords) { try NDEFMessage(records: []).encoded() }
        #expect(throws: NDEFEncodingFailure.typeTooLong(record: 1)) {
            try message(NDEFRecord(typeNameFormat: .media, type: long, payload: [])).encoded()
        }
        #expect(throws: NDEFEncodingFailure.idTooLong(record: 1)) {
            try message(NDEFRecord(typeNameFormat: .media, type: [0x61], id: long, payload: [])).encoded()
        }
        #expect(throws: NDEFEncodingFailure.badLength(record: 1)) {
            try message(NDEFRecord(typeNameFormat: .wellKnown, type: [], payload: [])).encoded()
        }
        #expect(throws: NDEFEncodingFailure.badLength(record: 1)) {
            try message(NDEFRecord(typeNameFormat: .unknown, type: [0x61], payload: [])).encoded()
        }
        #expect(throws: NDEFEncodingFailure.badLength(record: 1)) {
            try message(NDEFRecord(typeNameFormat: .empty, type: [], payload: [1])).encoded()
        }
        #expect(throws: NDEFEncodingFailure.self) {
            try message(.media("a/b", [UInt8](repeating: 0, count: 8_190))).encoded()
        }
        #expect(throws: NDEFContentFailure.badLanguage) { try NDEFText("a", language: "") }
        #expect(throws: NDEFContentFailure.badLanguage) { try NDEFText("a", language: "svå") }
        #expect(throws: NDEFContentFailure.badLanguage) { try NDEFText("a", language: String(repeating: "x", count: 64)) }
    }

    @Test(arguments: [
        ("U", "", NDEFContentFailure.truncated), ("U", "24", .unknownURIPrefix(0x24)), ("U", "040A61", .controlCharacter),
        ("U", "02C328", .badText), ("T", "", .truncated), ("T", "05", .truncated), ("T", "0061", .badLanguage),
        ("T", "01C361", .badLanguage), ("T", "02C3A561", .badLanguage), ("T", "027376C3", .badText),
        ("T", "8273760061D8", .badText), ("T", "827376D800", .badText), ("\u{E5}", "00", .badTypeName),
        ("Sp", "", .poster(.truncated(offset: 0))), ("Sp", "510055", .poster(.missingBegin)),
        ("Sp", "D1010154" + "00", .badLanguage), ("Sp", "D1010073", .badSize(bytes: 0)),
        ("Sp", "910102550461" + "510102550462", .posterURIs(2)), ("Sp", "D1010174" + "61", .posterURIs(0)),
        ("Sp", "910102550461" + "5103026163740001", .badSize(bytes: 2)),
        ("Sp", "910102550461" + "51030161637403", .unknownAction(3)), ("Sp", "910102550461" + "5101017300", .badSize(bytes: 1)),
        ("Sp", "910102550461" + "51010174C3", .badText), ("Sp", "910102550461" + "510100E5", .badTypeName),
    ])
    func contentThatIsNone(_ type: String, _ payload: String, _ failure: NDEFContentFailure) throws {
        let record = NDEFRecord(typeNameFormat: .wellKnown, type: Array(type.utf8), payload: try bytes(payload))
        #expect(throws: failure) { try record.content() }
    }

    @Test func aPosterInsideAPosterIsNotOpened() throws {
        let inner = try NDEFSmartPoster(uri: "https://inner.example/").record()
        let outer = try NDEFMessage(records: [inner, .uri("https://outer.example/")]).encoded()
        let record = NDEFRecord(typeNameFormat: .wellKnown, type: Array("Sp".utf8), payload: outer)
        #expect(try record.content() == .smartPoster(NDEFSmartPoster(uri: "https://outer.example/")))
        #expect(NDEFMessage(records: [record]).uri == "https://outer.example/")
        var nested = inner
        for _ in 0..<40 {
            nested = NDEFRecord(
                typeNameFormat: .wellKnown, type: Array("Sp".utf8), payload: try NDEFMessage(records: [nested]).encoded())
        }
        #expect(NDEFMessage(records: [nested]).uri == nil)
        #expect(throws: NDEFContentFailure.posterURIs(0)) { try nested.content() }
    }

    @Test func otherRecordsStayAsTheyAre() throws {
        let handover = NDEFRecord(typeNameFormat: .wellKnown, type: Array("Hs".utf8), payload: [0x13, 0xFF, 0xFF])
        #expect(try handover.content() == .handover(type: "Hs"))
        #expect(NDEFMessage(records: [handover, .uri("tel:1")]).uri == "tel:1")
        #expect(try NDEFMessage(NDEFMessage(records: [handover]).encoded()).records == [handover])
        #expect(try NDEFRecord.absoluteURI("https://a.b").content() == .absoluteURI("https://a.b"))
        #expect(throws: NDEFContentFailure.controlCharacter) { try NDEFRecord.absoluteURI("https://a.b/\n").content() }
        #expect(NDEFRecord.absoluteURI("https://a.b/\n").uri == nil)
        for type in ["text", "/plain", "text/", "!t/plain", "te`xt/plain", "text/plain/more"] {
            #expect(throws: NDEFContentFailure.badTypeName) { try NDEFRecord.media(type, []).content() }
        }
        #expect(try NDEFRecord.media("text/plain;charset=utf-8", []).content() == .media(type: "text/plain;charset=utf-8"))
        for uri in ["kassa.example", ":a", "1a:b", "a b:c"] {
            #expect(throws: NDEFContentFailure.badTypeName) { try NDEFRecord.absoluteURI(uri).content() }
        }
        #expect(try NDEFRecord.media("text/plain", [0xFF]).content() == .media(type: "text/plain"))
        #expect(try NDEFRecord(typeNameFormat: .wellKnown, type: Array("Sig".utf8), payload: []).content() == .wellKnown(type: "Sig"))
    }

    @Test func chunksAreCounted() throws {
        var limits = NDEFMessage.Limits()
        limits.chunks = 3
        let three = try bytes("B1010155" + "04" + "360001" + "61" + "560001" + "62")
        #expect(try NDEFMessage(three, limits: limits).uri == "https://ab")
        limits.chunks = 2
        #expect(throws: NDEFFailure.tooManyChunks(limit: 2)) { try NDEFMessage(three, limits: limits) }
    }
}
