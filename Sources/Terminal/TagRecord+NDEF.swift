import Diagnostics
import SmartCard
import Tags
import Varlink

extension TagRecord {
    /// The record as people and programs see it: a payload only where it is text, digits that pass for a card number hidden but for
    /// six and four (ALL-5), and of an address nothing that a chip fills in: it would be a tap that nobody has counted yet.
    init(_ record: NDEFRecord) {
        let bytes = record.payload.count
        guard let content = try? record.content() else {
            self.init(.malformed, type: Self.masked(String(validating: record.type, as: UTF8.self)), bytes: bytes)
            return
        }
        let text = Self.words(String(validating: record.payload, as: UTF8.self))
        switch content {
        case .empty: self.init(.empty, bytes: bytes)
        case .uri(let uri), .absoluteURI(let uri): self.init(.uri, uri: Self.address(uri), bytes: bytes)
        case .text(let text): self.init(.text, text: Self.words(text.text), language: Self.masked(text.language), bytes: bytes)
        case .smartPoster(let poster):
            let title = poster.titles.first
            self.init(.poster, uri: Self.address(poster.uri), text: Self.words(title?.text), language: Self.masked(title?.language), bytes: bytes)
        case .media(let type):
            self.init(.media, text: type.hasPrefix("image/") ? nil : text, type: Self.masked(type), bytes: bytes)
        case .external(let type): self.init(.external, text: text, type: Self.masked(type), bytes: bytes)
        case .handover(let type): self.init(.handover, type: Self.masked(type), bytes: bytes)
        case .wellKnown(let type): self.init(.wellKnown, type: Self.masked(type), bytes: bytes)
        case .unknown: self.init(.unknown, bytes: bytes)
        }
    }

    static func masked(_ text: String?) -> String? { text.map(CardNumberMask.masked) }

    /// The address first: a card number's stars would tear what is hidden by its length.
    static func address(_ address: String?) -> String? { masked(address.map(TagAddress.shown(_:))) }

    static func words(_ text: String?) -> String? { masked(text.map(TagAddress.shown(text:))) }

    /// - Throws: ``DiagnosticsError/malformedField(_:)`` below `path`.
    func record(_ path: String) throws(VarlinkError) -> NDEFRecord {
        func malformed(_ field: String) -> VarlinkError { DiagnosticsError.malformedField("\(path).\(field)") }
        func required(_ value: String?, _ field: String) throws(VarlinkError) -> String {
            guard let value, !value.isEmpty else { throw malformed(field) }
            return value
        }
        func spoken(_ text: String) throws(VarlinkError) -> NDEFText {
            do { return try NDEFText(text, language: language ?? "en") } catch { throw malformed("language") }
        }
        let record: NDEFRecord
        switch kind {
        case .uri: record = .uri(try required(uri, "uri"))
        case .text: record = try spoken(try required(text, "text")).record
        case .poster:
            let titles = try text.map { text throws(VarlinkError) in [try spoken(text)] } ?? []
            do {
                record = try NDEFSmartPoster(uri: try required(uri, "uri"), titles: titles).record()
            } catch let error as VarlinkError {
                throw error
            } catch {
                throw malformed("uri")
            }
        case .media: record = .media(try required(type, "type"), Array((text ?? "").utf8))
        case .external:
            record = NDEFRecord(
                typeNameFormat: .external, type: Array(try required(type, "type").utf8), payload: Array((text ?? "").utf8))
        case .empty, .handover, .wellKnown, .unknown, .malformed: throw malformed("kind")
        }
        // What is written is what this terminal reads again.
        guard (try? record.content()) != nil else { throw malformed(kind == .uri || kind == .poster ? "uri" : "type") }
        return record
    }
}

extension NDEFMessage {
    /// - Throws: ``DiagnosticsError/malformedField(_:)`` naming the record's field.
    init(_ records: [TagRecord]) throws(VarlinkError) {
        guard (1...WriteTagParameters.mostRecords).contains(records.count) else {
            throw DiagnosticsError.malformedField("records")
        }
        var made: [NDEFRecord] = []
        for (place, record) in records.enumerated() { made.append(try record.record("records[\(place)]")) }
        self.init(records: made)
    }

    /// Bytes of the message.
    func writable() throws(VarlinkError) -> Int {
        do { return try encoded().count } catch { throw DiagnosticsError.malformedField("records") }
    }
}
