import Diagnostics
import Tags
import Testing
import Varlink

@testable import Terminal

@Suite("Records of tags, as technicians write and read them")
struct TagRecordTests {
    @Test("What is written is read again as it was asked for", arguments: [
        TagRecord(.uri, uri: "https://example.com/t/42"),
        TagRecord(.text, text: "Välkommen", language: "sv"),
        TagRecord(.poster, uri: "https://example.com", text: "Meny", language: "sv"),
        TagRecord(.poster, uri: "tel:+4670123"),
        TagRecord(.media, text: "{}", type: "application/json"),
        TagRecord(.external, text: "1", type: "example.com:lane"),
    ])
    func roundTrip(_ record: TagRecord) throws {
        let message = try NDEFMessage([record])
        let read = try NDEFMessage(try message.encoded())
        #expect(read.records.count == 1)
        var found = try #require(read.records.first.map(TagRecord.init))
        #expect(found.bytes == read.records.first?.payload.count)
        found.bytes = nil
        #expect(found == record)
    }

    @Test("What no reader could make sense of is refused by its field, and nothing of it is repeated", arguments: [
        (TagRecord(.uri), "records[0].uri"), (TagRecord(.uri, uri: ""), "records[0].uri"),
        (TagRecord(.uri, uri: "https://e\u{1B}[31m"), "records[0].uri"),
        (TagRecord(.text, text: "x", language: String(repeating: "a", count: 64)), "records[0].language"),
        (TagRecord(.text), "records[0].text"), (TagRecord(.media, text: "x", type: "no slash"), "records[0].type"),
        (TagRecord(.media, text: "x"), "records[0].type"), (TagRecord(.external, type: "ä"), "records[0].type"),
        (TagRecord(.handover, type: "Hs"), "records[0].kind"),
    ])
    func refused(_ record: TagRecord, _ field: String) {
        #expect(throws: DiagnosticsError.malformedField(field)) { try NDEFMessage([record]) }
    }

    @Test("No records, too many, or more than a terminal reads")
    func sizes() throws {
        let record = TagRecord(.text, text: "x")
        #expect(throws: DiagnosticsError.malformedField("records")) { try NDEFMessage([TagRecord]()) }
        #expect(throws: DiagnosticsError.malformedField("records")) {
            try NDEFMessage([TagRecord](repeating: record, count: WriteTagParameters.mostRecords + 1))
        }
        let long = try NDEFMessage([TagRecord(.text, text: String(repeating: "x", count: 9_000))])
        #expect(throws: DiagnosticsError.malformedField("records")) { try long.writable() }
    }

    @Test("A card number on a tag is shown as a card's is, in whatever record it stands", arguments: [
        TagRecord(.text, text: "4761 7390-0101 0010", language: "sv"),
        TagRecord(.media, text: "{\"pan\":\"4761739001010010\"}", type: "application/json"),
        TagRecord(.external, text: "4761739001010010", type: "example.com:card"),
        TagRecord(.poster, uri: "https://example.com", text: "4761739001010010", language: "sv"),
    ])
    func cardNumbers(_ record: TagRecord) throws {
        let shown = try #require(try NDEFMessage([record]).records.first.map(TagRecord.init))
        let words = [shown.uri, shown.text, shown.type].compactMap { $0 }.joined(separator: " ")
        #expect(words.contains("0010") && words.contains("*") && words.filter(\.isNumber).count == 10)
        // A number that is too short for a card stands as it is.
        let other = try #require(try NDEFMessage([TagRecord(.text, text: "040 123 4567", language: "fi")]).records.first.map(TagRecord.init))
        #expect(other.text == "040 123 4567")
    }

    @Test("Of an address only its place and the names of its parameters are shown: the rest may be a tap that nobody has counted", arguments: [
        ("https://kassa.example/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086", "https://kassa.example/t?picc_data=********************************&cmac=****************"),
        ("https://example.com/?n=4761739001010010", "https://example.com/?n=****************"),
    ])
    func addresses(_ address: String, _ expected: String) throws {
        let records = [TagRecord(.uri, uri: address), TagRecord(.poster, uri: address, text: "x", language: "en")]
        let shown = try NDEFMessage(records).records.map(TagRecord.init)
        #expect(shown.map(\.uri) == [expected, expected])
        let text = try #require(try NDEFMessage([TagRecord(.text, text: address, language: "en")]).records.first.map(TagRecord.init))
        #expect(text.text == expected)
    }

    @Test("A payload that is not what its type promises is said to be malformed")
    func malformed() {
        let record = NDEFRecord(typeNameFormat: .wellKnown, type: [0x55], payload: [0xFF, 0x41])
        #expect(TagRecord(record) == TagRecord(.malformed, type: "U", bytes: 2))
    }
}
