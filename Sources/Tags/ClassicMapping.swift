import SmartCard

/// MIFARE Classic as an NDEF tag (NXP AN1304): the data blocks of the directory's NDEF sectors, one after the other, are
/// the TLV area. Sector trailers are neither read nor written.
struct ClassicMapping: TagMapping {
    /// Key A of NDEF sectors.
    static let key: [UInt8] = [0xD3, 0xF7, 0xD3, 0xF7, 0xD3, 0xF7]

    private let memory: TagMemoryCache?
    private let dataBytes: Int

    /// A card whose directory can't be read with its public key is no NDEF tag.
    init(_ commands: StorageCommands, _ card: StorageCard) throws(TagInterruption) {
        let sectors = Sectors(commands)
        let directory: MADirectory
        do throws(TagInterruption) {
            var blocks: [[UInt8]] = []
            try sectors.authenticate(sector: 0, MADirectory.key)
            for block in [1, 2] { blocks.append(try sectors.read(block)) }
            var second: [UInt8]?
            if card.isClassic4K {
                try sectors.authenticate(sector: 16, MADirectory.key)
                second = []
                for block in 64..<67 { second? += try sectors.read(block) }
            }
            do { directory = try MADirectory(first: blocks.flatMap { $0 }, second: second) } catch { throw .problem(error) }
        } catch {
            guard case .problem(.authenticationRefused) = error else { throw error }
            (memory, dataBytes) = (nil, 0)
            return
        }
        sectors.blocks = directory.sectors.filter { !card.isClassicMini || $0 < 5 }.flatMap(Self.dataBlocks)
        dataBytes = sectors.blocks.count * 16
        memory = dataBytes > 0 ? TagMemoryCache(sectors) : nil
    }

    var kind: TagKind { .classic(dataBytes: memory == nil ? nil : dataBytes) }

    func message() throws(TagInterruption) -> TLVArea.Value? {
        guard let memory else { return nil }
        var area = TLVArea(0..<dataBytes, hasControls: false)
        return try area.ndefValue(memory)
    }

    func replace(with message: [UInt8]) throws(TagInterruption) {
        guard let memory else { throw .problem(.notFormatted) }
        var area = TLVArea(0..<dataBytes, hasControls: false)
        try area.replace(with: message, memory)
    }

    /// Four blocks a sector, from sector 32 on sixteen; the last of them is the trailer.
    static func dataBlocks(_ sector: Int) -> Range<Int> {
        sector < 32 ? sector * 4..<(sector * 4 + 3) : 128 + (sector - 32) * 16..<(128 + (sector - 32) * 16 + 15)
    }

    private static func sector(_ block: Int) -> Int { block < 128 ? block / 4 : 32 + (block - 128) / 16 }

    /// Blocks of the NDEF sectors, numbered from 0 without gaps.
    private final class Sectors: TagMemory {
        let blockBytes = 16
        let lineBytes = 16
        var blocks: [Int] = []
        private let commands: StorageCommands
        private var authenticated: Int?
        /// P1 and P2 that the reader has taken.
        private var keyPlace: [UInt8]?

        init(_ commands: StorageCommands) { self.commands = commands }

        func fetch(line: Int) throws(TagInterruption) -> [UInt8] {
            guard blocks.indices.contains(line) else { throw .problem(.truncatedBlock(address: line * 16)) }
            try authenticate(sector: ClassicMapping.sector(blocks[line]), ClassicMapping.key)
            return try read(blocks[line])
        }

        func store(block: Int, _ bytes: [UInt8]) throws(TagInterruption) {
            guard blocks.indices.contains(block) else { throw .problem(.truncatedBlock(address: block * 16)) }
            try authenticate(sector: ClassicMapping.sector(blocks[block]), ClassicMapping.key)
            try commands.write(page: blocks[block], bytes)
        }

        func read(_ block: Int) throws(TagInterruption) -> [UInt8] {
            let bytes = try commands.read(page: block, le: 16)
            guard bytes.count == 16 else { throw .problem(.shortAnswer(page: block, bytes: bytes.count)) }
            return bytes
        }

        /// Key A by LOAD KEYS and GENERAL AUTHENTICATE. What is known of the reader's model comes first; most keep the key in
        /// volatile memory (P1 00), some have only non-volatile memory for it (P1 20).
        func authenticate(sector: Int, _ key: [UInt8]) throws(TagInterruption) {
            guard authenticated != sector else { return }
            authenticated = nil
            var loaded = false
            for place in keyPlace.map({ [$0] }) ?? places(key) where !loaded {
                loaded = try commands.send(0xFF, 0x82, place[0], place[1], data: key).status == .success
                if loaded { keyPlace = place }
            }
            let slot = keyPlace?[1] ?? 0x00
            let block = UInt8(truncatingIfNeeded: ClassicMapping.dataBlocks(sector).lowerBound)
            guard loaded,
                try commands.send(0xFF, 0x86, 0, 0, data: [0x01, 0x00, block, 0x60, slot]).status == .success
            else { throw .problem(.authenticationRefused(sector: sector)) }
            authenticated = sector
        }

        private func places(_ key: [UInt8]) -> [[UInt8]] {
            let usual: [[UInt8]] = [[0x00, 0x00], [0x20, 0x00]]
            guard let command = (commands.channel as? any KeyLoadingReader)?.loadKeyCommand(key), command.count == 11 else { return usual }
            let known = Array(command[2..<4])
            return [known] + usual.filter { $0 != known }
        }
    }
}
