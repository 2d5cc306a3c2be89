/// An NDEF message (NFC Forum NDEF 1.0): records with chunks already joined.
public struct NDEFMessage: Sendable, Hashable {
    public let records: [NDEFRecord]

    public init(records: [NDEFRecord]) { self.records = records }

    /// Bounds on what a tag may make the terminal hold.
    public struct Limits: Sendable, Hashable {
        public var bytes = 8_192
        public var records = 32
        /// Chunks of one record.
        public var chunks = 256

        public init() {}
    }

    /// Decodes the first message; bytes after its last record are ignored, as tags leave old data there.
    /// - Throws: ``NDEFFailure``, with offsets and never with content.
    public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(NDEFFailure) {
        guard bytes.count <= limits.bytes else { throw .tooLong(bytes: bytes.count) }
        var decoder = NDEFDecoder(bytes, limits)
        while !decoder.isComplete { try decoder.step() }
        records = decoder.records
    }

    /// The first URI that the message carries: a URI record, an absolute URI, or the one inside a smart poster. A
    /// poster inside a poster is not opened.
    public var uri: String? {
        for record in records {
            if let uri = record.uri { return uri }
            guard record.isWellKnown("Sp"), let poster = try? NDEFMessage(record.payload) else { continue }
            for inner in poster.records { if let uri = inner.uri { return uri } }
        }
        return nil
    }

    /// The message's bytes: MB on the first record, ME on the last, short records where they do, no chunks.
    public func encoded(limits: Limits = Limits()) throws(NDEFEncodingFailure) -> [UInt8] {
        guard !records.isEmpty else { throw .noRecords }
        var bytes: [UInt8] = []
        for (index, record) in records.enumerated() {
            guard record.type.count <= 255 else { throw .typeTooLong(record: index) }
            guard record.id.count <= 255 else { throw .idTooLong(record: index) }
            guard record.hasPermittedLengths else { throw .badLength(record: index) }
            let length = record.payload.count
            guard length <= limits.bytes else { throw .tooLong(bytes: length) }
            var flags: NDEFRecord.Flags = []
            if index == 0 { flags.insert(.begin) }
            if index == records.count - 1 { flags.insert(.end) }
            if length < 256 { flags.insert(.short) }
            if !record.id.isEmpty { flags.insert(.hasID) }
            bytes.append(flags.rawValue | record.typeNameFormat.rawValue)
            bytes.append(UInt8(record.type.count))
            for shift in flags.contains(.short) ? [0] : [24, 16, 8, 0] {
                bytes.append(UInt8(truncatingIfNeeded: length >> shift))
            }
            if !record.id.isEmpty { bytes.append(UInt8(record.id.count)) }
            bytes += record.type + record.id + record.payload
            guard bytes.count <= limits.bytes else { throw .tooLong(bytes: bytes.count) }
        }
        return bytes
    }
}
