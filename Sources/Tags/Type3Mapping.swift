import SmartCard

/// NFC Forum Type 3 Tag 1.0 (FeliCa): an attribute block, then blocks of sixteen bytes.
struct Type3Mapping: TagMapping {
    /// Block 0.
    struct Attributes: Sendable, Hashable {
        /// 10 for version 1.0.
        let version: UInt8
        let blocksPerRead: UInt8
        let blocksPerWrite: UInt8
        /// Blocks there are for the message.
        let blocks: Int
        /// Bytes 5 to 8, kept as they are.
        let unused: [UInt8]
        /// 0F while a message is being written.
        var isBeingWritten: Bool
        let isWritable: Bool
        /// Bytes of the message.
        var length: Int

        /// - Throws: ``TagProblem/badField(_:)``.
        init(_ bytes: [UInt8]) throws(TagProblem) {
            guard bytes.count == 16 else { throw .shortAnswer(page: 0, bytes: bytes.count) }
            let sum = bytes.prefix(14).reduce(0) { $0 + Int($1) }
            guard sum == Int(bytes[14]) << 8 | Int(bytes[15]) else { throw .badField(.checksum) }
            guard bytes[0] >> 4 == 1 else { throw .badField(.version) }
            version = bytes[0]
            (blocksPerRead, blocksPerWrite) = (bytes[1], bytes[2])
            blocks = Int(bytes[3]) << 8 | Int(bytes[4])
            unused = Array(bytes[5..<9])
            isBeingWritten = bytes[9] == 0x0F
            isWritable = bytes[10] == 0x01
            length = Int(bytes[11]) << 16 | Int(bytes[12]) << 8 | Int(bytes[13])
            guard length <= blocks * 16 else { throw .badField(.length) }
        }

        var bytes: [UInt8] {
            var bytes = [version, blocksPerRead, blocksPerWrite, UInt8(truncatingIfNeeded: blocks >> 8)]
            bytes.append(UInt8(truncatingIfNeeded: blocks))
            bytes += unused + [isBeingWritten ? 0x0F : 0x00, isWritable ? 0x01 : 0x00]
            bytes += [16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            let sum = bytes.reduce(0) { $0 + Int($1) }
            return bytes + [UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum)]
        }
    }

    private let blocks: any FeliCaBlocks
    private let attributes: Attributes?

    /// A tag whose attribute block can't be read is no NDEF tag.
    init(_ commands: StorageCommands, identity: [UInt8]) throws(TagInterruption) {
        (blocks, attributes) = try Self.open(commands, identity)
    }

    private static func open(
        _ commands: StorageCommands, _ identity: [UInt8]
    ) throws(TagInterruption) -> (any FeliCaBlocks, Attributes?) {
        let ways: [any FeliCaBlocks] = [
            FeliCaPseudoCommands(commands: commands),
            FeliCaFrames(commands: commands, dialect: .transparent, identity: identity),
            FeliCaFrames(commands: commands, dialect: .acr122, identity: identity),
        ]
        for way in ways {
            let block: [UInt8]
            do { block = try way.read(0) } catch {
                guard case .problem = error else { throw error }
                continue
            }
            do { return (way, try Attributes(block)) } catch {
                // All zeros or FF: blank, or another application's block.
                guard error == .badField(.checksum) || error == .badField(.version) else { throw .problem(error) }
                return (way, nil)
            }
        }
        return (ways[0], nil)
    }

    var kind: TagKind { .type3(dataBytes: attributes.map { $0.blocks * 16 }) }

    func message() throws(TagInterruption) -> TLVArea.Value? {
        guard let attributes else { return nil }
        guard !attributes.isBeingWritten else { throw .problem(.interruptedWrite) }
        guard attributes.length <= NDEFMessage.Limits().bytes else {
            throw .problem(.message(.tooLong(bytes: attributes.length)))
        }
        return TLVArea.Value(try read(attributes.length))
    }

    func replace(with message: [UInt8]) throws(TagInterruption) {
        guard var attributes else { throw .problem(.notFormatted) }
        guard attributes.isWritable else { throw .problem(.readOnly) }
        guard message.count <= attributes.blocks * 16 else {
            throw .problem(.noRoom(bytes: message.count, capacity: attributes.blocks * 16))
        }
        attributes.isBeingWritten = true
        try write(0, attributes.bytes)
        for start in stride(from: 0, to: message.count, by: 16) {
            let part = message[start..<min(start + 16, message.count)]
            try write(1 + start / 16, part + [UInt8](repeating: 0, count: 16 - part.count))
        }
        attributes.isBeingWritten = false
        attributes.length = message.count
        try write(0, attributes.bytes)
    }

    private func read(_ length: Int) throws(TagInterruption) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < length {
            let block = 1 + bytes.count / 16
            let part = try blocks.read(block)
            guard part.count == 16 else { throw .problem(.shortAnswer(page: block, bytes: part.count)) }
            bytes += part
        }
        return Array(bytes.prefix(length))
    }

    private func write(_ block: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        try blocks.write(block, bytes)
        guard try blocks.read(block) == bytes else { throw .problem(.notVerified(page: block)) }
    }
}
