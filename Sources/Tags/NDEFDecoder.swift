/// Walks the records of one message (NDEF 1.0 §3.2). By places in the bytes and not by slices: counting their references would
/// take most of the time.
struct NDEFDecoder {
    private(set) var records: [NDEFRecord] = []
    private(set) var isComplete = false
    private let limits: NDEFMessage.Limits
    private let bytes: [UInt8]
    private var offset = 0
    /// The record whose chunks are being joined, and how many there are.
    private var open: NDEFRecord?
    private var chunks = 0

    init(_ bytes: [UInt8], _ limits: NDEFMessage.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Reads one record or chunk.
    mutating func step() throws(NDEFFailure) {
        let start = offset
        let isFirst = start == 0
        if start == bytes.count { throw isFirst ? .truncated(offset: 0) : .missingEnd(offset: start) }
        let head = try readHead()
        guard head.flags.contains(.begin) == isFirst else {
            throw isFirst ? .missingBegin : .unexpectedBegin(offset: start)
        }
        let type = try take(head.typeLength)
        let id = try take(head.idLength)
        let payload = try take(head.payloadLength)
        let isChunk = head.flags.contains(.chunk)
        if isChunk, head.flags.contains(.end) { throw .unexpectedEnd(offset: start) }

        if head.flags.typeNameFormat == NDEFRecord.unchanged {
            guard open != nil, type.isEmpty, id.isEmpty else { throw .brokenChunk(offset: start) }
            chunks += 1
            guard chunks <= limits.chunks else { throw .tooManyChunks(limit: limits.chunks) }
            open?.payload += bytes[payload]
            guard !isChunk, let record = open else { return }
            open = nil
            try append(record)
        } else {
            guard open == nil else { throw .brokenChunk(offset: start) }
            guard let format = NDEFRecord.TypeNameFormat(rawValue: head.flags.typeNameFormat) else {
                throw .reservedTypeNameFormat(offset: start)
            }
            let record = NDEFRecord(typeNameFormat: format, type: copy(type), id: copy(id), payload: copy(payload))
            guard record.hasPermittedLengths else { throw .badLength(offset: start) }
            if isChunk {
                open = record
                chunks = 1
            } else {
                try append(record)
            }
        }
        if !isChunk { isComplete = head.flags.contains(.end) }
    }

    private mutating func append(_ record: consuming NDEFRecord) throws(NDEFFailure) {
        guard records.count < limits.records else { throw .tooManyRecords(limit: limits.records) }
        records.append(record)
    }

    /// The next bytes' place.
    private mutating func take(_ count: Int) throws(NDEFFailure) -> Range<Int> {
        guard count <= bytes.count - offset else { throw .truncated(offset: offset) }
        defer { offset += count }
        return offset..<(offset + count)
    }

    /// - Parameter place: one that ``take(_:)`` gave.
    private func copy(_ place: Range<Int>) -> [UInt8] {
        place.isEmpty ? [] : bytes.withUnsafeBufferPointer { Array(UnsafeBufferPointer(rebasing: $0[place])) }
    }

    /// The fields of fixed place: flags and lengths.
    private struct Head {
        let flags: NDEFRecord.Flags
        let typeLength: Int
        let payloadLength: Int
        let idLength: Int
    }

    private mutating func readHead() throws(NDEFFailure) -> Head {
        let flags = NDEFRecord.Flags(rawValue: bytes[try take(1).lowerBound])
        let type = Int(bytes[try take(1).lowerBound])
        var payload = 0
        for place in try take(flags.contains(.short) ? 1 : 4) { payload = payload << 8 | Int(bytes[place]) }
        let id = flags.contains(.hasID) ? Int(bytes[try take(1).lowerBound]) : 0
        return Head(flags: flags, typeLength: type, payloadLength: payload, idLength: id)
    }
}
