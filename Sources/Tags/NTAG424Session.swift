import SmartCard

/// The session that AuthenticateEV2First opens: MACs and ciphers commands and answers, and counts them (NT4H2421Gx §9.1).
/// After any failure it is over.
public struct NTAG424Session: Sendable {
    /// The chip's number for the session, four bytes.
    public let transaction: [UInt8]
    /// Commands that the chip has answered with success.
    public private(set) var counter: UInt16 = 0
    private let encryption: AESKey
    let authentication: AESKey
    private var isOver = false
    private static let macBytes = 8

    init(transaction: [UInt8], encryption: AESKey, authentication: AESKey, counter: UInt16 = 0) {
        self.transaction = transaction
        self.encryption = encryption
        self.authentication = authentication
        self.counter = counter
    }

    /// The command as it goes to the chip.
    public mutating func protect(_ command: NTAG424Command) throws(NTAG424Failure) -> CommandAPDU {
        // The answer is under the next number, which has to exist.
        guard !isOver, counter < .max else { throw .sessionOver }
        let data = try NTAG424Failure.crypto { () throws(AESFailure) in try protected(command) }
        return try NTAG424Failure.command { () throws(CardError) in
            try NTAG424.native(command.instruction, command.header + data)
        }
    }

    private func protected(_ command: NTAG424Command) throws(AESFailure) -> [UInt8] {
        guard command.mode != .plain else { return command.data }
        var data = command.data
        if command.mode == .full, !data.isEmpty {
            data = try encryption.encrypt(Self.padded(data), iv: vector([0xA5, 0x5A], counter))
        }
        let mac = try authentication.shortMAC(
            [command.instruction] + Self.bytes(counter) + transaction + command.header + data)
        return data + mac
    }

    /// What the chip's answer says, once its MAC has been checked.
    public mutating func open(_ response: ResponseAPDU, to command: NTAG424Command) throws(NTAG424Failure) -> [UInt8] {
        guard !isOver else { throw .sessionOver }
        // Until all is well: an error ends the chip's session too.
        isOver = true
        guard response.status == .chipSuccess else { throw NTAG424Failure(response.status) }
        guard counter < .max else { throw .sessionOver }
        let next = counter + 1
        let data = try NTAG424Failure.crypto { () throws(AESFailure) in try opened(response, command, next) }
        guard let data else { throw .notAuthentic }
        guard command.answerBytes.map({ $0 == data.count }) ?? true else { throw .badLength(bytes: data.count) }
        counter = next
        isOver = command.endsSession
        return data
    }

    /// Nil when the answer is not the chip's.
    private func opened(
        _ response: ResponseAPDU, _ command: NTAG424Command, _ counter: UInt16
    ) throws(AESFailure) -> [UInt8]? {
        // The key that the session was opened with has changed: there is nothing left to make a MAC with.
        if command.endsSession { return response.data.isEmpty ? [] : nil }
        guard command.mode != .plain else { return response.data }
        guard response.data.count >= Self.macBytes else { return nil }
        let data = Array(response.data.dropLast(Self.macBytes))
        let mac = try authentication.shortMAC([response.status.sw2] + Self.bytes(counter) + transaction + data)
        guard AESKey.areEqual(mac, Array(response.data.suffix(Self.macBytes))) else { return nil }
        let isCiphered =
            switch command.answer {
            case .asCommand: command.mode == .full
            case .cipheredIfLonger(than: let plain): data.count > plain
            }
        guard isCiphered, !data.isEmpty else { return data }
        guard data.count % 16 == 0 else { return nil }
        return Self.unpadded(try encryption.decrypt(data, iv: vector([0x5A, 0xA5], counter)))
    }

    /// The initial vector: the session's place, enciphered.
    private func vector(_ label: [UInt8], _ counter: UInt16) throws(AESFailure) -> [UInt8] {
        try encryption.encrypt(label + transaction + Self.bytes(counter) + [UInt8](repeating: 0, count: 8))
    }

    private static func bytes(_ counter: UInt16) -> [UInt8] { [UInt8(counter & 0xFF), UInt8(counter >> 8)] }

    /// ISO/IEC 9797-1 padding method 2.
    static func padded(_ data: [UInt8]) -> [UInt8] {
        data + [0x80] + [UInt8](repeating: 0, count: 15 - data.count % 16)
    }

    static func unpadded(_ data: [UInt8]) -> [UInt8]? {
        guard let mark = data.lastIndex(where: { $0 != 0 }), data[mark] == 0x80, mark >= data.count - 16 else { return nil }
        return Array(data[..<mark])
    }
}
