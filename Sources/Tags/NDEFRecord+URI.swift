/// URI records (NFC Forum RTD URI 1.0).
extension NDEFRecord {
    /// The URI of a URI record or of an absolute-URI record; nil for other records, prefixes above 23, text that is not
    /// UTF-8, and URIs with control characters.
    public var uri: String? {
        if typeNameFormat == .absoluteURI {
            return type.contains { $0 < 0x20 } ? nil : String(validating: type, as: UTF8.self)
        }
        return isWellKnown("U") ? try? Self.uri(payload[...]) : nil
    }

    static func uri(_ payload: ArraySlice<UInt8>) throws(NDEFContentFailure) -> String {
        guard let code = payload.first else { throw .truncated }
        guard Int(code) < uriPrefixes.count else { throw .unknownURIPrefix(code) }
        let rest = payload.dropFirst()
        guard !rest.contains(where: { $0 < 0x20 }) else { throw .controlCharacter }
        guard let text = String(utf8: rest) else { throw .badText }
        return code == 0 ? text : uriPrefixes[Int(code)] + text
    }

    /// A URI record with the longest prefix that has a code.
    public static func uri(_ uri: String) -> NDEFRecord {
        var best = (code: 0, length: 0)
        for (code, prefix) in uriPrefixes.enumerated() where prefix.utf8.count > best.length {
            if uri.utf8.starts(with: prefix.utf8) { best = (code, prefix.utf8.count) }
        }
        return NDEFRecord(
            typeNameFormat: .wellKnown, type: Array("U".utf8),
            payload: [UInt8(truncatingIfNeeded: best.code)] + uri.utf8.dropFirst(best.length))
    }

    /// Identifier codes 00 to 23 (RTD URI 1.0 table 3).
    static let uriPrefixes = [
        "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:", "ftp://anonymous:anonymous@",
        "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://", "dav://", "news:", "telnet://", "imap:",
        "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://", "btl2cap://", "btgoep://", "tcpobex://",
        "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:", "urn:nfc:",
    ]
}

extension String {
    /// Nil for bytes that are no UTF-8. Most are ASCII, which needs no validation.
    init?(utf8 bytes: ArraySlice<UInt8>) {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }
}
