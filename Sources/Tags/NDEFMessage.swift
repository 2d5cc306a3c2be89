import Core

/// An NDEF message (NFC Forum NDEF 1.0): records with chunks already joined.
public struct NDEFMessage: Sendable, Hashable {
    public let records: [NDEFRecord]

    public init(records: [NDEFRecord]) { self.records = records }

    /// Bounds on what a tag may make the terminal hold.
    public struct Limits: Sendable, Hashable {
        public var bytes = 8_192
        public var records = 32

        public init() {}
    }

    /// Decodes the first message; bytes after its last record are ignored, as tags leave old data there.
    /// - Throws: ``NDEFFailure``, with offsets and never with content.
    public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(NDEFFailure) {
        guard bytes.count <= limits.bytes else { throw .tooLong(bytes: bytes.count) }
        var decoder = NDEFDecoder(bytes)
        while !decoder.isComplete {
            try decoder.step()
            if decoder.records.count > limits.records { throw .tooManyRecords(limit: limits.records) }
        }
        records = decoder.records
    }

    /// The first URI that the message carries: a URI record, an absolute URI, or the one inside a smart poster.
    public var uri: String? { uri(inPosters: true) }

    private func uri(inPosters: Bool) -> String? {
        for record in records {
            if let uri = record.uri { return uri }
            // A poster holds a message of its own; one level deep is all the format means.
            guard inPosters, record.isWellKnown("Sp"), let poster = try? NDEFMessage(record.payload) else { continue }
            if let uri = poster.uri(inPosters: false) { return uri }
        }
        return nil
    }
}

/// What is wrong with a message. Offsets count from its first byte.
public enum NDEFFailure: Error, Hashable, Sendable {
    case tooLong(bytes: Int)
    case tooManyRecords(limit: Int)
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

/// Walks the records of one message (NDEF 1.0 §3.2).
private struct NDEFDecoder {
    private(set) var records: [NDEFRecord] = []
    private(set) var isComplete = false
    private var reader: ByteReader
    private var isFirst = true
    /// The record whose chunks are being joined.
    private var open: NDEFRecord?

    init(_ bytes: [UInt8]) { reader = ByteReader(bytes) }

    mutating func step() throws(NDEFFailure) {
        let start = reader.offset
        if reader.isAtEnd { throw isFirst ? .truncated(offset: 0) : .missingEnd(offset: start) }
        do {
            try record(at: start)
        } catch let failure as NDEFFailure {
            throw failure
        } catch {
            throw .truncated(offset: reader.offset)
        }
    }

    private mutating func record(at start: Int) throws {
        let flags = Flags(rawValue: try reader.byte())
        guard flags.contains(.begin) == isFirst else {
            throw isFirst ? NDEFFailure.missingBegin : .unexpectedBegin(offset: start)
        }
        isFirst = false
        let typeLength = Int(try reader.byte())
        let payloadLength = flags.contains(.short) ? Int(try reader.byte()) : try reader.uint32()
        let idLength = flags.contains(.hasID) ? Int(try reader.byte()) : 0
        let type = Array(try reader.take(typeLength))
        let id = Array(try reader.take(idLength))
        let payload = Array(try reader.take(payloadLength))
        if flags.contains(.chunk), flags.contains(.end) { throw NDEFFailure.unexpectedEnd(offset: start) }

        if flags.typeNameFormat == NDEFRecord.unchanged {
            guard let head = open, type.isEmpty, id.isEmpty else { throw NDEFFailure.brokenChunk(offset: start) }
            open = head.appending(payload)
        } else {
            guard open == nil else { throw NDEFFailure.brokenChunk(offset: start) }
            guard let format = NDEFRecord.TypeNameFormat(rawValue: flags.typeNameFormat) else {
                throw NDEFFailure.reservedTypeNameFormat(offset: start)
            }
            let hasType = !type.isEmpty
            switch format {
            case .empty: guard !hasType, id.isEmpty, payload.isEmpty else { throw NDEFFailure.badLength(offset: start) }
            case .unknown: guard !hasType else { throw NDEFFailure.badLength(offset: start) }
            case .wellKnown, .media, .absoluteURI, .external:
                guard hasType else { throw NDEFFailure.badLength(offset: start) }
            }
            open = NDEFRecord(typeNameFormat: format, type: type, id: id, payload: payload)
        }
        if !flags.contains(.chunk), let record = open {
            records.append(record)
            open = nil
            isComplete = flags.contains(.end)
        }
    }

    /// First byte of a record.
    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let begin = Flags(rawValue: 0x80)
        static let end = Flags(rawValue: 0x40)
        static let chunk = Flags(rawValue: 0x20)
        static let short = Flags(rawValue: 0x10)
        static let hasID = Flags(rawValue: 0x08)
        var typeNameFormat: UInt8 { rawValue & 0x07 }
    }
}

extension ByteReader {
    fileprivate mutating func uint32() throws(ByteReaderError) -> Int {
        try take(4).reduce(0) { $0 << 8 | Int($1) }
    }
}
