import Core
import Crypto

/// What a programme's closed-loop tags were made with.
public struct ClosedLoopProfile: Sendable {
    /// Tells our tags from all others before any of them is asked to authenticate.
    public let url: SDMVerifier
    public let key: TagKey
    /// Of the key, 0 to 4. Not 0 in a good profile: that one changes the tag, and no terminal has to hold it.
    public let keyNumber: UInt8
    /// Whether the tag lets this key read its counter.
    public let readsCounter: Bool

    public init(url: SDMVerifier, key: TagKey, keyNumber: UInt8, readsCounter: Bool = true) {
        self.url = url
        self.key = key
        self.keyNumber = keyNumber
        self.readsCounter = readsCounter
    }
}

/// How a programme's tags are made, their keys aside.
public struct ClosedLoopLayout: Sendable, Hashable {
    /// As ``ClosedLoopProfile/keyNumber``.
    public var keyNumber: UInt8
    /// As ``ClosedLoopProfile/readsCounter``.
    public var readsCounter: Bool
    /// The parameter of the URL that carries UID and counter, enciphered.
    public var identityParameter: String
    /// The parameter of the URL that carries the MAC.
    public var macParameter: String

    public init(
        keyNumber: UInt8 = 3, readsCounter: Bool = true, identityParameter: String = "picc_data", macParameter: String = "cmac"
    ) {
        self.keyNumber = keyNumber
        self.readsCounter = readsCounter
        self.identityParameter = identityParameter
        self.macParameter = macParameter
    }
}

extension ClosedLoopProfile {
    /// Nil when a key is not 16 bytes. The caller overwrites its own copy.
    /// - Parameters:
    ///   - meta: the key that deciphers UID and counter, the same in all tags.
    ///   - master: what each tag's own keys are derived from.
    public init?(meta: some Collection<UInt8>, master: some Collection<UInt8>, layout: ClosedLoopLayout) {
        guard let meta = AESKey(meta), let master = AESKey(master) else { return nil }
        let text = SDMLayout(identity: .encrypted(parameter: layout.identityParameter), mac: layout.macParameter)
        guard let url = SDMVerifier(layout: text, metaRead: meta, fileRead: .diversified(master: master, label: .url)) else {
            return nil
        }
        self.init(
            url: url, key: .diversified(master: master, label: .value), keyNumber: layout.keyNumber,
            readsCounter: layout.readsCounter)
    }
}

/// The payment that a tap is for: what the tag's answer is bound to.
public struct TapContext: Sendable, Hashable {
    public let payment: UUIDv7
    public let amount: Money
    /// 16 bytes, fresh for each tap.
    public let nonce: [UInt8]

    /// Nil when `nonce` is not 16 bytes.
    public init?(payment: UUIDv7, amount: Money, nonce: [UInt8]) {
        guard nonce.count == 16 else { return nil }
        (self.payment, self.amount, self.nonce) = (payment, amount, nonce)
    }

    /// Payment, ISO 4217 number and minor units: 26 bytes.
    var terms: [UInt8] {
        let value = UInt64(bitPattern: amount.minorUnits)
        let number = amount.currency.numeric
        return payment.bytes + [UInt8(number >> 8), UInt8(number & 0xFF)]
            + (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
    }

    /// RndA of the authentication. Nobody can foresee it, and whoever knows nonce, payment and amount can compute it again:
    /// the chip's answer, which has to give it back, is an answer for this payment.
    var randomA: [UInt8] {
        Array(SHA256.hash(data: Array("kassa-tag-challenge-1".utf8) + [0] + nonce + terms).prefix(16))
    }
}
