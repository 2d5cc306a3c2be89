import Core
import Crypto
import SmartCard

/// A telephone with the programme's application, as a card in a reader's field (Android host card emulation).
public final class HCEPhone: VirtualCard {
    public static let application: [UInt8] = [0xF0, 0x4B, 0x41, 0x53, 0x53, 0x41, 0x01]
    /// Every telephone with host card emulation answers this one.
    static let anyTelephone: [UInt8] = [
        0xA0, 0x00, 0x00, 0x04, 0x76, 0x41, 0x6E, 0x64, 0x72, 0x6F, 0x69, 0x64, 0x48, 0x43, 0x45,
    ]

    /// What the programme gave it: `EC { 90 instrument, 91 key, 92 expiry, 93 signature }`.
    public let credential: [UInt8]
    public let answerToReset: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]
    /// Four bytes, the first one 08, others at each reset.
    public private(set) var uid: [UInt8]
    /// Payments signed.
    public private(set) var counter: UInt32
    /// Nothing is signed while it is.
    public var isLocked = false
    public var isHolderVerified = true
    /// Bytes of one answer; the rest waits for GET RESPONSE. Telephones cut at about 255.
    public var pieceBytes = 250
    public var receipt: HeldReceipt?
    private let key: P256.Signing.PrivateKey
    private let random: (_ bytes: Int) -> [UInt8]
    private var isSelected = false
    private var waiting: [UInt8] = []

    public init(
        key: P256.Signing.PrivateKey, credential: [UInt8], counter: UInt32 = 0,
        random: @escaping (_ bytes: Int) -> [UInt8] = NTAG424Tag.systemRandom
    ) {
        self.key = key
        self.credential = credential
        self.counter = counter
        self.random = random
        uid = [0x08] + random(3)
    }

    /// A telephone that this programme has just enrolled.
    /// - Parameters:
    ///   - instrument: 16 bytes.
    ///   - expiry: milliseconds since 1970.
    public convenience init(
        enrolledBy issuer: P256.Signing.PrivateKey, instrument: [UInt8], expiry: Int64,
        key: P256.Signing.PrivateKey = P256.Signing.PrivateKey(), counter: UInt32 = 0,
        random: @escaping (_ bytes: Int) -> [UInt8] = NTAG424Tag.systemRandom
    ) throws {
        let point = Array(key.publicKey.x963Representation)
        let time = (0..<8).map { UInt8(truncatingIfNeeded: expiry >> Int64(56 - 8 * $0)) }
        let signed = Array("kassa-phone-credential-1".utf8) + [0] + instrument + point + time
        let signature = try issuer.signature(for: signed)
        let objects = [TLV(0x90, instrument), TLV(0x91, point), TLV(0x92, time), TLV(0x93, Array(signature.rawRepresentation))]
        self.init(key: key, credential: TLV(0xEC, objects).encoded, counter: counter, random: random)
    }

    public func reset() {
        isSelected = false
        waiting = []
        uid = [0x08] + random(3)
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        switch (apdu.cla, apdu.ins) {
        // The reader's own command, which never reaches the telephone.
        case (0xFF, 0xCA): return StorageTag.identify(apdu, uid)
        case (0x00, 0xA4): return select(apdu)
        case (0x80, 0x88) where isSelected: return authenticate(apdu)
        case (0x80, 0x8A) where isSelected: return presentReceipt(apdu)
        case (0x00, 0xC0) where isSelected: return waiting.isEmpty ? StatusWord.conditionsNotSatisfied.bytes : piece()
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    private func select(_ apdu: CommandAPDU) -> [UInt8] {
        waiting = []
        isSelected = apdu.p1 == 0x04 && apdu.data == Self.application
        if isSelected { return TLV(0xE0, [TLV(0x80, [0x01])]).encoded + StatusWord.success.bytes }
        return (apdu.p1 == 0x04 && apdu.data == Self.anyTelephone ? StatusWord.success : .fileNotFound).bytes
    }

    private func authenticate(_ apdu: CommandAPDU) -> [UInt8] {
        guard let outer = try? TLV.list(apdu.data), outer.count == 1, outer[0].tag == 0xE1,
            let list = try? TLV.list(outer[0].value), list.map(\.tag) == [0x84, 0x88, 0x89, 0x8A],
            list.map(\.value.count) == [16, 16, 2, 8]
        else { return StatusWord(rawValue: 0x6A80).bytes }
        guard !isLocked, counter < .max else { return StatusWord.conditionsNotSatisfied.bytes }
        counter += 1
        let count = (0..<4).map { UInt8(truncatingIfNeeded: counter >> UInt32(24 - 8 * $0)) }
        let verification: UInt8 = isHolderVerified ? 1 : 0
        let signed = Array("kassa-phone-payment-1".utf8) + [0] + apdu.data + credential + [verification] + count
        guard let signature = try? key.signature(for: signed) else { return StatusWord(rawValue: 0x6F00).bytes }
        let parts = credential + TLV(0x94, [verification]).encoded + TLV(0x95, count).encoded
            + TLV(0x96, Array(signature.rawRepresentation)).encoded
        waiting = TLV(0xE2, parts).encoded
        return piece()
    }

    /// Its own key, which receipts name and credentials hold.
    public var publicKey: P256.Signing.PublicKey { key.publicKey }

    /// 64 bytes, r ‖ s.
    func sign(_ message: [UInt8]) -> [UInt8]? { (try? key.signature(for: message)).map { Array($0.rawRepresentation) } }

    /// The first piece of an answer; the others wait for GET RESPONSE.
    func inPieces(_ answer: [UInt8]) -> [UInt8] {
        waiting = answer
        return piece()
    }

    private func piece() -> [UInt8] {
        let part = waiting.prefix(max(1, min(pieceBytes, 255)))
        waiting.removeFirst(part.count)
        guard !waiting.isEmpty else { return part + StatusWord.success.bytes }
        return part + [0x61, UInt8(min(waiting.count, max(1, min(pieceBytes, 255))))]
    }
}
