import Core

/// Walks the records of one message (NDEF 1.0 §3.2).
struct NDEFDecoder {
    private(set) var records: [NDEFRecord] = []
    private(set) var isComplete = false
    private let limits: NDEFMessage.Limits
    private var reader: ByteReader
    private var isFirst = true
    /// The record whose chunks are being joined, and how many there are.
    private var open: NDEFRecord?
    private var chunks = 0

    init(_ bytes: [UInt8], _ limits: NDEFMessage.Limits) {
        reader = ByteReader(bytes)
        self.limits = limits
    }

    /// Reads one record or chunk.
    mutating func step() throws(NDEFFailure) {
        let start = reader.offset
        if reader.isAtEnd { throw isFirst ? .truncated(offset: 0) : .missingEnd(offset: start) }
        let head: Head
        do { head = try Head(&reader) } catch { throw .truncated(offset: reader.offset) }
        guard head.flags.contains(.begin) == isFirst else {
            throw isFirst ? .missingBegin : .unexpectedBegin(offset: start)
        }
        isFirst = false
        let (type, id, payload): (ArraySlice<UInt8>, ArraySlice<UInt8>, ArraySlice<UInt8>)
        do {
            type = try reader.take(head.typeLength)
            id = try reader.take(head.idLength)
            payload = try reader.take(head.payloadLength)
        } catch {
            throw .truncated(offset: reader.offset)
        }
        if head.flags.contains(.chunk), head.flags.contains(.end) { throw .unexpectedEnd(offset: start) }

        if head.flags.typeNameFormat == NDEFRecord.unchanged {
            guard open != nil, type.isEmpty, id.isEmpty else { throw .brokenChunk(offset: start) }
            chunks += 1
            guard chunks <= limits.chunks else { throw .tooManyChunks(limit: limits.chunks) }
            open?.payload += payload
        } else {
            guard open == nil else { throw .brokenChunk(offset: start) }
            guard let format = NDEFRecord.TypeNameFormat(rawValue: head.flags.typeNameFormat) else {
                throw .reservedTypeNameFormat(offset: start)
            }
            let record = NDEFRecord(
                typeNameFormat: format, type: Array(type), id: Array(id), payload: Array(payload))
            guard record.hasPermittedLengths else { throw .badLength(offset: start) }
            open = record
            chunks = 1
        }
        guard !head.flags.contains(.chunk), let record = open else { return }
        guard records.count < limits.records else { throw .tooManyRecords(limit: limits.records) }
        records.append(record)
        open = nil
        isComplete = head.flags.contains(.end)
    }

    /// The fields of fixed place: flags and lengths.
    private struct Head {
        let flags: NDEFRecord.Flags
        let typeLength: Int
        let payloadLength: Int
        let idLength: Int

        init(_ reader: inout ByteReader) throws(ByteReaderError) {
            flags = NDEFRecord.Flags(rawValue: try reader.byte())
            typeLength = Int(try reader.byte())
            payloadLength = if flags.contains(.short) {
                Int(try reader.byte())
            } else {
                try reader.take(4).reduce(0) { $0 << 8 | Int($1) }
            }
            idLength = flags.contains(.hasID) ? Int(try reader.byte()) : 0
        }
    }
}
