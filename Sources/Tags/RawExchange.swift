import SmartCard

/// A tag's own commands sent past the reader's pseudo commands. Readers have two dialects for it; one that knows neither
/// refuses, and nothing is lost.
public struct RawExchange {
    public enum Dialect: Sendable, Hashable, CaseIterable {
        /// Transparent exchange of PC/SC part 3 supplement (`FF C2`).
        case transparent
        /// `FF 00 00 00`: PN532 InCommunicateThru or InDataExchange behind an ACR122U.
        case acr122
    }

    /// The protocol that the reader frames the command for.
    public enum Framing: Sendable, Hashable {
        case typeA
        case feliCa
        case vicinity

        /// Switch Protocol data object (8F): standard and layer.
        fileprivate var protocolCode: [UInt8] {
            switch self {
            case .typeA: [0x00, 0x03]
            case .feliCa: [0x03, 0x00]
            case .vicinity: [0x02, 0x03]
            }
        }
    }

    public enum Failure: Error, Sendable, Hashable {
        case card(CardError)
        /// The reader does not know the dialect.
        case refused(StatusWord)
        /// The tag did not answer, or the reader's answer can't be read.
        case noAnswer

        func interruption(page: Int) -> TagInterruption {
            switch self {
            case .card(let error): .card(error)
            case .refused(let status): .problem(.refused(page: page, status))
            case .noAnswer: .problem(.shortAnswer(page: page, bytes: 0))
            }
        }
    }

    private let channel: any CardChannel
    private let dialect: Dialect
    private let framing: Framing

    public init(_ channel: any CardChannel, _ dialect: Dialect, _ framing: Framing) {
        self.channel = channel
        self.dialect = dialect
        self.framing = framing
    }

    /// One command to the tag, at most 200 bytes, without checksum, and its answer.
    public func exchange(_ command: [UInt8]) throws(Failure) -> [UInt8] {
        guard command.count <= 200 else { throw .card(.commandTooLong(bytes: command.count)) }
        switch dialect {
        case .transparent: return try transparent(command)
        case .acr122: return try direct(command)
        }
    }

    private func send(_ apdu: () throws(CardError) -> CommandAPDU) throws(Failure) -> [UInt8] {
        let response: ResponseAPDU
        do { response = try channel.send(apdu()) } catch { throw .card(error) }
        guard response.status == .success else { throw .refused(response.status) }
        return response.data
    }

    /// A session around the exchange; its end is sent also after a failure, so that the reader polls again.
    private func transparent(_ command: [UInt8]) throws(Failure) -> [UInt8] {
        _ = try send { () throws(CardError) in try CommandAPDU(0xFF, 0xC2, 0x00, 0x00, data: [0x81, 0x00]) }
        let result: Result<[UInt8], Failure>
        do {
            _ = try send { () throws(CardError) in
                try CommandAPDU(0xFF, 0xC2, 0x00, 0x02, data: [0x8F, 0x02] + framing.protocolCode)
            }
            // 100 ms in microseconds, least significant byte first.
            let timer: [UInt8] = [0x5F, 0x46, 0x04, 0xA0, 0x86, 0x01, 0x00]
            let object = TLV(0x95, command).encoded
            let answer = try send { () throws(CardError) in
                try CommandAPDU(0xFF, 0xC2, 0x00, 0x01, data: timer + object, le: 0)
            }
            result = .success(try Self.answer(answer))
        } catch {
            result = .failure(error)
        }
        _ = try send { () throws(CardError) in try CommandAPDU(0xFF, 0xC2, 0x00, 0x00, data: [0x82, 0x00]) }
        return try result.get()
    }

    /// Data objects of the answer: C0 error and status word, 92 bits of the last byte, 96 status, 97 the tag's answer.
    static func answer(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        guard let objects = try? TLV.list(bytes) else { throw .noAnswer }
        if let error = objects.first(where: { $0.tag == 0xC0 }) {
            guard error.value.count == 3, error.value.first == 0 else { throw .noAnswer }
        }
        guard let data = objects.first(where: { $0.tag == 0x97 }) else { throw .noAnswer }
        return Array(data.value)
    }

    /// `D4 42` for Type A, so that no ISO framing is added; `D4 40 01` for FeliCa, whose frame starts with its length.
    private func direct(_ command: [UInt8]) throws(Failure) -> [UInt8] {
        let (code, head): (UInt8, [UInt8]) = framing == .feliCa ? (0x40, [0xD4, 0x40, 0x01]) : (0x42, [0xD4, 0x42])
        let answer = try send { () throws(CardError) in try CommandAPDU(0xFF, 0x00, 0x00, 0x00, data: head + command) }
        guard answer.count >= 3, answer[0] == 0xD5, answer[1] == code + 1, answer[2] & 0x3F == 0 else { throw .noAnswer }
        return Array(answer.dropFirst(3))
    }
}
