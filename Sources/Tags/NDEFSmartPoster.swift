/// The content of a smart poster (NFC Forum RTD Smart Poster 1.0): one URI and what to say about it.
public struct NDEFSmartPoster: Sendable, Hashable {
    public enum Action: UInt8, Sendable, Hashable {
        case execute = 0
        case save = 1
        case edit = 2
    }

    /// An image or a video.
    public struct Icon: Sendable, Hashable {
        public let mediaType: String
        public let data: [UInt8]

        public init(mediaType: String, data: [UInt8]) {
            self.mediaType = mediaType
            self.data = data
        }
    }

    public var uri: String
    public var titles: [NDEFText]
    public var action: Action?
    public var icons: [Icon]
    /// Bytes of what the URI names.
    public var size: UInt32?
    /// Media type of what the URI names.
    public var mediaType: String?

    public init(
        uri: String, titles: [NDEFText] = [], action: Action? = nil, icons: [Icon] = [], size: UInt32? = nil,
        mediaType: String? = nil
    ) {
        (self.uri, self.titles, self.action) = (uri, titles, action)
        (self.icons, self.size, self.mediaType) = (icons, size, mediaType)
    }

    /// The message in the payload holds exactly one URI. Of an action, a size or a type the first one counts; records that
    /// a poster has no use for, another poster among them, are passed over unopened.
    init(payload: [UInt8], limits: NDEFMessage.Limits) throws(NDEFContentFailure) {
        let message: NDEFMessage
        do { message = try NDEFMessage(payload, limits: limits) } catch { throw .poster(error) }
        var uris: [String] = []
        self.init(uri: "")
        for record in message.records {
            guard record.type.allSatisfy({ $0 < 0x80 }) else { throw .badTypeName }
            switch (record.typeNameFormat, String(decoding: record.type, as: UTF8.self)) {
            case (.wellKnown, "U"): uris.append(try NDEFRecord.uri(record.payload[...]))
            case (.wellKnown, "T"): titles.append(try NDEFText(payload: record.payload[...]))
            case (.wellKnown, "act"):
                guard record.payload.count == 1 else { throw .badSize(bytes: record.payload.count) }
                guard let action = Action(rawValue: record.payload[0]) else { throw .unknownAction(record.payload[0]) }
                self.action = self.action ?? action
            case (.wellKnown, "s"):
                guard record.payload.count == 4 else { throw .badSize(bytes: record.payload.count) }
                size = size ?? record.payload.reduce(0) { $0 << 8 | UInt32($1) }
            case (.wellKnown, "t"):
                guard let type = String(validating: record.payload, as: UTF8.self) else { throw .badText }
                mediaType = mediaType ?? type
            case (.media, let type) where type.hasPrefix("image/") || type.hasPrefix("video/"):
                icons.append(Icon(mediaType: type, data: record.payload))
            default: break
            }
        }
        guard uris.count == 1, let uri = uris.first else { throw .posterURIs(uris.count) }
        self.uri = uri
    }

    /// URI first, as readers with little memory look no further.
    public func record() throws(NDEFEncodingFailure) -> NDEFRecord {
        func own(_ type: String, _ payload: [UInt8]) -> NDEFRecord {
            NDEFRecord(typeNameFormat: .wellKnown, type: Array(type.utf8), payload: payload)
        }
        var records = [NDEFRecord.uri(uri)] + titles.map(\.record)
        if let action { records.append(own("act", [action.rawValue])) }
        records += icons.map { .media($0.mediaType, $0.data) }
        if let size { records.append(own("s", [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) })) }
        if let mediaType { records.append(own("t", Array(mediaType.utf8))) }
        return own("Sp", try NDEFMessage(records: records).encoded())
    }
}
