import SmartCard

/// NFC Forum Type 5 Tag 1.0 (ISO/IEC 15693): a capability container in block 0, TLVs behind it.
struct Type5Mapping: TagMapping {
    /// The first four bytes, or eight when the third is zero. Never written here.
    struct CapabilityContainer: Sendable, Hashable {
        /// 4 or 8.
        let length: Int
        /// Bytes of the area behind it.
        let dataBytes: Int
        let isReadable: Bool
        let isWritable: Bool

        /// Nil when the tag is not formatted for NDEF, or for a later major version. E1 numbers blocks by one byte, E2 by two.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == 8, bytes[0] == 0xE1 || bytes[0] == 0xE2, bytes[1] >> 6 == 1 else { return nil }
            length = bytes[2] == 0 ? 8 : 4
            dataBytes = bytes[2] == 0 ? (Int(bytes[6]) << 8 | Int(bytes[7])) * 8 : Int(bytes[2]) * 8
            isReadable = bytes[1] >> 2 & 0x03 == 0
            isWritable = bytes[1] & 0x03 == 0
        }
    }

    private let memory: TagMemoryCache
    private let container: CapabilityContainer?

    init(_ commands: StorageCommands) throws(TagInterruption) {
        let first = try commands.read(page: 0, le: 0)
        guard [4, 8, 16, 32].contains(first.count) else { throw .problem(.badField(.blockSize)) }
        memory = TagMemoryCache(Blocks(commands, blockBytes: first.count))
        container = first[0] == 0xE1 || first[0] == 0xE2 ? CapabilityContainer(try memory.bytes(0..<8)) : nil
    }

    var kind: TagKind { .type5(dataBytes: container?.dataBytes) }

    func message() throws(TagInterruption) -> TLVArea.Value? {
        guard let container else { return nil }
        guard container.isReadable else { throw .problem(.readProtected) }
        var area = area(container)
        return try area.ndefValue(memory)
    }

    func replace(with message: [UInt8]) throws(TagInterruption) {
        guard let container else { throw .problem(.notFormatted) }
        guard container.isWritable, container.isReadable else { throw .problem(.readOnly) }
        var area = area(container)
        try area.replace(with: message, memory)
    }

    private func area(_ container: CapabilityContainer) -> TLVArea {
        TLVArea(container.length..<(container.length + container.dataBytes), hasControls: false)
    }

    private final class Blocks: TagMemory {
        let blockBytes: Int
        var lineBytes: Int { blockBytes }
        private let commands: StorageCommands

        init(_ commands: StorageCommands, blockBytes: Int) {
            self.commands = commands
            self.blockBytes = blockBytes
        }

        func fetch(line: Int) throws(TagInterruption) -> [UInt8] {
            let bytes = try commands.read(page: line, le: UInt8(truncatingIfNeeded: blockBytes))
            guard bytes.count == blockBytes else { throw .problem(.shortAnswer(page: line, bytes: bytes.count)) }
            return bytes
        }

        func store(block: Int, _ bytes: [UInt8]) throws(TagInterruption) { try commands.write(page: block, bytes) }
    }
}
