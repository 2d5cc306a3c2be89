import SmartCard

/// NFC Forum Type 2 Tag 1.2: pages of four bytes, a capability container in page 3, TLVs from page 4.
struct Type2Mapping: TagMapping {
    /// Bytes 12 to 15 of the tag. One-time programmable: never written here.
    struct CapabilityContainer: Sendable, Hashable {
        /// Bytes in the data area: third byte × 8.
        let dataBytes: Int
        /// Low nibble of the fourth byte is 0: no lock is known of.
        let isWritable: Bool

        /// Nil when the tag is not formatted for NDEF, or for a later major version.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == 4, bytes[0] == 0xE1, bytes[1] >> 4 == 1 else { return nil }
            dataBytes = Int(bytes[2]) * 8
            isWritable = bytes[3] & 0x0F == 0
        }
    }

    private let memory: TagMemoryCache
    private let container: CapabilityContainer?
    private let userEnd: Int?

    /// - Parameter chip: where it is known, its user memory bounds what is written: a container that promises more would
    ///   have configuration pages overwritten.
    init(_ commands: StorageCommands, chip: NXPVersion? = nil) throws(TagInterruption) {
        memory = TagMemoryCache(Pages(commands))
        container = CapabilityContainer(try memory.bytes(12..<16))
        userEnd = chip?.userEnd
    }

    var kind: TagKind { .type2(dataBytes: container?.dataBytes) }

    func message() throws(TagInterruption) -> TLVArea.Value? {
        guard let container else { return nil }
        var area = TLVArea(16..<(16 + container.dataBytes), hasControls: true)
        return try area.ndefValue(memory)
    }

    func replace(with message: [UInt8]) throws(TagInterruption) {
        guard let container else { throw .problem(.notFormatted) }
        guard container.isWritable else { throw .problem(.readOnly) }
        var area = TLVArea(16..<max(16, min(16 + container.dataBytes, userEnd ?? .max)), hasControls: true)
        try area.replace(with: message, memory)
    }

    /// Four pages at a read, one at a write. (COMPATIBILITY_WRITE of sixteen bytes means something else.)
    private final class Pages: TagMemory {
        let lineBytes = 16
        let blockBytes = 4
        private let commands: StorageCommands

        init(_ commands: StorageCommands) { self.commands = commands }

        func fetch(line: Int) throws(TagInterruption) -> [UInt8] {
            let bytes = try commands.read(page: line * 4, le: 16)
            guard bytes.count >= 4 else { throw .problem(.shortAnswer(page: line * 4, bytes: bytes.count)) }
            return bytes
        }

        func store(block: Int, _ bytes: [UInt8]) throws(TagInterruption) { try commands.write(page: block, bytes) }
    }
}
