/// What is wrong with a message. Offsets count from its first byte.
public enum NDEFFailure: Error, Hashable, Sendable {
    case tooLong(bytes: Int)
    case tooManyRecords(limit: Int)
    /// A record is cut into more chunks than the limit.
    case tooManyChunks(limit: Int)
    /// A length points past the end.
    case truncated(offset: Int)
    /// The first record has no MB flag.
    case missingBegin
    /// MB on a later record.
    case unexpectedBegin(offset: Int)
    /// The bytes end before a record with ME.
    case missingEnd(offset: Int)
    /// ME on a chunk that others follow.
    case unexpectedEnd(offset: Int)
    /// TNF 7.
    case reservedTypeNameFormat(offset: Int)
    /// A type where the TNF forbids one, or none where it asks for one; an empty record with content.
    case badLength(offset: Int)
    /// A continuation without a first chunk, or a first chunk that nothing continues.
    case brokenChunk(offset: Int)
}

/// Why a record does not hold what its type promises. Never carries content.
public enum NDEFContentFailure: Error, Hashable, Sendable {
    /// The type has bytes that are not ASCII (NFC Forum RTD 1.0 §3), or is no media type or no URI where it must be one.
    case badTypeName
    /// The payload is shorter than its fixed fields.
    case truncated
    /// Longer or shorter than the one size that this field has.
    case badSize(bytes: Int)
    /// An identifier code above 23 (RTD URI 1.0 table 3).
    case unknownURIPrefix(UInt8)
    /// A URI with a character below 20.
    case controlCharacter
    /// Text that is not of its encoding.
    case badText
    /// A text without language code, or with one that is not ASCII.
    case badLanguage
    /// An action above 2 (RTD Smart Poster 1.0 §3.3.3).
    case unknownAction(UInt8)
    /// A smart poster has exactly one URI (RTD Smart Poster 1.0 §3.3.1).
    case posterURIs(Int)
    /// The message inside a smart poster.
    case poster(NDEFFailure)
}

/// Why a message can't be written as bytes. Records are counted from 0.
public enum NDEFEncodingFailure: Error, Hashable, Sendable {
    case noRecords
    /// More than 255 bytes of type.
    case typeTooLong(record: Int)
    /// More than 255 bytes of ID.
    case idTooLong(record: Int)
    /// A type where the TNF forbids one, or none where it asks for one; an empty record with content.
    case badLength(record: Int)
    /// The message is longer than a terminal reads.
    case tooLong(bytes: Int)
}
