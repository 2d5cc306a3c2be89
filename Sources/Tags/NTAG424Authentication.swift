import SmartCard

/// Why a tag that speaks AES is not believed. None carries its bytes.
public enum NTAG424Failure: Error, Sendable, Hashable {
    /// Any other status than success.
    case refused(StatusWord)
    /// 91AD: too many wrong keys before this one. The chip is to be left alone for now, and each further try makes it worse.
    case delayed
    /// 91AE: the chip does not hold this key. It counts, and locks the key for good after about a thousand.
    case wrongKey
    /// The chip's answer was not made with the key.
    case notAuthentic
    /// An answer of another length than its command has.
    case badLength(bytes: Int)
    /// The arguments of a command do not fit into it.
    case badCommand
    /// The session has ended: with an error, after changing its own key, or at its 65,535th command.
    case sessionOver
    case unavailable

    init(_ status: StatusWord) {
        switch status {
        case .chipDelay: self = .delayed
        case .chipWrongKey: self = .wrongKey
        default: self = .refused(status)
        }
    }

    /// Runs what needs the cryptographic library.
    static func crypto<Value>(_ body: () throws(AESFailure) -> Value) throws(NTAG424Failure) -> Value {
        do { return try body() } catch { throw .unavailable }
    }

    static func command(_ body: () throws(CardError) -> CommandAPDU) throws(NTAG424Failure) -> CommandAPDU {
        do { return try body() } catch { throw .badCommand }
    }
}

/// AuthenticateEV2First (NT4H2421Gx §9.1.5, §10.4.1): reader and chip prove to each other that they hold a key, and agree on
/// the keys of a session. A value: commands out, responses in.
public struct NTAG424Authentication: Sendable {
    private let key: AESKey
    private let number: UInt8
    private let randomA: [UInt8]
    private var randomB: [UInt8]?

    /// Nil when `randomA` is not 16 bytes or there is no such key.
    /// - Parameters:
    ///   - number: 0 to 4.
    ///   - randomA: fresh for each authentication.
    public init?(key: AESKey, number: UInt8, randomA: [UInt8]) {
        guard randomA.count == 16, number <= 4 else { return nil }
        (self.key, self.number, self.randomA) = (key, number, randomA)
    }

    /// `90 71`: no capabilities of ours.
    public func start() throws(NTAG424Failure) -> CommandAPDU {
        try NTAG424Failure.command { () throws(CardError) in try NTAG424.native(0x71, [number, 0x00]) }
    }

    /// Takes E(RndB), gives `90 AF` E(RndA ‖ RndB').
    public mutating func challenged(_ response: ResponseAPDU) throws(NTAG424Failure) -> CommandAPDU {
        guard response.status == .chipMore else { throw NTAG424Failure(response.status) }
        guard response.data.count == 16 else { throw .badLength(bytes: response.data.count) }
        let answer = try NTAG424Failure.crypto { () throws(AESFailure) in
            let randomB = try key.decrypt(response.data)
            self.randomB = randomB
            return try key.encrypt(randomA + Self.rotated(randomB))
        }
        return try NTAG424Failure.command { () throws(CardError) in try NTAG424.native(0xAF, answer) }
    }

    /// Takes E(TI ‖ RndA' ‖ capabilities).
    /// - Throws: ``NTAG424Failure/notAuthentic`` when the chip has not got RndA out of the command.
    public func finished(_ response: ResponseAPDU) throws(NTAG424Failure) -> NTAG424Session {
        guard response.status == .chipSuccess else { throw NTAG424Failure(response.status) }
        guard response.data.count == 32 else { throw .badLength(bytes: response.data.count) }
        guard let randomB else { throw .sessionOver }
        return try Self.session(key, randomA, randomB, answer: response.data)
    }

    /// The session that an answer opens; also for whoever checks an authentication afterwards.
    static func session(
        _ key: AESKey, _ randomA: [UInt8], _ randomB: [UInt8], answer: [UInt8]
    ) throws(NTAG424Failure) -> NTAG424Session {
        let plain = try NTAG424Failure.crypto { () throws(AESFailure) in try key.decrypt(answer) }
        guard AESKey.areEqual(Array(plain[4..<20]), rotated(randomA)) else { throw .notAuthentic }
        return try NTAG424Failure.crypto { () throws(AESFailure) in
            NTAG424Session(
                transaction: Array(plain[..<4]), encryption: try sessionKey(key, [0xA5, 0x5A], randomA, randomB),
                authentication: try sessionKey(key, [0x5A, 0xA5], randomA, randomB))
        }
    }

    /// CMAC of a session vector: label, counter, length, parts of both random numbers (NT4H2421Gx §9.1.7).
    private static func sessionKey(
        _ key: AESKey, _ label: [UInt8], _ a: [UInt8], _ b: [UInt8]
    ) throws(AESFailure) -> AESKey {
        let mixed = zip(a[2..<8], b[..<6]).map { $0 ^ $1 }
        return try key.derived(label + [0x00, 0x01, 0x00, 0x80] + a[..<2] + mixed + b[6...] + a[8...])
    }

    /// One byte to the left.
    static func rotated(_ block: [UInt8]) -> [UInt8] { Array(block.dropFirst() + block.prefix(1)) }
}
