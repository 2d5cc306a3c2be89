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
    public internal(set) var payload: [UInt8]

    public init(typeNameFormat: TypeNameFormat, type: [UInt8], id: [UInt8] = [], payload: [UInt8]) {
        self.typeNameFormat = typeNameFormat
        self.type = type
        self.id = id
        self.payload = payload
    }

    func isWellKnown(_ name: String) -> Bool { typeNameFormat == .wellKnown && type.elementsEqual(name.utf8) }

    /// The TNF says whether there is a type and whether there is anything at all (NDEF 1.0 §3.2.6).
    var hasPermittedLengths: Bool {
        switch typeNameFormat {
        case .empty: type.isEmpty && id.isEmpty && payload.isEmpty
        case .unknown: type.isEmpty
        case .wellKnown, .media, .absoluteURI, .external: !type.isEmpty
        }
    }

    /// First byte of a record.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let begin = Flags(rawValue: 0x80)
        static let end = Flags(rawValue: 0x40)
        static let chunk = Flags(rawValue: 0x20)
        static let short = Flags(rawValue: 0x10)
        static let hasID = Flags(rawValue: 0x08)
        var typeNameFormat: UInt8 { rawValue & 0x07 }
    }
}

/// Records of the types that need no format of their own.
extension NDEFRecord {
    /// `text/plain`, `application/json`.
    public static func media(_ type: String, _ payload: [UInt8]) -> NDEFRecord {
        NDEFRecord(typeNameFormat: .media, type: Array(type.utf8), payload: payload)
    }

    /// `kassa.example:lane`: a domain of the sender and a name, in lower case (RTD 1.0 §3.3).
    public static func external(_ type: String, _ payload: [UInt8]) -> NDEFRecord {
        NDEFRecord(typeNameFormat: .external, type: Array(type.lowercased().utf8), payload: payload)
    }

    /// A URI in the type field, with whatever is meant to go with it.
    public static func absoluteURI(_ uri: String, _ payload: [UInt8] = []) -> NDEFRecord {
        NDEFRecord(typeNameFormat: .absoluteURI, type: Array(uri.utf8), payload: payload)
    }

    public func with(id: [UInt8]) -> NDEFRecord {
        NDEFRecord(typeNameFormat: typeNameFormat, type: type, id: id, payload: payload)
    }
}
