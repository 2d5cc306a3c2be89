import SmartCard

/// AuthenticateAES (AA) of DESFire EV1: both sides prove that they hold a key. What follows is not secured here: it says who
/// the card is, and carries no commands.
public struct DESFireAuthentication: Sendable {
    private let key: AESKey
    private let number: UInt8
    private let randomA: [UInt8]
    /// The last block of the ciphertext of either side: the cipher runs on from command to answer.
    private var last: [UInt8] = []
    private var randomB: [UInt8] = []

    /// Nil when `randomA` is not 16 bytes or there is no such key.
    public init?(key: AESKey, number: UInt8, randomA: [UInt8]) {
        guard randomA.count == 16, number <= 0x0D else { return nil }
        (self.key, self.number, self.randomA) = (key, number, randomA)
    }

    public func start() throws(NTAG424Failure) -> CommandAPDU {
        try NTAG424Failure.command { () throws(CardError) in try NTAG424.native(0xAA, [number]) }
    }

    /// Takes E(RndB), gives `90 AF` E(RndA ‖ RndB').
    public mutating func challenged(_ response: ResponseAPDU) throws(NTAG424Failure) -> CommandAPDU {
        guard response.status == .chipMore else { throw NTAG424Failure(response.status) }
        guard response.data.count == 16 else { throw .badLength(bytes: response.data.count) }
        let answer = try NTAG424Failure.crypto { () throws(AESFailure) in
            randomB = try key.decrypt(response.data)
            return try key.encrypt(randomA + NTAG424Authentication.rotated(randomB), iv: response.data)
        }
        last = Array(answer.suffix(16))
        return try NTAG424Failure.command { () throws(CardError) in try NTAG424.native(0xAF, answer) }
    }

    /// Takes E(RndA').
    /// - Returns: the session key.
    public func finished(_ response: ResponseAPDU) throws(NTAG424Failure) -> AESKey {
        guard response.status == .chipSuccess else { throw NTAG424Failure(response.status) }
        guard response.data.count == 16 else { throw .badLength(bytes: response.data.count) }
        guard !last.isEmpty else { throw .sessionOver }
        let plain = try NTAG424Failure.crypto { () throws(AESFailure) in try key.decrypt(response.data, iv: last) }
        guard AESKey.areEqual(plain, NTAG424Authentication.rotated(randomA)), let session = AESKey(sessionKey) else {
            throw .notAuthentic
        }
        return session
    }

    private var sessionKey: [UInt8] { Array(randomA[..<4] + randomB[..<4] + randomA[12...] + randomB[12...]) }
}
