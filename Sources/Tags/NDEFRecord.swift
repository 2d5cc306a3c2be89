/// One record of an NDEF message.
public struct NDEFRecord: Sendable, Hashable {
    /// TNF (NDEF 1.0 §3.2.6).
    public enum TypeNameFormat: UInt8, Sendable, Hashable {
        case empty = 0
        /// `type` is an NFC Forum well-known type such as `U`, `T` or `Sp`.
        case wellKnown = 1
        /// `type` is a media type (RFC 2046).
        case media = 2
        /// `type` itself is the URI.
        case absoluteURI = 3
        case external = 4
        case unknown = 5
    }

    /// TNF of a continued chunk; never the format of a whole record.
    static let unchanged: UInt8 = 6

    public let typeNameFormat: TypeNameFormat
    public let type: [UInt8]
    public let id: [UInt8]
    public let payload: [UInt8]

    public init(typeNameFormat: TypeNameFormat, type: [UInt8], id: [UInt8] = [], payload: [UInt8]) {
        self.typeNameFormat = typeNameFormat
        self.type = type
        self.id = id
        self.payload = payload
    }

    func appending(_ chunk: [UInt8]) -> NDEFRecord {
        NDEFRecord(typeNameFormat: typeNameFormat, type: type, id: id, payload: payload + chunk)
    }

    func isWellKnown(_ name: String) -> Bool { typeNameFormat == .wellKnown && type == Array(name.utf8) }

    /// The URI of a URI record (RTD URI 1.0) or of an absolute-URI record; nil for other records, prefixes above 23 and
    /// text that is not UTF-8.
    public var uri: String? {
        if typeNameFormat == .absoluteURI { return String(validating: type, as: UTF8.self) }
        guard isWellKnown("U"), let code = payload.first, Int(code) < Self.uriPrefixes.count,
            let rest = String(validating: payload.dropFirst(), as: UTF8.self)
        else { return nil }
        return Self.uriPrefixes[Int(code)] + rest
    }

    /// Text of a text record (RTD Text 1.0) with its language, such as `sv`.
    public var text: (text: String, language: String)? {
        guard isWellKnown("T"), let status = payload.first else { return nil }
        let length = Int(status & 0x3F)
        guard payload.count > length, let language = String(validating: payload[1...].prefix(length), as: UTF8.self)
        else { return nil }
        let content = payload.dropFirst(1 + length)
        let text = status & 0x80 == 0 ? String(validating: content, as: UTF8.self) : Self.utf16(content)
        return text.map { ($0, language) }
    }

    /// Big-endian unless a byte order mark says otherwise.
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

    /// Identifier codes 00 to 23 (RTD URI 1.0 table 3).
    static let uriPrefixes = [
        "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:", "ftp://anonymous:anonymous@",
        "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://", "dav://", "news:", "telnet://", "imap:",
        "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://", "btl2cap://", "btgoep://", "tcpobex://",
        "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:", "urn:nfc:",
    ]
}
