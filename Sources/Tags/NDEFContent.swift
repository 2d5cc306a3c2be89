/// What a record holds, by its type.
public enum NDEFContent: Sendable, Hashable {
    case empty
    case uri(String)
    case text(NDEFText)
    case smartPoster(NDEFSmartPoster)
    case media(type: String)
    case external(type: String)
    /// The URI is the type; the payload is anything.
    case absoluteURI(String)
    /// Connection handover, of no use to a shop: `Hr`, `Hs`, `Hm` or `Hi`. The record keeps its payload unread.
    case handover(type: String)
    /// Another well-known type, whose payload is unread.
    case wellKnown(type: String)
    case unknown
}

extension NDEFRecord {
    /// The record read strictly: a URI, a text or a poster that is not well-formed is an error here.
    /// - Throws: ``NDEFContentFailure``.
    public func content(limits: NDEFMessage.Limits = .init()) throws(NDEFContentFailure) -> NDEFContent {
        guard type.allSatisfy({ $0 < 0x80 }) else { throw .badTypeName }
        let name = String(decoding: type, as: UTF8.self)
        switch typeNameFormat {
        case .empty: return .empty
        case .unknown: return .unknown
        case .media:
            guard Self.isMediaType(type) else { throw .badTypeName }
            return .media(type: name)
        case .external: return .external(type: name)
        case .absoluteURI:
            guard !type.contains(where: { $0 < 0x20 }) else { throw .controlCharacter }
            guard Self.hasScheme(type) else { throw .badTypeName }
            return .absoluteURI(name)
        case .wellKnown:
            switch name {
            case "U": return .uri(try Self.uri(payload[...]))
            case "T": return .text(try NDEFText(payload: payload[...]))
            case "Sp": return .smartPoster(try NDEFSmartPoster(payload: payload, limits: limits))
            case "Hr", "Hs", "Hm", "Hi": return .handover(type: name)
            default: return .wellKnown(type: name)
            }
        }
    }

    /// Two names and a slash between them (RFC 6838 §4.2); parameters may follow.
    private static func isMediaType(_ type: [UInt8]) -> Bool {
        func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
            guard let first = bytes.first, isAlphanumeric(first) else { return false }
            return bytes.allSatisfy { isAlphanumeric($0) || "!#$&-^_.+".utf8.contains($0) }
        }
        let plain = type.prefix { $0 != UInt8(ascii: ";") }
        guard let slash = plain.firstIndex(of: UInt8(ascii: "/")) else { return false }
        return isName(plain[..<slash]) && isName(plain[(slash + 1)...])
    }

    /// A letter, then letters, digits, `+`, `-`, `.`, up to a colon (RFC 3986 §3.1).
    private static func hasScheme(_ uri: [UInt8]) -> Bool {
        guard let colon = uri.firstIndex(of: UInt8(ascii: ":")), let first = uri.first, isAlphanumeric(first), first > 0x39
        else { return false }
        return uri[..<colon].allSatisfy { isAlphanumeric($0) || "+-.".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
