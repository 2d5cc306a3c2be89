/// The MIFARE application directory of a Classic card (NXP AN10787): which sectors hold NDEF data (AN1304 §3).
struct MADirectory: Sendable, Hashable {
    /// Read key of the directory's own sectors.
    static let key: [UInt8] = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5]
    /// Identifier of NDEF sectors: application 03, function cluster E1.
    static let ndef: [UInt8] = [0x03, 0xE1]

    /// Sectors with NDEF data, in order; the directory's own, 0 and 16, are never among them.
    let sectors: [Int]

    /// - Parameters:
    ///   - first: blocks 1 and 2 of sector 0, 32 bytes.
    ///   - second: blocks 0 to 2 of sector 16, 48 bytes, of a card that has one.
    /// - Throws: ``TagProblem/badField(_:)`` when a check byte is wrong.
    init(first: [UInt8], second: [UInt8]? = nil) throws(TagProblem) {
        var sectors = try Self.sectors(first, count: 15, from: 1)
        if let second { sectors += try Self.sectors(second, count: 23, from: 17) }
        // The message goes on in the next sector of the directory: a gap ends it.
        var run: [Int] = []
        for sector in sectors {
            guard let last = run.last, sector != last + 1, !(last == 15 && sector == 17) else {
                run.append(sector)
                continue
            }
            break
        }
        self.sectors = run
    }

    private static func sectors(_ bytes: [UInt8], count: Int, from first: Int) throws(TagProblem) -> [Int] {
        guard bytes.count >= 2 + 2 * count else { throw .badField(.directory) }
        guard checksum(bytes.prefix(2 + 2 * count).dropFirst()) == bytes[0] else { throw .badField(.checksum) }
        return (0..<count).filter { Array(bytes[(2 + 2 * $0)..<(4 + 2 * $0)]) == ndef }.map { first + $0 }
    }

    /// CRC-8 with x⁸+x⁴+x³+x²+1 and the preset of AN10787 §3.7.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
        bytes.reduce(0xC7) { sum, byte in
            (0..<8).reduce(sum ^ byte) { value, _ in value & 0x80 != 0 ? value << 1 ^ 0x1D : value << 1 }
        }
    }
}
