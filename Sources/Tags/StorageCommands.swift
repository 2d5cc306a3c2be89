import SmartCard

/// The pseudo commands by which a PC/SC reader gives access to a storage card (PC/SC part 3 §3.2.2.1).
struct StorageCommands {
    let channel: any CardChannel

    /// `FF CA 00 00 00`: 4, 7, 8 or 10 bytes.
    func uid() throws(TagFailure) -> [UInt8] {
        let response: ResponseAPDU
        do { response = try channel.send(CommandAPDU(0xFF, 0xCA, 0, 0, le: 0)) } catch { throw .card(error) }
        guard response.status == .success else { throw .noUID(response.status) }
        guard [4, 7, 8, 10].contains(response.data.count) else { throw .badUIDLength(response.data.count) }
        return response.data
    }

    /// `FF B0`: READ BINARY of a page or block.
    func read(page: Int, le: UInt8) throws(TagInterruption) -> [UInt8] {
        let response = try send(
            0xFF, 0xB0, UInt8(truncatingIfNeeded: page >> 8), UInt8(truncatingIfNeeded: page), le: le)
        guard response.status == .success else { throw .problem(.refused(page: page, response.status)) }
        return response.data
    }

    /// `FF D6`: UPDATE BINARY of one page or block.
    func write(page: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        let response = try send(
            0xFF, 0xD6, UInt8(truncatingIfNeeded: page >> 8), UInt8(truncatingIfNeeded: page), data: bytes)
        guard response.status == .success else { throw .problem(.refused(page: page, response.status)) }
    }

    func send(
        _ cla: UInt8, _ ins: UInt8, _ p1: UInt8, _ p2: UInt8, data: [UInt8] = [], le: UInt8? = nil
    ) throws(TagInterruption) -> ResponseAPDU {
        do { return try channel.send(CommandAPDU(cla, ins, p1, p2, data: data, le: le)) } catch { throw .card(error) }
    }
}
