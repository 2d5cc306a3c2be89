/// The content of a text record (NFC Forum RTD Text 1.0).
public struct NDEFText: Sendable, Hashable {
    public enum Encoding: Sendable, Hashable { case utf8, utf16 }

    public let text: String
    /// A language tag such as `sv` (RFC 5646), 1 to 63 ASCII characters.
    public let language: String
    public let encoding: Encoding

    /// - Throws: ``NDEFContentFailure/badLanguage``.
    public init(_ text: String, language: String, encoding: Encoding = .utf8) throws(NDEFContentFailure) {
        guard (1...63).contains(language.utf8.count), language.utf8.allSatisfy({ $0 < 0x80 }) else { throw .badLanguage }
        self.text = text
        self.language = language
        self.encoding = encoding
    }

    init(payload: ArraySlice<UInt8>) throws(NDEFContentFailure) {
        let parts = try Parts(payload)
        guard let text = parts.text else { throw .badText }
        guard let language = parts.language else { throw .badLanguage }
        try self.init(text, language: language, encoding: parts.encoding)
    }

    /// UTF-16 goes out big-endian with a byte order mark: without one, readers disagree about the order.
    public var record: NDEFRecord {
        let status = UInt8(truncatingIfNeeded: language.utf8.count) | (encoding == .utf16 ? 0x80 : 0)
        var payload = [status] + language.utf8
        switch encoding {
        case .utf8: payload += text.utf8
        case .utf16:
            for unit in [0xFEFF] + text.utf16 { payload += [UInt8(unit >> 8), UInt8(unit & 0xFF)] }
        }
        return NDEFRecord(typeNameFormat: .wellKnown, type: Array("T".utf8), payload: payload)
    }

    /// Status byte, language, text. Bit 6 of the status byte is reserved and not looked at.
    struct Parts {
        let encoding: Encoding
        private let code: ArraySlice<UInt8>
        private let content: ArraySlice<UInt8>

        init(_ payload: ArraySlice<UInt8>) throws(NDEFContentFailure) {
            guard let status = payload.first, payload.count > Int(status & 0x3F) else { throw .truncated }
            encoding = status & 0x80 == 0 ? .utf8 : .utf16
            code = payload.dropFirst().prefix(Int(status & 0x3F))
            content = payload.dropFirst(1 + code.count)
        }

        var language: String? { String(utf8: code) }

        var text: String? {
            switch encoding {
            case .utf8: String(utf8: content)
            case .utf16: Self.utf16(content)
            }
        }

        /// Big-endian unless a byte order mark says otherwise (RTD Text 1.0 §3.4).
        private static func utf16(_ bytes: ArraySlice<UInt8>) -> String? {
            guard bytes.count % 2 == 0 else { return nil }
            let isLittle = bytes.starts(with: [0xFF, 0xFE])
            let content = isLittle || bytes.starts(with: [0xFE, 0xFF]) ? bytes.dropFirst(2) : bytes
            let units = stride(from: content.startIndex, to: content.endIndex, by: 2).map { index in
                let (first, second) = (UInt16(content[index]), UInt16(content[index + 1]))
                return isLittle ? second << 8 | first : first << 8 | second
            }
            return String(validating: units, as: UTF16.self)
        }
    }
}

extension NDEFRecord {
    /// Text of a text record with its language, such as `sv`, which may be empty here; nil for other records and text that
    /// is not of its encoding.
    public var text: (text: String, language: String)? {
        guard isWellKnown("T"), let parts = try? NDEFText.Parts(payload[...]), let text = parts.text,
            let language = parts.language
        else { return nil }
        return (text, language)
    }
}
