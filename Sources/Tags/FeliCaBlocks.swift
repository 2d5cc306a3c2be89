import SmartCard

/// Blocks of the NDEF services of a FeliCa tag: 000B for reading, 0009 for writing (Type 3 Tag 1.0 §7). One at a time.
protocol FeliCaBlocks {
    func read(_ block: Int) throws(TagInterruption) -> [UInt8]
    func write(_ block: Int, _ bytes: [UInt8]) throws(TagInterruption)
}

/// `FF A4 00 01 02 service`, then READ and UPDATE BINARY with the block's number: Sony's readers.
struct FeliCaPseudoCommands: FeliCaBlocks {
    let commands: StorageCommands

    func read(_ block: Int) throws(TagInterruption) -> [UInt8] {
        try select([0x0B, 0x00], block)
        return try commands.read(page: block, le: 0)
    }

    func write(_ block: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        try select([0x09, 0x00], block)
        try commands.write(page: block, bytes)
    }

    private func select(_ service: [UInt8], _ block: Int) throws(TagInterruption) {
        let response = try commands.send(0xFF, 0xA4, 0x00, 0x01, data: service)
        guard response.status == .success else { throw .problem(.refused(page: block, response.status)) }
    }
}

/// The tag's own commands, READ and WRITE WITHOUT ENCRYPTION (JIS X 6319-4), where the reader passes frames on.
struct FeliCaFrames: FeliCaBlocks {
    let commands: StorageCommands
    let dialect: RawExchange.Dialect
    /// IDm, eight bytes.
    let identity: [UInt8]

    func read(_ block: Int) throws(TagInterruption) -> [UInt8] {
        // Length, 06, IDm, one service, one block in a two-byte or three-byte element.
        let answer = try exchange(0x06, [0x01, 0x0B, 0x00, 0x01] + Self.element(block), block)
        // Length, 07, IDm, two status flags, count, data.
        guard answer.count == 29, answer[12] == 1 else { throw .problem(.shortAnswer(page: block, bytes: answer.count)) }
        return Array(answer[13...])
    }

    func write(_ block: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        _ = try exchange(0x08, [0x01, 0x09, 0x00, 0x01] + Self.element(block) + bytes, block)
    }

    private static func element(_ block: Int) -> [UInt8] {
        block < 256
            ? [0x80, UInt8(block)] : [0x00, UInt8(truncatingIfNeeded: block), UInt8(truncatingIfNeeded: block >> 8)]
    }

    private func exchange(_ code: UInt8, _ body: [UInt8], _ block: Int) throws(TagInterruption) -> [UInt8] {
        let frame = [UInt8(truncatingIfNeeded: 2 + identity.count + body.count), code] + identity + body
        let answer: [UInt8]
        do { answer = try RawExchange(commands.channel, dialect, .feliCa).exchange(frame) } catch {
            throw error.interruption(page: block)
        }
        guard answer.count >= 12, Int(answer[0]) == answer.count, answer[1] == code + 1,
            Array(answer[2..<10]) == identity
        else { throw .problem(.shortAnswer(page: block, bytes: answer.count)) }
        guard answer[10] == 0 else { throw .problem(.refused(page: block, StatusWord(answer[10], answer[11]))) }
        return answer
    }
}
