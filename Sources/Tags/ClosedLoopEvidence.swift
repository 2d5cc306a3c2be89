import Core
import Crypto
import SmartCard

/// What a tap of a closed-loop tag proves, and lets the host see for itself: it holds the tag's key too, computes both random
/// numbers and the session again, and checks that the chip answered for this payment and amount.
///
/// The key is shared: whoever holds it, terminal or host, could have written the evidence. It proves the tap to those two
/// against everybody else; it does not prove it to the host against a terminal that was broken into.
public struct ClosedLoopEvidence: Sendable, Hashable {
    /// As the chip said it inside the session. Personal: it leaves the process as a pseudonym, or sealed to the host.
    public let uid: [UInt8]
    /// Of the URL: taps so far, this one included.
    public let tapCounter: UInt32
    /// As the chip said it inside the session; nil when the profile does not ask.
    public let readCounter: UInt32?
    public let keyNumber: UInt8
    public let context: TapContext
    /// E(RndB), the chip's challenge.
    let challenge: [UInt8]
    /// E(TI ‖ RndA' ‖ capabilities), the chip's answer to ours.
    let answer: [UInt8]
    /// Transaction MAC: 16 bytes over payment, amount, UID and counters, by a key of the session.
    let mac: [UInt8]

    /// - Throws: ``AESFailure``.
    init(
        uid: [UInt8], tapCounter: UInt32, readCounter: UInt32?, keyNumber: UInt8, context: TapContext, challenge: [UInt8],
        answer: [UInt8], session: NTAG424Session
    ) throws(AESFailure) {
        self.uid = uid
        self.tapCounter = tapCounter
        self.readCounter = readCounter
        self.keyNumber = keyNumber
        self.context = context
        self.challenge = challenge
        self.answer = answer
        mac = try Self.mac(session, context, uid, tapCounter, readCounter)
    }

    /// No command of the chip starts with the label's first byte, nor does an answer: its MACs and these never meet.
    private static func mac(
        _ session: NTAG424Session, _ context: TapContext, _ uid: [UInt8], _ tap: UInt32, _ read: UInt32?
    ) throws(AESFailure) -> [UInt8] {
        let key = try session.authentication.derived(Array("kassa-tag-payment-1".utf8))
        return try key.mac(context.terms + uid + bytes(tap) + (read.map { [1] + bytes($0) } ?? [0]))
    }

    /// The instrument's name at this site (ALL-5).
    public func pseudonym(key: SymmetricKey) -> Pseudonym {
        Pseudonym(domain: "tag1", identifier: Hex.encode(uid), key: key)
    }

    /// Whether a chip with this key answered for this payment, and the rest is what was said then. For whoever holds the
    /// programme's keys.
    public func isGenuine(_ tagKey: TagKey) throws(AESFailure) -> Bool {
        guard challenge.count == 16, answer.count == 32 else { return false }
        let key = try tagKey.key(for: uid)
        let randomB = try key.decrypt(challenge)
        let session: NTAG424Session
        do throws(NTAG424Failure) {
            session = try NTAG424Authentication.session(key, context.randomA, randomB, answer: answer)
        } catch {
            if error == .unavailable { throw AESFailure() }
            return false
        }
        return AESKey.areEqual(mac, try Self.mac(session, context, uid, tapCounter, readCounter))
    }

    private static func bytes(_ counter: UInt32) -> [UInt8] {
        [UInt8(truncatingIfNeeded: counter >> 16), UInt8(truncatingIfNeeded: counter >> 8), UInt8(truncatingIfNeeded: counter)]
    }
}

extension ClosedLoopEvidence {
    /// A template E1 of data objects 80 to 8A, to be sealed to the host.
    public var encoded: [UInt8] {
        let terms = context.terms
        var objects = [
            TLV(0x80, uid), TLV(0x81, Self.bytes(tapCounter)), TLV(0x83, [keyNumber]), TLV(0x84, context.nonce),
            TLV(0x85, challenge), TLV(0x86, answer), TLV(0x87, mac), TLV(0x88, Array(terms[..<16])),
            TLV(0x89, Array(terms[16..<18])), TLV(0x8A, Array(terms[18...])),
        ]
        if let readCounter { objects.append(TLV(0x82, Self.bytes(readCounter))) }
        return TLV(0xE1, objects).encoded
    }

    /// Nil for anything but what ``encoded`` writes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= 512, let outer = try? TLV.list(bytes), outer.count == 1, outer[0].tag == 0xE1,
            let list = try? TLV.list(outer[0].value), list.count <= 11
        else { return nil }
        func value(_ tag: Tag, _ count: Int) -> [UInt8]? {
            let found = list.filter { $0.tag == tag }
            guard found.count == 1, found[0].value.count == count else { return nil }
            return Array(found[0].value)
        }
        func number(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        guard let uid = value(0x80, NTAG424.uidBytes), let tap = value(0x81, 3), let keyNumber = value(0x83, 1),
            let nonce = value(0x84, 16), let challenge = value(0x85, 16), let answer = value(0x86, 32),
            let mac = value(0x87, 16), let payment = value(0x88, 16).flatMap({ UUIDv7(bytes: $0) }),
            let code = value(0x89, 2), let currency = Currency(numeric: UInt16(truncatingIfNeeded: number(code))),
            let amount = value(0x8A, 8)
        else { return nil }
        let money = Money(minorUnits: Int64(bitPattern: number(amount)), currency: currency)
        guard let context = TapContext(payment: payment, amount: money, nonce: nonce) else { return nil }
        let read = value(0x82, 3)
        guard list.count == (read == nil ? 10 : 11) else { return nil }
        self.uid = uid
        tapCounter = UInt32(truncatingIfNeeded: number(tap))
        readCounter = read.map { UInt32(truncatingIfNeeded: number($0)) }
        self.keyNumber = keyNumber[0]
        self.context = context
        self.challenge = challenge
        self.answer = answer
        self.mac = mac
        guard encoded == bytes else { return nil }
    }
}

extension ClosedLoopEvidence: CustomStringConvertible, CustomReflectable {
    public var description: String { "ClosedLoopEvidence \(tapCounter)" }
    public var customMirror: Mirror { Mirror(self, children: ["tapCounter": tapCounter]) }
}
