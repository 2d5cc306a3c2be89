/// One record of an NDEF message, as it was read, or as it is to be written.
public struct TagRecord: Codable, Sendable, Equatable {
    /// What a record holds. `uri`, `text`, `poster`, `media` and `external` can be written.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case uri, text, poster, media, external, empty, handover, wellKnown, unknown
        /// Its payload is not what its type promises.
        case malformed
    }

    public var kind: Kind
    public var uri: String?
    /// Of a text, the first title of a poster, or the payload of a media or external record that is text.
    public var text: String?
    /// Of the text, such as `sv` (RFC 5646).
    public var language: String?
    /// Media type, or the name of an external or well-known type.
    public var type: String?
    /// Of the payload.
    public var bytes: Int?

    public init(
        _ kind: Kind, uri: String? = nil, text: String? = nil, language: String? = nil, type: String? = nil, bytes: Int? = nil
    ) {
        (self.kind, self.uri, self.text) = (kind, uri, text)
        (self.language, self.type, self.bytes) = (language, type, bytes)
    }
}

public struct ReadTagParameters: Codable, Sendable {
    public var timeoutSeconds: Int?
    public init(timeoutSeconds: Int? = nil) { self.timeoutSeconds = timeoutSeconds }
}

public struct TagReply: Codable, Sendable, Equatable {
    public var prompt: String?
    public var uid: String?
    /// `type2` to `type5`, `classic`, `storage`, `smartCard`.
    public var kind: String?
    /// The first URI of the message.
    public var uri: String?
    /// Bytes the tag has for a message; nil when it is not formatted for NDEF.
    public var capacity: Int?
    public var records: [TagRecord]?
    /// Why there is no message though the tag answered.
    public var problem: String?
    /// Of NXP chips that say so: their model.
    public var chip: String?
    /// Whether NXP signed the chip's UID; nil when it gave no signature.
    public var genuine: Bool?

    public init(prompt: String? = nil, uid: String? = nil, kind: String? = nil, uri: String? = nil) {
        self.prompt = prompt
        self.uid = uid
        self.kind = kind
        self.uri = uri
    }
}

public struct WriteTagParameters: Codable, Sendable {
    public static let mostRecords = 32

    public var timeoutSeconds: Int?
    /// Hexadecimal: this tag and no other.
    public var uid: String?
    public var records: [TagRecord]

    public init(timeoutSeconds: Int? = nil, uid: String? = nil, records: [TagRecord]) {
        self.timeoutSeconds = timeoutSeconds
        self.uid = uid
        self.records = records
    }
}

public struct TagWrittenReply: Codable, Sendable, Equatable {
    public var prompt: String?
    public var uid: String?
    public var kind: String?
    public var capacity: Int?
    /// Of the message now on the tag.
    public var bytes: Int?

    public init(prompt: String? = nil, uid: String? = nil, kind: String? = nil, capacity: Int? = nil, bytes: Int? = nil) {
        (self.prompt, self.uid, self.kind) = (prompt, uid, kind)
        (self.capacity, self.bytes) = (capacity, bytes)
    }
}
